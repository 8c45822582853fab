/* A load on an NBDD: datagrams for one group, of which every member must get a copy. */
#ifndef TOOLS_BENCH_COPIES_H
#define TOOLS_BENCH_COPIES_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

#include <nbt/name.h>

#define BENCH_COPIES_MEMBERS_MAX 1024
#define BENCH_COPIES_DATA_MIN    4
#define BENCH_COPIES_DATA_MAX    1380 /* the datagram is one packet then */
#define BENCH_COPIES_WINDOW_MAX  64

/* Its members are addresses of this host from first_member on; the address behind the last one
 * sends, as a P node that knows this NBDD. */
struct bench_copies {
	struct sockaddr_in nbdd;
	in_port_t port; /* of datagrams at members and sender, network order */
	struct in_addr first_member;
	uint32_t members;
	uint32_t data_len;
	uint32_t first;     /* number of the first datagram: no two may be the same */
	uint32_t datagrams; /* in all */
	uint32_t window;    /* sent at once; the next ones when all copies have come */
};

struct bench_copies_result {
	uint64_t datagrams;
	uint64_t copies; /* that came and were the datagram that was sent, byte by byte */
	uint64_t wrong;  /* anything else, a second copy for one member, too */
	uint64_t lost;   /* not there a second after the last one that was */
	uint64_t cpu_ns; /* of the process that is measured */
	double seconds;
};

/* The group that the datagrams are for. */
void bench_copies_group(struct nbt_name *name);

struct in_addr bench_copies_member(const struct bench_copies *load, uint32_t number);

/* pid: the NBDD's process, to measure. 0 or a negative errno. */
int bench_copies_run(const struct bench_copies *load, pid_t pid,
		     struct bench_copies_result *result);

/*
 * The limit of an NBDD: a process that receives datagrams in batches, sends each to all members by
 * sendmmsg() and does nothing else, at load->nbdd, on the processors that the process beside has.
 * bench_bare_stop() ends it.
 */
int bench_copies_bare_start(const struct bench_copies *load, pid_t beside, pid_t *pid);

#endif
