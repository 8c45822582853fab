/* srvsvc, the Server Service's remote protocol (MS-SRVS section 3.1.4), in NDR: calls to a server
 * whose only share is IPC$ and their answers, and how others are asked for their shares. */
#ifndef SMB_SRVSVC_H
#define SMB_SRVSVC_H

#include <stdbool.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

enum srvsvc_opnum {
	SRVSVC_SHARE_ENUM = 15,
	SRVSVC_SHARE_GET_INFO = 16,
	SRVSVC_SERVER_GET_INFO = 21,
	SRVSVC_REMOTE_TOD = 28,
	SRVSVC_SHARE_ENUM_STICKY = 36
};

bool srvsvc_has(uint16_t opnum);

/* What of a call an answer depends on. */
struct srvsvc_call {
	uint16_t opnum;
	bool resumes; /* enumeration: there is room for a resume handle */
	bool is_ipc;  /* share information: of IPC$ */
	uint32_t level;
};

/* stub: the reader's base is its first byte. Call it for operations that srvsvc_has(). */
enum nbt_error srvsvc_read_call(uint16_t opnum, struct nbt_reader stub,
				struct srvsvc_call *out) NBT_MUSTCHECK;

/* Who answers. Texts of the OEM character set. */
struct srvsvc_host {
	const char *name, *comment, *ipc_remark;
	uint8_t major, minor;
	uint32_t type;
	int64_t wall_s;
	uint64_t now_ms;
};

/* Writes the stub of the answer; NDR aligns by the position in w. */
void srvsvc_write_answer(struct nbt_writer *w, const struct srvsvc_call *call,
			 const struct srvsvc_host *host);

/*
 * The client's side: NetrShareEnum at level 1 (srvsvc_client.c).
 */

/* The stub of the call; server: as in \\SERVER. */
void srvsvc_write_share_enum(struct nbt_writer *w, const char *server);

#define SRVSVC_TEXT_MAX 257

/* The stub of its answer, read in the order in which it is written. */
struct srvsvc_shares {
	struct nbt_reader fixed, texts;
	uint32_t left;  /* shares not read yet */
	uint32_t error; /* at the end: of Windows; 0: these are all */
};

struct srvsvc_share {
	char name[SRVSVC_TEXT_MAX], remark[SRVSVC_TEXT_MAX]; /* OEM character set */
	uint32_t type;
};

/* The reader's base is the stub's first byte. */
void srvsvc_begin_shares(struct srvsvc_shares *shares, struct nbt_reader stub);

/* false: that was the last one, and shares->error is set; or what follows makes no sense, which
 * shares->texts.err tells. */
bool srvsvc_next_share(struct srvsvc_shares *shares, struct srvsvc_share *out);

#endif
