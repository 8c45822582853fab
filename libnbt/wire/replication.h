/* What reading and writing of replication messages share. */
#ifndef LIBNBT_WIRE_REPLICATION_H
#define LIBNBT_WIRE_REPLICATION_H

#include <nbt/replication.h>

#include "libnbt/wire/wire.h"

#define NBT_REPL_LENGTH_SIZE 4 /* of the length word, which doesn't count itself */

/* Where a packet of the name service has its opcode: all ones. Windows takes a message without them
 * for such a packet, and so nobody else has any use for it. */
#define NBT_REPL_MARK        0x7800

enum nbt_replication_list_of { NBT_REPL_NO_LIST, NBT_REPL_OWNERS, NBT_REPL_RECORDS };

/* What follows the header, and the opcode. */
struct nbt_replication_body {
	uint32_t length_max;
	enum nbt_replication_list_of list;
	void (*read)(struct nbt_reader *r, struct nbt_replication *m);
	void (*write_head)(struct nbt_writer *w, const struct nbt_replication *m);
	void (*write_tail)(struct nbt_writer *w, const struct nbt_replication *m);
	bool (*equal)(const struct nbt_replication *a, const struct nbt_replication *b);
};

/* NULL: a type or an opcode that does not exist. */
const struct nbt_replication_body *nbt_replication_body_of(const struct nbt_replication *m);

/* last: the reserved field. */
void nbt_write_versions(struct nbt_writer *w, const struct nbt_owner_versions *in, uint32_t last);

void nbt_read_replica(struct nbt_reader *r, struct nbt_replica *out);
void nbt_write_replica(struct nbt_writer *w, const struct nbt_replica *in);

#endif
