/* SMB_COM_SESSION_SETUP_ANDX and the tree connects (MS-CIFS sections 2.2.4.53, 2.2.4.50, 2.2.4.55;
 * MS-SMB sections 2.2.4.6 and 2.2.4.7). */
#ifndef SMB_SMB1_SETUP_H
#define SMB_SMB1_SETUP_H

#include "smb/smb1.h"

/* The forms of a session setup by their number of words. */
enum smb1_setup_form {
	SMB1_SETUP_LANMAN = 10,
	SMB1_SETUP_EXTENDED = 12, /* a security blob */
	SMB1_SETUP_NT = 13
};

#define SMB1_ACTION_GUEST  0x0001

#define SMB1_ACCOUNT_MAX   64
#define SMB1_PATH_MAX      256
#define SMB1_SERVICE_MAX   16

#define SMB1_TREE_DROP_TID 0x0001
#define SMB1_TREE_EXTENDED 0x0008 /* the client wants the longer reply */

struct smb1_setup {
	enum smb1_setup_form form;
	uint16_t max_buffer, max_mpx, vc;
	uint32_t session_key, capabilities;
	const uint8_t *lm, *nt, *blob; /* borrowed */
	uint16_t lm_len, nt_len, blob_len;
	char account[SMB1_ACCOUNT_MAX]; /* not in the extended form */
};

enum nbt_error smb1_read_setup(const struct smb1_block *block, bool unicode,
			       struct smb1_setup *out) NBT_MUSTCHECK;

/* Domain, system and LAN manager are "" in what we send; LANMAN and NT forms, OEM only. */
void smb1_write_setup(struct nbt_writer *w, const struct smb1_setup *in);

struct smb1_setup_reply {
	bool extended; /* with a blob */
	uint16_t action;
	const uint8_t *blob; /* borrowed */
	uint16_t blob_len;
	bool silent;                                    /* LANMAN: no texts, as smbd does it */
	const char *native_os, *native_lanman, *domain; /* written only */
	char their_domain[SMB1_ACCOUNT_MAX];            /* read only */
};

void smb1_write_setup_reply(struct nbt_writer *w, bool unicode, const struct smb1_setup_reply *in);
enum nbt_error smb1_read_setup_reply(const struct smb1_block *block, bool unicode,
				     struct smb1_setup_reply *out) NBT_MUSTCHECK;

struct smb1_tree {
	uint16_t flags; /* AndX only */
	char path[SMB1_PATH_MAX];
	char service[SMB1_SERVICE_MAX];
};

/* The AndX form and the core form. The password is skipped. */
enum nbt_error smb1_read_tree_andx(const struct smb1_block *block, bool unicode,
				   struct smb1_tree *out) NBT_MUSTCHECK;
enum nbt_error smb1_read_tree(const struct smb1_block *block, struct smb1_tree *out) NBT_MUSTCHECK;

/* The AndX form with an empty password; OEM only. */
void smb1_write_tree_andx(struct nbt_writer *w, const struct smb1_tree *in);

/* The forms of a reply to the AndX form by their number of words. */
enum smb1_tree_form { SMB1_TREE_LANMAN = 2, SMB1_TREE_NT = 3, SMB1_TREE_LONG = 7 };

/* A tree of pipes. */
void smb1_write_tree_reply(struct nbt_writer *w, bool unicode, enum smb1_tree_form form);

#endif
