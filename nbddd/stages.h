/*
 * What becomes of a datagram: the stages that it goes through, in the order of the table in
 * stages.c. A role is a stage; whoever writes one adds a row, and a file of its own for what it
 * decides.
 *
 *	network ─► dgram_receive: decode, permitted? ─┬─ error, query, response: service.c's table
 *	                                              └─ datagram ─► reassembly ─► stages_run
 *	program ─► clients.c ─► node.c (where to?) ─► sent ─► stages_run, from_client set
 *
 *	stages_run: recognise ─► relay ─► deliver ─► distribute ─► relay's replies ─► refuse
 *
 * "recognise" ends what came before; "relay" is the relay role; "deliver" hands it to the programs
 * that want the name; "distribute" is the server role (the NBDD); "refuse" sends DATAGRAM ERROR for
 * what nobody took.
 */
#ifndef NBDDD_STAGES_H
#define NBDDD_STAGES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/datagram.h>
#include <nbt/env.h>

struct dgram_service;

/* A whole datagram, however many fragments it had. Valid during the call. */
struct dgram_arrival {
	const struct nbt_datagram *datagram; /* decoded; FIRST is set, MORE is not, OFFSET is 0 */
	const uint8_t *bytes;                /* the same as one packet */
	size_t len;

	struct sockaddr_in from; /* who sent the packets: not always the source of the header */
	uint16_t socket;         /* by which they came; of ours: by which they went */
	bool to_broadcast;       /* came, or of ours: went by broadcast */
	bool by_one_socket;      /* of ours: it went by that one alone */

	/* A program of this host has sent it: its number; what had to go to the network has gone.
	 * 0: it came from the network. */
	uint32_t from_client;
	bool for_members; /* we are the NBDD of whoever sent it; else distribution is not ours */
};

enum stage_verdict {
	STAGE_PASS, /* the next one may have it, too */
	STAGE_TAKEN /* done: no later stage sees it */
};

typedef enum stage_verdict stage_fn(struct dgram_service *service,
				    const struct dgram_arrival *arrival, const struct nbt_env *env);

void stages_run(struct dgram_service *service, const struct dgram_arrival *arrival,
		const struct nbt_env *env);

#endif
