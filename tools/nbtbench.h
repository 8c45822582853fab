/* What the commands of nbtbench share. */
#ifndef TOOLS_NBTBENCH_H
#define TOOLS_NBTBENCH_H

#include "tools/bench.h"

struct bench_options {
	const char *server, *client_base, *file, *only, *right;
	unsigned port, names, first, requests, clients, window, rate, seed, pid, pairs, batch;
	unsigned registrations, name_port, members, size;
	bool again, json;
};

/* Says so on stderr; returns the exit status. */
int nbtbench_fail(const char *what, int error);

/* The load that the options describe; false: they make none, and that has been said. */
bool nbtbench_make_load(const struct bench_options *o, const struct bench_kind *kind,
			struct bench_load *load);

/* Sorts the values. */
double nbtbench_median(double *values, size_t count);

/* Commands; they return the exit status. */
int nbtbench_conflict(const struct bench_options *o);
int nbtbench_datagram(const struct bench_options *o);
int nbtbench_latency(const struct bench_options *o);

#endif
