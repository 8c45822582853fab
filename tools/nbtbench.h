/* What the commands of nbtbench share. */
#ifndef TOOLS_NBTBENCH_H
#define TOOLS_NBTBENCH_H

#include <jansson.h>

#include "tools/bench.h"
#include "tools/bench_chart.h"

struct bench_options {
	const char *server, *client_base, *file, *only, *right, *plot, *partner;
	unsigned port, names, first, requests, clients, window, rate, seed, pid, pairs, batch;
	unsigned registrations, name_port, members, size;
	bool again, json;
	struct bench_chart *chart; /* gets what is to be drawn */
};

/* Says so on stderr; returns the exit status. */
int nbtbench_fail(const char *what, int error);

/* The load that the options describe; false: they make none, and that has been said. */
bool nbtbench_make_load(const struct bench_options *o, const struct bench_kind *kind,
			struct bench_load *load);

/* --port, or the usual one. */
in_port_t nbtbench_port(const struct bench_options *o, in_port_t usual);

/* Sorts the values. */
double nbtbench_median(double *values, size_t count);

/* The server and its limit by turns. */
#define NBTBENCH_PAIRS_MAX 99

struct nbtbench_turns {
	const char *title, *kind;
	const char *limit, *measured; /* "bare responder", "server" */
	const char *unit;             /* "us of CPU per request" */
	bool in_per_second;           /* more is better */
	size_t count;
	double bare[NBTBENCH_PAIRS_MAX], server[NBTBENCH_PAIRS_MAX], ratio[NBTBENCH_PAIRS_MAX];
	uint64_t bad; /* wrong or lost */
};

void nbtbench_add_pair(struct nbtbench_turns *turns, double bare, double server);

/* Prints the medians, and draws them. more: further members of the JSON, taken over; NULL. Returns
 * the exit status. */
int nbtbench_say_turns(const struct bench_options *o, struct nbtbench_turns *turns, json_t *more);

/* Commands; they return the exit status. */
int nbtbench_load(const struct bench_options *o, const struct bench_kind *kind);
int nbtbench_ratio(const struct bench_options *o, const struct bench_kind *kind);
int nbtbench_store(const struct bench_options *o);
int nbtbench_browse(const struct bench_options *o);
int nbtbench_replication(const struct bench_options *o);
int nbtbench_conflict(const struct bench_options *o);
int nbtbench_datagram(const struct bench_options *o);
int nbtbench_latency(const struct bench_options *o);

#endif
