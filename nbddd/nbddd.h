/* Everything that one nbddd has; its stages fill it. For the edge only: cores never see it. */
#ifndef NBDDD_NBDDD_H
#define NBDDD_NBDDD_H

#include "common/daemon.h"
#include "common/packets.h"
#include "nbddd/conf.h"

#define NBDDD_USER    "nbddd"
#define TCP_NAMES_MAX 256 /* tokens are below LOOK_UPS_MAX */

struct tcp_ask;

struct nbddd {
	const struct daemon_program *program;
	struct daemon_options options;
	struct nbddd_settings settings;
	struct loop *loop;
	struct reload *reload;
	struct notify_watchdog *watchdog;
	struct metrics_http *metrics_http;
	uint64_t started_ms;
	struct ctl *ctl;                    /* NULL: it could not be had */
	struct local_server *datagram_sock; /* the same */
	struct local *names;                /* nbnsd, as a program of this host has it */

	struct network *network;
	struct access_list *access; /* who may do what, on the networks of now */

	struct dgram_service *service;
	struct tcp_ask *asks[TCP_NAMES_MAX]; /* questions under way, by the service's token */
	struct outbox outbox; /* what leaves at the end of the turn, or when it is full */
};

#endif
