#include "common/local_core.h"

#include <stdlib.h>
#include <string.h>

enum want_state {
	WANT_FREE,
	WANT_NEW, /* to be claimed */
	WANT_ASKED,
	WANT_HELD,
	WANT_LOST,
	WANT_ENDED /* to be released */
};

struct want {
	enum want_state state;
	uint16_t id;    /* of the claim under way */
	uint64_t order; /* requests are sent in the order in which they were made */
	uint32_t token;
	struct nbt_local_claim claim;
};

enum question_state {
	QUESTION_FREE,
	QUESTION_NEW,
	QUESTION_ASKED,
	QUESTION_FAILED /* to be told */
};

struct question {
	enum question_state state;
	uint16_t id;
	uint64_t order, deadline;
	uint32_t token;
	struct nbt_local_query query;
};

struct local_core {
	struct local_settings settings;
	struct want *wants;
	struct question *questions;
	uint16_t last_id;
	uint64_t last_order;

	bool is_connected;
	bool is_told; /* the owner knows what is_connected says */
	uint64_t connected_at, retry_at, delay;

	/* What came last, and the event that it led to. */
	bool has_event;
	struct local_event event;
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	struct nbt_local_claim claim;
};

struct local_core *local_core_create(const struct local_settings *settings)
{
	struct local_core *core = calloc(1, sizeof(*core));

	if (core == NULL)
		return NULL;
	core->settings = *settings;
	core->delay = settings->reconnect_min_ms;
	core->wants = calloc(settings->claims, sizeof(*core->wants));
	core->questions = calloc(settings->queries, sizeof(*core->questions));
	if (core->wants != NULL && core->questions != NULL)
		return core;
	local_core_destroy(core);
	return NULL;
}

void local_core_destroy(struct local_core *core)
{
	if (core == NULL)
		return;
	free(core->wants);
	free(core->questions);
	free(core);
}

/*
 * What is wanted.
 */

static bool is_same(const struct nbt_local_claim *a, const struct nbt_local_claim *b)
{
	return a->interface.s_addr == b->interface.s_addr && nbt_name_equal(&a->name, &b->name) &&
	       nbt_scope_equal(&a->scope, &b->scope);
}

/* One that is to be released does not count any more. */
static struct want *find_want(const struct local_core *core, const struct nbt_local_claim *claim)
{
	for (size_t i = 0; i < core->settings.claims; i++) {
		struct want *want = &core->wants[i];

		if (want->state != WANT_FREE && want->state != WANT_ENDED &&
		    is_same(&want->claim, claim))
			return want;
	}
	return NULL;
}

static struct want *free_want(const struct local_core *core)
{
	for (size_t i = 0; i < core->settings.claims; i++)
		if (core->wants[i].state == WANT_FREE)
			return &core->wants[i];
	return NULL;
}

bool local_core_claim(struct local_core *core, const struct nbt_local_claim *claim, uint32_t token)
{
	struct want *want = find_want(core, claim);

	if (want == NULL)
		want = free_want(core);
	if (want == NULL)
		return false;
	*want = (struct want){
		.state = WANT_NEW, .order = ++core->last_order, .token = token, .claim = *claim
	};
	return true;
}

/* A daemon that is not there has nothing to release. */
bool local_core_release(struct local_core *core, const struct nbt_local_claim *claim)
{
	struct want *want = find_want(core, claim);

	if (want == NULL)
		return false;
	want->state = core->is_connected ? WANT_ENDED : WANT_FREE;
	want->order = ++core->last_order;
	return true;
}

bool local_core_query(struct local_core *core, const struct nbt_local_query *query, uint32_t token,
		      const struct nbt_env *env)
{
	for (size_t i = 0; i < core->settings.queries; i++) {
		struct question *question = &core->questions[i];

		if (question->state != QUESTION_FREE)
			continue;
		*question = (struct question){
			.state = core->is_connected ? QUESTION_NEW : QUESTION_FAILED,
			.order = ++core->last_order,
			.deadline = env->now_ms + core->settings.query_ms,
			.token = token,
			.query = *query,
		};
		return true;
	}
	return false;
}

/*
 * The connection.
 */

bool local_core_wants_connection(const struct local_core *core, const struct nbt_env *env)
{
	return !core->is_connected && env->now_ms >= core->retry_at;
}

bool local_core_is_connected(const struct local_core *core)
{
	return core->is_connected;
}

void local_core_connected(struct local_core *core, const struct nbt_env *env)
{
	core->is_connected = true;
	core->is_told = false;
	core->connected_at = env->now_ms;
}

/* The daemon has forgotten all that we said; what is lost was lost to somebody else. */
static void begin_anew(struct local_core *core)
{
	for (size_t i = 0; i < core->settings.claims; i++) {
		struct want *want = &core->wants[i];

		if (want->state == WANT_ASKED || want->state == WANT_HELD)
			want->state = WANT_NEW;
		else if (want->state == WANT_ENDED)
			want->state = WANT_FREE;
	}
	for (size_t i = 0; i < core->settings.queries; i++)
		if (core->questions[i].state != QUESTION_FREE)
			core->questions[i].state = QUESTION_FAILED;
}

/* Who takes connections only to end them is left in peace, too. */
void local_core_disconnected(struct local_core *core, const struct nbt_env *env)
{
	uint64_t max = core->settings.reconnect_max_ms;

	if (core->is_connected && env->now_ms - core->connected_at >= max)
		core->delay = core->settings.reconnect_min_ms;
	core->retry_at = env->now_ms + core->delay;
	core->delay = core->delay * 2 < max ? core->delay * 2 : max;
	core->is_told = core->is_told && !core->is_connected;
	core->is_connected = false;
	begin_anew(core);
}

/*
 * Requests.
 */

static bool is_in_use(const struct local_core *core, uint16_t id)
{
	for (size_t i = 0; i < core->settings.claims; i++)
		if (core->wants[i].state == WANT_ASKED && core->wants[i].id == id)
			return true;
	for (size_t i = 0; i < core->settings.queries; i++)
		if (core->questions[i].state == QUESTION_ASKED && core->questions[i].id == id)
			return true;
	return false;
}

static uint16_t next_id(struct local_core *core)
{
	do
		core->last_id++;
	while (is_in_use(core, core->last_id));
	return core->last_id;
}

static struct want *first_want(const struct local_core *core)
{
	struct want *first = NULL;

	for (size_t i = 0; i < core->settings.claims; i++) {
		struct want *want = &core->wants[i];

		if ((want->state == WANT_NEW || want->state == WANT_ENDED) &&
		    (first == NULL || want->order < first->order))
			first = want;
	}
	return first;
}

static struct question *first_question(const struct local_core *core)
{
	struct question *first = NULL;

	for (size_t i = 0; i < core->settings.queries; i++) {
		struct question *question = &core->questions[i];

		if (question->state == QUESTION_NEW &&
		    (first == NULL || question->order < first->order))
			first = question;
	}
	return first;
}

/* All that a request may hold fits. */
static size_t encode(const struct nbt_envelope *envelope, const struct nbt_packet *packet,
		     uint8_t buf[LOCAL_CORE_REQUEST_MAX])
{
	size_t len;

	return nbt_local_encode(envelope, packet, buf, LOCAL_CORE_REQUEST_MAX, &len) == NBT_OK ? len
											       : 0;
}

static size_t send_want(struct local_core *core, struct want *want,
			uint8_t buf[LOCAL_CORE_REQUEST_MAX])
{
	bool is_end = want->state == WANT_ENDED;
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	want->id = next_id(core);
	want->state = is_end ? WANT_FREE : WANT_ASKED; /* the answer to a release is not needed */
	nbt_local_make_claim(&envelope, &packet, is_end ? NBT_OP_RELEASE : NBT_OP_REGISTRATION,
			     want->id, &want->claim, rdata);
	return encode(&envelope, &packet, buf);
}

static size_t send_question(struct local_core *core, struct question *question,
			    uint8_t buf[LOCAL_CORE_REQUEST_MAX])
{
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	question->id = next_id(core);
	question->state = QUESTION_ASKED;
	nbt_local_make_query(&envelope, &packet, question->id, &question->query);
	return encode(&envelope, &packet, buf);
}

size_t local_core_output(struct local_core *core, uint8_t buf[LOCAL_CORE_REQUEST_MAX])
{
	struct want *want;
	struct question *question;

	if (!core->is_connected)
		return 0;
	want = first_want(core);
	question = first_question(core);
	if (want != NULL && (question == NULL || want->order < question->order))
		return send_want(core, want, buf);
	return question != NULL ? send_question(core, question, buf) : 0;
}

/*
 * Answers.
 */

static void tell_claim(struct local_core *core, const struct want *want, enum local_event_type type)
{
	core->claim = want->claim; /* the want may be gone when it is read */
	core->has_event = true;
	core->event = (struct local_event){ .type = type,
					    .token = want->token,
					    .claim = &core->claim,
					    .rcode = core->packet.rcode,
					    .who = core->envelope.peer };
}

static struct want *asked_with(const struct local_core *core, uint16_t id)
{
	for (size_t i = 0; i < core->settings.claims; i++)
		if (core->wants[i].state == WANT_ASKED && core->wants[i].id == id)
			return &core->wants[i];
	return NULL;
}

static void receive_decision(struct local_core *core, struct want *want)
{
	bool is_ours = core->packet.rcode == NBT_RCODE_OK;

	tell_claim(core, want, is_ours ? LOCAL_CLAIMED : LOCAL_REFUSED);
	want->state = is_ours ? WANT_HELD : WANT_FREE;
}

/* A name conflict demand is told from a refusal by what we hold. */
static void receive_demand(struct local_core *core)
{
	const struct nbt_question *of = &core->packet.record[0].of;
	const struct nbt_local_claim claim = { .interface = core->envelope.interface,
					       .name = of->name,
					       .scope = of->scope };
	struct want *want = find_want(core, &claim);

	if (core->packet.rcode != NBT_RCODE_CFT_ERR || want == NULL || want->state != WANT_HELD)
		return;
	tell_claim(core, want, LOCAL_LOST);
	want->state = WANT_LOST;
}

/* An error answer may be nothing but a header. */
static void receive_registration(struct local_core *core)
{
	const struct nbt_packet *packet = &core->packet;
	struct want *want = asked_with(core, packet->id);

	if (want != NULL && (packet->answer_count == 0 ||
			     nbt_name_equal(&packet->record[0].of.name, &want->claim.name)))
		receive_decision(core, want);
	else if (packet->answer_count > 0)
		receive_demand(core);
}

static void receive_answer(struct local_core *core)
{
	for (size_t i = 0; i < core->settings.queries; i++) {
		struct question *question = &core->questions[i];

		if (question->state != QUESTION_ASKED || question->id != core->packet.id)
			continue;
		question->state = QUESTION_FREE;
		core->has_event = true;
		core->event = (struct local_event){ .type = LOCAL_ANSWER,
						    .token = question->token,
						    .rcode = core->packet.rcode,
						    .envelope = &core->envelope,
						    .packet = &core->packet };
		return;
	}
}

static void receive_datagram(struct local_core *core, const uint8_t *bytes, size_t len)
{
	core->has_event = true;
	core->event = (struct local_event){ .type = LOCAL_DATAGRAM,
					    .envelope = &core->envelope,
					    .datagram = bytes + NBT_ENVELOPE_LEN,
					    .datagram_len = len - NBT_ENVELOPE_LEN };
}

void local_core_receive(struct local_core *core, const uint8_t *bytes, size_t len)
{
	core->has_event = false;
	if (nbt_envelope_decode(&core->envelope, bytes, len) != NBT_OK)
		return;
	core->delay = core->settings.reconnect_min_ms; /* it lives */
	if ((core->envelope.flags & NBT_LOCAL_DATAGRAM) != 0) {
		receive_datagram(core, bytes, len);
		return;
	}
	if (nbt_local_decode(&core->envelope, &core->packet, bytes, len) != NBT_OK ||
	    (core->packet.flags & NBT_FLAG_R) == 0)
		return;
	if (core->packet.opcode == NBT_OP_REGISTRATION)
		receive_registration(core);
	else if (core->packet.opcode == NBT_OP_QUERY)
		receive_answer(core);
}

/*
 * Time and events.
 */

void local_core_wake(struct local_core *core, const struct nbt_env *env)
{
	for (size_t i = 0; i < core->settings.queries; i++) {
		struct question *question = &core->questions[i];

		if (question->state != QUESTION_FREE && question->deadline <= env->now_ms)
			question->state = QUESTION_FAILED;
	}
}

uint64_t local_core_deadline(const struct local_core *core)
{
	uint64_t due_ms = core->is_connected ? NBT_NEVER : core->retry_at;

	for (size_t i = 0; i < core->settings.queries; i++)
		if (core->questions[i].state == QUESTION_FAILED)
			return 0;
		else if (core->questions[i].state != QUESTION_FREE)
			due_ms = nbt_earlier(due_ms, core->questions[i].deadline);
	return due_ms;
}

static bool next_failure(struct local_core *core, struct local_event *out)
{
	for (size_t i = 0; i < core->settings.queries; i++) {
		struct question *question = &core->questions[i];

		if (question->state != QUESTION_FAILED)
			continue;
		question->state = QUESTION_FREE;
		*out = (struct local_event){ .type = LOCAL_ANSWER,
					     .token = question->token,
					     .rcode = NBT_RCODE_SRV_ERR };
		return true;
	}
	return false;
}

bool local_core_next_event(struct local_core *core, struct local_event *out)
{
	if (core->has_event) {
		core->has_event = false;
		*out = core->event;
		return true;
	}
	if (!core->is_told && (core->is_connected || core->retry_at > 0)) {
		core->is_told = true;
		*out = (struct local_event){ .type = core->is_connected ? LOCAL_UP : LOCAL_DOWN };
		return true;
	}
	return next_failure(core, out);
}
