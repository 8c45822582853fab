/* What nbtdump says of a session message: the command, and calls of RAP with what they bring. Pure.
 */
#ifndef TOOLS_NBTDUMP_SMB_H
#define TOOLS_NBTDUMP_SMB_H

#include "smb/rap.h"
#include "smb/smb1_setup.h"
#include "smb/smb1_trans.h"
#include "tools/nbtdump_link.h"

enum dump_smb_version { DUMP_NO_SMB, DUMP_SMB1, DUMP_SMB2 };

struct dump_smb {
	enum dump_smb_version version;
	unsigned command; /* enum smb1_command, enum smb2_command */
	uint32_t status;  /* of a reply */
	bool is_reply, is_nt_status;
	uint16_t tree, user, id; /* SMB1 */

	/* SMB1; "" where there is none. In the OEM character set. */
	char pipe[SMB1_TRANS_NAME_MAX]; /* of a transaction */
	char path[SMB1_PATH_MAX];       /* of a tree */
	char account[SMB1_ACCOUNT_MAX]; /* of a session setup */

	bool has_call; /* in \PIPE\LANMAN */
	struct rap_request call;

	bool has_answer;
	const struct rap_function *function; /* of the call; NULL: was not seen */
	struct rap_reply answer;
	const char *record; /* descriptor of its records; NULL: not known */
	unsigned records;   /* in data; those of further parts are not counted */
	const uint8_t *data;
	size_t data_len;
};

/* Calls that wait for their answers, which do not say what they are of. */
#define DUMP_CALLS_MAX 256

struct dump_calls {
	unsigned next;
	struct dump_call {
		struct dump_end client, server;
		uint16_t id, user;
		const struct rap_function *function; /* NULL: free */
		const char *record;
	} calls[DUMP_CALLS_MAX];
};

/* Reads the data of a session message; what is borrowed points there. */
void dump_smb_read(struct dump_smb *out, struct dump_calls *calls, const struct dump_end *source,
		   const struct dump_end *destination, const uint8_t *bytes, size_t len);

/* One line of text, and JSON as a member "smb". For people and programs; escaped. */
struct nbt_text;
struct nbt_json;
void dump_smb_text(const struct dump_smb *smb, struct nbt_text *text);
void dump_smb_json(const struct dump_smb *smb, struct nbt_json *json);

#endif
