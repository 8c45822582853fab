/* srvsvc calls and answers. */
#include "smb/srvsvc.h"

#include <string.h>

#include "smb/text.h"

#define TEXT_MAX           256
#define PLATFORM_NT        500
#define STYPE_IPC_SPECIAL  0x80000003
#define IPC_NAME           "IPC$"

#define WERR_OK            0
#define WERR_UNKNOWN_LEVEL 124
#define WERR_NO_SUCH_SHARE 2310 /* NERR_NetNameNotFound */

bool srvsvc_has(uint16_t opnum)
{
	return opnum == SRVSVC_SHARE_ENUM || opnum == SRVSVC_SHARE_GET_INFO ||
	       opnum == SRVSVC_SERVER_GET_INFO || opnum == SRVSVC_REMOTE_TOD ||
	       opnum == SRVSVC_SHARE_ENUM_STICKY;
}

/* A conforming and varying string: its text goes to out, ASCII. */
static void read_string(struct nbt_reader *r, char *out, size_t size)
{
	uint32_t count;
	struct nbt_reader text;

	nbt_read_align(r, 4);
	nbt_read_le32(r); /* room */
	if (nbt_read_le32(r) != 0)
		nbt_reader_fail(r, NBT_EVALUE);
	count = nbt_read_le32(r);
	text = nbt_read_window(r, (size_t)count * 2);
	if (text.err != NBT_OK) {
		out[0] = '\0';
		return;
	}
	text = nbt_reader_of(text.base + text.pos, (size_t)count * 2);
	smb_read_text(&text, true, out, size);
}

static bool read_pointer(struct nbt_reader *r)
{
	nbt_read_align(r, 4);
	return nbt_read_le32(r) != 0;
}

static void read_server_name(struct nbt_reader *r)
{
	char skipped[2];

	if (read_pointer(r))
		read_string(r, skipped, sizeof(skipped));
}

/* MS-SRVS section 3.1.4.8. The container comes empty: what it might hold is not for us. */
static void read_share_enum(struct nbt_reader *r, struct srvsvc_call *out)
{
	nbt_read_align(r, 4);
	out->level = nbt_read_le32(r);
	nbt_read_le32(r); /* the same */
	if (read_pointer(r)) {
		nbt_read_le32(r);
		if (nbt_read_le32(r) != 0)
			nbt_reader_fail(r, NBT_EVALUE);
	}
	nbt_read_le32(r); /* preferred length: all of it is shorter than any */
	out->resumes = read_pointer(r);
}

static void read_share_info(struct nbt_reader *r, struct srvsvc_call *out)
{
	char name[TEXT_MAX];

	read_string(r, name, sizeof(name));
	out->is_ipc = smb_compare(name, IPC_NAME) == 0;
	nbt_read_align(r, 4);
	out->level = nbt_read_le32(r);
}

enum nbt_error srvsvc_read_call(uint16_t opnum, struct nbt_reader stub, struct srvsvc_call *out)
{
	memset(out, 0, sizeof(*out));
	out->opnum = opnum;
	read_server_name(&stub);
	switch (opnum) {
	case SRVSVC_SHARE_ENUM:
	case SRVSVC_SHARE_ENUM_STICKY:
		read_share_enum(&stub, out);
		break;
	case SRVSVC_SHARE_GET_INFO:
		read_share_info(&stub, out);
		break;
	case SRVSVC_SERVER_GET_INFO:
		nbt_read_align(&stub, 4);
		out->level = nbt_read_le32(&stub);
		break;
	default:
		break;
	}
	return stub.err;
}

/* Any number does as a pointer that is not NULL; by the position it is never used twice. */
static void write_pointer(struct nbt_writer *w)
{
	nbt_write_align(w, 4);
	nbt_write_le32(w, (uint32_t)(0x00020000 + w->pos));
}

static void write_string(struct nbt_writer *w, const char *text)
{
	size_t count_at;
	uint32_t count;

	nbt_write_align(w, 4);
	count_at = w->pos;
	nbt_write_zeros(w, 12);
	count = (uint32_t)(smb_write_utf16(w, text) / 2 + 1);
	nbt_write_le16(w, 0);
	nbt_write_le32_at(w, count_at, count);
	nbt_write_le32_at(w, count_at + 8, count);
}

/*
 * Share information: what it has at which level, a letter for each field. n: name, r: remark, e: an
 * empty text; t: type, u: users allowed, c: users there, 0: nothing. MS-SRVS sections 2.2.4.22 to
 * 2.2.4.27.
 */
static const struct level {
	uint32_t level;
	const char *fields;
} share_levels[] = {
	{ 0, "n" },      { 1, "ntr" },          { 2, "ntr0ucee" },
	{ 501, "ntr0" }, { 502, "ntr0ucee00" }, { 503, "ntr0uceee00" },
	{ 1005, "0" },
};

static const char *share_fields(uint32_t level)
{
	for (size_t i = 0; i < sizeof(share_levels) / sizeof(share_levels[0]); i++)
		if (share_levels[i].level == level)
			return share_levels[i].fields;
	return NULL;
}

static void write_field(struct nbt_writer *w, char field)
{
	switch (field) {
	case 't':
		nbt_write_le32(w, STYPE_IPC_SPECIAL);
		break;
	case 'u':
		nbt_write_le32(w, UINT32_MAX); /* no limit */
		break;
	case 'c':
		nbt_write_le32(w, 1);
		break;
	case '0':
		nbt_write_le32(w, 0);
		break;
	default:
		write_pointer(w);
	}
}

/* All fixed parts, then the texts in their order. */
static void write_share(struct nbt_writer *w, const char *fields, const struct srvsvc_host *host)
{
	for (const char *f = fields; *f != '\0'; f++)
		write_field(w, *f);
	for (const char *f = fields; *f != '\0'; f++) {
		if (*f == 'n')
			write_string(w, IPC_NAME);
		else if (*f == 'r')
			write_string(w, host->ipc_remark);
		else if (*f == 'e')
			write_string(w, "");
	}
	nbt_write_align(w, 4);
}

static void write_share_enum(struct nbt_writer *w, const struct srvsvc_call *call,
			     const struct srvsvc_host *host)
{
	const char *fields = share_fields(call->level);
	bool known = fields != NULL && call->level != 1005;

	nbt_write_le32(w, call->level);
	nbt_write_le32(w, call->level);
	if (known) {
		write_pointer(w);
		nbt_write_le32(w, 1);
		write_pointer(w);
		nbt_write_le32(w, 1);
		write_share(w, fields, host);
	} else {
		nbt_write_le32(w, 0);
	}
	nbt_write_le32(w, known ? 1 : 0);
	if (call->resumes)
		write_pointer(w);
	nbt_write_le32(w, 0); /* resume: from the start, or no pointer */
	nbt_write_le32(w, known ? WERR_OK : WERR_UNKNOWN_LEVEL);
}

static void write_nothing(struct nbt_writer *w, uint32_t level, uint32_t error)
{
	nbt_write_le32(w, level);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, error);
}

static void write_share_info(struct nbt_writer *w, const struct srvsvc_call *call,
			     const struct srvsvc_host *host)
{
	const char *fields = share_fields(call->level);

	if (!call->is_ipc || fields == NULL) {
		write_nothing(w, call->level,
			      call->is_ipc ? WERR_UNKNOWN_LEVEL : WERR_NO_SUCH_SHARE);
		return;
	}
	nbt_write_le32(w, call->level);
	write_pointer(w);
	write_share(w, fields, host);
	nbt_write_le32(w, WERR_OK);
}

/* MS-SRVS sections 2.2.4.40 and 2.2.4.41. */
static void write_server_info(struct nbt_writer *w, const struct srvsvc_call *call,
			      const struct srvsvc_host *host)
{
	if (call->level != 100 && call->level != 101) {
		write_nothing(w, call->level, WERR_UNKNOWN_LEVEL);
		return;
	}
	nbt_write_le32(w, call->level);
	write_pointer(w);
	nbt_write_le32(w, PLATFORM_NT);
	write_pointer(w);
	if (call->level == 101) {
		nbt_write_le32(w, host->major);
		nbt_write_le32(w, host->minor);
		nbt_write_le32(w, host->type);
		write_pointer(w);
	}
	write_string(w, host->name);
	if (call->level == 101)
		write_string(w, host->comment);
	nbt_write_align(w, 4);
	nbt_write_le32(w, WERR_OK);
}

/* MS-SRVS section 2.2.4.105. */
static void write_time(struct nbt_writer *w, const struct srvsvc_host *host)
{
	struct smb_date date = smb_date_of(host->wall_s);
	const uint32_t fields[] = { (uint32_t)host->wall_s,
				    (uint32_t)host->now_ms,
				    date.hour,
				    date.minute,
				    date.second,
				    0,   /* hundredths */
				    0,   /* our times are UTC */
				    310, /* a tick of the clock, in 1/10000 s */
				    date.day,
				    date.month,
				    date.year,
				    date.weekday };

	write_pointer(w);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		nbt_write_le32(w, fields[i]);
	nbt_write_le32(w, WERR_OK);
}

void srvsvc_write_answer(struct nbt_writer *w, const struct srvsvc_call *call,
			 const struct srvsvc_host *host)
{
	switch (call->opnum) {
	case SRVSVC_SHARE_GET_INFO:
		write_share_info(w, call, host);
		break;
	case SRVSVC_SERVER_GET_INFO:
		write_server_info(w, call, host);
		break;
	case SRVSVC_REMOTE_TOD:
		write_time(w, host);
		break;
	default:
		write_share_enum(w, call, host);
	}
}
