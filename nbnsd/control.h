/* nbnsd's control socket: which commands there are, and the socket as a stage of the start; ctx is
 * the struct nbnsd. */
#ifndef NBNSD_CONTROL_H
#define NBNSD_CONTROL_H

struct nbnsd;

int control_open(void *ctx);
void control_close(void *ctx);

/* The user that the daemon becomes, for those who make sockets before; NULL: it stays who it is. */
const char *control_later_user(const struct nbnsd *nbnsd);

#endif
