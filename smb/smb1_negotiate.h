/* SMB_COM_NEGOTIATE: which dialect is spoken (MS-CIFS section 2.2.4.52, MS-SMB section 2.2.4.5). */
#ifndef SMB_SMB1_NEGOTIATE_H
#define SMB_SMB1_NEGOTIATE_H

#include "smb/smb1.h"

/* From the oldest; later ones are better. */
enum smb1_dialect {
	SMB1_DIALECT_NONE,
	SMB1_DIALECT_CORE,
	SMB1_DIALECT_LANMAN1,
	SMB1_DIALECT_LANMAN12, /* LM1.2X002 */
	SMB1_DIALECT_LANMAN21,
	SMB1_DIALECT_NT,
	SMB1_DIALECT_SMB2_FIRST,   /* SMB 2.002: an SMB2 negotiate response for that dialect */
	SMB1_DIALECT_SMB2_WILDCARD /* SMB 2.???: the client asks again, in SMB2 */
};

#define SMB1_SECURITY_USER      1
#define SMB1_SECURITY_CHALLENGE 2

#define SMB1_CAP_UNICODE        0x00000004
#define SMB1_CAP_NT_SMBS        0x00000010
#define SMB1_CAP_RPC            0x00000020
#define SMB1_CAP_NTSTATUS       0x00000040
#define SMB1_CAP_EXT_SECURITY   0x80000000

#define SMB1_NO_DIALECT         0xFFFF
#define SMB1_CHALLENGE_LEN      8
#define SMB_GUID_LEN            16
#define SMB1_NAME_MAX           64 /* room for a name that a peer tells of itself */

/* A dialect that a client offers. */
struct smb1_offered {
	enum smb1_dialect dialect; /* what it is to us; NONE: unknown */
	unsigned rank;             /* the higher the better: a dialect has several names */
};

/* The next dialect offered. false: there is none, or the list is malformed; bytes->err says which.
 */
bool smb1_next_dialect(struct nbt_reader *bytes, struct smb1_offered *offered);

/* Writes the block of a request that offers dialects LANMAN1.0 to NT LM 0.12, as a client does that
 * wants browse lists, and SMB2 if that will do. smb1_our_dialect(): which of SMB1 it is that a
 * reply chose; SMB2 is chosen by a reply in SMB2. */
void smb1_write_offer(struct nbt_writer *w, bool and_smb2);
enum smb1_dialect smb1_our_dialect(uint16_t index);

/* Which of the forms a reply has goes by its dialect. */
struct smb1_negotiated {
	uint16_t index;
	enum smb1_dialect dialect; /* none, core, any LANMAN, or NT; read: the form found */
	uint16_t security_mode, max_mpx, max_vcs;
	uint32_t max_buffer, session_key, capabilities;
	int64_t wall_s;              /* written only */
	uint8_t challenge_len;       /* 0 or 8 */
	const uint8_t *challenge;    /* borrowed */
	const char *domain, *server; /* written only, in NT; OEM character set */
	const uint8_t *guid, *blob;  /* NT with SMB1_CAP_EXT_SECURITY; borrowed */
	size_t blob_len;
	char their_domain[SMB1_NAME_MAX]; /* read only; "" if they don't say */
};

void smb1_write_negotiated(struct nbt_writer *w, const struct smb1_negotiated *in);
enum nbt_error smb1_read_negotiated(const struct smb1_block *block,
				    struct smb1_negotiated *out) NBT_MUSTCHECK;

#endif
