/* UDP packets on their way between sockets.h and a core, which knows a socket by its number. */
#ifndef COMMON_PACKETS_H
#define COMMON_PACKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One address of this host that is served. Sockets are numbered by the edge. */
struct served_socket {
	struct in_addr address;
	struct in_addr netmask, broadcast; /* of its subnet; 0.0.0.0: no broadcasts */
	uint8_t mac[6];                    /* of its interface, for node status; zero if none */
};

struct incoming {
	const uint8_t *bytes;
	size_t len;
	struct sockaddr_in from;
	uint16_t socket;   /* answers leave by it */
	bool to_broadcast; /* came to a broadcast address */
};

#define OUTGOING_MAX 1472 /* what an Ethernet frame carries of UDP */

struct outgoing {
	uint16_t socket;
	uint16_t len;
	bool is_broadcast; /* may go to a broadcast address */
	struct sockaddr_in to;
	uint8_t bytes[OUTGOING_MAX];
};

/* Packets to send, in order; the caller empties it. */
#define OUTBOX_SIZE 128
struct outbox {
	size_t count;
	struct outgoing packet[OUTBOX_SIZE];
};

#endif
