/* nbtbench's parts: a load on a name server, and the limits it is held against. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Latencies, in buckets that are a sixteenth of their value wide.
 */
#define BENCH_BUCKETS (64 * 16)
struct bench_latency {
	uint64_t bucket[BENCH_BUCKETS];
	uint64_t count;
};

void bench_latency_add(struct bench_latency *latency, uint64_t ns);

/* The value that the given part (0 .. 1) of all lies at or below, nanoseconds; 0: none there. */
uint64_t bench_latency_at(const struct bench_latency *latency, double part);

/*
 * A load. Names are numbered; name n belongs to client n % clients, whose address is client_base
 * plus that. Every answer is checked against that.
 */
enum bench_kind {
	BENCH_QUERY,    /* must be answered with the address of the name's client */
	BENCH_MISS,     /* queries for names that nobody has: must be answered negatively */
	BENCH_REGISTER, /* must be acknowledged */
	BENCH_REFRESH,  /* likewise */
	BENCH_RELEASE   /* likewise */
};

struct bench_load {
	struct sockaddr_in server;
	enum bench_kind kind;
	uint32_t names,
		first; /* numbers first .. first + names - 1, in random order, again and again */
	uint64_t requests; /* how many in all */
	uint32_t clients;
	struct in_addr client_base;
	uint32_t window; /* unanswered at once, at most */
	uint32_t rate;   /* offered per second; 0: as fast as the window allows */
	uint32_t seed;
	bool unchecked; /* any answer will do: the bare responder's */
	bool again;     /* send what is not answered within a second again, not count it as lost */
};

struct bench_result {
	uint64_t sent, answered;
	uint64_t wrong; /* answered, but not as it must be */
	uint64_t lost;  /* not answered within a second */
	double seconds;
	struct bench_latency latency;
	char first_wrong[160]; /* what the first wrong answer was */
};

/* Runs it to its end. 0 or a negative errno. */
int bench_load_run(const struct bench_load *load, struct bench_result *result);

/* CPU time that a process has used so far, all threads, nanoseconds; 0: no such process. */
uint64_t bench_cpu_ns(pid_t pid);

/*
 * The limit of a packet server: a process that receives and sends in batches of 64 and does nothing
 * else, on the processors that the process beside has. Answers have reply_len bytes: those to a
 * query (62) or to a miss (56).
 */
int bench_bare_start(const struct sockaddr_in *local, size_t reply_len, pid_t beside, pid_t *pid);
void bench_bare_stop(pid_t pid);

/*
 * The limit of a store: SQLite alone on the reference table, new names in random order, batches of
 * batch rows, synchronous FULL. Returns rows per second, or a negative errno. file is made new and
 * removed.
 */
double bench_store_reference(const char *file, uint32_t names, uint32_t batch, uint32_t seed);

#endif
