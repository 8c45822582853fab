/*
 * As much of SPNEGO (MS-SPNG, RFC 4178) and NTLMSSP (MS-NLMP) as lets in whoever comes without a
 * password: both sides of an exchange whose result is "anonymous" or "guest".
 */
#ifndef SMB_NTLMSSP_H
#define SMB_NTLMSSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

#define SPNEGO_HINT_LEN       74
#define NTLMSSP_CHALLENGE_LEN 8
#define NTLMSSP_NAME_MAX      64

/* What a server says first, always the same: NTLMSSP is the only mechanism. */
extern const uint8_t spnego_hint[SPNEGO_HINT_LEN];

/* A security blob of a client. */
struct spnego_token {
	bool raw;               /* NTLMSSP without SPNEGO around it */
	struct nbt_reader mech; /* what the mechanism says; empty if nothing */
};

/* NBT_EVALUE: neither SPNEGO nor NTLMSSP. */
enum nbt_error spnego_read(const uint8_t *blob, size_t len, struct spnego_token *out) NBT_MUSTCHECK;

enum spnego_state { SPNEGO_COMPLETED = 0, SPNEGO_INCOMPLETE = 1, SPNEGO_REJECTED = 2 };

/* Writes a NegTokenResp; token_len 0: without one. The mechanism stands in it while it goes on. */
void spnego_write(struct nbt_writer *w, enum spnego_state state, const uint8_t *token,
		  size_t token_len);

enum ntlmssp_type { NTLMSSP_NEGOTIATE = 1, NTLMSSP_CHALLENGE = 2, NTLMSSP_AUTHENTICATE = 3 };

struct ntlmssp_message {
	enum ntlmssp_type type; /* negotiate or authenticate */
	uint32_t flags;
	bool anonymous; /* authenticate: no user, no response */
};

enum nbt_error ntlmssp_read(struct nbt_reader mech, struct ntlmssp_message *out) NBT_MUSTCHECK;

struct ntlmssp_challenge {
	uint32_t asked;           /* the flags of the negotiate message */
	const uint8_t *challenge; /* NTLMSSP_CHALLENGE_LEN bytes */
	const char *domain;       /* as the target: smbclient asks for the browse list of that */
	const char *computer;
	uint64_t filetime;
};

void ntlmssp_write_challenge(struct nbt_writer *w, const struct ntlmssp_challenge *in);

/*
 * The client's side, without SPNEGO around it, which servers take as well. user: of the OEM
 * character set; "": nobody. A user has no password, and its response is that of no password at
 * all: it is for servers that make a guest of whom they don't know.
 */
void ntlmssp_write_negotiate(struct nbt_writer *w);
void ntlmssp_write_authenticate(struct nbt_writer *w, const char *user, uint32_t challenge_flags);

/* The flags of a challenge. */
enum nbt_error ntlmssp_read_challenge(struct nbt_reader mech, uint32_t *flags) NBT_MUSTCHECK;

#endif
