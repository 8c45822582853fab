/*
 * Names that other name servers and tools have written to files, as neutral records. Pure: lines
 * in, records out, and a remark for everything that cannot be carried over, with its line.
 *
 *	import_begin(&reader, import_find_format("wins.dat"), &sink, now);
 *	while (...)
 *		import_line(&reader, line, len);
 *	error = import_end(&reader);
 */
#ifndef TOOLS_IMPORT_IMPORT_H
#define TOOLS_IMPORT_IMPORT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

#define IMPORT_ADDRESSES_MAX 25    /* what a record may have; further ones are left out */
#define IMPORT_LINE_MAX      65536 /* bytes of a line, continued ones in all */

/* In the order of nbnsd's kinds. */
enum import_kind { IMPORT_UNIQUE, IMPORT_GROUP, IMPORT_INTERNET, IMPORT_MULTIHOMED };

struct import_record {
	unsigned line; /* where it began */
	struct nbt_name name;
	struct nbt_scope scope;
	enum import_kind kind;
	uint8_t node_type; /* 0 B, 1 P, 2 M, 3 H */
	bool is_static;
	int64_t expires; /* Unix time, if it is not static */
	bool is_cut;     /* it had more addresses */
	uint8_t address_count;
	struct in_addr addresses[IMPORT_ADDRESSES_MAX]; /* of a group: members, as far as known */
};

struct import_sink {
	void (*record)(void *ctx, const struct import_record *record);
	/* What is not carried over: a name, a line or a setting as people write it, and why. */
	void (*skipped)(void *ctx, unsigned line, const char *what, const char *why);
	/* A line for nbt.conf that does what a setting in the file did. */
	void (*setting)(void *ctx, unsigned line, const char *setting);
	void *ctx;
};

struct import_options {
	int64_t now;  /* Unix time */
	bool expired; /* take names whose lease has ended, too: the server stood still for a while
		       */
};

struct import_reader;

struct import_format {
	const char *name;
	const char *what; /* one line, for help */
	void (*line)(struct import_reader *reader, char *line);
	/* After the last line; NULL, or what is wrong with the file as a whole. May be NULL. */
	const char *(*end)(struct import_reader *reader);
};

struct import_reader {
	const struct import_format *format;
	struct import_sink sink;
	struct import_options options;
	unsigned line, first_line; /* that is being read; where the entry began */

	/* Private to the formats. */
	struct import_record record; /* being put together */
	unsigned seen;               /* its parts */
	bool is_head_seen, is_wrong; /* of the file; it is something else */
	bool is_tombstone, is_released;
	bool is_broken;             /* the rest of the entry is passed over */
	bool must_close, is_closed; /* the file has a mark at its end; it has been seen */
	bool is_comment;            /* the line, which may go on */
	char beginning[64];         /* of the line, for remarks */
	size_t pending_len;         /* a line that may go on */
	char pending[IMPORT_LINE_MAX];
	char text[IMPORT_LINE_MAX]; /* room for the format's own use */
};

/* NULL: there is none of this name. The list ends with NULL. */
const struct import_format *import_find_format(const char *name);
extern const struct import_format *const import_formats[];

void import_begin(struct import_reader *reader, const struct import_format *format,
		  const struct import_sink *sink, const struct import_options *options);

/* One line without its end, which may hold any bytes. */
void import_line(struct import_reader *reader, const char *line, size_t len);

/* NULL: the file was what it should be. Else a sentence; what came to the sink holds. */
const char *import_end(struct import_reader *reader);

#endif
