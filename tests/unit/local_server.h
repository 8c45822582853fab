/* The daemon's end of a local socket, by hand: what the other end sends is read, what it is to hear
 * is sent. Nothing waits longer than a few seconds. */
#ifndef TESTS_LOCAL_SERVER_H
#define TESTS_LOCAL_SERVER_H

#include <nbt/local.h>

struct local_server {
	char directory[64], path[80];
	int listener;
	int fd; /* the connection accepted last; -1: none */
	uint8_t buf[NBT_LOCAL_MESSAGE_MAX];
};

/* Listens as name.sock in a new directory, and takes it away again. */
void local_server_open(struct local_server *s);
void local_server_close(struct local_server *s);

/* The daemon goes, with its connection; it comes back. */
void local_server_stop(struct local_server *s);
void local_server_start(struct local_server *s);

void local_server_accept(struct local_server *s);
void local_server_hang_up(struct local_server *s);

/* The next request. false: there is none, the other end has hung up. */
bool local_server_receive(struct local_server *s, struct nbt_local_message *request);

/* Answers a request. ttl: of claims; rdata: of anything else. */
void local_server_answer(struct local_server *s, const struct nbt_local_message *request,
			 enum nbt_rcode rcode, uint32_t ttl, const uint8_t *rdata, size_t len);

/* An answer with the addresses of this list, ended by NULL. */
void local_server_answer_addresses(struct local_server *s, const struct nbt_local_message *request,
				   const char *const *addresses);

/* The name of this claim is lost to a host at 10.1.0.9. */
void local_server_demand(struct local_server *s, const struct nbt_local_message *claim);

/* Any bytes. */
void local_server_send(struct local_server *s, const void *bytes, size_t len);

#endif
