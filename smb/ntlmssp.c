/* SPNEGO and NTLMSSP without passwords. */
#include "smb/ntlmssp.h"

#include <string.h>

#include "smb/text.h"

#define SIGNATURE        "NTLMSSP" /* with its NUL */

#define FLAG_UNICODE     0x00000001
#define FLAG_OEM         0x00000002
#define FLAG_TARGET      0x00000004
#define FLAG_SERVER      0x00020000 /* the target is a server */
#define FLAG_TARGET_INFO 0x00800000
/* What we grant if it is asked for: of NTLM, signing, extended session security, 128 and 56 bits
 * and key exchange, clients insist on some although nothing is ever signed. */
#define FLAGS_GRANTED    0xE2088235

/* What our client asks for: Unicode, a target, NTLM, 128 and 56 bits, and, as servers insist on it
 * although nothing is signed, signing and extended session security. */
#define FLAGS_ASKED      0xA0088205
#define FLAG_ANONYMOUS   0x00000800
#define RESPONSE_LEN     24

#define AV_END           0
#define AV_COMPUTER      1
#define AV_DOMAIN        2
#define AV_DNS_COMPUTER  3
#define AV_DNS_DOMAIN    4
#define AV_TIMESTAMP     7

/* DER: tags, and object identifiers with tag and length. */
#define DER_SEQUENCE     0x30
#define DER_OCTETS       0x04
#define DER_ENUMERATED   0x0A
#define DER_APPLICATION  0x60
#define DER_CONTEXT(n)   (0xA0 + (n))

static const uint8_t spnego_oid[] = { 0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02 };
static const uint8_t ntlmssp_oid[] = { 0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04,
				       0x01, 0x82, 0x37, 0x02, 0x02, 0x0A };
static const uint8_t version[8] = { 6, 1, 0, 0, 0, 0, 0, 15 };

/* MS-SPNG section 2.2.1: NegTokenInit2 with the hint that everyone sends. */
const uint8_t spnego_hint[SPNEGO_HINT_LEN] =
	"\x60\x48\x06\x06\x2B\x06\x01\x05\x05\x02\xA0\x3E\x30\x3C\xA0\x0E\x30\x0C\x06\x0A\x2B\x06"
	"\x01\x04\x01\x82\x37\x02\x02\x0A\xA3\x2A\x30\x28\xA0\x26\x1B\x24"
	"not_defined_in_RFC4178@please_ignore";

/* The value of the next element, whose tag must be that; DER lengths up to four bytes. */
static struct nbt_reader der_read(struct nbt_reader *r, uint8_t tag)
{
	size_t len;
	uint8_t first;

	if (nbt_read_u8(r) != tag)
		nbt_reader_fail(r, NBT_EVALUE);
	first = nbt_read_u8(r);
	len = first;
	if (first > 0x84)
		nbt_reader_fail(r, NBT_EVALUE);
	if (first >= 0x80) {
		len = 0;
		for (uint8_t i = 0x80; i < first && r->err == NBT_OK; i++)
			len = len << 8 | nbt_read_u8(r);
	}
	return nbt_read_window(r, len);
}

static bool der_is(const struct nbt_reader *r, uint8_t tag)
{
	return nbt_read_left(r) > 0 && r->base[r->pos] == tag;
}

/* The element with that tag of a sequence; empty if it is not there. */
static struct nbt_reader der_member(struct nbt_reader sequence, uint8_t tag)
{
	struct nbt_reader value = sequence;

	while (nbt_read_left(&sequence) > 0) {
		uint8_t found = sequence.base[sequence.pos];

		value = der_read(&sequence, found);
		if (found == tag || value.err != NBT_OK)
			return value;
	}
	value.pos = value.end;
	return value;
}

static bool is_ntlmssp(const struct nbt_reader *r)
{
	return nbt_read_left(r) >= sizeof(SIGNATURE) &&
	       memcmp(r->base + r->pos, SIGNATURE, sizeof(SIGNATURE)) == 0;
}

enum nbt_error spnego_read(const uint8_t *blob, size_t len, struct spnego_token *out)
{
	struct nbt_reader r = nbt_reader_of(blob, len);
	const uint8_t *oid;

	memset(out, 0, sizeof(*out));
	out->raw = is_ntlmssp(&r);
	out->mech = r;
	if (out->raw)
		return NBT_OK;
	if (der_is(&r, DER_APPLICATION)) { /* NegTokenInit */
		r = der_read(&r, DER_APPLICATION);
		oid = nbt_read_bytes(&r, sizeof(spnego_oid));
		if (oid == NULL || memcmp(oid, spnego_oid, sizeof(spnego_oid)) != 0)
			return NBT_EVALUE;
		r = der_read(&r, DER_CONTEXT(0));
	} else {
		r = der_read(&r, DER_CONTEXT(1));
	}
	r = der_read(&r, DER_SEQUENCE);
	r = der_member(r, DER_CONTEXT(2));
	if (nbt_read_left(&r) > 0)
		r = der_read(&r, DER_OCTETS);
	out->mech = nbt_reader_of(r.base + r.pos, nbt_read_left(&r));
	return r.err;
}

/* How many bytes an element has whose value has len. */
static size_t der_size(size_t len)
{
	return len < 0x80 ? 2 + len : len < 0x100 ? 3 + len : 4 + len;
}

static void der_write(struct nbt_writer *w, uint8_t tag, size_t len)
{
	nbt_write_u8(w, tag);
	if (len >= 0x100) {
		nbt_write_u8(w, 0x82);
		nbt_write_u16(w, (uint16_t)len);
		return;
	}
	if (len >= 0x80)
		nbt_write_u8(w, 0x81);
	nbt_write_u8(w, (uint8_t)len);
}

void spnego_write(struct nbt_writer *w, enum spnego_state state, const uint8_t *token,
		  size_t token_len)
{
	size_t mech_size = state == SPNEGO_INCOMPLETE ? der_size(sizeof(ntlmssp_oid)) : 0;
	size_t token_size = token_len > 0 ? der_size(der_size(token_len)) : 0;
	size_t len = der_size(der_size(1)) + mech_size + token_size;

	der_write(w, DER_CONTEXT(1), der_size(len));
	der_write(w, DER_SEQUENCE, len);
	der_write(w, DER_CONTEXT(0), der_size(1));
	der_write(w, DER_ENUMERATED, 1);
	nbt_write_u8(w, (uint8_t)state);
	if (mech_size > 0) {
		der_write(w, DER_CONTEXT(1), sizeof(ntlmssp_oid));
		nbt_write_bytes(w, ntlmssp_oid, sizeof(ntlmssp_oid));
	}
	if (token_size > 0) {
		der_write(w, DER_CONTEXT(2), der_size(token_len));
		der_write(w, DER_OCTETS, token_len);
		nbt_write_bytes(w, token, token_len);
	}
}

/* A field of a message: its length; what it holds is nothing to us. */
static uint16_t field_len(struct nbt_reader *r)
{
	uint16_t len = nbt_read_le16(r);

	nbt_read_bytes(r, 6);
	return len;
}

/* MS-NLMP section 2.2.1.3. Windows sends one NUL as the LM response of nobody. */
static void read_authenticate(struct nbt_reader *r, struct ntlmssp_message *out)
{
	uint16_t lm_len = field_len(r), nt_len = field_len(r), user_len;

	field_len(r);
	user_len = field_len(r);
	out->anonymous = user_len == 0 && nt_len == 0 && lm_len <= 1;
	if (nbt_read_left(r) >= 20) { /* very old clients end with the names */
		field_len(r);
		field_len(r);
		out->flags = nbt_read_le32(r);
	}
}

enum nbt_error ntlmssp_read(struct nbt_reader mech, struct ntlmssp_message *out)
{
	memset(out, 0, sizeof(*out));
	if (!is_ntlmssp(&mech))
		return NBT_EVALUE;
	nbt_read_bytes(&mech, sizeof(SIGNATURE));
	out->type = (enum ntlmssp_type)nbt_read_le32(&mech);
	if (out->type == NTLMSSP_NEGOTIATE)
		out->flags = nbt_read_le32(&mech);
	else if (out->type == NTLMSSP_AUTHENTICATE)
		read_authenticate(&mech, out);
	else
		return NBT_EVALUE;
	return mech.err;
}

static void write_field(struct nbt_writer *w, size_t at, size_t start, size_t len)
{
	nbt_write_le16_at(w, at, (uint16_t)len);
	nbt_write_le16_at(w, at + 2, (uint16_t)len);
	nbt_write_le32_at(w, at + 4, (uint32_t)start);
}

static void write_pair(struct nbt_writer *w, uint16_t id, const char *text)
{
	size_t at;

	nbt_write_le16(w, id);
	at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_le16_at(w, at, (uint16_t)smb_write_utf16(w, text));
}

/* MS-NLMP section 2.2.2.1. */
static void write_target_info(struct nbt_writer *w, const struct ntlmssp_challenge *in)
{
	write_pair(w, AV_DOMAIN, in->domain);
	write_pair(w, AV_COMPUTER, in->computer);
	write_pair(w, AV_DNS_DOMAIN, "");
	write_pair(w, AV_DNS_COMPUTER, in->computer);
	nbt_write_le16(w, AV_TIMESTAMP);
	nbt_write_le16(w, 8);
	nbt_write_le64(w, in->filetime);
	write_pair(w, AV_END, "");
}

/* MS-NLMP section 2.2.1.2; w has nothing before it, as offsets count from the first byte. */
void ntlmssp_write_challenge(struct nbt_writer *w, const struct ntlmssp_challenge *in)
{
	bool unicode = in->asked & FLAG_UNICODE;
	size_t target_at, info_at, start;

	nbt_write_bytes(w, SIGNATURE, sizeof(SIGNATURE));
	nbt_write_le32(w, NTLMSSP_CHALLENGE);
	target_at = w->pos;
	nbt_write_zeros(w, 8);
	nbt_write_le32(w, (in->asked & FLAGS_GRANTED) | (unicode ? 0 : FLAG_OEM) | FLAG_SERVER |
				  FLAG_TARGET | FLAG_TARGET_INFO);
	nbt_write_bytes(w, in->challenge, NTLMSSP_CHALLENGE_LEN);
	nbt_write_zeros(w, 8);
	info_at = w->pos;
	nbt_write_zeros(w, 8);
	nbt_write_bytes(w, version, sizeof(version));
	start = w->pos;
	if (unicode)
		smb_write_utf16(w, in->domain);
	else
		nbt_write_bytes(w, in->domain, strlen(in->domain));
	write_field(w, target_at, start, w->pos - start);
	start = w->pos;
	write_target_info(w, in);
	write_field(w, info_at, start, w->pos - start);
}

/* MS-NLMP section 2.2.1.1. */
void ntlmssp_write_negotiate(struct nbt_writer *w)
{
	nbt_write_bytes(w, SIGNATURE, sizeof(SIGNATURE));
	nbt_write_le32(w, NTLMSSP_NEGOTIATE);
	nbt_write_le32(w, FLAGS_ASKED);
	nbt_write_zeros(w, 16); /* domain and workstation: none */
}

enum nbt_error ntlmssp_read_challenge(struct nbt_reader mech, uint32_t *flags)
{
	*flags = 0;
	if (!is_ntlmssp(&mech))
		return NBT_EVALUE;
	nbt_read_bytes(&mech, sizeof(SIGNATURE));
	if (nbt_read_le32(&mech) != NTLMSSP_CHALLENGE)
		nbt_reader_fail(&mech, NBT_EVALUE);
	field_len(&mech);
	*flags = nbt_read_le32(&mech);
	nbt_read_bytes(&mech, NTLMSSP_CHALLENGE_LEN);
	return mech.err;
}

/* MS-NLMP section 2.2.1.3; nobody's LM response is one NUL (section 3.3.2). The writer has nothing
 * before it. */
void ntlmssp_write_authenticate(struct nbt_writer *w, const char *user, uint32_t challenge_flags)
{
	enum { LM, NT, DOMAIN_NAME, USER, WORKSTATION, KEY, FIELDS };
	bool nobody = user[0] == '\0';
	size_t len[FIELDS] = { nobody ? 1 : RESPONSE_LEN, nobody ? 0 : RESPONSE_LEN };
	size_t fields_at, start;

	nbt_write_bytes(w, SIGNATURE, sizeof(SIGNATURE));
	nbt_write_le32(w, NTLMSSP_AUTHENTICATE);
	fields_at = w->pos;
	nbt_write_zeros(w, FIELDS * 8);
	nbt_write_le32(w, (challenge_flags & FLAGS_ASKED) | (nobody ? FLAG_ANONYMOUS : 0));
	start = w->pos;
	len[USER] = smb_write_utf16(w, user); /* where a UTF-16 text belongs: at an even place */
	write_field(w, fields_at + USER * 8, start, len[USER]);
	for (size_t i = 0; i < FIELDS; i++) {
		if (i == USER)
			continue;
		write_field(w, fields_at + i * 8, w->pos, len[i]);
		nbt_write_zeros(w, len[i]);
	}
}
