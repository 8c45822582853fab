/*
 * LMHOSTS files (MS-NBTE sections 2.2.3 and 3.1.8, and Samba's NAME#XX): lines in, entries out, and
 * the look-up of a name in them. Pure: files are read by the caller's function.
 *
 *	lmhosts_open(&reader, &source, "/etc/nbt/lmhosts");
 *	while ((result = lmhosts_next(&reader, &entry, error)) != LMHOSTS_END)
 *		...
 *	lmhosts_close(&reader);
 */
#ifndef COMMON_LMHOSTS_H
#define COMMON_LMHOSTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

#define LMHOSTS_DEPTH_MAX     8    /* files inside each other */
#define LMHOSTS_FILES_MAX     1000 /* read in all: includes could multiply */
#define LMHOSTS_PATH_MAX      1024
#define LMHOSTS_ADDRESSES_MAX 25
#define LMHOSTS_ERROR_MAX     1536

struct lmhosts_source {
	/* The whole text of a file; 0 or a negative errno. It is given back by release(). */
	int (*read)(void *ctx, const char *path, const char **text, size_t *len);
	void (*release)(void *ctx, const char *text); /* may be NULL */
	/* Text of the file as bytes of a name; upper: in upper case. Returns the number of bytes,
	 * or a negative errno if they are more than size, or the character set of the wire has no
	 * such character. NULL: bytes as they are, ASCII letters in upper case. */
	int (*encode)(void *ctx, const char *text, size_t len, bool upper, uint8_t *out,
		      size_t size);
	void *ctx;
	bool extended; /* #NG is a tag, too: normal groups, which LMHOSTS files don't have */
};

struct lmhosts_entry {
	struct in_addr address;
	struct nbt_name name;
	bool any_suffix;        /* the name was given without one; its last byte is 0 then */
	bool is_host;           /* the address is that of the name; false: name is a group only */
	bool is_preloaded;      /* #PRE */
	bool is_multihomed;     /* #MH */
	bool has_domain;        /* #DOM:domain */
	bool has_group;         /* #SG, or #SG:group */
	bool is_group;          /* #NG: name is a normal group */
	struct nbt_name domain; /* domain<1C> */
	struct nbt_name internet_group; /* of #SG; <20> if the name was given without a suffix */
	const char *file;               /* until the next call */
	unsigned line;
};

enum lmhosts_result {
	LMHOSTS_ENTRY,
	LMHOSTS_WRONG,  /* a line that cannot be used; the next ones can */
	LMHOSTS_BROKEN, /* includes in a circle or too deep, the file cannot be read: the end, and
			 * nothing that was read may be used to answer a query */
	LMHOSTS_END
};

/* Private to lmhosts.c: a file that is being read. */
struct lmhosts_file {
	char path[LMHOSTS_PATH_MAX];
	const char *text;
	size_t len, pos;
	unsigned line;
	enum { ALTERNATE_NONE, ALTERNATE_SEEKING, ALTERNATE_FOUND } alternate;
};

struct lmhosts_reader {
	struct lmhosts_source source;
	struct lmhosts_file files[LMHOSTS_DEPTH_MAX];
	size_t depth, files_read;
	int failure; /* of reading the first file */
};

/* Begins with this file, which lmhosts_next() reads. */
void lmhosts_open(struct lmhosts_reader *reader, const struct lmhosts_source *source,
		  const char *path);

/* The next entry; what stands in included files comes in its place. For LMHOSTS_WRONG and
 * LMHOSTS_BROKEN error holds "FILE:LINE: what is wrong; what is allowed". */
enum lmhosts_result lmhosts_next(struct lmhosts_reader *reader, struct lmhosts_entry *entry,
				 char error[LMHOSTS_ERROR_MAX]);

/* Gives back all texts. */
void lmhosts_close(struct lmhosts_reader *reader);

/*
 * Look-up (MS-NBTE section 3.1.8): for a name <1C> the #DOM list, else names with #PRE, else from
 * top to bottom. Entries are shown one after the other, to several look-ups if there are several.
 */
struct lmhosts_addresses {
	struct in_addr items[LMHOSTS_ADDRESSES_MAX];
	size_t count;
	bool is_complete; /* private: an entry without #MH has been found */
};

struct lmhosts_lookup {
	struct nbt_name name;
	struct lmhosts_addresses domain, group, preloaded, plain; /* private */
};

void lmhosts_lookup_begin(struct lmhosts_lookup *lookup, const struct nbt_name *name);
void lmhosts_lookup_see(struct lmhosts_lookup *lookup, const struct lmhosts_entry *entry);

/* After the last entry; count is 0 if the name is not there. *is_group: the addresses are those of
 * a group's members. */
const struct lmhosts_addresses *lmhosts_lookup_end(const struct lmhosts_lookup *lookup,
						   bool *is_group);

#endif
