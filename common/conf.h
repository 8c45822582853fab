/*
 * Settings from tables: one row per setting says its name, type, place, default, limits and help.
 * Files have libconfig's grammar; the three daemons share one file.
 *
 * A file is checked whole before anything is taken from it.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nbt/error.h>

#include "common/access.h"

enum conf_type {
	CONF_BOOL,      /* bool */
	CONF_INT,       /* int64_t */
	CONF_DURATION,  /* uint64_t, milliseconds; "250ms", "90s", "30m", "12h", "6d" or 90 */
	CONF_STRING,    /* char *, never NULL */
	CONF_WORD,      /* int, index into the row's words */
	CONF_ADDRESS,   /* struct in_addr */
	CONF_STRINGS,   /* struct conf_strings */
	CONF_ADDRESSES, /* struct conf_addresses */
	CONF_NETWORKS,  /* struct conf_networks */
	CONF_GROUPS,    /* struct conf_groups: ( { ... }, { ... } ); the default is none */
	CONF_TYPES
};

struct conf_strings {
	char **items; /* NULL-terminated */
	size_t count;
};

struct conf_addresses {
	struct in_addr *items;
	size_t count;
};

struct conf_networks {
	struct access_network *items;
	size_t count;
};

struct conf_groups {
	void *items; /* structs, as the row's entry has them */
	size_t count;
};

/* What a group of CONF_GROUPS has. */
struct conf_entry {
	const struct conf_item *items; /* a table; offsets are into the struct */
	size_t size;                   /* of the struct */
	/* A setting that each group must have, with a value of its own; its default stands for
	 * nothing. NULL: none. */
	const char *key;
};

#define CONF_ENTRIES_MAX 256

/* A setting. A table of them ends with a row without name. */
struct conf_item {
	const char *name;
	enum conf_type type;
	size_t offset;            /* into the group's struct */
	const char *fallback;     /* the default, without quotes; entries of lists by spaces */
	int64_t min, max;         /* numbers, durations (ms); both 0: any from 0 */
	const char *const *words; /* CONF_WORD: NULL-terminated */
	/* Strings and addresses, and each entry of lists of them: NULL if the value will do, else what
	 * is allowed. May be NULL. */
	const char *(*check)(const char *value);
	/* Strings: makes the value that "" stands for on this host. May be NULL. */
	char *(*derive)(void);
	const char *help;               /* one line, for the sample file; NULL: left out there */
	bool at_start;                  /* a reload leaves it as it is, see conf_keep() */
	const struct conf_entry *entry; /* CONF_GROUPS */
};

struct conf_group {
	const char *name; /* NULL: the top level of the file */
	const struct conf_item *items;
	size_t offset;      /* of the group's struct in the settings */
	const char *inside; /* the group of the schema that it is in; NULL: none */
};

/* All that a daemon reads; one group is the top level. Groups of the suite's other daemons are
 * skipped. */
struct conf_schema {
	const struct conf_group *groups;
	size_t count;
	size_t size; /* of the settings */
};

#define CONF_ERROR_MAX 1024

/*
 * Reads a file into settings (size bytes, of any content); what it does not mention gets its
 * default. A file that does not exist is an error only if must_exist. On failure returns a negative
 * errno (-EINVAL: bad content), settings are unchanged, and error holds
 * "FILE:LINE: what is wrong; what is allowed".
 */
int conf_load(void *settings, const struct conf_schema *schema, const char *path, bool must_exist,
	      char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

/* The same from text; name stands for the file in errors. */
int conf_parse(void *settings, const struct conf_schema *schema, const char *text, const char *name,
	       char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

/*
 * The addresses of one list, "GROUP.SETTING", of a group whose table is not at hand; at most max.
 * What is no address is left out: whose setting it is will complain. Returns how many; 0 also if
 * there is no file.
 */
size_t conf_peek_addresses(const char *path, const char *setting, struct in_addr *out, size_t max);

/* Frees what the settings own and zeroes them. */
void conf_free(void *settings, const struct conf_schema *schema);

/*
 * Divides all durations by the number "time-scale" of the top level, where there is such a row: a
 * lab's clock goes faster. Once, and after conf_print().
 */
void conf_scale(void *settings, const struct conf_schema *schema);

/*
 * At a reload: settings that only a start can change keep the values of now, which are swapped into
 * fresh; strings and lists stay where they are in memory. names gets a list of those that would
 * have changed, cut to size; "": none. Both have to be freed, as before.
 */
void conf_keep(void *fresh, void *now, const struct conf_schema *schema, char *names, size_t size);

/* Whether all settings of the group of this name that a reload can change have the same values in
 * both. */
bool conf_group_is_same(const void *a, const void *b, const struct conf_schema *schema,
			const char *name);

/* Writes all settings, as a file that conf_load() reads. */
void conf_print(FILE *out, const struct conf_schema *schema, const void *settings);

/* Writes a sample file: every setting with its help and default, commented out. */
void conf_print_sample(FILE *out, const struct conf_group *groups, size_t count);

/* Writes a duration as the configuration has it, in the largest unit that is exact. */
#define CONF_DURATION_MAX 24
char *conf_duration_print(uint64_t ms, char buf[CONF_DURATION_MAX]);

#endif
