/*
 * Lists fetched from other browsers: the servers of a workgroup, and the workgroups, by the IPC$
 * client of smb/ipc_client.h over TCP. Port 139 is tried first, then 445. Pulls are bounded in
 * number, and each in time; more wait for their turn.
 */
#ifndef BROWSERD_PULL_H
#define BROWSERD_PULL_H

#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/name.h>

#include "browserd/service.h"

struct loop;
struct pulls;

struct pulls_settings {
	size_t at_once;
	uint32_t reply_ms, whole_ms; /* for each answer, and for everything */
	const char *name;            /* of this host; copied */
	struct nbt_scope scope;
	uint16_t session_port, direct_port; /* 0: 139 and 445 */
};

struct pulls_events {
	/* What the browser's list says. Texts in the character set of the wire. */
	void (*record)(void *ctx, uint32_t token, enum lists_kind kind,
		       const struct lists_record *record);
	/* failure: NULL: both lists are there; else why not, borrowed for the call. */
	void (*end)(void *ctx, uint32_t token, const char *failure);
};

/* events is borrowed. 0 or a negative errno. */
int pulls_open(struct pulls **out, struct loop *loop, const struct pulls_settings *settings,
	       const struct pulls_events *events, void *ctx) NBT_MUSTCHECK;

/* For those that begin from now on. */
void pulls_set_settings(struct pulls *pulls, const struct pulls_settings *settings);

/* Ends from the loop, never within the call. Out of memory it never ends. */
void pulls_add(struct pulls *pulls, const struct browser_pull *wanted);

/* All that are under way are forgotten. Not from within an event. */
void pulls_cancel(struct pulls *pulls);
void pulls_close(struct pulls *pulls); /* NULL is fine */

size_t pulls_count(const struct pulls *pulls); /* under way, or waiting */

#endif
