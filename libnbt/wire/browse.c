/* Browser frames: a row for each opcode. */
#include <nbt/browse.h>

#include <string.h>

#include <nbt/mailslot.h>

#include "libnbt/wire/wire.h"

#define NAME_FIELD      16 /* of announcements, padded */
#define SIGNATURE_AT    30
#define LANMAN_BASE     0x100
#define MS_PER_S        1000
#define PERIOD_S_MAX_MS (UINT16_MAX * (uint32_t)MS_PER_S)

/* Up to the first NUL; what is too long is cut. */
static void set_string(char *field, size_t size, const uint8_t *bytes, size_t len)
{
	const uint8_t *nul = len > 0 ? memchr(bytes, 0, len) : NULL;

	if (nul != NULL)
		len = (size_t)(nul - bytes);
	if (len > size - 1)
		len = size - 1;
	if (len > 0)
		memcpy(field, bytes, len);
	field[len] = '\0';
}

/* Some pad names with blanks. */
static void set_name(char name[NBT_BROWSE_NAME_SIZE], const uint8_t *bytes, size_t len)
{
	set_string(name, NBT_BROWSE_NAME_SIZE, bytes, len);
	for (len = strlen(name); len > 0 && name[len - 1] == ' '; len--)
		name[len - 1] = '\0';
}

static void read_name(struct nbt_reader *r, char name[NBT_BROWSE_NAME_SIZE])
{
	size_t len;
	const uint8_t *bytes = nbt_read_string(r, &len);

	if (bytes != NULL)
		set_name(name, bytes, len);
}

static void read_comment(struct nbt_reader *r, struct nbt_browse *f)
{
	size_t len;
	const uint8_t *bytes = nbt_read_string(r, &len);

	if (bytes != NULL)
		set_string(f->comment, sizeof(f->comment), bytes, len);
}

static void write_string(struct nbt_writer *w, const char *text, size_t size)
{
	nbt_write_bytes(w, text, strnlen(text, size - 1));
	nbt_write_u8(w, 0);
}

static void read_announcement(struct nbt_reader *r, struct nbt_browse *f)
{
	const uint8_t *name;

	f->update_count = nbt_read_u8(r);
	f->period_ms = nbt_read_le32(r);
	name = nbt_read_bytes(r, NAME_FIELD);
	if (name != NULL)
		set_name(f->name, name, NAME_FIELD);
	f->os_major = nbt_read_u8(r);
	f->os_minor = nbt_read_u8(r);
	f->server_type = nbt_read_le32(r);
	f->browser_version = nbt_read_le16(r);
	f->signature = nbt_read_le16(r);
	read_comment(r, f);
}

static void write_announcement(struct nbt_writer *w, const struct nbt_browse *f)
{
	size_t len = strnlen(f->name, NBT_BROWSE_NAME_SIZE - 1);

	nbt_write_u8(w, f->update_count);
	nbt_write_le32(w, f->period_ms);
	nbt_write_bytes(w, f->name, len);
	nbt_write_zeros(w, NAME_FIELD - len);
	nbt_write_u8(w, f->os_major);
	nbt_write_u8(w, f->os_minor);
	nbt_write_le32(w, f->server_type);
	nbt_write_le16(w, f->browser_version);
	nbt_write_le16(w, f->signature);
	write_string(w, f->comment, sizeof(f->comment));
}

/* nmbd has one byte too many before the name, so that it reads as empty. Nobody looks at it. */
static void read_announcement_request(struct nbt_reader *r, struct nbt_browse *f)
{
	f->update_count = nbt_read_u8(r);
	read_name(r, f->name);
}

static void write_announcement_request(struct nbt_writer *w, const struct nbt_browse *f)
{
	nbt_write_u8(w, f->update_count);
	write_string(w, f->name, sizeof(f->name));
}

static void read_election(struct nbt_reader *r, struct nbt_browse *f)
{
	f->election_version = nbt_read_u8(r);
	f->criteria = nbt_read_le32(r);
	f->uptime_ms = nbt_read_le32(r);
	nbt_read_le32(r);
	read_name(r, f->name);
}

static void write_election(struct nbt_writer *w, const struct nbt_browse *f)
{
	nbt_write_u8(w, f->election_version);
	nbt_write_le32(w, f->criteria);
	nbt_write_le32(w, f->uptime_ms);
	nbt_write_le32(w, 0);
	write_string(w, f->name, sizeof(f->name));
}

static void read_backup_request(struct nbt_reader *r, struct nbt_browse *f)
{
	f->count = nbt_read_u8(r);
	f->token = nbt_read_le32(r);
}

static void write_backup_request(struct nbt_writer *w, const struct nbt_browse *f)
{
	nbt_write_u8(w, f->count);
	nbt_write_le32(w, f->token);
}

static void read_backup_response(struct nbt_reader *r, struct nbt_browse *f)
{
	uint8_t promised = nbt_read_u8(r);

	f->token = nbt_read_le32(r);
	while (f->count < promised && f->count < NBT_BROWSE_BACKUP_MAX && nbt_read_left(r) > 0)
		read_name(r, f->backup[f->count++]);
}

static void write_backup_response(struct nbt_writer *w, const struct nbt_browse *f)
{
	if (f->count > NBT_BROWSE_BACKUP_MAX)
		nbt_writer_fail(w, NBT_EVALUE);
	write_backup_request(w, f);
	for (size_t i = 0; i < f->count && w->err == NBT_OK; i++)
		write_string(w, f->backup[i], sizeof(f->backup[i]));
}

static void read_name_only(struct nbt_reader *r, struct nbt_browse *f)
{
	read_name(r, f->name);
}

static void write_name_only(struct nbt_writer *w, const struct nbt_browse *f)
{
	write_string(w, f->name, sizeof(f->name));
}

static void read_reset(struct nbt_reader *r, struct nbt_browse *f)
{
	f->reset = nbt_read_u8(r);
}

static void write_reset(struct nbt_writer *w, const struct nbt_browse *f)
{
	nbt_write_u8(w, f->reset);
}

static void read_lanman(struct nbt_reader *r, struct nbt_browse *f)
{
	f->server_type = nbt_read_le32(r);
	f->os_major = nbt_read_u8(r);
	f->os_minor = nbt_read_u8(r);
	f->period_ms = nbt_read_le16(r) * (uint32_t)MS_PER_S;
	read_name(r, f->name);
	read_comment(r, f);
}

static void write_lanman(struct nbt_writer *w, const struct nbt_browse *f)
{
	if (f->period_ms > PERIOD_S_MAX_MS)
		nbt_writer_fail(w, NBT_EVALUE);
	nbt_write_le32(w, f->server_type);
	nbt_write_u8(w, f->os_major);
	nbt_write_u8(w, f->os_minor);
	nbt_write_le16(w, (uint16_t)(f->period_ms / MS_PER_S));
	write_string(w, f->name, sizeof(f->name));
	write_string(w, f->comment, sizeof(f->comment));
}

/* What follows the opcode. */
static const struct frame {
	unsigned opcode;
	const char *name;
	void (*read)(struct nbt_reader *r, struct nbt_browse *f);
	void (*write)(struct nbt_writer *w, const struct nbt_browse *f);
} frames[] = {
	{ NBT_BROWSE_HOST_ANNOUNCEMENT, "host announcement", read_announcement,
	  write_announcement },
	{ NBT_BROWSE_ANNOUNCEMENT_REQUEST, "announcement request", read_announcement_request,
	  write_announcement_request },
	{ NBT_BROWSE_ELECTION, "election", read_election, write_election },
	{ NBT_BROWSE_GET_BACKUP_LIST_REQUEST, "backup list request", read_backup_request,
	  write_backup_request },
	{ NBT_BROWSE_GET_BACKUP_LIST_RESPONSE, "backup list response", read_backup_response,
	  write_backup_response },
	{ NBT_BROWSE_BECOME_BACKUP, "become backup", read_name_only, write_name_only },
	{ NBT_BROWSE_DOMAIN_ANNOUNCEMENT, "domain announcement", read_announcement,
	  write_announcement },
	{ NBT_BROWSE_MASTER_ANNOUNCEMENT, "master announcement", read_name_only, write_name_only },
	{ NBT_BROWSE_RESET_STATE, "reset state", read_reset, write_reset },
	{ NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "local master announcement", read_announcement,
	  write_announcement },
	{ NBT_BROWSE_LANMAN_ANNOUNCEMENT, "LAN Manager announcement", read_lanman, write_lanman },
	{ NBT_BROWSE_LANMAN_REQUEST, "LAN Manager request", read_name_only, write_name_only },
};

static const struct frame *frame_of(unsigned opcode)
{
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		if (frames[i].opcode == opcode)
			return &frames[i];
	return NULL;
}

static enum nbt_error decode_body(struct nbt_browse *out, struct nbt_reader *r)
{
	const struct frame *frame = frame_of(out->opcode);

	if (r->err != NBT_OK)
		return r->err;
	if (frame == NULL)
		return NBT_EVALUE;
	frame->read(r, out);
	return r->err;
}

enum nbt_error nbt_browse_decode(struct nbt_browse *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);

	memset(out, 0, sizeof(*out));
	out->opcode = nbt_read_u8(&r);
	return decode_body(out, &r);
}

/* Whether it is an announcement of \MAILSLOT\BROWSE: only those have a signature. */
static bool is_signed(const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);
	const struct frame *frame = frame_of(nbt_read_u8(&r));

	nbt_read_bytes(&r, SIGNATURE_AT - 1);
	return nbt_read_le16(&r) == NBT_BROWSE_SIGNATURE && nbt_read_left(&r) > 0 &&
	       frame != NULL && frame->read == read_announcement;
}

/* The two numberings have 1 in common, and then the signature tells them apart. */
enum nbt_error nbt_lanman_decode(struct nbt_browse *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);

	if (is_signed(buf, len))
		return nbt_browse_decode(out, buf, len);
	memset(out, 0, sizeof(*out));
	out->opcode = LANMAN_BASE + (unsigned)nbt_read_le16(&r);
	return decode_body(out, &r);
}

enum nbt_error nbt_browse_encode(const struct nbt_browse *in, uint8_t *buf, size_t size,
				 size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);
	const struct frame *frame = frame_of(in->opcode);

	if (frame == NULL)
		return NBT_EVALUE;
	if (in->opcode < LANMAN_BASE)
		nbt_write_u8(&w, (uint8_t)in->opcode);
	else
		nbt_write_le16(&w, (uint16_t)(in->opcode - LANMAN_BASE));
	frame->write(&w, in);
	*len = w.pos;
	return w.err;
}

bool nbt_browse_equal(const struct nbt_browse *a, const struct nbt_browse *b)
{
	uint8_t bytes_a[NBT_BROWSE_FRAME_MAX], bytes_b[NBT_BROWSE_FRAME_MAX];
	size_t len_a, len_b;

	return a->opcode == b->opcode &&
	       nbt_browse_encode(a, bytes_a, sizeof(bytes_a), &len_a) == NBT_OK &&
	       nbt_browse_encode(b, bytes_b, sizeof(bytes_b), &len_b) == NBT_OK && len_a == len_b &&
	       memcmp(bytes_a, bytes_b, len_a) == 0;
}

const char *nbt_browse_mailslot(unsigned opcode)
{
	if (frame_of(opcode) == NULL)
		return NULL;
	return opcode < LANMAN_BASE ? NBT_MAILSLOT_BROWSE : NBT_MAILSLOT_LANMAN;
}

const char *nbt_browse_opcode_name(unsigned opcode)
{
	const struct frame *frame = frame_of(opcode);

	return frame != NULL ? frame->name : NULL;
}

/* By the number of the bit. */
const char *nbt_server_type_name(uint32_t bit)
{
	static const char *const names[32] = {
		"WORKSTATION",
		"SERVER",
		"SQLSERVER",
		"DOMAIN_CTRL",
		"DOMAIN_BAKCTRL",
		"TIME_SOURCE",
		"AFP",
		"NOVELL",
		"DOMAIN_MEMBER",
		"PRINTQ_SERVER",
		"DIALIN_SERVER",
		"UNIX",
		"NT",
		"WFW",
		"MFPN",
		"SERVER_NT",
		"POTENTIAL_BROWSER",
		"BACKUP_BROWSER",
		"MASTER_BROWSER",
		"DOMAIN_MASTER",
		"OSF",
		"VMS",
		"WINDOWS",
		"DFS",
		"CLUSTER_NT",
		"TERMINALSERVER",
		"CLUSTER_VS_NT",
		NULL,
		"DCE",
		"ALTERNATE_XPORT",
		"LOCAL_LIST_ONLY",
		"DOMAIN_ENUM",
	};

	for (size_t i = 0; i < 32; i++)
		if (bit == (uint32_t)1 << i)
			return names[i];
	return NULL;
}
