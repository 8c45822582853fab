/* SMB_COM_TRANSACTION, which carries RAP and RPC (MS-CIFS section 2.2.4.33). */
#ifndef SMB_SMB1_TRANS_H
#define SMB_SMB1_TRANS_H

#include "smb/smb1.h"

#define SMB1_TRANS_NAME_MAX   64
#define SMB1_TRANS_DISCONNECT 0x0001 /* the tree is left after it */
#define SMB1_TRANS_SETUP_MAX  4

#define SMB1_PIPE_TRANSACT    0x0026 /* setup word: TransactNmPipe; a FID follows */

/* A request that is whole: what comes in parts is refused by smb1_read_trans(). */
struct smb1_trans {
	char name[SMB1_TRANS_NAME_MAX];
	uint16_t max_params, max_data, flags;
	uint8_t setup_count;
	uint16_t setup[SMB1_TRANS_SETUP_MAX];
	const uint8_t *params, *data; /* borrowed */
	uint16_t param_count, data_count;
};

/* NBT_ECOUNT: it is only the first part, or has more setup words than any that we serve. */
enum nbt_error smb1_read_trans(const struct smb1_block *block, bool unicode,
			       struct smb1_trans *out) NBT_MUSTCHECK;

/* OEM only. */
void smb1_write_trans(struct nbt_writer *w, const struct smb1_trans *in);

/* A part of a reply; both totals are the same in every part, or shrink. */
struct smb1_trans_reply {
	uint16_t total_params, total_data;
	const uint8_t *params, *data; /* of this part; borrowed */
	uint16_t param_count, param_at, data_count, data_at;
};

/* How much a part has beside params and data, at most. */
#define SMB1_TRANS_REPLY_OVERHEAD (SMB1_HEADER_LEN + 1 + 20 + 2 + 1 + 3)

void smb1_write_trans_reply(struct nbt_writer *w, const struct smb1_trans_reply *in);
enum nbt_error smb1_read_trans_reply(const struct smb1_block *block,
				     struct smb1_trans_reply *out) NBT_MUSTCHECK;

#endif
