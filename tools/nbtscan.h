/*
 * Inside nbtscan, which sweeps networks for node status. scan_targets.h is what is asked, scan.h
 * when and whose an answer is, scan_host.h what it says; all three are pure. nbtscan_sweep.c has
 * the socket, nbtscan_say.c and nbtscan_terminal.c print, nbtscan_known.c asks a name server.
 */
#ifndef TOOLS_NBTSCAN_H
#define TOOLS_NBTSCAN_H

#include <stdbool.h>

#include "tools/scan.h"
#include "tools/scan_host.h"

struct nbtscan_options {
	bool verbose, human, dump, hosts, lmhosts, json, wide, quiet, root_port;
	unsigned timeout_ms, retransmits, bandwidth, rate, window, port;
	const char *separator, *file, *nbns;
	bool is_terminal; /* stdout: no control characters, please */
};

/*
 * Hosts.
 */

/* An answer; everything is borrowed. */
struct found {
	struct in_addr address; /* where it came from */
	struct in_addr asked;   /* most often the same */
	const struct nbt_packet *packet;
	const struct nbt_node_status *node;
	bool has_mac; /* old and cut answers lack it */
	struct scan_host host;
};

/* The head of the table, if there is one; what: the targets as the user wrote them. */
void say_head(const struct nbtscan_options *options, const char *what);
void say_found(const struct nbtscan_options *options, const struct found *found);

/* A name server knows this name of a target that did not answer; NULL: only the address. */
void say_known(const struct nbtscan_options *options, struct in_addr address,
	       const struct nbt_name *name);

/* On a terminal the table is another one. */
void terminal_head(const struct nbtscan_options *options);
void terminal_found(const struct nbtscan_options *options, const struct found *found);
void terminal_known(const struct nbtscan_options *options, const char *address,
		    const struct nbt_name *name);

/* -d, field by field; and --json, which has an object for either. */
void say_dump(const struct nbtscan_options *options, const struct found *found);
void say_json(const struct nbtscan_options *options, const struct found *found);
void say_known_json(const struct nbtscan_options *options, const char *address,
		    const struct nbt_name *name);

/* The 15 bytes of a name, padding included; for a terminal in its character set, and without what
 * it would obey. */
#define NBTSCAN_NAME_MAX 64
const char *nbtscan_name(const struct nbtscan_options *options, const struct nbt_name *name,
			 char text[NBTSCAN_NAME_MAX]);

/* "00:11:22:33:44:55", or "" without one. */
#define NBTSCAN_MAC_MAX 18
const char *nbtscan_mac(const struct found *found, char text[NBTSCAN_MAC_MAX]);

/*
 * What a name server knows.
 */

struct known;

/* NULL: no memory. */
struct known *known_create(void);
void known_destroy(struct known *known); /* NULL is fine */

/* It will be asked for the names of this host, and of its workgroup. */
void known_add(struct known *known, const struct scan_host *host);

/* Asks options->nbns: by its address, or nbnsd of this host if it is a directory. Says what is
 * known of targets that are silent. false: it cannot be asked; why has been said. */
bool known_ask(struct known *known, const struct nbtscan_options *options, const struct scan *scan);

/*
 * The sweep.
 */

/* Sends, waits and prints until it is over; known: NULL, or gets what is found. 0 or a negative
 * errno: -EADDRINUSE, -EACCES: port 137 is not to be had. */
int nbtscan_sweep(const struct nbtscan_options *options, struct scan *scan, struct known *known);

#endif
