/* Browser frames from the command line: a kind, and KEY=VALUE for what is not to be as usual. */
#ifndef TOOLS_NBTSEND_FRAME_H
#define TOOLS_NBTSEND_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nbt/browse.h>

struct frame_kind {
	const char *name; /* on the command line */
	unsigned opcode;
	uint8_t type;     /* of the datagram, unless told otherwise */
	uint8_t suffix;   /* of whom it is for, unless told otherwise */
	unsigned members; /* what can be set: bits of nbtsend_frame.c */
	const char *help;
};

const struct frame_kind *frame_kind_find(const char *name); /* NULL: there is none */
const char *frame_kind_name(size_t i);                      /* NULL: there are no more */
void frame_kinds_print(FILE *to);

/* What a host of this name would send; both names in the wire's character set. An election is one
 * in which it does not stand. */
void frame_defaults(struct nbt_browse *frame, const struct frame_kind *kind, const char *host,
		    const char *workgroup);

/* Sets a member from "KEY=VALUE", in UTF-8; false: what is wrong is in error. */
bool frame_set(struct nbt_browse *frame, const struct frame_kind *kind, const char *assignment,
	       char *error, size_t size);

#endif
