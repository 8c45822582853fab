/* srvsvc, the Server Service's remote protocol (MS-SRVS section 3.1.4), of a server whose only
 * share is IPC$: calls and their answers in NDR. */
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

#endif
