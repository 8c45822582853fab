#include "tools/bench_fetch.h"
#include "tools/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nbt/replication.h>

#define OUR_HANDLE  1
#define MESSAGE_MAX (4 + NBT_REPL_LENGTH_RECORDS)
#define REQUEST_MAX 512
#define OWNERS_MAX  256

/* A fetch, from connecting to the last record. */
struct fetch {
	const struct bench_load *load; /* whose names must be there */
	struct bench_fetched *out;
	int fd;
	uint32_t handle; /* the server's */
	size_t len;      /* received of what is in bytes */
	uint8_t *bytes;
	uint8_t *seen; /* of the names of the load */
};

/*
 * Messages.
 */

static int send_message(struct fetch *f, const struct nbt_replication *message)
{
	uint8_t bytes[REQUEST_MAX];
	ssize_t n;
	size_t len;

	if (nbt_replication_encode(message, bytes, sizeof(bytes), &len) != NBT_OK)
		return -EINVAL;
	n = bench_talk_send(&f->out->talk, f->fd, bytes, len);
	return n < 0 ? (int)n : 0;
}

/* 0: more bytes are needed. */
static int frame_length(const struct fetch *f, size_t *len)
{
	enum nbt_error err = nbt_replication_frame(f->bytes, f->len, NBT_REPL_LENGTH_RECORDS, len);

	if (err == NBT_ETRUNC || (err == NBT_OK && *len > f->len))
		return 0;
	return err == NBT_OK ? 1 : -EBADMSG;
}

/* The next message, which stays in f->bytes until take_off(). */
static int receive_message(struct fetch *f, struct nbt_replication *message, size_t *len)
{
	int is_whole;

	while ((is_whole = frame_length(f, len)) == 0) {
		ssize_t n = bench_talk_receive(&f->out->talk, f->fd, f->bytes + f->len,
					       MESSAGE_MAX - f->len);

		if (n <= 0)
			return n < 0 ? (int)n : -ECONNRESET;
		f->len += (size_t)n;
	}
	if (is_whole < 0)
		return is_whole;
	return nbt_replication_decode(message, f->bytes, *len) == NBT_OK ? 0 : -EBADMSG;
}

static void take_off(struct fetch *f, size_t len)
{
	memmove(f->bytes, f->bytes + len, f->len - len);
	f->len -= len;
}

/* The answer to a message of this opcode; notifications that come between are not ours. */
static int await(struct fetch *f, uint8_t opcode, struct nbt_replication *message, size_t *len)
{
	for (;;) {
		int ret = receive_message(f, message, len);

		if (ret < 0)
			return ret;
		if (message->type == NBT_REPL_MESSAGE && message->opcode == opcode)
			return 0;
		if (message->type == NBT_REPL_STOP)
			return -ECONNREFUSED;
		take_off(f, *len);
	}
}

/*
 * The conversation (MS-WINSRA section 3.3).
 */

static int associate(struct fetch *f)
{
	const struct nbt_replication start = {
		.type = NBT_REPL_START_REQUEST, .handle = OUR_HANDLE, .major = 2, .minor = 5
	};
	struct nbt_replication answer;
	size_t len;
	int ret = send_message(f, &start);

	if (ret == 0)
		ret = receive_message(f, &answer, &len);
	if (ret < 0)
		return ret;
	if (answer.type != NBT_REPL_START_RESPONSE)
		return -ECONNREFUSED;
	f->handle = answer.handle;
	take_off(f, len);
	return 0;
}

static int ask_owners(struct fetch *f, struct nbt_owner_versions owners[OWNERS_MAX], size_t *count)
{
	const struct nbt_replication ask = { .destination = f->handle,
					     .type = NBT_REPL_MESSAGE,
					     .opcode = NBT_REPL_MAP_REQUEST };
	struct nbt_replication answer;
	size_t len;
	int ret = send_message(f, &ask);

	*count = 0;
	if (ret == 0)
		ret = await(f, NBT_REPL_MAP_RESPONSE, &answer, &len);
	if (ret < 0)
		return ret;
	while (*count < OWNERS_MAX && nbt_replication_next_owner(&answer.list, &owners[*count]))
		++*count;
	take_off(f, len);
	return 0;
}

/* "N0000000042<20>", as bench_name() makes it; false: it is none of the load's. */
static bool number_of(const struct bench_load *load, const struct nbt_name *name, uint32_t *number)
{
	char digits[NBT_NAME_LEN] = "";
	struct nbt_name same;

	memcpy(digits, name->bytes + 1, 10);
	*number = (uint32_t)strtoul(digits, NULL, 10);
	bench_name(&same, *number);
	return nbt_name_equal(&same, name) && *number - load->first < load->names;
}

static void take_record(struct fetch *f, const struct nbt_replica *record)
{
	uint32_t number;

	f->out->records++;
	if (!number_of(f->load, &record->name, &number))
		return;
	if (f->seen[number - f->load->first] || record->state != NBT_REPLICA_ACTIVE ||
	    record->member_count != 1 ||
	    record->member[0].address.s_addr != bench_client(f->load, number).s_addr)
		f->out->wrong++;
	else
		f->out->right++;
	f->seen[number - f->load->first] = 1;
}

/* All of an owner, in as many answers as the server makes of them. */
static int ask_records(struct fetch *f, struct nbt_owner_versions range)
{
	static struct nbt_replica record;
	struct nbt_replication ask = { .destination = f->handle,
				       .type = NBT_REPL_MESSAGE,
				       .opcode = NBT_REPL_RECORDS_REQUEST };
	struct nbt_replication answer;
	uint64_t last = range.min;
	size_t len;
	int ret;

	for (range.min = 0;; range.min = last + 1) {
		uint32_t count = 0;

		ask.range = range;
		ret = send_message(f, &ask);
		if (ret == 0)
			ret = await(f, NBT_REPL_RECORDS_RESPONSE, &answer, &len);
		if (ret < 0)
			return ret;
		for (; nbt_replication_next_record(&answer.list, &record); count++) {
			take_record(f, &record);
			last = record.version;
		}
		take_off(f, len);
		if (count == 0 || last >= range.max)
			return 0;
	}
}

static int converse(struct fetch *f)
{
	static struct nbt_owner_versions owners[OWNERS_MAX];
	struct nbt_replication stop = { .type = NBT_REPL_STOP, .reason = NBT_REPL_REASON_NORMAL };
	size_t count = 0;
	int ret = associate(f);

	if (ret == 0)
		ret = ask_owners(f, owners, &count);
	for (size_t i = 0; ret == 0 && i < count; i++)
		if (owners[i].max > 0)
			ret = ask_records(f, owners[i]);
	stop.destination = f->handle;
	return ret == 0 ? send_message(f, &stop) : ret;
}

static int connect_and_converse(struct fetch *f, struct in_addr partner)
{
	int ret;

	f->fd = bench_talk_connect(&f->load->server, partner);
	if (f->fd < 0)
		return f->fd;
	ret = converse(f);
	close(f->fd);
	return ret == 0 && f->out->records == 0 ? -ENODATA : ret;
}

int bench_fetch(const struct bench_load *load, struct in_addr partner, struct bench_fetched *out)
{
	struct fetch f = { .load = load,
			   .out = out,
			   .bytes = malloc(MESSAGE_MAX),
			   .seen = calloc(load->names, 1) };
	double began = (double)clock_ns() / 1e9;
	int ret = -ENOMEM;

	*out = (struct bench_fetched){ .records = 0 };
	if (f.bytes != NULL && f.seen != NULL)
		ret = connect_and_converse(&f, partner);
	out->missing = load->names - out->right - out->wrong;
	out->seconds = (double)clock_ns() / 1e9 - began;
	free(f.bytes);
	free(f.seen);
	return ret;
}
