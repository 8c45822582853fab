/* The doctor's probes by UDP: names by broadcast and of name servers, and node status. */
#include "config.h"

#include <sys/socket.h>

#include "common/loop.h"
#include "tools/doctor_asking.h"

static const struct nbt_timers broadcast_timers = { .timeout_ms = 250, .tries = 3 };
static const struct nbt_timers unicast_timers = { .timeout_ms = 1000, .tries = 2 };

bool is_exchange(const struct asking *asking)
{
	return asking->is_busy && question_of(asking)->kind <= DOCTOR_STATUS;
}

static struct nbt_exchange *exchange_of(struct asking *asking)
{
	return question_of(asking)->kind == DOCTOR_STATUS ? &asking->status.exchange
							  : &asking->query.exchange;
}

static bool is_broadcast(const struct doctor_question *q)
{
	return q->kind == DOCTOR_SUBNET || q->kind == DOCTOR_LIMITED;
}

/* The last outlet is for what is no broadcast. */
static const struct outlet *outlet_of(const struct doctor_asker *asker,
				      const struct doctor_question *q)
{
	size_t i = 0;

	while (i + 1 < asker->outlet_count &&
	       (!is_broadcast(q) || asker->outlets[i].address.s_addr != q->at.s_addr))
		i++;
	return &asker->outlets[i];
}

static bool send_out(const struct asking *asking, const struct nbt_outgoing *out)
{
	const struct outlet *outlet = outlet_of(asking->asker, question_of(asking));

	return sendto(outlet->fd, out->bytes, out->len, 0, (const struct sockaddr *)&out->to,
		      sizeof(out->to)) >= 0;
}

static void add_answers(const struct asking *asking, const struct nbt_packet *packet,
			const struct sockaddr_in *from)
{
	const struct nbt_record *record = &packet->record[0];
	const struct doctor_question q = *question_of(asking);
	struct doctor_answer answer = {
		.kind = q.kind, .name = q.name, .at = q.at, .from = from->sin_addr
	};

	for (size_t i = 0; i < nbt_record_address_count(record); i++) {
		const struct nbt_address address = nbt_record_address(record, i);

		answer.address = address.address;
		answer.flags = address.flags;
		(void)doctor_add_answer(asking->asker->facts, &answer);
	}
}

static enum doctor_outcome outcome_of(enum nbt_error result)
{
	if (result == NBT_OK)
		return DOCTOR_ANSWERED;
	return result == NBT_ENEGATIVE ? DOCTOR_DENIED : DOCTOR_SILENT;
}

static void end_exchange(struct asking *asking)
{
	const struct doctor_question *q = question_of(asking);
	enum doctor_outcome outcome = outcome_of(exchange_of(asking)->result);

	if (q->kind == DOCTOR_STATUS && outcome == DOCTOR_ANSWERED)
		(void)doctor_add_status(asking->asker->facts, q->at, &asking->status.node);
	asking_end(asking, outcome);
}

/* packet: what led to this, or NULL. */
static void carry_out(struct asking *asking, unsigned todo, const struct nbt_packet *packet,
		      const struct sockaddr_in *from)
{
	struct nbt_exchange *x = exchange_of(asking);
	struct nbt_env env = loop_env(asking->asker->loop);

	while ((todo & NBT_TODO_SEND) != 0 && !send_out(asking, &x->out))
		todo = nbt_exchange_unsent(x, &env) | (todo & ~(unsigned)NBT_TODO_SEND);
	if ((todo & NBT_TODO_ANSWER) != 0 && packet != NULL)
		add_answers(asking, packet, from);
	if ((todo & NBT_TODO_DONE) != 0)
		end_exchange(asking);
}

/* This host answers at once, or never. */
static struct nbt_timers timers_of(const struct asking *asking)
{
	const struct doctor_question *q = question_of(asking);
	bool is_short = is_broadcast(q) || doctor_is_own(asking->asker->facts, q->at);

	return is_short ? broadcast_timers : unicast_timers;
}

static struct in_addr address_asked(const struct doctor_asker *asker,
				    const struct doctor_question *q)
{
	const struct doctor_subnet *subnet = doctor_subnet_of(asker->facts, q->at);

	if (q->kind == DOCTOR_LIMITED)
		return (struct in_addr){ htonl(INADDR_BROADCAST) };
	if (q->kind == DOCTOR_SUBNET && subnet != NULL)
		return (struct in_addr){ q->at.s_addr | ~subnet->netmask.s_addr };
	return q->at;
}

void exchange_start(struct asking *asking)
{
	struct doctor_asker *asker = asking->asker;
	const struct doctor_question *q = question_of(asking);
	struct nbt_env env = loop_env(asker->loop);
	struct nbt_query_request request = {
		.to = { .id = asker->id++,
			.name = q->name,
			.scope = asker->options.scope,
			.servers = &asking->to,
			.server_count = 1,
			.broadcast = is_broadcast(q),
			.timers = timers_of(asking) },
		.recursion = true,
	};
	unsigned todo;

	asking->to = (struct sockaddr_in){ .sin_family = AF_INET,
					   .sin_port = htons(NBT_NAME_PORT),
					   .sin_addr = address_asked(asker, q) };
	if (q->kind == DOCTOR_STATUS) {
		request.to.name = (struct nbt_name){ "*" };
		todo = nbt_status_start(&asking->status, &request.to, &env);
	} else {
		todo = nbt_query_start(&asking->query, &request, &env);
	}
	carry_out(asking, todo, NULL, NULL);
}

/* Whether the answer comes from a name server, or from any host, stands in its flags. */
static void take_flags(const struct asking *asking, const struct nbt_packet *packet,
		       const struct sockaddr_in *from)
{
	struct doctor_question *q = question_of(asking);

	if (q->kind == DOCTOR_SERVER && from->sin_addr.s_addr == q->at.s_addr)
		q->flags |= packet->flags;
}

static void take_packet(struct doctor_asker *asker, const struct nbt_packet *packet,
			const struct sockaddr_in *from)
{
	struct nbt_env env = loop_env(asker->loop);

	for (size_t i = 0; i < asker->options.at_once; i++) {
		struct asking *asking = &asker->askings[i];

		if (!is_exchange(asking) || exchange_of(asking)->request.id != packet->id)
			continue;
		take_flags(asking, packet, from);
		carry_out(asking, nbt_exchange_packet(exchange_of(asking), packet, from, &env),
			  packet, from);
		return;
	}
}

void exchange_readable(void *ctx, unsigned events)
{
	struct outlet *outlet = ctx;
	struct doctor_asker *asker = outlet->asker;
	struct nbt_packet packet;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t got;

	(void)events;
	while ((got = recvfrom(outlet->fd, asker->buf, sizeof(asker->buf), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &len)) >= 0) {
		if (!nbdd_take(asker, asker->buf, (size_t)got, &from) &&
		    nbt_packet_decode(&packet, asker->buf, (size_t)got) == NBT_OK)
			take_packet(asker, &packet, &from);
		len = sizeof(from);
	}
}

void exchange_wake(struct asking *asking, const struct nbt_env *env)
{
	carry_out(asking, nbt_exchange_wake(exchange_of(asking), env), NULL, NULL);
}

uint64_t exchange_deadline(struct asking *asking)
{
	return nbt_exchange_deadline(exchange_of(asking));
}
