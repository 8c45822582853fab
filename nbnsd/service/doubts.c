/* Replicas in doubt: who lost against what is here, when their owners are asked, and what they say.
 */
#include "nbnsd/service/doubts.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/replication/translate.h"
#include "nbnsd/service/doubts_inner.h"

#define PAUSE_MS   20000 /* until the servers have heard each other, if nothing is wrong */
#define SPREAD_MS  20000
#define RETRY_MS   10000
#define DOUBTS_MAX 10000

void doubts_forget_answers(struct doubt *doubt)
{
	doubt->is_asking = false;
	for (size_t i = 0; i < doubt->rival_count; i++) {
		free(doubt->rival[i].record);
		doubt->rival[i].record = NULL;
		doubt->rival[i].answer = NO_ANSWER;
	}
}

void doubts_destroy(struct service *service)
{
	struct doubts *doubts = doubts_of(service);

	for (size_t i = 0; i < doubts->count; i++)
		doubts_forget_answers(&doubts->doubt[i]);
	free(doubts->doubt);
}

/*
 * They arise.
 */

static bool has_room(struct doubts *doubts)
{
	size_t space = doubts->space == 0 ? 16 : 2 * doubts->space;
	struct doubt *more;

	if (doubts->count < doubts->space)
		return true;
	if (doubts->count >= DOUBTS_MAX)
		return false;
	more = realloc(doubts->doubt, space * sizeof(*more));
	if (more == NULL)
		return false;
	doubts->doubt = more;
	doubts->space = space;
	return true;
}

static struct doubt *find(struct doubts *doubts, uint32_t id, const struct nbt_name *name)
{
	for (size_t i = 0; i < doubts->count; i++)
		if (doubts->doubt[i].id == id && nbt_name_equal(&doubts->doubt[i].name, name))
			return &doubts->doubt[i];
	return NULL;
}

void doubts_set_due(struct context *ctx, struct doubt *doubt, uint64_t pause_ms)
{
	struct doubts *doubts = doubts_of(ctx->service);

	doubt->due_ms = ctx->env->now_ms + pause_ms + nbt_env_random(ctx->env, SPREAD_MS);
	doubts->due_ms = nbt_earlier(doubts->due_ms, doubt->due_ms);
}

/* The oldest of too many gives way; of one server the last one counts. */
static void add_rival(struct doubt *doubt, struct in_addr owner, uint64_t version)
{
	size_t i = 0;

	while (i < doubt->rival_count && doubt->rival[i].owner.s_addr != owner.s_addr)
		i++;
	if (i == RIVALS_MAX) {
		i--;
		memmove(doubt->rival, doubt->rival + 1, i * sizeof(doubt->rival[0]));
	}
	if (i == doubt->rival_count)
		doubt->rival_count++;
	else if (doubt->rival[i].owner.s_addr == owner.s_addr && doubt->rival[i].version > version)
		return;
	doubt->rival[i] = (struct doubt_witness){ .owner = owner, .version = version };
}

void doubts_add(struct context *ctx, uint32_t id, const struct record *record,
		const struct record *rival)
{
	struct doubts *doubts = doubts_of(ctx->service);
	struct doubt *doubt = find(doubts, id, &record->name);

	if (doubt == NULL) {
		if (!has_room(doubts)) {
			count(ctx, STAT_DOUBT_DROPPED);
			replicas_set_due(ctx->service, record->owner);
			return;
		}
		doubt = &doubts->doubt[doubts->count++];
		*doubt = (struct doubt){ .id = id, .name = record->name };
		if (doubts->count == 1)
			doubts->due_ms = NBT_NEVER;
	}
	count(ctx, STAT_DOUBT);
	doubts_forget_answers(doubt);
	if (!record_is_owned(rival)) {
		add_rival(doubt, rival->owner, rival->version);
		marks_write(ctx->service, rival->owner);
	}
	doubt->pause_ms = PAUSE_MS;
	doubt->since_ms = ctx->env->now_ms;
	doubts_set_due(ctx, doubt, doubt->pause_ms);
}

/* Of those that lost: after a restart they are to be heard again. */
uint64_t doubts_lowest(const struct service *service, struct in_addr owner)
{
	const struct doubts *doubts = doubts_of(service);
	uint64_t lowest = UINT64_MAX;

	for (size_t i = 0; i < doubts->count; i++)
		for (size_t j = 0; j < doubts->doubt[i].rival_count; j++) {
			const struct doubt_witness *rival = &doubts->doubt[i].rival[j];

			if (rival->owner.s_addr == owner.s_addr && rival->version < lowest)
				lowest = rival->version;
		}
	return lowest;
}

/*
 * What is asked.
 */

static void find_due(struct doubts *doubts)
{
	doubts->due_ms = NBT_NEVER;
	for (size_t i = 0; i < doubts->count; i++)
		doubts->due_ms = nbt_earlier(doubts->due_ms, doubts->doubt[i].due_ms);
}

uint64_t service_doubts_deadline(const struct service *service)
{
	const struct doubts *doubts = doubts_of(service);

	return doubts->count > 0 ? doubts->due_ms : NBT_NEVER;
}

bool doubts_get_record(const struct service *service, const struct doubt *doubt, struct record *out)
{
	if (!registry_has(service->registry, doubt->id))
		return false;
	registry_get(service->registry, doubt->id, out);
	return nbt_name_equal(&out->name, &doubt->name);
}

/* Ours is here, and nobody is asked for one that is not active. */
static void begin(struct service *service, struct doubt *doubt)
{
	struct record record;

	doubt->is_asking = true;
	doubt->held = (struct doubt_witness){ .answer = IS_GONE };
	if (!doubts_get_record(service, doubt, &record))
		return;
	doubt->held = (struct doubt_witness){ .owner = record.owner, .version = record.version };
	if (record_is_owned(&record) || record.state != RECORD_ACTIVE)
		doubt->held.answer = IS_THERE;
}

struct asking {
	struct nbt_owner_versions *rows;
	size_t size, count;
	struct in_addr self;
};

static void list(struct asking *asking, const struct doubt_witness *witness)
{
	if (witness->answer == NO_ANSWER && asking->count < asking->size)
		asking->rows[asking->count++] = (struct nbt_owner_versions){
			.owner = translate_owner_out(witness->owner, asking->self),
			.max = witness->version,
			.min = witness->version,
		};
}

static bool settle_if_answered(struct context *ctx, size_t number);

size_t service_doubts(struct service *service, struct nbt_owner_versions *rows, size_t size,
		      const struct nbt_env *env)
{
	struct context ctx = service_context(service, NULL, env);
	struct doubts *doubts = doubts_of(service);
	struct asking asking = { rows, size, 0, service->settings.replication_address };

	for (size_t i = doubts->count; i > 0; i--) {
		struct doubt *doubt = &doubts->doubt[i - 1];

		if (doubt->due_ms > env->now_ms)
			continue;
		if (!doubt->is_asking)
			begin(service, doubt);
		if (settle_if_answered(&ctx, i - 1))
			continue;
		list(&asking, &doubt->held);
		for (size_t j = 0; j < doubt->rival_count; j++)
			list(&asking, &doubt->rival[j]);
	}
	find_due(doubts);
	return asking.count;
}

static bool is_answered(const struct doubt *doubt)
{
	bool is_open = doubt->held.answer == NO_ANSWER;

	for (size_t i = 0; i < doubt->rival_count; i++)
		is_open |= doubt->rival[i].answer == NO_ANSWER;
	return doubt->is_asking && !is_open;
}

static bool settle_if_answered(struct context *ctx, size_t number)
{
	if (!is_answered(&doubts_of(ctx->service)->doubt[number]))
		return false;
	doubts_settle(ctx, number);
	return true;
}

/*
 * What is answered.
 */

static bool is_about(const struct doubt_witness *witness, struct in_addr owner, uint64_t version)
{
	return witness->answer == NO_ANSWER && witness->owner.s_addr == owner.s_addr &&
	       witness->version == version;
}

/* record: NULL, it is gone. */
static void hear(struct doubt_witness *witness, const struct record *record)
{
	if (record != NULL) {
		witness->record = malloc(sizeof(*record));
		if (witness->record == NULL)
			return; /* it is asked again */
		*witness->record = *record;
	}
	witness->answer = record != NULL ? IS_THERE : IS_GONE;
}

static void hear_all(struct service *service, const struct nbt_owner_versions *question,
		     const struct record *record)
{
	const struct in_addr self = service->settings.replication_address;
	struct in_addr owner = translate_owner_in(question->owner, self);
	struct doubts *doubts = doubts_of(service);

	for (size_t i = 0; i < doubts->count; i++) {
		struct doubt *doubt = &doubts->doubt[i];

		if (!doubt->is_asking)
			continue;
		if (is_about(&doubt->held, owner, question->max))
			doubt->held.answer = record != NULL ? IS_THERE : IS_GONE;
		for (size_t j = 0; j < doubt->rival_count; j++)
			if (is_about(&doubt->rival[j], owner, question->max))
				hear(&doubt->rival[j], record);
	}
}

enum replica_check service_doubt_replica(struct service *service, const struct nbt_replica *in,
					 const struct nbt_owner_versions *question)
{
	const struct in_addr self = service->settings.replication_address;
	const struct replica_question asked = {
		.owner = translate_owner_in(question->owner, self),
		.min = question->min,
		.max = question->max,
		.allow_proxy_names = service->settings.allow_proxy_names,
	};
	struct record replica;
	enum replica_check check;

	translate_in(&replica, in, question->owner, self);
	check = replica_check(&replica, &asked);
	if (check == REPLICA_PASSED)
		hear_all(service, question, &replica);
	return check;
}

void service_doubt_answered(struct service *service, const struct nbt_owner_versions *question,
			    const struct nbt_env *env)
{
	struct context ctx = service_context(service, NULL, env);

	hear_all(service, question, NULL);
	for (size_t i = doubts_of(service)->count; i > 0; i--)
		(void)settle_if_answered(&ctx, i - 1);
	find_due(doubts_of(service));
}

void service_doubt_unanswered(struct service *service, const struct nbt_owner_versions *question,
			      const struct nbt_env *env)
{
	const struct in_addr self = service->settings.replication_address;
	struct in_addr owner = translate_owner_in(question->owner, self);
	struct doubts *doubts = doubts_of(service);

	for (size_t i = 0; i < doubts->count; i++) {
		struct doubt *doubt = &doubts->doubt[i];
		bool is_open = is_about(&doubt->held, owner, question->max);

		for (size_t j = 0; j < doubt->rival_count; j++)
			is_open |= is_about(&doubt->rival[j], owner, question->max);
		if (is_open && doubt->is_asking && doubt->due_ms <= env->now_ms)
			doubt->due_ms = env->now_ms + RETRY_MS;
	}
	find_due(doubts);
}
