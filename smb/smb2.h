/* SMB2, as much as a tree of pipes needs (MS-SMB2 section 2.2): requests in, replies out. */
#ifndef SMB_SMB2_H
#define SMB_SMB2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

#define SMB2_FIRST_BYTE       0xFE /* SMB1's is 0xFF */
#define SMB2_HEADER_LEN       64
#define SMB2_GUID_LEN         16
#define SMB2_TRANSFER_MAX     65536
#define SMB2_PATH_MAX         256

#define SMB2_DIALECT_202      0x0202
#define SMB2_DIALECT_210      0x0210
#define SMB2_DIALECT_300      0x0300
#define SMB2_DIALECT_302      0x0302
#define SMB2_DIALECT_311      0x0311
#define SMB2_DIALECT_WILDCARD 0x02FF

#define SMB2_FLAG_REPLY       0x00000001
#define SMB2_FLAG_ASYNC       0x00000002
#define SMB2_FLAG_RELATED     0x00000004

#define SMB2_SIGNING_ENABLED  0x0001
#define SMB2_SIGNING_REQUIRED 0x0002

#define SMB2_SESSION_GUEST    0x0001

#define SMB2_PIPE_TRANSCEIVE  0x0011C017
#define SMB2_PIPE_WAIT        0x00110018
#define SMB2_DFS_REFERRALS    0x00060194
#define SMB2_DFS_REFERRALS_EX 0x000601B0

enum smb2_command {
	SMB2_NEGOTIATE,
	SMB2_SESSION_SETUP,
	SMB2_LOGOFF,
	SMB2_TREE_CONNECT,
	SMB2_TREE_DISCONNECT,
	SMB2_CREATE,
	SMB2_CLOSE,
	SMB2_FLUSH,
	SMB2_READ,
	SMB2_WRITE,
	SMB2_LOCK,
	SMB2_IOCTL,
	SMB2_CANCEL,
	SMB2_ECHO,
	SMB2_QUERY_DIRECTORY,
	SMB2_CHANGE_NOTIFY,
	SMB2_QUERY_INFO,
	SMB2_SET_INFO,
	SMB2_OPLOCK_BREAK,
	SMB2_COMMANDS
};

struct smb2_header {
	uint16_t credit_charge, command, credits;
	uint32_t status, flags, next, tree_id;
	uint64_t message_id, session_id;
};

/* Signatures are skipped, and written as zeros. NBT_EVALUE: not SMB2. */
void smb2_read_header(struct nbt_reader *r, struct smb2_header *header);
void smb2_write_header(struct nbt_writer *w, const struct smb2_header *header);

/*
 * Bodies of requests. The reader's base is the first byte of the header, as offsets count from
 * there, and its end that of this request. What a body has beside this is skipped.
 */
struct smb2_file_id {
	uint64_t persistent, transient;
};

struct smb2_negotiate {
	uint16_t best; /* of the dialects that we speak; 0: none */
};

struct smb2_setup {
	const uint8_t *blob; /* borrowed */
	uint16_t blob_len;
};

struct smb2_tree_connect {
	char path[SMB2_PATH_MAX];
};

struct smb2_create {
	char name[SMB2_PATH_MAX];
};

struct smb2_transfer { /* read and write */
	struct smb2_file_id file;
	uint32_t len;
	const uint8_t *data; /* write; borrowed */
};

struct smb2_ioctl {
	uint32_t code, max_output;
	struct smb2_file_id file;
	const uint8_t *input; /* borrowed */
	uint32_t input_len;
};

enum nbt_error smb2_read_negotiate(struct nbt_reader r, struct smb2_negotiate *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_setup(struct nbt_reader r, struct smb2_setup *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_tree_connect(struct nbt_reader r,
				      struct smb2_tree_connect *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_create(struct nbt_reader r, struct smb2_create *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_close(struct nbt_reader r, struct smb2_file_id *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_read(struct nbt_reader r, struct smb2_transfer *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_write(struct nbt_reader r, struct smb2_transfer *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_ioctl(struct nbt_reader r, struct smb2_ioctl *out) NBT_MUSTCHECK;

/* Bodies of replies, after a header at the writer's first byte. */
struct smb2_negotiated {
	uint16_t dialect;
	const uint8_t *guid, *blob;
	uint16_t blob_len;
	uint64_t filetime;
};

void smb2_write_error(struct nbt_writer *w);
void smb2_write_empty(struct nbt_writer *w); /* logoff, tree disconnect, echo, flush */
void smb2_write_negotiated(struct nbt_writer *w, const struct smb2_negotiated *in);
void smb2_write_setup(struct nbt_writer *w, uint16_t flags, const uint8_t *blob, uint16_t len);
void smb2_write_tree(struct nbt_writer *w); /* a tree of pipes */
void smb2_write_created(struct nbt_writer *w, const struct smb2_file_id *file, uint64_t filetime);
void smb2_write_closed(struct nbt_writer *w);
void smb2_write_data(struct nbt_writer *w, const uint8_t *data, uint32_t len);
void smb2_write_written(struct nbt_writer *w, uint32_t len);
void smb2_write_ioctl(struct nbt_writer *w, const struct smb2_ioctl *request, const uint8_t *data,
		      uint32_t len);

/*
 * The other side: bodies of a client's requests, and what it reads of replies (smb2_client.c). The
 * writer's first byte is that of the header, the reader as above.
 */
struct smb2_blob {
	const uint8_t *bytes; /* borrowed */
	uint32_t len;
};

struct smb2_answer_negotiated {
	uint16_t dialect, security_mode;
};

/* Offers 2.02 to 3.1.1, of which none needs a key where nothing is signed. */
void smb2_write_negotiate(struct nbt_writer *w, const uint8_t guid[SMB2_GUID_LEN]);
void smb2_write_session_setup(struct nbt_writer *w, const struct smb2_blob *blob);
void smb2_write_tree_connect(struct nbt_writer *w, const char *path);
void smb2_write_create(struct nbt_writer *w, const char *pipe);
void smb2_write_transceive(struct nbt_writer *w, const struct smb2_file_id *file,
			   const struct smb2_blob *input, uint32_t max_output);
void smb2_write_read(struct nbt_writer *w, const struct smb2_file_id *file, uint32_t len);
void smb2_write_close(struct nbt_writer *w, const struct smb2_file_id *file);

enum nbt_error smb2_read_negotiated(struct nbt_reader r,
				    struct smb2_answer_negotiated *out) NBT_MUSTCHECK;
enum nbt_error smb2_read_session(struct nbt_reader r, struct smb2_blob *blob) NBT_MUSTCHECK;
enum nbt_error smb2_read_created(struct nbt_reader r, struct smb2_file_id *file) NBT_MUSTCHECK;
enum nbt_error smb2_read_transceived(struct nbt_reader r, struct smb2_blob *output) NBT_MUSTCHECK;
enum nbt_error smb2_read_data(struct nbt_reader r, struct smb2_blob *data) NBT_MUSTCHECK;

/* Of smb2.c, for smb2_client.c. */
void smb2_read_size(struct nbt_reader *r, uint16_t size);
struct nbt_reader smb2_pointed(const struct nbt_reader *r, size_t offset, size_t len);
void smb2_read_file_id(struct nbt_reader *r, struct smb2_file_id *file);

#endif
