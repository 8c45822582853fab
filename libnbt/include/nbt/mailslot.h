/*
 * Mailslot messages (MS-MAIL section 2.2.1): what the data of most datagrams are. And the pop-up, a
 * mailslot message for people.
 */
#ifndef NBT_MAILSLOT_H
#define NBT_MAILSLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_MAILSLOT_BROWSE           "\\MAILSLOT\\BROWSE"
#define NBT_MAILSLOT_LANMAN           "\\MAILSLOT\\LANMAN"
#define NBT_MAILSLOT_MESSNGR          "\\MAILSLOT\\MESSNGR"

/*
 * The longest datagram that Windows and Samba send or take: they know no fragments. So much is the
 * whole message, with NBT_MAILSLOT_HEADER_LEN bytes around name (with its NUL) and data.
 */
#define NBT_MAILSLOT_MAX              512
#define NBT_MAILSLOT_HEADER_LEN       69

#define NBT_MAILSLOT_CLASS_RELIABLE   1 /* never for groups */
#define NBT_MAILSLOT_CLASS_UNRELIABLE 2 /* what everybody sends */

struct nbt_mailslot {
	const char *name;    /* "\MAILSLOT\BROWSE", in the sender's case; borrowed */
	uint16_t priority;   /* 0 to 9 */
	uint16_t klass;      /* NBT_MAILSLOT_CLASS_* */
	uint32_t timeout_ms; /* means nothing: Windows has 1000, Samba 0 */
	const uint8_t *data; /* borrowed */
	size_t data_len;
};

/*
 * Decodes the data of a datagram; name and data point into buf. NBT_EVALUE: it is no SMB, no
 * mailslot message, or the name is none of "\MAILSLOT\...". Fields that servers ignore, the length
 * of the last part among them, are ignored.
 */
NBT_PUBLIC enum nbt_error nbt_mailslot_decode(struct nbt_mailslot *out, const uint8_t *buf,
					      size_t len) NBT_MUSTCHECK;

/* As Windows and Samba write it, without padding. NBT_EVALUE: the name is none of "\MAILSLOT\...",
 * or it is longer than its fields can say. */
NBT_PUBLIC enum nbt_error nbt_mailslot_encode(const struct nbt_mailslot *in, uint8_t *buf,
					      size_t size, size_t *len) NBT_MUSTCHECK;

/* Equal in every field that is decoded. */
NBT_PUBLIC bool nbt_mailslot_equal(const struct nbt_mailslot *a, const struct nbt_mailslot *b);

/* Whether the message is for this mailslot: names are compared without case. */
NBT_PUBLIC bool nbt_mailslot_is(const struct nbt_mailslot *mailslot, const char *name);

/*
 * What WinPopup and "net send" put into NBT_MAILSLOT_MESSNGR: three strings in the OEM character
 * set. Lines end in CR LF. All borrowed.
 */
struct nbt_popup {
	const char *from, *to;
	const uint8_t *text;
	size_t text_len;
};

/* The data of a message; the NUL behind the text may be missing. */
NBT_PUBLIC enum nbt_error nbt_popup_decode(struct nbt_popup *out, const uint8_t *buf,
					   size_t len) NBT_MUSTCHECK;
/* NBT_EVALUE: a NUL in the text. */
NBT_PUBLIC enum nbt_error nbt_popup_encode(const struct nbt_popup *in, uint8_t *buf, size_t size,
					   size_t *len) NBT_MUSTCHECK;

#ifdef __cplusplus
}
#endif
#endif
