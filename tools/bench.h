/* nbtbench's parts: a load on a name server, and the limits it is held against. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <nbt/packet.h>

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
 * A load: names by number, in random order. What it asks about them, and which answers are right,
 * is its kind's business.
 */
struct bench_answer {
	const struct nbt_packet *packet; /* not a WACK */
	uint32_t number;                 /* the name that it must be about */
	uint64_t ns;                     /* since the request was sent */
	bool told_to_wait;               /* a WACK came first */
};

struct bench_load;

struct bench_kind {
	const char *name;
	size_t reply_len; /* bytes of a right answer; 0: not compared with the bare responder */
	/* Makes a request; rdata is room for it to point at. */
	void (*ask)(const struct bench_load *load, uint32_t number, uint16_t id,
		    struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN]);
	/* Called once for each answer. */
	bool (*is_right)(const struct bench_load *load, const struct bench_answer *answer);
};

/* Name n belongs to client n % clients, and every answer must say so. */
extern const struct bench_kind bench_query, bench_register, bench_refresh, bench_release;
extern const struct bench_kind bench_miss;  /* names that nobody has */
extern const struct bench_kind bench_mixed; /* all of them, as a LAN does it */

struct bench_load {
	struct sockaddr_in server;
	const struct bench_kind *kind;
	void *ctx; /* the kind's */
	uint32_t names,
		first; /* numbers first .. first + names - 1, in random order, again and again */
	const uint32_t *only; /* or these numbers, in this order; NULL: none */
	FILE *right;          /* gets the numbers whose answer was right; NULL: nobody wants them */
	uint64_t requests;    /* how many in all */
	uint32_t clients;
	struct in_addr client_base; /* of the first client; the others follow */
	uint32_t window;            /* unanswered at once, at most */
	uint32_t rate; /* sent per second, repetitions too; 0: as fast as the window allows */
	uint32_t seed;
	bool unchecked;          /* any answer will do: the bare responder's */
	bool again;              /* ask again what is not answered, do not count it as lost */
	const atomic_bool *stop; /* ends it early when true; NULL: never */
};

struct in_addr bench_client(const struct bench_load *load, uint32_t number);
void bench_name(struct nbt_name *name, uint32_t number);

/* The right name, and this one address. */
bool bench_is_about(const struct nbt_packet *packet, uint32_t number, struct in_addr address);

/* What bench_query and bench_register ask, for kinds that want another answer. */
void bench_ask_query(const struct bench_load *load, uint32_t number, uint16_t id,
		     struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN]);
void bench_ask_registration(const struct bench_load *load, uint32_t number, uint16_t id,
			    struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN]);

/* A claim of a name for an address, by its client. */
void bench_make_claim(struct nbt_packet *packet, enum nbt_opcode opcode, uint16_t id,
		      uint32_t number, struct in_addr address, uint8_t rdata[NBT_ADDRESS_LEN]);

struct bench_result {
	uint64_t sent, answered;
	uint64_t wrong;    /* answered, but not as it must be */
	uint64_t lost;     /* not answered within a second, or the time that a WACK gives */
	uint64_t repeated; /* the same, but asked again */
	uint64_t most_told_to_wait; /* at once */
	double seconds;             /* from the beginning to the last answer */
	double sending_seconds;     /* from there until the last request was sent */
	struct bench_latency latency;
	char first_wrong[160]; /* what the first wrong answer was */
};

/* A UDP socket with large buffers, bound; a descriptor or a negative errno. */
int bench_open_socket(const struct sockaddr_in *local);

/* Runs it to its end. 0 or a negative errno. */
int bench_load_run(const struct bench_load *load, struct bench_result *result);

/* The same in a thread of its own; both stay in place until bench_beside_wait(), which returns what
 * bench_load_run() would have. */
struct bench_beside {
	pthread_t thread;
	const struct bench_load *load;
	struct bench_result *result;
	int ret;
};
int bench_beside_start(struct bench_beside *beside, const struct bench_load *load,
		       struct bench_result *result);
int bench_beside_wait(struct bench_beside *beside);

/*
 * The latency of queries within a server on this host, seen from outside: the kernel stamps what
 * passes the loopback interface, queries when they are received and their answers when they are
 * sent. Registrations and all else are left out. Needs CAP_NET_RAW.
 */
struct bench_tap;

int bench_tap_start(struct bench_tap **out, in_port_t port); /* of the server, network order */

/* Ends it, and frees it. *missed: packets that there was no room for. */
void bench_tap_stop(struct bench_tap *tap, struct bench_latency *latency, uint64_t *missed);

/* Reads a file of numbers, such as a load writes; the caller frees *numbers. 0 or a negative errno.
 */
int bench_numbers_read(const char *file, uint32_t **numbers, uint32_t *count);

/* CPU time that a process has used so far, all threads, nanoseconds; 0: no such process. */
uint64_t bench_cpu_ns(pid_t pid);

/*
 * The limit of a packet server: a process that receives and sends in batches of 64 and does nothing
 * else, on the processors that the process beside has. Answers have reply_len bytes: those to a
 * query (62) or to a miss (56).
 */
int bench_bare_start(const struct sockaddr_in *local, size_t reply_len, pid_t beside, pid_t *pid);
void bench_bare_stop(pid_t pid);

/* Any other limit that is a process: serve() has this socket, which is closed here, and does not
 * return. 0 or a negative errno. bench_bare_stop() ends it. */
typedef void bench_serve_fn(int fd, const void *arg);
int bench_bare_fork(int fd, pid_t beside, bench_serve_fn *serve, const void *arg, pid_t *pid);

/*
 * The limit of a store: SQLite alone on the reference table, new names in random order, batches of
 * batch rows, synchronous FULL. Returns rows per second, or a negative errno. file is made new and
 * removed.
 */
double bench_store_reference(const char *file, uint32_t names, uint32_t batch, uint32_t seed);

#endif
