/* All records of a WINS server, fetched as its partner, and checked. */
#ifndef TOOLS_BENCH_FETCH_H
#define TOOLS_BENCH_FETCH_H

#include "tools/bench.h"
#include "tools/bench_talk.h"

struct bench_fetched {
	struct bench_talk talk; /* how it went */
	uint64_t records;       /* of all owners */
	/* Of the load's names, which belong to its clients; and those that did not come. */
	uint64_t right, wrong, missing;
	double seconds;
};

/* From load->server, at its port of replication, for the partner at this address of ours. 0 or a
 * negative errno; -ENODATA: it has no records. */
int bench_fetch(const struct bench_load *load, struct in_addr partner, struct bench_fetched *out);

#endif
