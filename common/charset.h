/* Names as people write them (UTF-8) and as they stand on the wire (the OEM character set). */
#ifndef COMMON_CHARSET_H
#define COMMON_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

/* Room for 15 characters in UTF-8, and NUL. */
#define CHARSET_TEXT_MAX  (15 * 4 + 1)

/* Room for a name as charset_print_name() has it. */
#define CHARSET_PRINT_MAX (15 * 4 + 4 + 1)

#define CHARSET_NAME_MAX  64

/*
 * The character set of the wire, a name that iconv knows; without it is CP850. Only the first call
 * counts, before there are threads: what has been converted stays. false: it is another one.
 */
bool charset_choose(const char *charset);

/* The one that is in effect. */
const char *charset_chosen(void);

/*
 * Makes a name of text in UTF-8: upper case, in the character set of the wire, padded. false: it
 * has more than 15 bytes there, or a character that is not there.
 */
bool charset_make_name(struct nbt_name *name, const char *text, uint8_t suffix);

/*
 * Reads "FRED", "FRED<20>" or "FRED#20" in UTF-8; *suffix is replaced by one that is in the text.
 * Bytes may stand as <xx> too, with no other character beyond ASCII then. false: no name.
 */
bool charset_read_name(struct nbt_name *name, const char *text, int *suffix);

/*
 * Reads what names are compared with: as charset_read_name(), but of any length below size, and
 * with wildcards left as they are. out: as charset_name_text() would show it. false: too long.
 */
bool charset_read_pattern(const char *text, char *out, size_t size, int *suffix);

/* The 15 bytes of a name in UTF-8, up to the first NUL and without padding. A byte that cannot be
 * converted becomes '?'. Returns out. */
char *charset_name_text(const struct nbt_name *name, char out[CHARSET_TEXT_MAX]);

/* "FRED<20>", in UTF-8; as nbt_name_print() has it where a byte is no character that can be shown.
 * Returns out. */
char *charset_print_name(const struct nbt_name *name, char out[CHARSET_PRINT_MAX]);

/*
 * Texts beside names. From UTF-8 to the wire: false: it has a character that is not there, or does
 * not fit; *len: bytes. And back, always terminated, cut at size: what is no character that can be
 * shown is "<xx>", but line feed and tab stay, and CR LF is a line feed. Returns out.
 */
bool charset_to_wire(const char *text, char *out, size_t size, size_t *len);
char *charset_from_wire(const void *bytes, size_t len, char *out, size_t size);

/* Bytes of the control character with which UTF-8 text begins, U+0080 to U+009F as well, which
 * terminals obey, too; 0: it does not. */
size_t charset_is_control(const char *text);

/* For programs that want the text itself: every character in UTF-8, what is none is "?". Returns
 * the number of bytes; out has room for four times len. */
size_t charset_to_utf8(const void *bytes, size_t len, char *out);

#endif
