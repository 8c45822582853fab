/* Any packet as one line of text or one JSON object: for nbtdump, for logs, for tests. */
#ifndef NBT_DUMP_H
#define NBT_DUMP_H

#include <stddef.h>

#include <nbt/browse.h>
#include <nbt/datagram.h>
#include <nbt/mailslot.h>
#include <nbt/packet.h>
#include <nbt/replication.h>
#include <nbt/session.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nbt_dump_form {
	NBT_DUMP_TEXT, /* one line for people, without a line feed */
	NBT_DUMP_JSON  /* one JSON object on one line; field names in doc/architecture.md */
};

/* Enough in either form for every packet of up to 5,000 bytes: 63 characters of JSON for an address
 * entry of 6 bytes is the worst. The data of datagrams and messages are not shown. */
#define NBT_DUMP_MAX 65536

/*
 * Each writes into the caller's buffer, always terminates it, and returns the length that the whole
 * text has (as snprintf does): a result of size or more means that it was cut.
 */
NBT_PUBLIC size_t nbt_dump_packet(const struct nbt_packet *packet, enum nbt_dump_form form,
				  char *buf, size_t size);
NBT_PUBLIC size_t nbt_dump_datagram(const struct nbt_datagram *datagram, enum nbt_dump_form form,
				    char *buf, size_t size);
NBT_PUBLIC size_t nbt_dump_session(const struct nbt_session *session, enum nbt_dump_form form,
				   char *buf, size_t size);

/* What may be in a datagram. Bytes of texts that are not printable ASCII are "<xx>". */
NBT_PUBLIC size_t nbt_dump_mailslot(const struct nbt_mailslot *mailslot, enum nbt_dump_form form,
				    char *buf, size_t size);
NBT_PUBLIC size_t nbt_dump_browse(const struct nbt_browse *browse, enum nbt_dump_form form,
				  char *buf, size_t size);

/* A message of replication is shown with all its records, which may be far more than NBT_DUMP_MAX
 * holds. Versions are decimal texts in JSON too, since its numbers may be shorter. */
NBT_PUBLIC size_t nbt_dump_replication(const struct nbt_replication *message,
				       enum nbt_dump_form form, char *buf, size_t size);
NBT_PUBLIC size_t nbt_dump_discovery(const struct nbt_discovery *discovery, enum nbt_dump_form form,
				     char *buf, size_t size);

/* Names of codes for people: "registration", "ACT_ERR", "Server service"; NULL when unknown. */
NBT_PUBLIC const char *nbt_opcode_name(unsigned opcode);
NBT_PUBLIC const char *nbt_rcode_name(unsigned rcode);
NBT_PUBLIC const char *nbt_suffix_name(unsigned suffix, int group);

#ifdef __cplusplus
}
#endif
#endif
