/* Texts in SMB: bytes of the OEM character set, or UTF-16LE; and the times of SMB. */
#ifndef SMB_TEXT_H
#define SMB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

/*
 * Reads a text up to its NUL, or up to the end where that is missing. In UTF-16 the position is
 * made even first (MS-CIFS section 2.2.1.1.2: counted from the header), and what is not ASCII
 * becomes '?'. Cut at size; out is always terminated.
 */
void smb_read_text(struct nbt_reader *r, bool unicode, char *out, size_t size);

/* The next len bytes as UTF-16LE without NUL, with the same rules. */
void smb_read_utf16(struct nbt_reader *r, size_t len, char *out, size_t size);

/* As many units of UTF-16LE, or up to a NUL in them, in the OEM character set; what is not there
 * becomes '?'. Cut at size; out is always terminated. */
void smb_read_utf16_oem(struct nbt_reader *r, size_t units, char *out, size_t size);

/* Writes a text of the OEM character set with its NUL; in UTF-16 the position is made even first.
 */
void smb_write_text(struct nbt_writer *w, bool unicode, const char *text);

/* The same as UTF-16LE, without NUL and wherever it falls. Returns the number of bytes. */
size_t smb_write_utf16(struct nbt_writer *w, const char *text);

/* Equal without regard to the case of ASCII letters; negative, positive: a is before, after b. */
int smb_compare(const char *a, const char *b);

/* 100 ns since 1601, as in FILETIME. */
uint64_t smb_filetime(int64_t wall_s);

/* A moment of UTC in parts. */
struct smb_date {
	unsigned year, month, day, weekday; /* month, day from 1; weekday from Sunday, 0 */
	unsigned hour, minute, second;
};

struct smb_date smb_date_of(int64_t wall_s);

/* SMB_TIME and SMB_DATE: MS-CIFS section 2.2.1.4. */
uint16_t smb_dos_time(const struct smb_date *date);
uint16_t smb_dos_date(const struct smb_date *date);

#endif
