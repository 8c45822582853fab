/* The edge of datagram.sock, as stages of the start; ctx is the struct nbddd. */
#ifndef NBDDD_DATAGRAM_SOCK_H
#define NBDDD_DATAGRAM_SOCK_H

/* While root: listens. Without the socket datagrams are distributed all the same. */
int datagram_sock_open(void *ctx);
void datagram_sock_close(void *ctx);

#endif
