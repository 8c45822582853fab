#include "common/fragments.h"

#include <string.h>

#include <nbt/datagram.h>

#define HEADER    (NBT_DATAGRAM_HEADER_LEN + 4) /* with DGM_LENGTH and OFFSET */
#define FLAGS_AT  1
#define LENGTH_AT 10
#define OFFSET_AT 12

static void put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void fragments_begin(struct fragments *fragments, const uint8_t *whole, size_t len,
		     size_t packet_max)
{
	*fragments = (struct fragments){ .whole = whole, .len = len, .packet_max = packet_max };
}

size_t fragments_next(struct fragments *fragments, uint8_t *buf)
{
	size_t body = fragments->len - HEADER, offset = fragments->done;
	size_t room = fragments->packet_max - HEADER;
	size_t part = body - offset < room ? body - offset : room;

	if (part == 0)
		return 0;
	fragments->done += part;
	memcpy(buf, fragments->whole, HEADER);
	memcpy(buf + HEADER, fragments->whole + HEADER + offset, part);
	buf[FLAGS_AT] &= (uint8_t) ~(NBT_DGM_FLAG_FIRST | NBT_DGM_FLAG_MORE);
	if (offset == 0)
		buf[FLAGS_AT] |= NBT_DGM_FLAG_FIRST;
	if (fragments->done < body)
		buf[FLAGS_AT] |= NBT_DGM_FLAG_MORE;
	put_u16(buf + LENGTH_AT, body);
	put_u16(buf + OFFSET_AT, offset);
	return HEADER + part;
}
