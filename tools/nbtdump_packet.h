/* A packet of any of the services, decoded, with what filters and the summary want to know. Pure.
 */
#ifndef TOOLS_NBTDUMP_PACKET_H
#define TOOLS_NBTDUMP_PACKET_H

#include <nbt/dump.h>

#include "tools/nbtdump_smb.h"
#include "tools/nbtdump_stream.h"

/* What a packet is, as bits; the words of --kind. */
#define DUMP_KIND_MAP(X)                                                                           \
	X(NAME, "name")                                                                            \
	X(QUERY, "query")                                                                          \
	X(STATUS, "status")                                                                        \
	X(REGISTRATION, "registration")                                                            \
	X(REFRESH, "refresh")                                                                      \
	X(RELEASE, "release")                                                                      \
	X(WACK, "wack")                                                                            \
	X(NEGATIVE, "negative")                                                                    \
	X(CONFLICT, "conflict")                                                                    \
	X(DATAGRAM, "datagram")                                                                    \
	X(MAILSLOT, "mailslot")                                                                    \
	X(BROWSE, "browse")                                                                        \
	X(ANNOUNCEMENT, "announcement")                                                            \
	X(ELECTION, "election")                                                                    \
	X(BACKUP_LIST, "backup-list")                                                              \
	X(POPUP, "popup")                                                                          \
	X(NETLOGON, "netlogon")                                                                    \
	X(SESSION, "session")                                                                      \
	X(SMB, "smb")                                                                              \
	X(RAP, "rap")                                                                              \
	X(REPLICATION, "replication")                                                              \
	X(DISCOVERY, "discovery")                                                                  \
	X(MALFORMED, "malformed")                                                                  \
	X(MISSING, "missing")

#define DUMP_KIND_NUMBER(name, word) DUMP_KIND_NUMBER_##name,
enum dump_kind_number { DUMP_KIND_MAP(DUMP_KIND_NUMBER) DUMP_KINDS };
#undef DUMP_KIND_NUMBER
#define DUMP_KIND_BIT(name, word) DUMP_KIND_##name = 1 << DUMP_KIND_NUMBER_##name,
enum dump_kind { DUMP_KIND_MAP(DUMP_KIND_BIT) };
#undef DUMP_KIND_BIT

struct dump_packet {
	struct dump_mark mark; /* of the frame in which it ends */
	enum dump_service service;
	bool is_tcp, is_quoted;
	struct dump_end source, destination;
	unsigned kinds;     /* DUMP_KIND_* */
	enum nbt_error err; /* kinds has DUMP_KIND_MALFORMED then, and nothing below holds */
	size_t len;         /* bytes; DUMP_KIND_MISSING: that are missing */

	/* By service; what is borrowed points into the capture. */
	struct nbt_packet name;
	struct nbt_node_status status; /* if kinds has DUMP_KIND_STATUS and it is an answer */
	struct nbt_datagram datagram;
	struct nbt_mailslot mailslot; /* DUMP_KIND_MAILSLOT */
	struct nbt_browse browse;     /* DUMP_KIND_BROWSE */
	struct nbt_popup popup;       /* DUMP_KIND_POPUP */
	struct nbt_session session;
	struct dump_smb smb; /* DUMP_KIND_SMB */
	struct nbt_replication replication;
	struct nbt_discovery discovery;
};

/* A UDP packet, whole. */
void dump_packet_of_payload(struct dump_packet *out, const struct dump_mark *mark,
			    const struct dump_payload *payload);

/* What was found in a TCP stream. */
void dump_packet_of_stream(struct dump_packet *out, struct dump_calls *calls,
			   const struct dump_mark *mark, const struct dump_stream_found *found);

/* "query" and so on; NULL: no such kind. */
const char *dump_kind_word(enum dump_kind_number kind);

/*
 * Calls each for every NetBIOS name that the packet is about, until it returns true; returns
 * whether it did. suffix: -1 where a frame has a name without one.
 */
typedef bool dump_name_fn(void *ctx, const struct nbt_name *name, int suffix);
bool dump_packet_names(const struct dump_packet *packet, dump_name_fn *each, void *ctx);

#endif
