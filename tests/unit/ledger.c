#include "ledger.h"

#include "common/stats.h"

/*
 * Writing.
 */

size_t ledger_add_name(struct ledger *ledger, const char *text)
{
	assert_true(ledger->name_count < LEDGER_NAMES);
	ledger->name[ledger->name_count].name = name_of(text);
	return ledger->name_count++;
}

static void note_asked(struct ledger_asked *asked, uint32_t client, uint32_t now_s)
{
	size_t i = 0;

	if (asked->queries++ == 0)
		asked->first_s = now_s;
	asked->last_s = now_s;
	while (i < MISSING_CLIENTS - 1 && asked->clients[i] != client)
		i++;
	memmove(&asked->clients[1], &asked->clients[0], i * sizeof(asked->clients[0]));
	asked->clients[0] = client;
}

static void note_wish(struct ledger_client *client, size_t name, bool is_missing)
{
	size_t i = 0;

	while (i < client->asked_count &&
	       (client->asked[i].name != name || client->asked[i].is_missing != is_missing))
		i++;
	assert_true(i < AUDIT_TOP);
	if (i == client->asked_count)
		client->asked_count++;
	client->asked[i].name = name;
	client->asked[i].is_missing = is_missing;
	client->asked[i].queries++;
}

void ledger_query(struct ledger *ledger, size_t who, size_t name, bool found, int64_t now_s)
{
	struct ledger_client *client = &ledger->client[who];
	struct ledger_name *asked = &ledger->name[name];

	client->is_known = true;
	if (client->queries++ == 0)
		client->first_query_s = (uint32_t)now_s;
	client->last_query_s = (uint32_t)now_s;
	note_wish(client, name, !found);
	note_asked(found ? &asked->found : &asked->vain, client->address.s_addr, (uint32_t)now_s);
}

void ledger_claim(struct ledger *ledger, size_t who, uint8_t node_type, int64_t now_s)
{
	struct ledger_client *client = &ledger->client[who];

	client->is_known = true;
	client->node_type = node_type;
	if (client->registrations++ == 0)
		client->first_registration_s = (uint32_t)now_s;
	client->last_registration_s = (uint32_t)now_s;
}

void ledger_registered(struct ledger *ledger, size_t who, size_t name)
{
	struct ledger_client *client = &ledger->client[who];
	size_t i = 0;

	while (i < client->registered_count && client->registered[i] != name)
		i++;
	if (i == client->registered_count && i < AUDIT_REGISTERED)
		client->registered_count++;
	if (i == AUDIT_REGISTERED)
		i--;
	memmove(&client->registered[1], &client->registered[0], i * sizeof(client->registered[0]));
	client->registered[0] = name;
}

static bool is_same(const struct conflict *a, const struct conflict *b)
{
	return a->outcome == b->outcome && nbt_name_equal(&a->name, &b->name) &&
	       a->claimant.s_addr == b->claimant.s_addr &&
	       a->holder[0].s_addr == b->holder[0].s_addr;
}

/* What is the same as one of the last 16 is counted with it. */
void ledger_conflict(struct ledger *ledger, enum conflict_outcome outcome, size_t name,
		     struct in_addr claimant, struct in_addr holder, int64_t now_s)
{
	const struct conflict one = { .number = ledger->conflict_count + 1,
				      .name = ledger->name[name].name,
				      .outcome = (uint8_t)outcome,
				      .holder_count = holder.s_addr != 0,
				      .holder = { holder },
				      .claimant = claimant,
				      .first_s = now_s,
				      .last_s = now_s,
				      .times = 1 };

	for (size_t back = 1; back <= 16 && back <= ledger->conflict_count; back++) {
		struct conflict *earlier = &ledger->conflict[ledger->conflict_count - back];

		if (is_same(earlier, &one)) {
			earlier->last_s = now_s;
			earlier->times++;
			return;
		}
	}
	assert_true(ledger->conflict_count < LEDGER_CONFLICTS);
	ledger->conflict[ledger->conflict_count++] = one;
}

void ledger_count(struct ledger *ledger, const char *counter, uint64_t more)
{
	size_t i = 0;

	while (i < ledger->counter_count && strcmp(ledger->counter[i].name, counter) != 0)
		i++;
	assert_true(i < LEDGER_COUNTERS);
	if (i == ledger->counter_count)
		ledger->counter_count++;
	ledger->counter[i].name = counter;
	ledger->counter[i].value += more;
}

void ledger_new_run(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->counter_count; i++)
		ledger->counter[i].value = 0;
}

/*
 * Clients.
 */

static void expect(const char *of, const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		fail_msg("%s: %s is %llu, should be %llu", of, what, (unsigned long long)got,
			 (unsigned long long)want);
}

static void check_wishes(const struct ledger *ledger, const struct ledger_client *want,
			 const struct audit_client *got, const char *of)
{
	expect(of, "number of names asked for", got->asked_count, want->asked_count);
	for (size_t i = 0; i < got->asked_count; i++) {
		size_t k = 0;

		while (k < want->asked_count &&
		       (want->asked[k].is_missing != got->asked[i].is_missing ||
			!nbt_name_equal(&ledger->name[want->asked[k].name].name,
					&got->asked[i].name)))
			k++;
		assert_true(k < want->asked_count);
		expect(of, "queries for a name", got->asked[i].queries, want->asked[k].queries);
		if (i > 0)
			assert_true(got->asked[i].queries <= got->asked[i - 1].queries);
	}
}

static void check_client(const struct ledger *ledger, const struct ledger_client *want,
			 const struct audit *audit)
{
	const char *of = inet_ntoa(want->address);
	uint32_t number = audit_client_find(audit, want->address);
	struct audit_client got;

	expect(of, "whether it is known", number != AUDIT_NONE, want->is_known);
	if (!want->is_known)
		return;
	audit_client_get(audit, number, &got);
	expect(of, "node type", got.node_type,
	       want->registrations > 0 ? want->node_type : AUDIT_NODE_UNKNOWN);
	expect(of, "queries", got.queries, want->queries);
	expect(of, "first query", got.first_query_s, want->first_query_s);
	expect(of, "last query", got.last_query_s, want->last_query_s);
	expect(of, "registrations", got.registrations, want->registrations);
	expect(of, "first registration", got.first_registration_s, want->first_registration_s);
	expect(of, "last registration", got.last_registration_s, want->last_registration_s);
	expect(of, "names registered", got.registered_count, want->registered_count);
	for (size_t i = 0; i < got.registered_count; i++)
		assert_true(nbt_name_equal(&got.registered[i].name,
					   &ledger->name[want->registered[i]].name));
	check_wishes(ledger, want, &got, of);
}

static void check_clients(const struct ledger *ledger, const struct audit *audit)
{
	uint32_t known = 0;

	for (size_t i = 0; i < LEDGER_CLIENTS; i++) {
		if (ledger->client[i].address.s_addr == 0)
			continue;
		check_client(ledger, &ledger->client[i], audit);
		known += ledger->client[i].is_known;
	}
	expect("audit", "clients", audit_client_bound(audit), known);
	expect("audit", "clients forgotten", audit_clients_forgotten(audit), 0);
}

/*
 * Names.
 */

static uint64_t check_found(const struct ledger_name *want, const struct audit *audit,
			    const struct registry *registry)
{
	static const struct nbt_scope no_scope = { 0 };
	uint32_t id = registry_find(registry, &want->name, &no_scope);
	const struct asked_name *got = NULL;

	if (id != REGISTRY_NONE)
		got = asked_find(audit_names(audit), id);
	if (want->found.queries == 0 && got == NULL)
		return 0;
	assert_non_null(got);
	expect("name", "queries", got->queries, want->found.queries);
	expect("name", "last query", got->last_s, want->found.last_s);
	assert_memory_equal(got->clients, want->found.clients, sizeof(got->clients));
	return got->queries;
}

static uint64_t check_vain(const struct ledger_name *want, const struct missing *missing)
{
	uint32_t place = missing_find(missing, &want->name);
	const struct missing_name *got;

	expect("missing name", "whether it is there", place != MISSING_NONE,
	       want->vain.queries > 0);
	if (place == MISSING_NONE)
		return 0;
	got = missing_at(missing, place);
	expect("missing name", "queries", got->queries, want->vain.queries);
	expect("missing name", "first query", got->first_s, want->vain.first_s);
	expect("missing name", "last query", got->last_s, want->vain.last_s);
	assert_memory_equal(got->clients, want->vain.clients, sizeof(got->clients));
	return got->queries;
}

/* The sums: other names have none. */
static void check_names(const struct ledger *ledger, const struct audit *audit,
			const struct registry *registry)
{
	uint64_t found = 0, vain = 0;

	for (size_t i = 0; i < ledger->name_count; i++) {
		found += check_found(&ledger->name[i], audit, registry);
		vain += check_vain(&ledger->name[i], audit_missing(audit));
	}
	for (uint32_t id = 0; id < asked_bound(audit_names(audit)); id++)
		if (asked_find(audit_names(audit), id) != NULL)
			found -= asked_find(audit_names(audit), id)->queries;
	for (uint32_t place = 0; place < MISSING_MAX; place++)
		vain -= missing_at(audit_missing(audit), place)->queries;
	expect("audit", "queries for other names", found, 0);
	expect("audit", "queries for other missing names", vain, 0);
}

/*
 * Conflicts and counters.
 */

static void check_conflict(const struct conflict *got, const struct conflict *want)
{
	assert_non_null(got);
	expect("conflict", "number", got->number, want->number);
	assert_true(nbt_name_equal(&got->name, &want->name));
	expect("conflict", "outcome", got->outcome, want->outcome);
	expect("conflict", "claimant", got->claimant.s_addr, want->claimant.s_addr);
	expect("conflict", "holders", got->holder_count, want->holder_count);
	expect("conflict", "holder", got->holder[0].s_addr, want->holder[0].s_addr);
	expect("conflict", "first time", (uint64_t)got->first_s, (uint64_t)want->first_s);
	expect("conflict", "last time", (uint64_t)got->last_s, (uint64_t)want->last_s);
	expect("conflict", "times", got->times, want->times);
}

static void check_conflicts(const struct ledger *ledger, const struct conflicts *conflicts,
			    uint32_t history)
{
	size_t first = ledger->conflict_count > history ? ledger->conflict_count - history : 0;
	uint64_t number = 0;

	for (size_t i = first; i < ledger->conflict_count; i++, number++) {
		const struct conflict *got = conflicts_from(conflicts, number);

		check_conflict(got, &ledger->conflict[i]);
		number = got->number;
	}
	assert_null(conflicts_from(conflicts, number));
}

static uint64_t value_of(const struct ledger *ledger, const char *counter)
{
	for (size_t i = 0; i < ledger->counter_count; i++)
		if (strcmp(ledger->counter[i].name, counter) == 0)
			return ledger->counter[i].value;
	return 0;
}

static bool is_among(const char *name, const char *const *list)
{
	while (*list != NULL && strcmp(*list, name) != 0)
		list++;
	return *list != NULL;
}

static void check_counters(const struct ledger *ledger, const struct stats *stats,
			   const char *const *but)
{
	size_t known = 0;

	for (size_t i = 0; i < stats->count; i++) {
		if (is_among(stats->names[i], but))
			continue;
		expect("counter", stats->names[i], stats->values[i],
		       value_of(ledger, stats->names[i]));
		for (size_t k = 0; k < ledger->counter_count; k++)
			known += strcmp(ledger->counter[k].name, stats->names[i]) == 0;
	}
	expect("ledger", "counters", known, ledger->counter_count);
}

void ledger_check(const struct ledger *ledger, struct service *service,
		  const struct registry *registry, uint32_t conflict_history,
		  const char *const *but)
{
	const struct audit *audit = service_audit(service);

	assert_non_null(audit);
	check_clients(ledger, audit);
	check_names(ledger, audit, registry);
	check_conflicts(ledger, service_conflicts(service), conflict_history);
	check_counters(ledger, service_stats(service), but);
}
