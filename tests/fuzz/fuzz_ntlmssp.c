/* Security blobs of clients, and what is answered to them. */
#include "fuzz.h"

#include "smb/ntlmssp.h"

static void check_answer(const struct nbt_writer *w, size_t token_len)
{
	struct spnego_token token;

	must(w->err == NBT_OK);
	must(spnego_read(w->base, w->pos, &token) == NBT_OK);
	must(!token.raw && nbt_read_left(&token.mech) == token_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spnego_token token;
	struct ntlmssp_message message;
	uint8_t challenge[512], answer[600] = { 0 };
	struct nbt_writer c = nbt_writer_of(challenge, sizeof(challenge));
	struct nbt_writer a = nbt_writer_of(answer, sizeof(answer));

	if (spnego_read(data, size, &token) != NBT_OK)
		return 0;
	must(nbt_read_left(&token.mech) <= size);
	if (ntlmssp_read(token.mech, &message) != NBT_OK)
		return 0;
	ntlmssp_write_challenge(&c, &(struct ntlmssp_challenge){ .asked = message.flags,
								 .challenge = answer,
								 .domain = "TESTGRP",
								 .computer = "ALPHA" });
	must(c.err == NBT_OK);
	spnego_write(&a, SPNEGO_INCOMPLETE, challenge, c.pos);
	check_answer(&a, c.pos);
	return 0;
}
