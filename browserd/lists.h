/*
 * The browse lists: servers of workgroups, and workgroups with their masters. Each entry may be
 * known from several sources at once, each with a record of its own and its own age: what we are
 * beats what a subnet says, which beats what another browser says. Pure.
 */
#ifndef BROWSERD_LISTS_H
#define BROWSERD_LISTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/browse.h>
#include <nbt/env.h>

enum lists_kind { LISTS_SERVERS, LISTS_WORKGROUPS, LISTS_KINDS };

/* The former beats the latter. */
enum lists_origin { LISTS_SELF, LISTS_HEARD, LISTS_PULLED };

/* A name has one record of each: of ourselves, heard in a subnet, pulled from a browser. */
struct lists_source {
	enum lists_origin origin;
	struct in_addr interface; /* HEARD: our address in the subnet */
	struct in_addr address;   /* HEARD: who said so, the latest; PULLED: the browser */
	bool is_first_hand;       /* PULLED: and it says so of itself; beats what others say */
};

/* What is known of an entry. Names are kept in upper case and compared without case. */
struct lists_record {
	char name[NBT_BROWSE_NAME_SIZE];
	char workgroup[NBT_BROWSE_NAME_SIZE]; /* of a server; workgroups have their name here */
	uint32_t type;                        /* NBT_SV_*, without LOCAL_LIST_ONLY */
	uint8_t os_major, os_minor;
	uint16_t browser_version;
	char comment[NBT_BROWSE_COMMENT_SIZE]; /* of a workgroup: the name of its master */
};

struct lists_settings {
	size_t servers, workgroups; /* at most; what we are ourselves is always taken */
	size_t per_source;          /* records of each kind heard from one address, at most */
	uint64_t period_ms;         /* of announcements that don't say theirs */
	uint64_t period_max_ms;     /* longer ones are not believed */
};

/* Records heard are forgotten when so many announcements have not come. */
#define LISTS_PERIODS 3

enum lists_verdict {
	LISTS_OK,
	LISTS_BAD_NAME,    /* empty, begins with "*", or has control characters */
	LISTS_FULL,        /* of this kind */
	LISTS_SOURCE_FULL, /* the sender has enough records */
	LISTS_NO_MEMORY
};

struct lists;

/* NULL: out of memory. */
struct lists *lists_create(const struct lists_settings *settings);
void lists_destroy(struct lists *lists); /* NULL is fine */
void lists_set_settings(struct lists *lists, const struct lists_settings *settings);

/*
 * What comes to be known.
 */

/* Of ourselves; it never expires. */
enum lists_verdict lists_be(struct lists *lists, enum lists_kind kind,
			    const struct lists_record *record, const struct nbt_env *env);

/* An announcement. period_ms: until the next one; 0: not said. */
enum lists_verdict lists_hear(struct lists *lists, enum lists_kind kind,
			      const struct lists_record *record, struct in_addr interface,
			      struct in_addr sender, uint32_t period_ms, const struct nbt_env *env);

/* A server says goodbye; only who announced it can. false: it has not. */
bool lists_hear_end(struct lists *lists, const char *workgroup, const char *name,
		    struct in_addr interface, struct in_addr sender);

/* A list that is being pulled from a browser: servers of a workgroup, or all workgroups. Records
 * that it does not hold any more are dropped at its end. */
struct lists_pull {
	enum lists_kind kind;
	struct in_addr peer;
	char workgroup[NBT_BROWSE_NAME_SIZE]; /* of servers */
	uint64_t life_ms;                     /* of the records: until so many pulls were missed */
	uint32_t mark;
	bool is_first_hand; /* of the records that follow; set by who adds them */
};

struct lists_pull lists_pull_begin(struct lists *lists, enum lists_kind kind, struct in_addr peer,
				   const char *workgroup, uint64_t life_ms);
enum lists_verdict lists_pull_add(struct lists *lists, const struct lists_pull *pull,
				  const struct lists_record *record, const struct nbt_env *env);
void lists_pull_end(struct lists *lists, const struct lists_pull *pull); /* it came whole */

/*
 * What is forgotten.
 */

/* Which records: of this origin, and where not NULL, of this interface, browser, workgroup, name.
 */
struct lists_match {
	enum lists_origin origin;
	const struct in_addr *interface, *address;
	const char *workgroup, *name;
};
void lists_forget(struct lists *lists, enum lists_kind kind, const struct lists_match *match);

/* They expire then, if not before. */
void lists_limit(struct lists *lists, enum lists_kind kind, const struct lists_match *match,
		 uint64_t expires_ms);

/* When lists_wake() has something to forget; NBT_NEVER. */
uint64_t lists_deadline(const struct lists *lists);
void lists_wake(struct lists *lists, const struct nbt_env *env);

/*
 * What is known. Pointers are valid until the lists change.
 */

struct lists_view {
	const struct lists_record *record; /* of the best source */
	struct lists_source source;
	uint64_t since_ms;   /* known from this source */
	uint64_t expires_ms; /* NBT_NEVER */
	bool is_local;       /* we are it, or it is heard in a subnet */
};

/* false ends the walk. */
typedef bool lists_fn(void *ctx, const struct lists_view *view);

/* The entries in the order of their names: of a workgroup (NULL: of all, one after the other),
 * from a name on (NULL: from the first). */
void lists_each(const struct lists *lists, enum lists_kind kind, const char *workgroup,
		const char *from, lists_fn *each, void *ctx);

/* The records heard in a subnet, whatever is known from better sources. */
void lists_each_heard(const struct lists *lists, enum lists_kind kind, const char *workgroup,
		      struct in_addr interface, lists_fn *each, void *ctx);

/* false: there is no such entry. */
bool lists_find(const struct lists *lists, enum lists_kind kind, const char *workgroup,
		const char *name, struct lists_view *view);

size_t lists_count(const struct lists *lists, enum lists_kind kind);

/* Grows with everything that would be seen by who walks through the lists; the second only with
 * what we are and what is heard in our subnets. */
uint64_t lists_changes(const struct lists *lists);
uint64_t lists_local_changes(const struct lists *lists);

#endif
