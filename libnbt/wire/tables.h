/* Names of codes that nbt/dump.h does not offer; NULL when unknown. */
#ifndef LIBNBT_WIRE_TABLES_H
#define LIBNBT_WIRE_TABLES_H

#include <stddef.h>

#include <nbt/packet.h>

const char *nbt_type_name(unsigned type); /* of questions and records */
const char *nbt_datagram_type_name(unsigned type);
const char *nbt_datagram_error_name(unsigned code);
const char *nbt_session_type_name(unsigned type);
const char *nbt_session_error_name(unsigned code);
const char *nbt_replication_type_name(unsigned long type);
const char *nbt_replication_opcode_name(unsigned opcode);
const char *nbt_replica_type_name(unsigned type); /* of two bits, as the next: always known */
const char *nbt_replica_state_name(unsigned state);

/* The section of the record at index: "answer", "authority" or "additional". */
const char *nbt_section_name(const struct nbt_packet *packet, size_t index);

/* Node types as NB_FLAGS and NAME_FLAGS number them in two bits: B, P, M, H. */
char nbt_node_type_letter(unsigned ont);

#endif
