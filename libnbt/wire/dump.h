/* The two forms of nbt/dump.h. Both return the length of the whole text. */
#ifndef LIBNBT_WIRE_DUMP_H
#define LIBNBT_WIRE_DUMP_H

#include <nbt/dump.h>

#include "libnbt/wire/json.h"

/* ONT of an entry's flags word as a number of two bits. */
#define ONT_OF(flags) ((unsigned)((flags)&NBT_NB_ONT) >> 13)

size_t nbt_dump_packet_text(const struct nbt_packet *packet, char *buf, size_t size);
size_t nbt_dump_packet_json(const struct nbt_packet *packet, char *buf, size_t size);

size_t nbt_dump_datagram_text(const struct nbt_datagram *datagram, char *buf, size_t size);
size_t nbt_dump_datagram_json(const struct nbt_datagram *datagram, char *buf, size_t size);

size_t nbt_dump_session_text(const struct nbt_session *session, char *buf, size_t size);
size_t nbt_dump_session_json(const struct nbt_session *session, char *buf, size_t size);

size_t nbt_dump_mailslot_text(const struct nbt_mailslot *mailslot, char *buf, size_t size);
size_t nbt_dump_mailslot_json(const struct nbt_mailslot *mailslot, char *buf, size_t size);

size_t nbt_dump_browse_text(const struct nbt_browse *browse, char *buf, size_t size);
size_t nbt_dump_browse_json(const struct nbt_browse *browse, char *buf, size_t size);

/* "name", "nb16" and "scope" of the object that is open. */
void nbt_dump_name_json(struct nbt_json *json, const struct nbt_name *name,
			const struct nbt_scope *scope);

/* "FRED<20>.NETBIOS.COM" */
void nbt_dump_name_text(struct nbt_text *text, const struct nbt_name *name,
			const struct nbt_scope *scope);

/* The name of a code, or "what 0x1f" where it has none. */
void nbt_dump_code_text(struct nbt_text *text, const char *name, const char *what, unsigned code);

#endif
