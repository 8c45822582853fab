/* SMB1: the header, and the words and bytes of a command (MS-CIFS section 2.2.3). */
#ifndef SMB_SMB1_H
#define SMB_SMB1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

#define SMB1_HEADER_LEN   32

#define SMB1_FLAG_REPLY   0x80
#define SMB1_FLAG_CASE    0x08 /* paths without regard to case */

#define SMB1_LONG_NAMES   0x0001
#define SMB1_EAS          0x0002
#define SMB1_EXT_SECURITY 0x0800
#define SMB1_NTSTATUS     0x4000
#define SMB1_UNICODE      0x8000

enum smb1_command {
	SMB1_CLOSE = 0x04,
	SMB1_TRANSACTION = 0x25,
	SMB1_ECHO = 0x2B,
	SMB1_OPEN_ANDX = 0x2D,
	SMB1_READ_ANDX = 0x2E,
	SMB1_WRITE_ANDX = 0x2F,
	SMB1_TREE_CONNECT = 0x70,
	SMB1_TREE_DISCONNECT = 0x71,
	SMB1_NEGOTIATE = 0x72,
	SMB1_SESSION_SETUP = 0x73,
	SMB1_LOGOFF = 0x74,
	SMB1_TREE_CONNECT_ANDX = 0x75,
	SMB1_NT_CREATE = 0xA2,
	SMB1_NT_CANCEL = 0xA4,
	SMB1_NO_ANDX = 0xFF
};

struct smb1_header {
	uint8_t command;
	uint32_t status; /* NTSTATUS or a DOS error, by SMB1_NTSTATUS */
	uint8_t flags;
	uint16_t flags2;
	uint16_t pid_high, tid, pid, uid, mid;
};

/* Signature and reserved bytes are skipped, and written as zeros. NBT_EVALUE: not SMB1. */
void smb1_read_header(struct nbt_reader *r, struct smb1_header *header);
void smb1_write_header(struct nbt_writer *w, const struct smb1_header *header);

/* What follows the header, or an earlier block of an AndX chain. Positions count from the header,
 * as alignment and offsets do. */
struct smb1_block {
	struct nbt_reader words, bytes;
};

struct smb1_block smb1_read_block(struct nbt_reader *r);

/* How many words there are in all, as the sender gave it. */
unsigned smb1_word_count(const struct smb1_block *block);

/* The first words of an AndX command. */
struct smb1_andx {
	uint8_t command; /* SMB1_NO_ANDX: nothing follows */
	uint16_t offset; /* of the next block, from the header */
};

struct smb1_andx smb1_read_andx(struct nbt_reader *words);
void smb1_write_no_andx(struct nbt_writer *w);

/* A block being written: words first, then bytes between begin and end. */
size_t smb1_begin_bytes(struct nbt_writer *w);
void smb1_end_bytes(struct nbt_writer *w, size_t at);

/* A block without words and bytes: every error, and some commands. */
void smb1_write_empty(struct nbt_writer *w);

/* The len bytes at offset from the header; the reader is any of that frame's. For what words point
 * at. */
struct nbt_reader smb1_window(const uint8_t *base, size_t end, size_t offset, size_t len);

#endif
