#include "tools/sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS   60    /* in a request: nbnsd's loop is not held for a millisecond */
#define SEPARATOR '|'   /* no character that JSON writes in another way */
#define TEXT_MAX  49152 /* bytes of a request: nbnsd takes lines of 64 KiB */
#define UNDER_WAY 4     /* requests: the daemon works on one, the others wait in its socket */

/* What is remembered of a record until it is answered. */
struct sent {
	unsigned line;
	struct nbt_name name;
};

struct batch {
	size_t count, answered;
	struct sent sent[RECORDS];
};

struct sender {
	struct ctl_client *client;
	struct sender_options options;
	struct batch batches[UNDER_WAY + 1]; /* a ring; the last one is being filled */
	size_t first, under_way;
	bool has_begun;
	int ret; /* the first failure */
	char error[CTL_CLIENT_ERROR_MAX];
	size_t len;
	char text[TEXT_MAX];
};

struct sender *sender_create(struct ctl_client *client, const struct sender_options *options)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return NULL;
	sender->client = client;
	sender->options = *options;
	return sender;
}

void sender_destroy(struct sender *sender)
{
	free(sender);
}

bool sender_failed(const struct sender *sender)
{
	return sender->ret != 0;
}

static struct batch *filling(struct sender *sender)
{
	return &sender->batches[(sender->first + sender->under_way) % (UNDER_WAY + 1)];
}

/*
 * Answers.
 */

static int take_row(void *ctx, json_t *row)
{
	struct sender *sender = ctx;
	struct batch *batch = &sender->batches[sender->first];
	const struct sent *sent = &batch->sent[batch->answered];
	const char *change = json_string_value(json_object_get(row, "change"));
	const char *why = json_string_value(json_object_get(row, "why"));

	if (batch->answered == batch->count || change == NULL)
		return -EBADMSG;
	batch->answered++;
	sender->options.answered(sender->options.ctx, sent->line, &sent->name, change, why);
	return 0;
}

static void receive(struct sender *sender)
{
	struct batch *batch = &sender->batches[sender->first];
	int ret = ctl_client_receive(sender->client, take_row, sender, sender->error);

	if (ret == 0 && batch->answered != batch->count)
		ret = -EBADMSG;
	sender->first = (sender->first + 1) % (UNDER_WAY + 1);
	sender->under_way--;
	sender->ret = ret;
}

/*
 * Requests.
 */

static void send_batch(struct sender *sender)
{
	const char *words[8];
	int count = 0;

	if (sender->under_way == UNDER_WAY)
		receive(sender);
	if (sender->ret != 0)
		return;
	words[count++] = "names";
	words[count++] = "import";
	if (sender->options.replace)
		words[count++] = "--replace";
	if (sender->options.dry_run)
		words[count++] = "--dry-run";
	if (!sender->has_begun && sender->options.source != NULL) {
		words[count++] = "--from";
		words[count++] = sender->options.source;
	}
	words[count++] = sender->text;
	sender->has_begun = true;
	sender->ret = ctl_client_send(sender->client, count, words);
	sender->under_way++;
	filling(sender)->count = filling(sender)->answered = 0;
	sender->len = 0;
}

/* The separator as \ddd. */
static size_t write_scope(const struct nbt_scope *scope, char *text)
{
	char plain[NBT_SCOPE_TEXT_MAX];
	size_t len = 0;

	nbt_scope_print(scope, plain, sizeof(plain));
	for (const char *p = plain; *p != '\0'; p++)
		if (*p == SEPARATOR)
			len += (size_t)sprintf(text + len, "\\%03d", SEPARATOR);
		else
			text[len++] = *p;
	text[len] = '\0';
	return len;
}

/* A record as "names import" wants it. Its size fits RECORD_MAX. */
#define RECORD_MAX 2048

static size_t write_record(const struct import_record *record, int64_t now, char text[RECORD_MAX])
{
	static const char *const kinds[] = { "unique", "group", "internet", "multihomed" };
	char address[INET_ADDRSTRLEN];
	size_t len = 0;

	for (size_t i = 0; i < NBT_NAME_LEN; i++)
		len += (size_t)sprintf(text + len, "%02x", record->name.bytes[i]);
	len += (size_t)sprintf(text + len, " %s %c ", kinds[record->kind],
			       "BPMH"[record->node_type & 3]);
	if (record->is_static)
		len += (size_t)sprintf(text + len, "static ");
	else
		len += (size_t)sprintf(text + len, "%lld ",
				       record->expires > now ? (long long)(record->expires - now)
							     : 0);
	if (record->address_count == 0)
		len += (size_t)sprintf(text + len, "-");
	for (size_t i = 0; i < record->address_count; i++)
		len += (size_t)sprintf(
			text + len, "%s%s", i > 0 ? "," : "",
			inet_ntop(AF_INET, &record->addresses[i], address, sizeof(address)));
	if (record->scope.len > 0) {
		text[len++] = ' ';
		len += write_scope(&record->scope, text + len);
	}
	return len;
}

void sender_add(struct sender *sender, const struct import_record *record)
{
	char text[RECORD_MAX];
	size_t len = write_record(record, sender->options.now, text);
	struct batch *batch = filling(sender);

	if (sender->ret != 0)
		return;
	if (batch->count == RECORDS || sender->len + len + 2 > sizeof(sender->text))
		send_batch(sender);
	if (sender->ret != 0)
		return;
	batch = filling(sender);
	batch->sent[batch->count++] = (struct sent){ record->line, record->name };
	if (sender->len > 0)
		sender->text[sender->len++] = SEPARATOR;
	memcpy(sender->text + sender->len, text, len);
	sender->len += len;
	sender->text[sender->len] = '\0';
}

int sender_end(struct sender *sender, char error[CTL_CLIENT_ERROR_MAX])
{
	if (sender->ret == 0 && filling(sender)->count > 0)
		send_batch(sender);
	while (sender->ret == 0 && sender->under_way > 0)
		receive(sender);
	if (sender->ret > 0)
		memcpy(error, sender->error, CTL_CLIENT_ERROR_MAX);
	else if (sender->ret < 0)
		snprintf(error, CTL_CLIENT_ERROR_MAX, "the daemon's answer: %s",
			 strerror(-sender->ret));
	return sender->ret;
}
