/* Asking who has a name: RFC 1002 sections 5.1.1.3 (broadcast) and 5.1.2.3 (name server). */
#include <string.h>

#include "libnbt/exchange/machine.h"

#define REDIRECTS_MAX 3

static struct nbt_query *query_of(struct nbt_exchange *x)
{
	return (struct nbt_query *)x; /* its first member */
}

static void make_query(struct nbt_exchange *x, struct nbt_packet *p, uint8_t rdata[NBT_ADDRESS_LEN])
{
	uint16_t flags = query_of(x)->recursion ? NBT_FLAG_RD : 0;

	(void)rdata;
	nbt_make_query(p, x->request.id, machine_flags(x, flags), &x->request.name,
		       &x->request.scope, NBT_TYPE_NB);
}

static bool is_positive(const struct nbt_packet *p)
{
	return p->rcode == NBT_RCODE_OK && p->answer_count > 0 &&
	       p->record[0].of.type == NBT_TYPE_NB && nbt_record_address_count(&p->record[0]) > 0;
}

/* One entry without the group bit will do. */
static bool is_unique(const struct nbt_record *record)
{
	for (size_t i = 0; i < nbt_record_address_count(record); i++)
		if ((nbt_record_address(record, i).flags & NBT_NB_GROUP) == 0)
			return true;
	return false;
}

/* The server that a redirect names: the A record of its additional section (RFC 1002 4.2.15). */
static const struct nbt_record *redirect_target(const struct nbt_packet *p)
{
	size_t count = nbt_packet_record_count(p);

	if (p->authority_count == 0)
		return NULL;
	for (size_t i = count - p->additional_count; i < count; i++)
		if (p->record[i].of.type == NBT_TYPE_A && p->record[i].rdata_len == 4)
			return &p->record[i];
	return NULL;
}

static unsigned follow_redirect(struct nbt_query *q, const struct nbt_packet *p,
				const struct nbt_env *env)
{
	const struct nbt_record *target = redirect_target(p);
	struct sockaddr_in server = q->exchange.asked;

	if (target == NULL || q->redirects >= REDIRECTS_MAX)
		return 0;
	q->redirects++;
	memcpy(&server.sin_addr.s_addr, target->rdata, sizeof(server.sin_addr.s_addr));
	return machine_ask(&q->exchange, &server, env);
}

static unsigned server_response(struct nbt_query *q, const struct nbt_packet *p,
				const struct nbt_env *env)
{
	if (p->rcode != NBT_RCODE_OK)
		return machine_refused(&q->exchange, p->rcode);
	if (is_positive(p))
		return NBT_TODO_ANSWER | machine_finish(&q->exchange, NBT_OK);
	return follow_redirect(q, p, env);
}

static void remember_owner(struct nbt_query *q, const struct nbt_packet *p,
			   const struct sockaddr_in *from)
{
	size_t count = nbt_record_address_count(&p->record[0]);

	q->answer_is_unique = is_unique(&p->record[0]);
	q->answered_by = from->sin_addr;
	q->owner_count = count < NBT_QUERY_OWNER_MAX ? count : NBT_QUERY_OWNER_MAX;
	for (size_t i = 0; i < q->owner_count; i++)
		q->owner[i] = nbt_record_address(&p->record[0], i).address;
}

static bool owner_has(const struct nbt_query *q, struct in_addr address)
{
	for (size_t i = 0; i < q->owner_count; i++)
		if (q->owner[i].s_addr == address.s_addr)
			return true;
	return false;
}

/* The first answer's sender once more: by a retransmission, or from another of its addresses. */
static bool is_duplicate(const struct nbt_query *q, const struct nbt_packet *p,
			 const struct sockaddr_in *from)
{
	if (from->sin_addr.s_addr == q->answered_by.s_addr)
		return true;
	for (size_t i = 0; i < nbt_record_address_count(&p->record[0]); i++)
		if (owner_has(q, nbt_record_address(&p->record[0], i).address))
			return true;
	return false;
}

/* RFC 1002 section 4.2.8: sent as a response, but to the name service port. */
static unsigned demand_conflict(struct nbt_query *q, const struct nbt_packet *p,
				const struct sockaddr_in *from)
{
	const struct nbt_request *rq = &q->exchange.request;
	struct nbt_address nobody = { .flags = nbt_record_address(&p->record[0], 0).flags &
					       NBT_NB_ONT };
	struct sockaddr_in to = q->exchange.asked;
	struct nbt_packet demand;
	uint8_t rdata[NBT_ADDRESS_LEN];

	q->conflict = true;
	to.sin_addr = from->sin_addr;
	nbt_address_write(rdata, &nobody, 1);
	nbt_make_response(&demand, NBT_OP_REGISTRATION, rq->id,
			  NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA, NBT_RCODE_CFT_ERR, &rq->name,
			  &rq->scope, NBT_TYPE_NB, 0, rdata, sizeof(rdata));
	return machine_send(&q->exchange, &demand, &to);
}

static unsigned further_answer(struct nbt_query *q, const struct nbt_packet *p,
			       const struct sockaddr_in *from)
{
	if (q->conflict_ms == 0)
		return NBT_TODO_ANSWER;
	if (is_duplicate(q, p, from))
		return 0;
	if (q->answer_is_unique || is_unique(&p->record[0]))
		return demand_conflict(q, p, from);
	return NBT_TODO_ANSWER;
}

static unsigned first_answer(struct nbt_query *q, const struct nbt_packet *p,
			     const struct sockaddr_in *from, const struct nbt_env *env)
{
	uint64_t conflict_end = env->now_ms + q->conflict_ms;
	uint64_t timeout = q->exchange.deadline;

	remember_owner(q, p, from);
	machine_answered(&q->exchange, conflict_end > timeout ? conflict_end : timeout);
	return NBT_TODO_ANSWER;
}

static unsigned subnet_response(struct nbt_query *q, const struct nbt_packet *p,
				const struct sockaddr_in *from, const struct nbt_env *env)
{
	unsigned todo;

	if (!is_positive(p))
		return 0;
	todo = q->exchange.answered ? further_answer(q, p, from) : first_answer(q, p, from, env);
	if ((todo & NBT_TODO_ANSWER) != 0 && q->until_unique && is_unique(&p->record[0]))
		todo |= machine_finish(&q->exchange, NBT_OK);
	return todo;
}

static unsigned query_response(struct nbt_exchange *x, const struct nbt_packet *p,
			       const struct sockaddr_in *from, const struct nbt_env *env)
{
	if (p->opcode != NBT_OP_QUERY)
		return 0;
	if (x->request.broadcast)
		return subnet_response(query_of(x), p, from, env);
	return server_response(query_of(x), p, env);
}

static const struct nbt_exchange_kind query_kind = { make_query, query_response, machine_silence };

unsigned nbt_query_start(struct nbt_query *q, const struct nbt_query_request *request,
			 const struct nbt_env *env)
{
	q->recursion = request->recursion;
	q->until_unique = request->until_unique;
	q->conflict_ms = request->conflict_ms;
	q->redirects = 0;
	q->conflict = q->answer_is_unique = false;
	q->owner_count = 0;
	return machine_start(&q->exchange, &query_kind, &request->to, env);
}
