/* Packets as text: which form. */
#include "libnbt/wire/dump.h"

size_t nbt_dump_packet(const struct nbt_packet *packet, enum nbt_dump_form form, char *buf,
		       size_t size)
{
	return form == NBT_DUMP_JSON ? nbt_dump_packet_json(packet, buf, size)
				     : nbt_dump_packet_text(packet, buf, size);
}

size_t nbt_dump_datagram(const struct nbt_datagram *datagram, enum nbt_dump_form form, char *buf,
			 size_t size)
{
	return form == NBT_DUMP_JSON ? nbt_dump_datagram_json(datagram, buf, size)
				     : nbt_dump_datagram_text(datagram, buf, size);
}

size_t nbt_dump_session(const struct nbt_session *session, enum nbt_dump_form form, char *buf,
			size_t size)
{
	return form == NBT_DUMP_JSON ? nbt_dump_session_json(session, buf, size)
				     : nbt_dump_session_text(session, buf, size);
}

size_t nbt_dump_mailslot(const struct nbt_mailslot *mailslot, enum nbt_dump_form form, char *buf,
			 size_t size)
{
	return form == NBT_DUMP_JSON ? nbt_dump_mailslot_json(mailslot, buf, size)
				     : nbt_dump_mailslot_text(mailslot, buf, size);
}

size_t nbt_dump_browse(const struct nbt_browse *browse, enum nbt_dump_form form, char *buf,
		       size_t size)
{
	return form == NBT_DUMP_JSON ? nbt_dump_browse_json(browse, buf, size)
				     : nbt_dump_browse_text(browse, buf, size);
}
