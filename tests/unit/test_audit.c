/* The audit: what it says agrees with what was done, exactly, also after a save and a load. */
#include "nbnsd/audit/audit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "nbnsd/registry/changes.h"
#include "nbns.h"
#include "records.h"
#include "support.h"

#define WALL_S 1700000000

static const uint8_t key[AUDIT_KEY_LEN] = "a key of a test";

static struct in_addr address_of(uint32_t number)
{
	return (struct in_addr){ htonl(0x0A010000 + number) };
}

static struct nbt_name numbered(char what, uint32_t number)
{
	struct nbt_name name;
	char text[16];

	snprintf(text, sizeof(text), "%c%u", what, number);
	assert_int_equal(nbt_name_make(&name, text, 0x20), NBT_OK);
	return name;
}

static void add_record(struct registry *registry, char what, uint32_t number)
{
	const struct record record = { .name = numbered(what, number),
				       .kind = RECORD_UNIQUE,
				       .state = RECORD_ACTIVE,
				       .address_count = 1 };

	assert_int_not_equal(registry_add(registry, &record), REGISTRY_NONE);
}

/*
 * Saving: rows as the store has them, one of each number or address.
 */
#define ROWS 60000

struct saved {
	size_t count;
	struct audit_row row[ROWS];
};

static bool is_same_row(const struct audit_row *a, const struct audit_row *b)
{
	if (a->table != b->table)
		return false;
	return a->table == AUDIT_CLIENTS
		       ? a->of.client.address.s_addr == b->of.client.address.s_addr
		       : a->number == b->number;
}

static void drop_replaced(struct saved *saved, struct in_addr address)
{
	for (size_t i = 0; i < saved->count; i++)
		if (saved->row[i].table == AUDIT_CLIENTS &&
		    saved->row[i].of.client.address.s_addr == address.s_addr)
			saved->row[i] = saved->row[--saved->count];
}

static void put_row(struct saved *saved, const struct audit_row *row)
{
	size_t i = 0;

	if (row->table == AUDIT_CLIENTS && row->of.client.replaces.s_addr != 0)
		drop_replaced(saved, row->of.client.replaces);
	while (i < saved->count && !is_same_row(&saved->row[i], row))
		i++;
	assert_true(i < ROWS);
	saved->row[i] = *row;
	if (i == saved->count)
		saved->count++;
}

/* Returns how many rows had changed. */
static size_t save(struct audit *audit, struct saved *saved)
{
	struct audit_cursor cursor = { 0 };
	size_t budget = SIZE_MAX, count = 0;
	struct audit_row row;

	for (; audit_next_unsaved(audit, &cursor, &budget, &row); count++)
		put_row(saved, &row);
	return count;
}

static uint32_t last_seen(const struct audit_row *row)
{
	const struct audit_client *client = &row->of.client;

	if (row->table != AUDIT_CLIENTS)
		return row->number;
	return client->last_query_s > client->last_registration_s ? client->last_query_s
								  : client->last_registration_s;
}

/* By table, clients by time: as the store reads them. */
static int compare_rows(const void *a, const void *b)
{
	const struct audit_row *x = a, *y = b;

	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	return last_seen(x) < last_seen(y) ? -1 : last_seen(x) > last_seen(y);
}

static void load(struct audit *audit, struct saved *saved)
{
	qsort(saved->row, saved->count, sizeof(saved->row[0]), compare_rows);
	for (size_t i = 0; i < saved->count; i++)
		assert_true(audit_load(audit, &saved->row[i]));
}

/*
 * A scripted hour through the whole service. What happens is kept beside it, and must be what the
 * audit and the counters say.
 */
#define CLIENTS 12
#define NAMES   8 /* registered by the first clients; the rest are asked for in vain */
#define VAIN    4
#define TARGETS (NAMES + VAIN)
#define WISHES  5 /* different names that one client asks for */

struct script {
	struct client client[CLIENTS];
	struct lots lots;
	uint64_t queries[CLIENTS], asked[CLIENTS][TARGETS], registrations[CLIENTS];
	uint32_t first_query[CLIENTS], last_query[CLIENTS];
	uint32_t first_registration[CLIENTS], last_registration[CLIENTS];
	uint64_t of[TARGETS];
	uint32_t last[TARGETS], first[TARGETS];
	uint32_t askers[TARGETS][MISSING_CLIENTS]; /* the latest first */
	uint64_t positive, negative, refreshes;    /* since the start of the server */
};

static const char *target_text(size_t target)
{
	static char text[20];

	snprintf(text, sizeof(text), "%s%zu<20>", target < NAMES ? "HOST" : "LOST", target);
	return text;
}

static void note_asker(struct script *script, size_t target, uint32_t client)
{
	uint32_t *list = script->askers[target];
	size_t place = 0;

	while (place < MISSING_CLIENTS - 1 && list[place] != client)
		place++;
	for (; place > 0; place--)
		list[place] = list[place - 1];
	list[0] = client;
}

static void do_query(struct nbns *ns, struct script *script, size_t who)
{
	size_t target = (who + lots_draw(&script->lots, WISHES)) % TARGETS;
	uint32_t now_s = (uint32_t)ns->env.wall_s;
	struct nbt_packet answer;

	query(ns, &script->client[who], 0x0100, target_text(target));
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(answer.rcode == NBT_RCODE_OK, target < NAMES);
	*(target < NAMES ? &script->positive : &script->negative) += 1;
	if (script->queries[who]++ == 0)
		script->first_query[who] = now_s;
	script->last_query[who] = now_s;
	script->asked[who][target]++;
	if (script->of[target]++ == 0)
		script->first[target] = now_s;
	script->last[target] = now_s;
	note_asker(script, target, script->client[who].address.s_addr);
}

static void do_claim(struct nbns *ns, struct script *script, size_t who, uint16_t flags)
{
	uint32_t now_s = (uint32_t)ns->env.wall_s;

	claim(ns, &script->client[who], flags, target_text(who), UNIQUE);
	nbns_commit(ns);
	expect_positive(ns, &script->client[who]);
	if (script->registrations[who]++ == 0)
		script->first_registration[who] = now_s;
	script->last_registration[who] = now_s;
	script->refreshes += flags == REFRESH;
}

/* So many seconds: up to three queries in each, and now and then a refresh. */
static void play(struct nbns *ns, struct script *script, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		ns->arrived = ns->seen = 0;
		nbns_pass(ns, 1);
		for (uint32_t n = lots_draw(&script->lots, 4); n > 0; n--)
			do_query(ns, script, lots_draw(&script->lots, CLIENTS));
		if (i % 60 == 7)
			do_claim(ns, script, lots_draw(&script->lots, NAMES), REFRESH);
	}
}

static void check_top(const struct script *script, size_t who, const struct audit_client *got)
{
	size_t wanted = 0;

	for (size_t target = 0; target < TARGETS; target++)
		wanted += script->asked[who][target] > 0;
	assert_int_equal(got->asked_count, wanted);
	for (size_t i = 0; i < got->asked_count; i++) {
		size_t target = 0;
		struct nbt_name name = name_of(target_text(0));

		while (!nbt_name_equal(&name, &got->asked[i].name)) {
			assert_true(++target < TARGETS);
			name = name_of(target_text(target));
		}
		assert_int_equal(got->asked[i].queries, script->asked[who][target]);
		assert_int_equal(got->asked[i].is_missing, target >= NAMES);
		if (i > 0)
			assert_true(got->asked[i].queries <= got->asked[i - 1].queries);
	}
}

static void check_client(const struct audit *audit, const struct script *script, size_t who)
{
	uint32_t number = audit_client_find(audit, script->client[who].address);
	struct audit_client got;

	assert_int_not_equal(number, AUDIT_NONE);
	audit_client_get(audit, number, &got);
	assert_int_equal(got.queries, script->queries[who]);
	assert_int_equal(got.first_query_s, script->first_query[who]);
	assert_int_equal(got.last_query_s, script->last_query[who]);
	assert_int_equal(got.registrations, script->registrations[who]);
	assert_int_equal(got.first_registration_s, script->first_registration[who]);
	assert_int_equal(got.last_registration_s, script->last_registration[who]);
	assert_int_equal(got.node_type, who < NAMES ? 3 : AUDIT_NODE_UNKNOWN);
	assert_int_equal(got.registered_count, who < NAMES ? 1 : 0);
	if (who < NAMES) {
		struct nbt_name name = name_of(target_text(who));

		assert_true(nbt_name_equal(&got.registered[0].name, &name));
	}
	check_top(script, who, &got);
}

static void check_found(struct nbns *ns, const struct script *script, size_t target)
{
	static const struct nbt_scope no_scope = { 0 };
	struct nbt_name name = name_of(target_text(target));
	uint32_t id = registry_find(ns->registry, &name, &no_scope);
	const struct asked_name *got = asked_find(audit_names(service_audit(ns->service)), id);

	assert_non_null(got);
	assert_int_equal(got->queries, script->of[target]);
	assert_int_equal(got->last_s, script->last[target]);
	assert_memory_equal(got->clients, script->askers[target], sizeof(got->clients));
}

static void check_vain(struct nbns *ns, const struct script *script, size_t target)
{
	const struct missing *missing = audit_missing(service_audit(ns->service));
	struct nbt_name name = name_of(target_text(target));
	uint32_t place = missing_find(missing, &name);
	const struct missing_name *got;

	assert_int_not_equal(place, MISSING_NONE);
	got = missing_at(missing, place);
	assert_int_equal(got->queries, script->of[target]);
	assert_int_equal(got->first_s, script->first[target]);
	assert_int_equal(got->last_s, script->last[target]);
	assert_memory_equal(got->clients, script->askers[target], sizeof(got->clients));
}

static void check_all(struct nbns *ns, const struct script *script)
{
	struct audit *audit = service_audit(ns->service);

	assert_int_equal(audit_client_bound(audit), CLIENTS);
	assert_int_equal(audit_clients_forgotten(audit), 0);
	for (size_t who = 0; who < CLIENTS; who++)
		check_client(audit, script, who);
	for (size_t target = 0; target < TARGETS; target++)
		(target < NAMES ? check_found : check_vain)(ns, script, target);
	assert_int_equal(stat_value(ns, "query.positive"), script->positive);
	assert_int_equal(stat_value(ns, "query.negative"), script->negative);
	assert_int_equal(stat_value(ns, "query.received"), script->positive + script->negative);
	assert_int_equal(stat_value(ns, "refresh.received"), script->refreshes);
}

/* What the service hands to the store at its end. */
static void save_by_changes(struct nbns *ns, struct saved *saved)
{
	struct changes *changes;
	struct change change;
	struct record record;
	size_t cursor = 0;

	service_save_audit(ns->service);
	changes = service_take_changes(ns->service);
	assert_non_null(changes);
	while (changes_next(changes, &cursor, &change, &record)) {
		struct audit_row row;

		if (change.type != CHANGE_AUDIT)
			continue;
		assert_int_equal(change.note_len, sizeof(row));
		memcpy(&row, change.note, sizeof(row));
		put_row(saved, &row);
	}
	service_committed(ns->service, changes);
}

static void an_hour_of_traffic_over_a_restart(void **state)
{
	struct saved *saved = calloc(1, sizeof(*saved));
	struct script script = { .lots = { 20260 } };
	struct nbns *ns = nbns_new();

	(void)state;
	assert_non_null(saved);
	ns->settings.audit_clients = 100;
	ns->settings.audit_key = key;
	nbns_start(ns);
	for (uint32_t who = 0; who < CLIENTS; who++) {
		script.client[who] = client_at("10.0.0.9");
		script.client[who].address = address_of(who + 1);
	}
	for (size_t who = 0; who < NAMES; who++)
		do_claim(ns, &script, who, REGISTER);
	play(ns, &script, 1800);
	check_all(ns, &script);

	save_by_changes(ns, saved);
	nbns_restart(ns);
	load(service_audit(ns->service), saved);
	script.positive = script.negative = script.refreshes = 0;
	check_all(ns, &script);
	play(ns, &script, 1800);
	check_all(ns, &script);
	nbns_free(ns);
	free(saved);
}

/* A batch with what has changed, when its time has come, and only then. */
static void the_service_saves_now_and_then(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	ns->settings.audit_clients = 100;
	ns->settings.audit_save_s = 900;
	nbns_start(ns);
	ns->stalled = true;
	query(ns, &ns->a, 0x0100, "NOBODY<20>");
	expect_negative(ns, &ns->a);
	nbns_pass(ns, 899);
	assert_false(nbns_has_changes(ns));
	nbns_pass(ns, 2);
	assert_true(nbns_has_changes(ns));

	/* In slices, each after the one before is safe; and then nothing has changed. */
	nbns_pass(ns, 1);
	assert_int_equal(ns->batch_count, 1);
	nbns_commit(ns);
	nbns_pass(ns, 1);
	assert_true(nbns_has_changes(ns));
	nbns_commit(ns);
	nbns_pass(ns, 1000);
	assert_false(nbns_has_changes(ns));
	nbns_free(ns);
}

/*
 * By itself.
 */
#define MANY 10000

static void ten_thousand_clients_and_random_names(void **state)
{
	static uint32_t queries[MANY], last[MANY], of[5000], vain[400];
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(MANY, key, registry), *again;
	struct saved *saved = calloc(1, sizeof(*saved));
	struct lots lots = { 1 };
	struct audit_client got;

	(void)state;
	assert_true(registry != NULL && audit != NULL && saved != NULL);
	for (uint32_t i = 0; i < ARRAY_SIZE(of); i++)
		add_record(registry, 'N', i);
	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t who = i < MANY ? i : lots_draw(&lots, MANY);
		uint32_t what = lots_draw(&lots, ARRAY_SIZE(of) + ARRAY_SIZE(vain));
		struct nbt_name name = numbered('V', what);

		last[who] = WALL_S + i / 100;
		queries[who]++;
		if (what < ARRAY_SIZE(of)) {
			audit_found(audit, address_of(who), what, last[who]);
			of[what]++;
		} else {
			audit_missed(audit, address_of(who), &name, last[who]);
			vain[what - ARRAY_SIZE(of)]++;
		}
	}
	save(audit, saved);
	again = audit_create(MANY, key, registry);
	load(again, saved);
	audit_destroy(audit);
	for (uint32_t who = 0; who < MANY; who++) {
		audit_client_get(again, audit_client_find(again, address_of(who)), &got);
		assert_int_equal(got.queries, queries[who]);
		assert_int_equal(got.last_query_s, last[who]);
	}
	for (uint32_t what = 0; what < ARRAY_SIZE(of); what++)
		assert_int_equal(asked_find(audit_names(again), what)->queries, of[what]);
	for (uint32_t what = 0; what < ARRAY_SIZE(vain); what++) {
		struct nbt_name name = numbered('V', what + ARRAY_SIZE(of));
		uint32_t place = missing_find(audit_missing(again), &name);

		assert_int_equal(missing_at(audit_missing(again), place)->queries, vain[what]);
	}
	assert_int_equal(audit_clients_forgotten(again), 0);
	audit_destroy(again);
	registry_destroy(registry);
	free(saved);
}

static bool knows(const struct audit *audit, uint32_t client)
{
	return audit_client_find(audit, address_of(client)) != AUDIT_NONE;
}

/* Times are a minute apart, which is how exactly the order is kept. */
static void who_was_not_seen_for_the_longest_time_is_forgotten(void **state)
{
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(3, key, registry);
	struct saved *saved = calloc(1, sizeof(*saved));

	(void)state;
	audit_answered(audit, address_of(1), WALL_S);
	audit_answered(audit, address_of(2), WALL_S + 60);
	audit_answered(audit, address_of(3), WALL_S + 120);
	audit_answered(audit, address_of(1), WALL_S + 180);
	assert_int_equal(save(audit, saved), 3);
	audit_claimed(audit, address_of(4), 1, WALL_S + 240);
	assert_true(knows(audit, 1) && !knows(audit, 2) && knows(audit, 3) && knows(audit, 4));
	audit_claimed(audit, address_of(3), 1, WALL_S + 300);
	audit_answered(audit, address_of(5), WALL_S + 360);
	assert_true(!knows(audit, 1) && knows(audit, 3) && knows(audit, 4) && knows(audit, 5));
	assert_int_equal(audit_clients_forgotten(audit), 2);

	/* Nobody who was forgotten stays in the store; who comes back does. */
	save(audit, saved);
	assert_int_equal(saved->count, 3);
	audit_answered(audit, address_of(1), WALL_S + 420);
	audit_answered(audit, address_of(2), WALL_S + 480);
	audit_answered(audit, address_of(4), WALL_S + 540);
	save(audit, saved);
	assert_int_equal(saved->count, 3);
	audit_destroy(audit);
	audit = audit_create(3, key, registry);
	load(audit, saved);
	assert_true(knows(audit, 1) && knows(audit, 2) && knows(audit, 4));

	/* The order has been kept, too. */
	audit_answered(audit, address_of(6), WALL_S + 600);
	assert_true(!knows(audit, 1) && knows(audit, 2) && knows(audit, 4));
	audit_destroy(audit);
	registry_destroy(registry);
	free(saved);
}

static void only_what_changed_is_saved(void **state)
{
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(10, key, registry);
	struct saved *saved = calloc(1, sizeof(*saved));
	struct audit_cursor cursor = { 0 };
	struct audit_row row;
	size_t budget = 100;

	(void)state;
	add_record(registry, 'N', 0);
	audit_found(audit, address_of(1), 0, WALL_S);
	audit_answered(audit, address_of(2), WALL_S);
	assert_int_equal(save(audit, saved), 3);
	assert_int_equal(save(audit, saved), 0);
	audit_registered(audit, address_of(1), 0);
	audit_claimed(audit, address_of(1), 0, WALL_S);
	/* In slices: nothing is found in the first, and the pass goes on. */
	assert_false(audit_next_unsaved(audit, &cursor, &budget, &row));
	assert_int_equal(budget, 0);
	budget = SIZE_MAX;
	assert_true(audit_next_unsaved(audit, &cursor, &budget, &row));
	assert_int_equal(row.table, AUDIT_CLIENTS);
	assert_int_equal(row.of.client.registered_count, 1);
	assert_false(audit_next_unsaved(audit, &cursor, &budget, &row));
	assert_true(budget > 0);

	/* A claim that is accepted after a save: its owner was asked, or the disk was slow. */
	audit_claimed(audit, address_of(2), 0, WALL_S);
	save(audit, saved);
	audit_registered(audit, address_of(2), 0);
	assert_int_equal(save(audit, saved), 1);
	audit_destroy(audit);
	registry_destroy(registry);
	free(saved);
}

/* Its id is another's then: nobody has asked for that one. */
static void a_record_that_has_gone_is_forgotten(void **state)
{
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(10, key, registry);
	struct audit_client got;

	(void)state;
	add_record(registry, 'N', 0);
	audit_claimed(audit, address_of(1), 0, WALL_S);
	audit_registered(audit, address_of(1), 0);
	audit_found(audit, address_of(1), 0, WALL_S);
	registry_remove(registry, 0);
	audit_forget(audit, 0);
	add_record(registry, 'M', 0);
	audit_client_get(audit, 0, &got);
	assert_int_equal(got.queries, 1);
	assert_int_equal(got.asked_count, 0);
	assert_int_equal(got.registered_count, 0);
	assert_int_equal(asked_find(audit_names(audit), 0)->queries, 0);
	audit_found(audit, address_of(1), 0, WALL_S);
	audit_client_get(audit, 0, &got);
	assert_int_equal(got.asked_count, 1);
	assert_int_equal(got.asked[0].queries, 1);
	audit_destroy(audit);
	registry_destroy(registry);
}

/* The names that a client asks for often stay, whatever else it asks for. */
static void the_top_of_a_client_is_what_it_asks_for_most(void **state)
{
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(10, key, registry);
	struct audit_client got;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		add_record(registry, 'N', i);
	for (uint32_t i = 0; i < 1000; i++) {
		audit_found(audit, address_of(1), 0, WALL_S);
		if (i % 2 == 0)
			audit_found(audit, address_of(1), 1, WALL_S);
		if (i % 5 == 0)
			audit_found(audit, address_of(1), 2 + i % 98, WALL_S);
	}
	audit_client_get(audit, 0, &got);
	assert_int_equal(got.queries, 1700);
	assert_int_equal(got.asked_count, AUDIT_TOP);
	assert_int_equal(got.asked[0].queries, 1000);
	assert_int_equal(got.asked[1].queries, 500);
	audit_destroy(audit);
	registry_destroy(registry);
}

/* It changes nothing: the sanitizers see that it looks at nothing that isn't there. */
static void expecting_has_no_effect(void **state)
{
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(10, key, registry);
	const struct in_addr clients[] = { address_of(1), address_of(2), address_of(3) };
	const struct nbt_name names[3] = { 0 };
	const uint32_t ids[] = { 0, REGISTRY_NONE, REGISTRY_MAX - 1 };

	(void)state;
	audit_expect(audit, clients, ids, names, 3);
	add_record(registry, 'N', 0);
	audit_found(audit, address_of(1), 0, WALL_S);
	audit_expect(audit, clients, ids, names, 3);
	assert_int_equal(audit_client_bound(audit), 1);
	audit_destroy(audit);
	registry_destroy(registry);
}

static size_t count_clients(const struct saved *saved)
{
	size_t count = 0;

	for (size_t i = 0; i < saved->count; i++)
		count += saved->row[i].table == AUDIT_CLIENTS;
	return count;
}

static void expect_clients(const struct audit *audit, uint32_t first, uint32_t last)
{
	struct audit_client got;

	assert_int_equal(audit_client_bound(audit), last - first + 1);
	for (uint32_t i = first; i <= last; i++) {
		uint32_t number = audit_client_find(audit, address_of(i));

		assert_int_not_equal(number, AUDIT_NONE);
		audit_client_get(audit, number, &got);
		assert_int_equal(got.address.s_addr, address_of(i).s_addr);
		assert_int_equal(got.last_query_s, WALL_S + 60 * i);
		assert_int_equal(got.queries, i == last ? 2 : 1);
	}
}

/* A reload: those seen last stay, and rows of those that go are taken out with the next ones. */
static void another_number_of_clients_keeps_those_seen_last(void **state)
{
	struct saved *saved = calloc(1, sizeof(*saved));
	struct registry *registry = registry_create(key);
	struct audit *audit = audit_create(16, key, registry);

	(void)state;
	assert_true(saved != NULL && registry != NULL && audit != NULL);
	for (uint32_t i = 1; i <= 10; i++)
		audit_answered(audit, address_of(i), WALL_S + 60 * i);
	audit_answered(audit, address_of(10), WALL_S + 600);
	assert_int_equal(save(audit, saved), 10);

	assert_true(audit_set_clients(audit, 4));
	assert_int_equal(audit_clients_max(audit), 4);
	assert_int_equal(audit_clients_forgotten(audit), 6);
	assert_int_equal(audit_client_find(audit, address_of(6)), AUDIT_NONE);
	expect_clients(audit, 7, 10);
	assert_int_equal(save(audit, saved), 0);

	assert_true(audit_set_clients(audit, 20));
	expect_clients(audit, 7, 10);
	for (uint32_t i = 0; i < 7; i++) /* the last of them comes back */
		audit_answered(audit, address_of(i < 6 ? 100 + i : 6), WALL_S + 6000 + i);
	assert_int_equal(save(audit, saved), 7);
	assert_int_equal(count_clients(saved), 4 + 7);
	for (uint32_t i = 1; i <= 5; i++)
		assert_int_equal(audit_client_find(audit, address_of(i)), AUDIT_NONE);
	audit_destroy(audit);
	registry_destroy(registry);
	free(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_of_traffic_over_a_restart),
		cmocka_unit_test(the_service_saves_now_and_then),
		cmocka_unit_test(ten_thousand_clients_and_random_names),
		cmocka_unit_test(who_was_not_seen_for_the_longest_time_is_forgotten),
		cmocka_unit_test(only_what_changed_is_saved),
		cmocka_unit_test(a_record_that_has_gone_is_forgotten),
		cmocka_unit_test(the_top_of_a_client_is_what_it_asks_for_most),
		cmocka_unit_test(expecting_has_no_effect),
		cmocka_unit_test(another_number_of_clients_keeps_those_seen_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
