/* What has come by a connection and is not read yet: the bytes of a stream as messages. Its memory
 * is as large as what came, and all together have a bound. */
#ifndef NBNSD_PARTNERS_INBOX_H
#define NBNSD_PARTNERS_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: nothing has come. */
struct inbox {
	uint8_t *bytes;
	size_t size;    /* of the memory */
	size_t len, at; /* what came; what of it was read */
	size_t *in_use; /* memory of all inboxes */
};

#define INBOX_MEMORY_MAX ((size_t)64 << 20) /* of all */

enum inbox_state {
	INBOX_MORE, /* no message is whole yet */
	INBOX_MESSAGE,
	INBOX_BROKEN /* nothing of the protocol, or a message that is too long */
};

/* false: out of memory, or of what all may have. */
bool inbox_add(struct inbox *inbox, const uint8_t *bytes, size_t len);

/* The next message, in place, and its length; limit: of its length word, see
 * nbt_replication_frame(). It stays the next one until inbox_drop(). */
enum inbox_state inbox_next(const struct inbox *inbox, size_t limit, const uint8_t **bytes,
			    size_t *len);
void inbox_drop(struct inbox *inbox, size_t len);

bool inbox_is_empty(const struct inbox *inbox);
void inbox_free(struct inbox *inbox);

#endif
