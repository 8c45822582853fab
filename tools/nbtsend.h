/*
 * nbtsend in parts: nbtsend.c has the options, nbtsend_message.c makes of them what is sent,
 * nbtsend_direct.c and nbtsend_daemon.c are the two ways to the network, nbtsend_say.c shows what
 * arrives.
 */
#ifndef TOOLS_NBTSEND_H
#define TOOLS_NBTSEND_H

#include <limits.h>
#include <netinet/in.h>

#include <nbt/datagram.h>

#include "tools/tool.h"

struct send_options {
	struct tool_choice type; /* of the datagram */
	const char *source, *scope, *mailslot, *browse, *file, *hex, *to, *charset;
	unsigned port, own_port, number, timeout;
	bool popup, listen, direct, json;
};

#define SEND_DATA_MAX 65535

/* A datagram without addresses; or for --listen its destination only. */
struct send_message {
	struct nbt_datagram datagram;
	bool any_suffix; /* --listen: no suffix was given */
	uint8_t data[SEND_DATA_MAX];
	char error[256]; /* a sentence */
};

/* NAME and what follows it. false: it cannot be; m->error says why. */
bool message_make(struct send_message *m, const struct send_options *o, char **arguments,
		  int count);
bool message_make_listener(struct send_message *m, const struct send_options *o, const char *name);

/* Whether what arrived is what --listen wants. */
bool message_is_wanted(const struct send_message *m, const struct nbt_datagram *datagram);

/* The other host of a datagram, and how it came. */
struct send_peer {
	struct in_addr address; /* 0.0.0.0: the daemon finds it */
	uint16_t port;
	bool is_broadcast; /* only the daemon knows */
};

/* A line or more of text; or a JSON object, in which the peer's address has this key. */
void say_datagram(const struct nbt_datagram *datagram, const struct send_peer *peer);
void say_datagram_json(const struct nbt_datagram *datagram, const struct send_peer *peer,
		       const char *key);

/* --timeout was not given. */
#define SEND_NO_TIMEOUT UINT_MAX

/* Send and listen; they return the exit status, and say themselves what went wrong. */
int direct_send(const struct send_options *o, struct send_message *m);
int direct_listen(const struct send_options *o, const struct send_message *m);
int daemon_send(const struct send_options *o, struct send_message *m);
int daemon_listen(const struct send_options *o, const struct send_message *m);

#endif
