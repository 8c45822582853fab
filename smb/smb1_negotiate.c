/* SMB_COM_NEGOTIATE. */
#include "smb/smb1_negotiate.h"

#include <string.h>

#include "smb/text.h"

#define BUFFER_FORMAT 0x02
#define WORDS_CORE    1
#define WORDS_LANMAN  13
#define WORDS_NT      17
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

/* From the worst to the best, in smbd's order (captured). "Windows for Workgroups 3.1a" is never
 * chosen: who offers it offers LM1.2X002 too. */
static const struct {
	const char *name;
	enum smb1_dialect dialect;
} dialects[] = {
	{ "PC NETWORK PROGRAM 1.0", SMB1_DIALECT_CORE },
	{ "PCLAN1.0", SMB1_DIALECT_CORE },
	{ "MICROSOFT NETWORKS 3.0", SMB1_DIALECT_LANMAN1 },
	{ "LANMAN1.0", SMB1_DIALECT_LANMAN1 },
	{ "DOS LM1.2X002", SMB1_DIALECT_LANMAN12 },
	{ "LM1.2X002", SMB1_DIALECT_LANMAN12 },
	{ "Samba", SMB1_DIALECT_LANMAN21 },
	{ "DOS LANMAN2.1", SMB1_DIALECT_LANMAN21 },
	{ "LANMAN2.1", SMB1_DIALECT_LANMAN21 },
	{ "NT LM 0.12", SMB1_DIALECT_NT },
	{ "NT LANMAN 1.0", SMB1_DIALECT_NT },
	{ "SMB 2.002", SMB1_DIALECT_SMB2_FIRST },
	{ "SMB 2.\?\?\?", SMB1_DIALECT_SMB2_WILDCARD },
};

/* What our client offers, by index. */
static const struct {
	const char *name;
	enum smb1_dialect dialect;
} offer[] = {
	{ "LANMAN1.0", SMB1_DIALECT_LANMAN1 },    { "LM1.2X002", SMB1_DIALECT_LANMAN12 },
	{ "LANMAN2.1", SMB1_DIALECT_LANMAN21 },   { "NT LM 0.12", SMB1_DIALECT_NT },
	{ "SMB 2.002", SMB1_DIALECT_SMB2_FIRST }, { "SMB 2.\?\?\?", SMB1_DIALECT_SMB2_WILDCARD },
};

static bool is_smb2(enum smb1_dialect dialect)
{
	return dialect >= SMB1_DIALECT_SMB2_FIRST;
}

bool smb1_next_dialect(struct nbt_reader *bytes, struct smb1_offered *offered)
{
	const char *name;

	*offered = (struct smb1_offered){ .dialect = SMB1_DIALECT_NONE };
	if (nbt_read_left(bytes) == 0)
		return false;
	if (nbt_read_u8(bytes) != BUFFER_FORMAT)
		nbt_reader_fail(bytes, NBT_EVALUE);
	name = nbt_read_cstring(bytes);
	if (name == NULL)
		return false;
	for (size_t i = 0; i < COUNT(dialects); i++)
		if (strcmp(name, dialects[i].name) == 0)
			*offered = (struct smb1_offered){ dialects[i].dialect, (unsigned)i + 1 };
	return true;
}

void smb1_write_offer(struct nbt_writer *w, bool and_smb2)
{
	size_t at;

	nbt_write_u8(w, 0);
	at = smb1_begin_bytes(w);
	for (size_t i = 0; i < COUNT(offer); i++) {
		if (is_smb2(offer[i].dialect) && !and_smb2)
			break;
		nbt_write_u8(w, BUFFER_FORMAT);
		nbt_write_bytes(w, offer[i].name, strlen(offer[i].name) + 1);
	}
	smb1_end_bytes(w, at);
}

enum smb1_dialect smb1_our_dialect(uint16_t index)
{
	return index < COUNT(offer) && !is_smb2(offer[index].dialect) ? offer[index].dialect
								      : SMB1_DIALECT_NONE;
}

static void write_lanman(struct nbt_writer *w, const struct smb1_negotiated *in)
{
	struct smb_date date = smb_date_of(in->wall_s);
	size_t at;

	nbt_write_u8(w, WORDS_LANMAN);
	nbt_write_le16(w, in->index);
	nbt_write_le16(w, in->security_mode);
	nbt_write_le16(w, (uint16_t)in->max_buffer);
	nbt_write_le16(w, in->max_mpx);
	nbt_write_le16(w, in->max_vcs);
	nbt_write_le16(w, 0); /* raw mode */
	nbt_write_le32(w, in->session_key);
	nbt_write_le16(w, smb_dos_time(&date));
	nbt_write_le16(w, smb_dos_date(&date));
	nbt_write_le16(w, 0); /* our times are UTC */
	nbt_write_le16(w, in->challenge_len);
	nbt_write_le16(w, 0);
	at = smb1_begin_bytes(w);
	nbt_write_bytes(w, in->challenge, in->challenge_len);
	smb1_end_bytes(w, at);
}

/* The names are UTF-16 at any position, and also for clients that don't speak Unicode (captured
 * from smbd). */
static void write_nt_bytes(struct nbt_writer *w, const struct smb1_negotiated *in)
{
	if (in->capabilities & SMB1_CAP_EXT_SECURITY) {
		nbt_write_bytes(w, in->guid, SMB_GUID_LEN);
		nbt_write_bytes(w, in->blob, in->blob_len);
		return;
	}
	nbt_write_bytes(w, in->challenge, in->challenge_len);
	smb_write_utf16(w, in->domain);
	nbt_write_le16(w, 0);
	smb_write_utf16(w, in->server);
	nbt_write_le16(w, 0);
}

static void write_nt(struct nbt_writer *w, const struct smb1_negotiated *in)
{
	bool extended = in->capabilities & SMB1_CAP_EXT_SECURITY;
	size_t at;

	nbt_write_u8(w, WORDS_NT);
	nbt_write_le16(w, in->index);
	nbt_write_u8(w, (uint8_t)in->security_mode);
	nbt_write_le16(w, in->max_mpx);
	nbt_write_le16(w, in->max_vcs);
	nbt_write_le32(w, in->max_buffer);
	nbt_write_le32(w, UINT16_MAX + 1u); /* raw: not offered, but old clients read it */
	nbt_write_le32(w, in->session_key);
	nbt_write_le32(w, in->capabilities);
	nbt_write_le64(w, smb_filetime(in->wall_s));
	nbt_write_le16(w, 0);
	nbt_write_u8(w, extended ? 0 : in->challenge_len);
	at = smb1_begin_bytes(w);
	write_nt_bytes(w, in);
	smb1_end_bytes(w, at);
}

void smb1_write_negotiated(struct nbt_writer *w, const struct smb1_negotiated *in)
{
	if (in->dialect >= SMB1_DIALECT_NT) {
		write_nt(w, in);
	} else if (in->dialect >= SMB1_DIALECT_LANMAN1) {
		write_lanman(w, in);
	} else {
		nbt_write_u8(w, WORDS_CORE);
		nbt_write_le16(w, in->index);
		nbt_write_le16(w, 0);
	}
}

static void read_lanman(struct nbt_reader *words, struct nbt_reader *bytes,
			struct smb1_negotiated *out)
{
	uint16_t len;

	out->dialect = SMB1_DIALECT_LANMAN1;
	out->security_mode = nbt_read_le16(words);
	out->max_buffer = nbt_read_le16(words);
	out->max_mpx = nbt_read_le16(words);
	out->max_vcs = nbt_read_le16(words);
	nbt_read_le16(words);
	out->session_key = nbt_read_le32(words);
	nbt_read_bytes(words, 6);
	len = nbt_read_le16(words);
	out->challenge_len = len == SMB1_CHALLENGE_LEN ? SMB1_CHALLENGE_LEN : 0;
	out->challenge = nbt_read_bytes(bytes, len);
	smb_read_text(bytes, false, out->their_domain, sizeof(out->their_domain));
}

static void read_nt_bytes(struct nbt_reader *bytes, uint8_t challenge_len,
			  struct smb1_negotiated *out)
{
	struct nbt_reader names;

	if (out->capabilities & SMB1_CAP_EXT_SECURITY) {
		out->guid = nbt_read_bytes(bytes, SMB_GUID_LEN);
		out->blob_len = nbt_read_left(bytes);
		out->blob = nbt_read_bytes(bytes, out->blob_len);
		return;
	}
	out->challenge_len = challenge_len == SMB1_CHALLENGE_LEN ? challenge_len : 0;
	out->challenge = nbt_read_bytes(bytes, challenge_len);
	if (bytes->err != NBT_OK)
		return;
	names = nbt_reader_of(bytes->base + bytes->pos, nbt_read_left(bytes));
	smb_read_text(&names, true, out->their_domain, sizeof(out->their_domain));
}

static void read_nt(struct nbt_reader *words, struct nbt_reader *bytes, struct smb1_negotiated *out)
{
	out->dialect = SMB1_DIALECT_NT;
	out->security_mode = nbt_read_u8(words);
	out->max_mpx = nbt_read_le16(words);
	out->max_vcs = nbt_read_le16(words);
	out->max_buffer = nbt_read_le32(words);
	nbt_read_le32(words);
	out->session_key = nbt_read_le32(words);
	out->capabilities = nbt_read_le32(words);
	nbt_read_bytes(words, 10); /* time and zone */
	read_nt_bytes(bytes, nbt_read_u8(words), out);
}

enum nbt_error smb1_read_negotiated(const struct smb1_block *block, struct smb1_negotiated *out)
{
	struct nbt_reader words = block->words, bytes = block->bytes;
	unsigned count = smb1_word_count(block);

	memset(out, 0, sizeof(*out));
	out->index = nbt_read_le16(&words);
	if (count == WORDS_NT)
		read_nt(&words, &bytes, out);
	else if (count == WORDS_LANMAN)
		read_lanman(&words, &bytes, out);
	else if (count == WORDS_CORE)
		out->dialect =
			out->index != SMB1_NO_DIALECT ? SMB1_DIALECT_CORE : SMB1_DIALECT_NONE;
	else
		return NBT_EVALUE;
	return words.err != NBT_OK ? words.err : bytes.err;
}
