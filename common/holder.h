/* Who has a UDP port of this host: for the sentence that says why we cannot have it. */
#ifndef COMMON_HOLDER_H
#define COMMON_HOLDER_H

#include <netinet/in.h>
#include <stdint.h>

#define HOLDER_MAX 64

/* Writes "nmbd (process 1234)", or "another program" where /proc does not tell. Returns buf. */
char *holder_of_port(struct in_addr address, uint16_t port, char buf[HOLDER_MAX]);

#endif
