/*
 * RAP, the Remote Administration Protocol in \PIPE\LANMAN (MS-RAP section 2.5): requests, replies
 * and records, all of them described by short texts that travel with them. Texts are bytes of the
 * OEM character set.
 */
#ifndef SMB_RAP_H
#define SMB_RAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

enum rap_number {
	RAP_SHARE_ENUM = 0,
	RAP_SHARE_GET_INFO = 1,
	RAP_SESSION_ENUM = 6,
	RAP_SERVER_GET_INFO = 13,
	RAP_WKSTA_GET_INFO = 63,
	RAP_REMOTE_TOD = 91,
	RAP_SERVER_ENUM2 = 104,
	RAP_SERVER_ENUM3 = 215
};

#define RAP_OK               0
#define RAP_NOT_SUPPORTED    50  /* ERROR_NOT_SUPPORTED */
#define RAP_NOT_ACCEPTED     71  /* ERROR_REQ_NOT_ACCEP */
#define RAP_MORE_DATA        234 /* ERROR_MORE_DATA */
#define RAP_BUFFER_TOO_SMALL 2123
#define RAP_NO_SUCH_SHARE    2310 /* NERR_NetNameNotFound */
#define RAP_NO_SUCH_DOMAIN   6118 /* ERROR_NO_BROWSER_SERVERS_FOUND */

#define RAP_TYPE_LOCAL_LIST  0x40000000u
#define RAP_TYPE_DOMAIN_ENUM 0x80000000u
#define RAP_TYPE_ALL         0xFFFFFFFFu

/* Whether the type bits of a NetServerEnum ask for workgroups, not for servers; and whether for an
 * entry of that kind, whose type has LOCAL_LIST where it is of the server's own subnet. With
 * LOCAL_LIST the other bits don't count, which is how nmbd pulls from a local master. */
bool rap_asks_for_groups(uint32_t types);
bool rap_asks_for(uint32_t types, uint32_t type);

#define RAP_SERVER_NAME_LEN 16 /* with its NUL */
#define RAP_SHARE_NAME_LEN  13
#define RAP_SHARE_TYPE_IPC  3
#define RAP_DATA_MAX        0xFFFF

/* Longest list of values of any record here. */
#define RAP_VALUES_MAX      12

/* A function with its descriptors: which levels there are, and what a record has there. */
struct rap_function {
	uint16_t number;
	const char *params, *other_params; /* NULL: there is only one form */
	struct rap_level {
		uint16_t level;
		const char *record;
	} levels[4];
};

/* NULL: unknown. */
const struct rap_function *rap_find(uint16_t number);

/* NULL: there is no such level. */
const char *rap_record_of(const struct rap_function *function, uint16_t level);

/* What stands after the descriptors, in the order of the parameter descriptor. */
struct rap_arguments {
	uint16_t level, buffer;
	uint32_t types;
	unsigned text_count;
	const char *text[2]; /* borrowed; NULL where the descriptor says so (O) */
};

struct rap_request {
	uint16_t number;
	const char *params, *record; /* descriptors; borrowed */
	struct rap_arguments arguments;
};

/* NBT_EVALUE: a descriptor has what we don't know; number and descriptors are set then. */
enum nbt_error rap_read_request(const uint8_t *bytes, size_t len,
				struct rap_request *out) NBT_MUSTCHECK;
void rap_write_request(struct nbt_writer *w, const struct rap_request *in);

/* The parameters of a reply. */
struct rap_reply {
	uint16_t status, converter;
	uint16_t returned, available; /* of an enumeration */
	uint16_t total;               /* of the others: bytes of the whole record */
};

/* params: the descriptor, which says what results there are. A reply that is short of results is
 * read with zeros in their place: servers leave them out with an error. */
void rap_write_reply(struct nbt_writer *w, const char *params, const struct rap_reply *in);
enum nbt_error rap_read_reply(const uint8_t *bytes, size_t len, const char *params,
			      struct rap_reply *out) NBT_MUSTCHECK;

/* A value of a record: text for z and B13, number for B, W and D. */
struct rap_value {
	uint32_t number;
	const char *text;
};

/* Bytes of the fixed part of a record, and of the texts beside it. */
size_t rap_record_size(const char *record);
size_t rap_texts_size(const char *record, const struct rap_value *values);

/* Writes records: all fixed parts first, then their texts. How many there will be is known before.
 */
struct rap_records {
	const char *record;
	struct nbt_writer fixed, texts;
};

struct rap_records rap_begin_records(const char *record, size_t count, uint8_t *buf, size_t size);
void rap_add_record(struct rap_records *records, const struct rap_value *values);

/* Bytes in all; err: they did not fit. */
size_t rap_end_records(const struct rap_records *records, enum nbt_error *err);

/*
 * Reads record i. Pointers are relative to the converter, their high halves are nothing; one that
 * points at no text of the data is "". A fixed text that lacks its NUL is an error. Texts are
 * borrowed from data.
 */
enum nbt_error rap_read_record(const char *record, const uint8_t *data, size_t len, size_t i,
			       uint16_t converter, struct rap_value *values) NBT_MUSTCHECK;

#endif
