/* The daemon's end of a local socket, by hand: what the other end sends is read, what it is to hear
 * is sent. Nothing waits longer than a few seconds. */
#ifndef TESTS_SCRIPTED_H
#define TESTS_SCRIPTED_H

#include <nbt/local.h>

struct scripted {
	char directory[64], path[80];
	int listener;
	int fd; /* the connection accepted last; -1: none */
	uint8_t buf[NBT_LOCAL_MESSAGE_MAX];
};

/* Listens as name.sock in a new directory, and takes it away again. */
void scripted_open(struct scripted *s);
void scripted_close(struct scripted *s);

/* The daemon goes, with its connection; it comes back. */
void scripted_stop(struct scripted *s);
void scripted_start(struct scripted *s);

void scripted_accept(struct scripted *s);
void scripted_hang_up(struct scripted *s);

/* The next request. false: there is none, the other end has hung up. */
bool scripted_receive(struct scripted *s, struct nbt_local_message *request);

/* Any message, into buf; returns its length. */
size_t scripted_read(struct scripted *s);

/* Answers a request. ttl: of claims; rdata: of anything else. */
void scripted_answer(struct scripted *s, const struct nbt_local_message *request,
		     enum nbt_rcode rcode, uint32_t ttl, const uint8_t *rdata, size_t len);

/* An answer with the addresses of this list, ended by NULL. */
void scripted_answer_addresses(struct scripted *s, const struct nbt_local_message *request,
			       const char *const *addresses);

/* The name of this claim is lost to a host at 10.1.0.9. */
void scripted_demand(struct scripted *s, const struct nbt_local_message *claim);

/* Any bytes. */
void scripted_send(struct scripted *s, const void *bytes, size_t len);

#endif
