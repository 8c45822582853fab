#include "nbnsd/partners/inbox.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/replication.h>

#define SIZE_MIN 256

static size_t size_for(size_t needed)
{
	size_t size = SIZE_MIN;

	while (size < needed)
		size *= 2;
	return size;
}

static bool grow(struct inbox *inbox, size_t needed)
{
	size_t size = size_for(needed);
	uint8_t *bytes;

	if (needed <= inbox->size)
		return true;
	if (size - inbox->size > INBOX_MEMORY_MAX - *inbox->in_use)
		return false;
	bytes = realloc(inbox->bytes, size);
	if (bytes == NULL)
		return false;
	*inbox->in_use += size - inbox->size;
	inbox->bytes = bytes;
	inbox->size = size;
	return true;
}

bool inbox_add(struct inbox *inbox, const uint8_t *bytes, size_t len)
{
	size_t kept = inbox->len - inbox->at;

	if (len == 0)
		return true;
	if (len > INBOX_MEMORY_MAX)
		return false;
	if (inbox->at > 0) {
		memmove(inbox->bytes, inbox->bytes + inbox->at, kept);
		inbox->at = 0;
		inbox->len = kept;
	}
	if (!grow(inbox, kept + len))
		return false;
	memcpy(inbox->bytes + kept, bytes, len);
	inbox->len = kept + len;
	return true;
}

enum inbox_state inbox_next(const struct inbox *inbox, size_t limit, const uint8_t **bytes,
			    size_t *len)
{
	size_t left = inbox->len - inbox->at;

	if (left == 0)
		return INBOX_MORE;
	*bytes = inbox->bytes + inbox->at;
	switch (nbt_replication_frame(*bytes, left, limit, len)) {
	case NBT_OK:
		return *len <= left ? INBOX_MESSAGE : INBOX_MORE;
	case NBT_ETRUNC:
		return INBOX_MORE;
	default:
		return INBOX_BROKEN;
	}
}

void inbox_drop(struct inbox *inbox, size_t len)
{
	inbox->at += len;
	if (inbox->at == inbox->len)
		inbox_free(inbox); /* who is idle keeps nothing */
}

bool inbox_is_empty(const struct inbox *inbox)
{
	return inbox->at == inbox->len;
}

void inbox_free(struct inbox *inbox)
{
	if (inbox->bytes != NULL)
		*inbox->in_use -= inbox->size;
	free(inbox->bytes);
	*inbox = (struct inbox){ .in_use = inbox->in_use };
}
