/* NetBIOS names and scopes: made from text, printed, compared, encoded. */
#ifndef NBT_NAME_H
#define NBT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_NAME_LEN      16 /* RFC 1001 section 14; by convention the last byte is the suffix */

/*
 * The longest scope that a WINS server keeps, in wire labels without the root label: 237
 * characters and the first label's length byte. Windows counts the 16 decoded bytes of the name
 * against RFC 1002's 255, not the 33 encoded ones. The codec takes longer scopes, up to what
 * nbt_scope holds, so that a server can refuse them with an answer.
 */
#define NBT_SCOPE_MAX     238
#define NBT_SCOPE_SPACE   255

/* First label, longest scope, root label. */
#define NBT_NAME_WIRE_MAX (1 + 32 + NBT_SCOPE_SPACE + 1)

/* The 16 bytes of a name, decoded; [15] is the suffix. Compared byte by byte (MS-NBTE 2.2.1). */
struct nbt_name {
	uint8_t bytes[NBT_NAME_LEN];
};

/* A scope as wire labels, length-counted, without the root label; len 0: none. Bytes behind len
 * are not defined. */
struct nbt_scope {
	uint8_t len;
	uint8_t labels[NBT_SCOPE_SPACE];
};

#define NBT_NAME_TEXT_MAX      (15 * 4 + 4 + 1)          /* every byte as <xx>, the suffix, NUL */
#define NBT_SCOPE_TEXT_MAX     (NBT_SCOPE_SPACE * 4 + 1) /* every byte as \ddd, NUL */

#define NBT_SUFFIX_WORKSTATION 0x00
#define NBT_SUFFIX_BROWSE      0x01 /* of \x01\x02__MSBROWSE__\x02 */
#define NBT_SUFFIX_MESSENGER   0x03
#define NBT_SUFFIX_DMB         0x1B
#define NBT_SUFFIX_DC          0x1C
#define NBT_SUFFIX_LMB         0x1D
#define NBT_SUFFIX_ELECTION    0x1E
#define NBT_SUFFIX_SERVER      0x20

static inline uint8_t nbt_name_suffix(const struct nbt_name *name)
{
	return name->bytes[NBT_NAME_LEN - 1];
}

/*
 * Makes a name of up to 15 bytes of text and a suffix: padded with spaces, ASCII letters in upper
 * case. "*" alone is padded with NULs (the wildcard of node status). NBT_ETEXT: longer than 15.
 */
NBT_PUBLIC enum nbt_error nbt_name_make(struct nbt_name *name, const char *text,
					uint8_t suffix) NBT_MUSTCHECK;

/* Like nbt_name_make(), but letters keep their case. */
NBT_PUBLIC enum nbt_error nbt_name_make_exact(struct nbt_name *name, const char *text,
					      uint8_t suffix) NBT_MUSTCHECK;

/*
 * Reads "FRED", "FRED#20" or "FRED<20>"; without a suffix in the text the given one is used. Made
 * as by nbt_name_make(), but "<xx>" before the suffix is that byte as it is: reads what
 * nbt_name_print() writes, if it has no small letters. NBT_ETEXT: longer than 15 bytes.
 */
NBT_PUBLIC enum nbt_error nbt_name_from_text(struct nbt_name *name, const char *text,
					     uint8_t suffix) NBT_MUSTCHECK;

/*
 * Writes "FRED<20>" into buf and terminates it: padding is left out, unprintable bytes and "<" are
 * "<xx>". Cut where buf is smaller than NBT_NAME_TEXT_MAX. Returns buf.
 */
NBT_PUBLIC char *nbt_name_print(const struct nbt_name *name, char *buf, size_t size);

NBT_PUBLIC bool nbt_name_equal(const struct nbt_name *a, const struct nbt_name *b);
NBT_PUBLIC bool nbt_scope_equal(const struct nbt_scope *a, const struct nbt_scope *b);

/* Whether it is one that packets can have: no label empty or over 63 bytes. */
NBT_PUBLIC bool nbt_scope_is_valid(const struct nbt_scope *scope);

/* Number of characters of the scope's text form, dots included: what WINS limits to 237. */
NBT_PUBLIC size_t nbt_scope_length(const struct nbt_scope *scope);

/* Reads "NETBIOS.COM"; "" is no scope. ASCII letters in upper case; "\ddd" is that byte as it is.
 * NBT_ETEXT: an empty label, one over 63 bytes, or too long. */
NBT_PUBLIC enum nbt_error nbt_scope_from_text(struct nbt_scope *scope,
					      const char *text) NBT_MUSTCHECK;

/* Writes "NETBIOS.COM" into buf and terminates it; unprintable bytes, and "." and "\" in labels,
 * are
 * "\ddd". Returns buf. */
NBT_PUBLIC char *nbt_scope_print(const struct nbt_scope *scope, char *buf, size_t size);

/* Second-level encoding (RFC 1002 section 4.1) without pointers. *len: bytes written. */
NBT_PUBLIC enum nbt_error nbt_name_encode(const struct nbt_name *name,
					  const struct nbt_scope *scope, uint8_t *buf, size_t size,
					  size_t *len) NBT_MUSTCHECK;

/* The reverse for a name that stands alone: pointers are an error. *used: bytes read.
 * On error *name and *scope are not to be used. */
NBT_PUBLIC enum nbt_error nbt_name_decode(struct nbt_name *name, struct nbt_scope *scope,
					  const uint8_t *buf, size_t len,
					  size_t *used) NBT_MUSTCHECK;

#ifdef __cplusplus
}
#endif
#endif
