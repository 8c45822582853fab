/* The settings of the browser's cores. Every duration is milliseconds; BROWSER_TIMES_DEFAULT is
 * what the protocol has. */
#ifndef BROWSERD_SETTINGS_H
#define BROWSERD_SETTINGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

#include "browserd/election.h"
#include "browserd/lists.h"

struct browser_times {
	/* Announcements begin after the first interval, and grow to the longest. */
	uint64_t announce_first, announce_max, domain_announce_max;
	uint64_t request_delay; /* who is asked for an announcement waits up to so long */
	uint64_t announce_gap;  /* a master that is asked announces itself at most so often */
	uint64_t lanman_announce, remote_announce;

	/* Elections: the first frame, by role. */
	uint64_t election_master;
	uint64_t election_backup_min, election_backup_max;
	uint64_t election_potential_min, election_potential_max;
	uint64_t rival_gap; /* a rival master begins an election at most so often */

	/* Finding the master. */
	uint64_t find_master;  /* between two questions */
	uint64_t master_check; /* silence after which it is asked whether it is there */
	uint64_t check_spread; /* up to so much longer: the first one asks for all */
	uint64_t lost_check;   /* the winner of an election has so long to say so */
	uint64_t claim_retry;  /* the name of the master was refused; doubled up to master_check */

	uint64_t pull, pull_retry;             /* of backups, from their master */
	uint64_t backups_first, backups_again; /* a master looks whether it has enough of them */

	/* Beyond the subnet. */
	uint64_t sync;         /* a local master and the domain master fetch each other's lists */
	uint64_t probe;        /* is the master there? 0: by the protocol's own means only */
	uint64_t change_delay; /* changes are told to the other end after so long, */
	uint64_t change_gap;   /* and at most so often */
	uint64_t domain_retry; /* the name of the domain master was refused */
	uint64_t stand_in;     /* up to so long until somebody becomes it where there is none */
	uint64_t overlap;      /* the records of a domain master that is gone */
	uint64_t neighbours;   /* the NBNS is asked for the domain masters of other workgroups */

	uint64_t keep;       /* roles without a datagram service */
	uint64_t name_retry; /* for our own names, after a refusal */
};

#define BROWSER_MINUTE 60000
#define BROWSER_TIMES_DEFAULT                                                                      \
	{                                                                                          \
		.announce_first = BROWSER_MINUTE, .announce_max = 12 * BROWSER_MINUTE,             \
		.domain_announce_max = 15 * BROWSER_MINUTE, .request_delay = 30000,                \
		.announce_gap = 1000, .lanman_announce = BROWSER_MINUTE,                           \
		.remote_announce = 3 * BROWSER_MINUTE, .election_master = 100,                     \
		.election_backup_min = 200, .election_backup_max = 600,                            \
		.election_potential_min = 800, .election_potential_max = 3000, .rival_gap = 10000, \
		.find_master = 1500, .master_check = 5 * BROWSER_MINUTE, .check_spread = 30000,    \
		.lost_check = 30000, .claim_retry = 3000, .pull = 12 * BROWSER_MINUTE,             \
		.pull_retry = BROWSER_MINUTE, .backups_first = 15 * BROWSER_MINUTE,                \
		.backups_again = 43000, .sync = 12 * BROWSER_MINUTE, .probe = 10000,               \
		.change_delay = 500, .change_gap = 1000, .domain_retry = 5 * BROWSER_MINUTE,       \
		.stand_in = 2000, .overlap = BROWSER_MINUTE, .neighbours = BROWSER_MINUTE,         \
		.keep = 10000, .name_retry = 5 * BROWSER_MINUTE                                    \
	}

/* AUTO: where there is no other, and an NBNS to know it by. */
enum browser_domain { BROWSER_DOMAIN_AUTO, BROWSER_DOMAIN_NO, BROWSER_DOMAIN_YES };

enum browser_lanman { BROWSER_LANMAN_NO, BROWSER_LANMAN_YES, BROWSER_LANMAN_AUTO };

/* Where this host is announced besides: a directed broadcast address, or a master's. */
struct browser_remote {
	struct in_addr address;
	const char *workgroup; /* NULL: the first of ours */
};

/* Names are upper case in the character set of the wire. All borrowed. */
struct browser_settings {
	const char *name;
	const char *const *aliases;
	size_t alias_count;
	const char *const *workgroups;
	size_t workgroup_count;
	const char *comment;
	struct nbt_scope scope;

	uint32_t server_type; /* NBT_SV_*, without the bits of browsers */
	uint8_t os_major, os_minor;

	uint8_t os_level;
	bool local_master;     /* false: announce only */
	bool preferred_master; /* elect at start, and win against the same level */
	bool wins_client;      /* a bit of the criteria */
	bool virtual_lan; /* a P node: all subnets are one, by the NBDD; nothing goes by broadcast
			   */
	enum browser_domain domain_master;
	bool obey_reset; /* ResetState of our own subnet */
	enum browser_lanman lanman;
	const struct browser_remote *remotes;
	size_t remote_count;
	const struct in_addr *syncs; /* domain masters that are told of us unasked */
	size_t sync_count;
	size_t peers;  /* domain master: local masters, at most */
	bool enhanced; /* domain master: workgroups of other domain masters */

	struct election_settings election;
	unsigned find_master_tries;
	unsigned pull_failures;  /* running: elect */
	uint32_t backup_answers; /* about backups, to a source in a second; 0: no limit */
	size_t few_servers;      /* a new master that knows fewer asks for announcements */
	struct browser_times times;
	struct lists_settings lists;
};

#define BROWSER_SETTINGS_DEFAULT                                                                   \
	{                                                                                          \
		.comment = "", .server_type = 0x00009A03, .os_major = 6, .os_minor = 1,            \
		.os_level = 20, .local_master = true, .obey_reset = true,                          \
		.lanman = BROWSER_LANMAN_AUTO,                                                     \
		.election = { .frames = 4,                                                         \
			      .frames_max = 30,                                                    \
			      .repeat_ms = 1000,                                                   \
			      .quiet_ms = 30000 },                                                 \
		.find_master_tries = 3, .pull_failures = 2, .few_servers = 10,                     \
		.backup_answers = 10, .peers = 1024, .enhanced = true,                             \
		.times = BROWSER_TIMES_DEFAULT,                                                    \
		.lists = { .servers = 8192,                                                        \
			   .workgroups = 1024,                                                     \
			   .per_source = 64,                                                       \
			   .period_ms = 12 * BROWSER_MINUTE,                                       \
			   .period_max_ms = 60 * BROWSER_MINUTE },                                 \
	}

#endif
