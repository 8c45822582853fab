/*
 * A batch of changes on their way to the store: one transaction. Self-contained, so that it can be
 * handed to another thread. Pure.
 */
#ifndef NBNSD_REGISTRY_CHANGES_H
#define NBNSD_REGISTRY_CHANGES_H

#include <stddef.h>

#include "nbnsd/registry/record.h"

struct changes;

enum change_type {
	CHANGE_PUT,           /* record id is now this; only a normal group keeps its members */
	CHANGE_DELETE,        /* record id and its members are gone */
	CHANGE_MEMBER_PUT,    /* a member of group id has this lease */
	CHANGE_MEMBER_DELETE, /* a member of group id is gone */
	CHANGE_AUDIT,         /* a row of the audit: struct audit_row */
	CHANGE_CONFLICT,      /* struct conflict_row */
	CHANGE_OWNER,         /* struct owner_row */
	CHANGE_EVENT          /* not for the store: struct name_event, for those who watch */
};

/* Another server's versions: the highest one that was seen, and that partners may know of; both 0:
 * nothing is known of it any more. Of this server highest is the version below which records may be
 * missing here; 0: none are. */
struct owner_row {
	struct in_addr owner;
	uint64_t highest;
	uint64_t offered;
};

struct change {
	enum change_type type;
	uint32_t id;
	struct in_addr member;    /* CHANGE_MEMBER_* */
	lease_time member_expiry; /* CHANGE_MEMBER_PUT */

	/* CHANGE_AUDIT, CHANGE_CONFLICT, CHANGE_OWNER, CHANGE_EVENT: its struct, at any address;
	 * good while the batch is. */
	const void *note;
	size_t note_len;
};

struct changes *changes_create(void); /* NULL: out of memory */
void changes_destroy(struct changes *changes);
void changes_clear(struct changes *changes); /* keeps the memory for the next batch */

/* Append; false: out of memory, nothing appended. */
bool changes_put(struct changes *changes, uint32_t id, const struct record *record);
bool changes_delete(struct changes *changes, uint32_t id);
bool changes_member_put(struct changes *changes, uint32_t group, struct in_addr member,
			lease_time expiry);
bool changes_member_delete(struct changes *changes, uint32_t group, struct in_addr member);

/* What is not about a name: a struct, which the store knows by the type. */
bool changes_note(struct changes *changes, enum change_type type, const void *note, size_t len);

size_t changes_count(const struct changes *changes);
uint64_t changes_highest_version(const struct changes *changes); /* of own records; 0: none */

/* Walks them in order: start with *cursor 0; false at the end. *record is filled for CHANGE_PUT. */
bool changes_next(const struct changes *changes, size_t *cursor, struct change *change,
		  struct record *record);

/* Batches in order, linked through themselves: a batch is in one queue at most. Zero: empty. */
struct changes_queue {
	struct changes *first, *last;
};

void changes_queue_put(struct changes_queue *queue, struct changes *changes);
struct changes *changes_queue_take(struct changes_queue *queue);  /* NULL: empty */
struct changes *changes_following(const struct changes *changes); /* NULL: the last one */

/* Moves everything in from behind what is in to. */
void changes_queue_move(struct changes_queue *to, struct changes_queue *from);

#endif
