/*
 * Simulated subnets full of browsers: the real service, datagrams through the real codec, a clock
 * that jumps from deadline to deadline. Of nbnsd and nbddd there is a model: who has a name gets
 * its datagrams, who claims a unique name that another has is refused. What goes by broadcast is
 * for the own subnet; what goes by name alone, as in a virtual LAN, for whoever has it. There may
 * be an NBNS, on side 0, which keeps <1B>. Everything follows from a seed.
 */
#ifndef TESTS_LAN_H
#define TESTS_LAN_H

#include "support.h"

#include <nbt/browse.h>

#include "browserd/service.h"
#include "lan_index.h"
#include "lan_queue.h"

#define LAN_NAMES_MAX 32 /* of a host, and of the NBNS */
#define SECOND        UINT64_C(1000)
#define MINUTE        (60 * SECOND)
#define HOUR          (60 * MINUTE)
#define DAY           (24 * HOUR)

struct lan_name {
	struct nbt_local_claim claim;
	bool is_held;
	uint64_t due_ms; /* of the decision */
};

/* A frame that was sent. */
struct lan_frame {
	struct nbt_browse frame;
	struct nbt_name from, to;
	uint64_t at_ms;
	bool is_lanman; /* its mailslot */
};

#define LAN_LOG_MAX 64 /* the latest */

/* What goes over a subnet's wire: frames with their UDP and IP headers, from its hosts and to them;
 * lists that they fetch, and that are fetched from them. */
struct lan_traffic {
	uint64_t frames, bytes;
	uint64_t pulls, pulled; /* bytes */
	uint64_t lookups;
};

/* A /24, and its hosts in the order of their making. */
struct lan_subnet {
	struct lan_host **hosts;
	size_t count, space;
	struct lan_traffic traffic;
};

struct lan_host {
	struct lan *lan;
	char name[NBT_BROWSE_NAME_SIZE];
	const char *workgroups[2];
	struct in_addr address;
	struct lan_subnet *subnet;
	uint8_t side; /* of a split: only those of one side hear each other */
	bool is_on;
	struct browser_settings settings; /* to be changed while it is off */
	struct browser_service *service;
	unsigned life; /* which one: it counts how often it was switched off */
	struct lan_name *names;
	size_t name_count, name_space;
	struct lan_due due;
	enum browser_role role;
	uint64_t role_ms;      /* since then */
	uint64_t met_ms;       /* a master: since it first heard of another one; 0: it has not */
	uint64_t seen_ms;      /* when the others could last hear it, if they can't now */
	bool is_deaf_to_pulls; /* who pulls from it gets nothing */
	bool is_slow;          /* its MasterAnnouncements are those of another program */
	unsigned lost;         /* announcements running that its master did not get */
	uint64_t lost_ms;      /* when so many were lost that it is forgotten; 0: never */
	size_t sent[16];       /* frames, by opcode */
	size_t pulls;          /* lists that it has fetched */
	uint64_t unkept;       /* servers in a list that it has fetched and not kept */
	struct lan_frame *log; /* LAN_LOG_MAX */
	size_t log_count;      /* of all; the latest is at (log_count - 1) % LAN_LOG_MAX */
};

struct lan {
	uint64_t seed, state;
	struct nbt_env env;
	uint32_t loss;     /* of a thousand */
	uint32_t delay_ms; /* 1 to so many */
	bool has_nbns;
	struct {
		struct nbt_name name;
		struct in_addr owner;
	} registered[LAN_NAMES_MAX];
	size_t registered_count;
	struct lan_host **hosts;
	size_t host_count, host_space;
	struct lan_index by_address, by_network; /* hosts, subnets */
	struct lan_queue flights, wakes;         /* what is under way; hosts */
	uint64_t flight_number;
	bool no_master_names;               /* the name server is WINS: it knows no <1D> */
	bool is_told;                       /* print what happens */
	bool keeps_no_log;                  /* of frames: there are too many hosts */
	void (*each_step)(struct lan *lan); /* after every event; or NULL */
	/* Whether the host keeps lists that it fetches, where there are too many for them all: else
	 * they are counted, as they are when they are fetched from there. NULL: all do. */
	bool (*keeps)(const struct lan_host *host);
};

struct lan *lan_new(uint64_t seed);
void lan_free(struct lan *lan);
uint32_t lan_random(struct lan *lan, uint32_t below);

/* A host that is off. address: "10.1.0.5", no other's; a subnet is a /24. */
struct lan_host *lan_host(struct lan *lan, const char *name, const char *workgroup,
			  const char *address);
void lan_on(struct lan_host *host);
void lan_crash(struct lan_host *host);
void lan_stop(struct lan_host *host);
void lan_move(struct lan_host *host, uint8_t side);

struct lan_host *lan_host_at(const struct lan *lan, struct in_addr address); /* or NULL */

void lan_pass_ms(struct lan *lan, uint64_t ms);

/* Its masters on a side, and the first of them. */
size_t lan_masters(const struct lan *lan, const char *workgroup, uint8_t side,
		   struct lan_host **first);

/* The one master of all that are on; the test fails if there is none, or another. */
struct lan_host *lan_master(struct lan *lan, const char *workgroup);

bool lan_lists(const struct lan_host *host, const char *workgroup, const char *name);

/* Who is the master of a workgroup, as the lists of a host have it. NULL: it is not in them. */
const char *lan_master_of(const struct lan_host *host, const char *workgroup);

/* The host's browser is told of datagram.sock's end, and of its return. */
void lan_disconnect(struct lan_host *host);
void lan_reconnect(struct lan_host *host);

/* The frames of this opcode that the host has sent since it had sent so many of all; of the latest
 * only. Returns their number; *last: the last one, or NULL. */
size_t lan_sent_since(const struct lan_host *host, size_t log_count, unsigned opcode,
		      const struct lan_frame **last);

/* A frame from nowhere, as if that host had sent it. */
void lan_forge(struct lan_host *host, const char *to, const struct nbt_browse *frame);

/* The same to another mailslot than the usual one. */
void lan_forge_at(struct lan_host *host, const char *to, const char *mailslot,
		  const struct nbt_browse *frame);

#endif
