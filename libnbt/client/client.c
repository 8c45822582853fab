/* The blocking client: the only file of libnbt with a socket and a clock. */
#include "config.h"

#include <nbt/client.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_MAX 65535 /* an answer may be of any length */

struct nbt_client {
	int fd;
	uint8_t buf[DATAGRAM_MAX];
};

/* Exchanges that go on at the same time. */
struct batch {
	struct nbt_exchange **items;
	size_t count;
	struct nbt_answers *answers; /* NULL unless they are queries */
	int send_errno;
};

enum nbt_error nbt_client_open(struct nbt_client **out, const struct sockaddr_in *local)
{
	struct nbt_client *c = malloc(sizeof(*c));
	int on = 1;

	*out = NULL;
	if (c == NULL)
		return NBT_ESYSTEM;
	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || setsockopt(c->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) != 0 ||
	    (local != NULL && bind(c->fd, (const struct sockaddr *)local, sizeof(*local)) != 0)) {
		nbt_client_close(c);
		return NBT_ESYSTEM;
	}
	*out = c;
	return NBT_OK;
}

void nbt_client_close(struct nbt_client *client)
{
	int saved = errno;

	if (client == NULL)
		return;
	if (client->fd >= 0)
		close(client->fd);
	free(client);
	errno = saved;
}

static struct nbt_env env_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct nbt_env){ .now_ms = (uint64_t)t.tv_sec * 1000 +
					   (uint64_t)t.tv_nsec / 1000000 };
}

static enum nbt_error random_id(uint16_t *id)
{
	return getrandom(id, sizeof(*id), 0) == sizeof(*id) ? NBT_OK : NBT_ESYSTEM;
}

static bool holds(const struct nbt_answers *answers, struct in_addr address)
{
	for (size_t i = 0; i < answers->count; i++)
		if (answers->addresses[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static void add_address(struct nbt_answers *answers, struct nbt_address address)
{
	if (answers->count < NBT_ANSWERS_MAX && !holds(answers, address.address))
		answers->addresses[answers->count++] = address;
}

static void add_answer(struct nbt_answers *answers, const struct nbt_packet *p)
{
	answers->flags |= p->flags;
	for (size_t i = 0; i < nbt_record_address_count(&p->record[0]); i++)
		add_address(answers, nbt_record_address(&p->record[0], i));
}

static bool send_out(struct nbt_client *c, struct batch *batch, const struct nbt_outgoing *out)
{
	if (sendto(c->fd, out->bytes, out->len, 0, (const struct sockaddr *)&out->to,
		   sizeof(out->to)) >= 0)
		return true;
	batch->send_errno = errno;
	return false;
}

/* packet: the one that led to this, NULL if none did. */
static void carry_out(struct nbt_client *c, struct batch *batch, struct nbt_exchange *x,
		      unsigned todo, const struct nbt_packet *packet)
{
	struct nbt_env env = env_now();

	while ((todo & NBT_TODO_SEND) != 0 && !send_out(c, batch, &x->out))
		todo = nbt_exchange_unsent(x, &env) | (todo & ~(unsigned)NBT_TODO_SEND);
	if ((todo & NBT_TODO_ANSWER) != 0)
		add_answer(batch->answers, packet);
	/* Done by an answer, although there could have been more: it was what we were looking for.
	 */
	if ((todo & NBT_TODO_ANSWER) != 0 && (todo & NBT_TODO_DONE) != 0)
		batch->count = 0;
}

static void take_packet(struct nbt_client *c, struct batch *batch, const struct nbt_packet *packet,
			const struct sockaddr_in *from)
{
	struct nbt_env env = env_now();

	for (size_t i = 0; i < batch->count; i++)
		carry_out(c, batch, batch->items[i],
			  nbt_exchange_packet(batch->items[i], packet, from, &env), packet);
}

static void receive(struct nbt_client *c, struct batch *batch)
{
	struct nbt_packet packet;
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t len;

	while ((len = recvfrom(c->fd, c->buf, sizeof(c->buf), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &from_len)) >= 0) {
		if (nbt_packet_decode(&packet, c->buf, (size_t)len) == NBT_OK)
			take_packet(c, batch, &packet, &from);
		from_len = sizeof(from);
	}
}

static void wake(struct nbt_client *c, struct batch *batch)
{
	struct nbt_env env = env_now();

	for (size_t i = 0; i < batch->count; i++)
		carry_out(c, batch, batch->items[i], nbt_exchange_wake(batch->items[i], &env),
			  NULL);
}

static uint64_t deadline_of(const struct batch *batch)
{
	uint64_t deadline = NBT_NEVER;

	for (size_t i = 0; i < batch->count; i++)
		deadline = nbt_earlier(deadline, nbt_exchange_deadline(batch->items[i]));
	return deadline;
}

static int timeout_until(uint64_t deadline)
{
	uint64_t now = env_now().now_ms;

	if (deadline <= now)
		return 0;
	return deadline - now < INT_MAX ? (int)(deadline - now) : INT_MAX;
}

/* Until every exchange is over, or one had the answer that makes the others needless. */
static enum nbt_error run(struct nbt_client *c, struct batch *batch)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	uint64_t deadline;

	while ((deadline = deadline_of(batch)) != NBT_NEVER) {
		if (poll(&pfd, 1, timeout_until(deadline)) < 0 && errno != EINTR)
			return NBT_ESYSTEM;
		receive(c, batch);
		wake(c, batch);
	}
	return NBT_OK;
}

static enum nbt_error result_of(const struct batch *batch)
{
	enum nbt_error result = batch->items[0]->result;

	/* Several only by broadcast: one that was asked in vain counts more than one not reached.
	 */
	for (size_t i = 1; i < batch->count && result == NBT_ESYSTEM; i++)
		result = batch->items[i]->result;
	if (result == NBT_ESYSTEM)
		errno = batch->send_errno;
	return result;
}

/* Runs a single exchange that was just started. */
static enum nbt_error run_one(struct nbt_client *c, struct nbt_exchange *x, unsigned todo)
{
	struct batch batch = { .items = &x, .count = 1 };
	enum nbt_error err;

	carry_out(c, &batch, x, todo, NULL);
	err = run(c, &batch);
	return err != NBT_OK ? err : result_of(&batch);
}

enum nbt_error nbt_client_status(struct nbt_client *client, const struct nbt_request *request,
				 struct nbt_node_status *out)
{
	struct nbt_request rq = *request;
	struct nbt_env env = env_now();
	struct nbt_status status;
	enum nbt_error err = random_id(&rq.id);

	if (err == NBT_OK)
		err = run_one(client, &status.exchange, nbt_status_start(&status, &rq, &env));
	if (err == NBT_OK)
		*out = status.node;
	return err;
}

enum nbt_error nbt_client_claim(struct nbt_client *client, const struct nbt_claim_request *request,
				struct nbt_claim_answer *answer)
{
	struct nbt_claim_request rq = *request;
	struct nbt_env env = env_now();
	struct nbt_claim claim;
	enum nbt_error err = random_id(&rq.to.id);

	if (err != NBT_OK)
		return err;
	err = run_one(client, &claim.exchange, nbt_claim_start(&claim, &rq, &env));
	if (answer != NULL)
		*answer = (struct nbt_claim_answer){ .ttl = claim.granted_ttl,
						     .rcode = claim.exchange.rcode,
						     .who = claim.exchange.asked };
	return err;
}

static void start_queries(struct nbt_client *c, struct batch *batch, struct nbt_query *queries,
			  const struct nbt_query_request *request, uint16_t first_id)
{
	struct nbt_query_request rq = *request;
	struct nbt_env env = env_now();

	for (size_t i = 0; i < batch->count; i++) {
		rq.to.id = (uint16_t)(first_id + i);
		if (rq.to.broadcast)
			rq.to.servers = &request->to.servers[i];
		batch->items[i] = &queries[i].exchange;
		carry_out(c, batch, batch->items[i], nbt_query_start(&queries[i], &rq, &env), NULL);
	}
}

static enum nbt_error run_queries(struct nbt_client *c, struct batch *batch,
				  struct nbt_query *queries,
				  const struct nbt_query_request *request)
{
	uint16_t first_id;
	enum nbt_error err = random_id(&first_id);

	if (err != NBT_OK)
		return err;
	start_queries(c, batch, queries, request, first_id);
	err = run(c, batch);
	if (err != NBT_OK || batch->answers->count > 0)
		return err;
	batch->answers->rcode = batch->items[0]->rcode;
	return result_of(batch);
}

enum nbt_error nbt_client_query(struct nbt_client *client, const struct nbt_query_request *request,
				struct nbt_answers *out)
{
	size_t count = request->to.broadcast ? request->to.server_count : 1;
	struct nbt_query *queries = calloc(count, sizeof(*queries));
	struct nbt_exchange **items = calloc(count, sizeof(struct nbt_exchange *));
	struct batch batch = { .items = items, .count = count, .answers = out };
	enum nbt_error err = NBT_ESYSTEM;

	out->count = 0;
	out->flags = out->rcode = 0;
	if (count == 0)
		err = NBT_ETIMEOUT;
	else if (queries != NULL && items != NULL)
		err = run_queries(client, &batch, queries, request);
	free(items);
	free(queries);
	return err;
}
