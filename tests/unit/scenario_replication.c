/*
 * Three WINS servers that replicate, in a ring and in a star, under registrations, releases,
 * restarts, partitions, broken connections and lost disks by lot: when all is quiet they have the
 * same names, with the same owners and versions, and nobody makes new ones. Nothing is verified.
 * Each seed that ends otherwise is told; NBT_SEEDS: seeds.h, NBT_SHAPE=ring or star: of one shape,
 * NBT_TRACE=N: what becomes of the name N is printed.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "seeds.h"
#include "wins_lab.h"

#define SEEDS   100
#define EVENTS  60
#define QUIET_S 300 /* without a new version, for pulls every minute */
#define LONG_S  10000000

/*
 * What happens.
 */

static void restart(struct lab *lab, struct lab_server *server)
{
	uint32_t how = lots_draw(&lab->lots, 6);

	if (how < 3)
		lab_stop(server);
	else
		lab_crash(server);
	lab_pass(lab, lots_draw(&lab->lots, 100));
	if (how == 5 && !lab->was_wiped)
		lab_wipe(server);
	lab_start(server);
}

static void part(struct lab *lab)
{
	uint8_t sides[LAB_SERVERS] = { 0, 0, 0 };

	if (lots_draw(&lab->lots, 2) == 0)
		sides[lots_draw(&lab->lots, LAB_SERVERS)] = 1;
	lab_part(lab, sides);
}

static void happen(struct lab *lab)
{
	size_t host = lots_draw(&lab->lots, LAB_HOSTS), name = lots_draw(&lab->lots, LAB_NAMES);

	switch (lots_draw(&lab->lots, 16)) {
	case 0:
		restart(lab, &lab->server[lots_draw(&lab->lots, LAB_SERVERS)]);
		break;
	case 1:
		part(lab);
		break;
	case 2:
		lab_break_a_wire(lab);
		break;
	case 3:
		lab->host[host].is_dead = lots_draw(&lab->lots, 3) == 0;
		break;
	case 4:
	case 5:
	case 6:
		lab_release(lab, host, name);
		break;
	default:
		lab_claim(lab, host, name);
	}
}

/*
 * What must be in the end.
 */

static bool find(const struct lab_server *server, size_t name, struct record *out)
{
	const struct nbt_scope scope = { 0 };
	struct nbt_name bytes = lab_name(name);
	uint32_t id = registry_find(server->registry, &bytes, &scope);

	if (id == REGISTRY_NONE)
		return false;
	registry_get(server->registry, id, out);
	return true;
}

static struct in_addr outside(const struct lab_server *server, struct in_addr owner)
{
	return owner.s_addr == OWNER_SELF.s_addr ? server->address : owner;
}

static int compare(const void *a, const void *b)
{
	const struct record_address *x = a, *y = b;

	return x->address.s_addr < y->address.s_addr ? -1 : x->address.s_addr > y->address.s_addr;
}

/* With the servers' own addresses, in an order, without leases. */
static bool see(const struct lab_server *server, size_t name, struct record *out)
{
	if (!find(server, name, out))
		return false;
	out->owner = outside(server, out->owner);
	for (size_t i = 0; i < out->address_count; i++) {
		out->address[i].owner = outside(server, out->address[i].owner);
		out->address[i].expiry = 0;
	}
	qsort(out->address, out->address_count, sizeof(out->address[0]), compare);
	return true;
}

/* A name that has gone may be a tombstone or nothing, whoever knows of it. */
static bool is_active(const struct lab_server *server, size_t name, struct record *out)
{
	return see(server, name, out) && out->state == RECORD_ACTIVE;
}

/* Of lists with the same members everywhere each server keeps its own; so do the servers at the
 * ends of a star with normal groups, which the one in the middle does not pass on. */
static bool are_alike(const struct lab *lab, const struct record *a, const struct record *b)
{
	bool by_owner =
		a->kind == RECORD_GROUP ? lab->shape == LAB_RING : a->kind != RECORD_SPECIAL_GROUP;

	return a->kind == b->kind && a->state == b->state && a->address_count == b->address_count &&
	       memcmp(a->address, b->address, a->address_count * sizeof(a->address[0])) == 0 &&
	       (!by_owner || (a->owner.s_addr == b->owner.s_addr && a->version == b->version));
}

static const char *print(const struct record *record, char out[512])
{
	int at = snprintf(out, 512, "%u:%llu %c state %u", ntohl(record->owner.s_addr) & 0xFF,
			  (unsigned long long)record->version, "UGSM"[record->kind],
			  record -> state);

	for (size_t i = 0; i < record->address_count && i < 10; i++)
		at += snprintf(out + at, 512 - (size_t)at, " %u(%u)",
			       ntohl(record->address[i].address.s_addr) & 0xFF,
			       ntohl(record->address[i].owner.s_addr) & 0xFF);
	return out;
}

static void print_versions(const struct lab_server *server)
{
	struct nbt_owner_versions rows[LAB_SERVERS + 1];
	size_t count = service_versions(server->service, rows, ARRAY_SIZE(rows));

	for (size_t i = 0; i < count && i < ARRAY_SIZE(rows); i++)
		print_error(" %u:%llu", ntohl(rows[i].owner.s_addr) & 0xFF,
			    (unsigned long long)rows[i].max);
	print_error("\n");
}

/*
 * For who looks for the reason: how a name changes, server by server, and what is pulled of whom.
 */
static char traced[LAB_SERVERS][512];

static void trace(struct lab *lab)
{
	size_t name = strtoull(getenv("NBT_TRACE"), NULL, 10);
	struct record record;
	char text[512];

	for (size_t i = 0; i < LAB_SERVERS; i++) {
		const struct lab_server *server = &lab->server[i];

		if (server->service == NULL)
			snprintf(text, sizeof(text), "off");
		else if (!see(server, name, &record))
			snprintf(text, sizeof(text), "nothing");
		else
			print(&record, text);
		if (strcmp(text, traced[i]) == 0)
			continue;
		memcpy(traced[i], text, sizeof(text));
		print_message("%8.1f side %u: %zu: %s;", (double)lab->env.now_ms / 1000,
			      server->side, i + 1, text);
		if (server->service != NULL)
			print_versions(server);
		else
			print_message("\n");
	}
}

/* false, for who returns it. */
static bool tell(const struct lab *lab, uint64_t seed, size_t name, const char *what)
{
	struct record record;
	char text[512];

	print_error("seed %llu, name %zu: %s\n", (unsigned long long)seed, name, what);
	for (size_t i = 0; i < LAB_SERVERS; i++) {
		print_error("  %zu: %s; versions", i + 1,
			    see(&lab->server[i], name, &record) ? print(&record, text) : "nothing");
		print_versions(&lab->server[i]);
	}
	return false;
}

/* The number of the first name that differs, or LAB_NAMES. */
static size_t first_difference(const struct lab *lab)
{
	for (size_t name = 0; name < LAB_NAMES; name++) {
		struct record first, other;
		bool is_there = is_active(&lab->server[0], name, &first);

		for (size_t i = 1; i < LAB_SERVERS; i++)
			if (is_active(&lab->server[i], name, &other) != is_there ||
			    (is_there && !are_alike(lab, &first, &other)))
				return name;
	}
	return LAB_NAMES;
}

static bool lists(const struct record *record, struct in_addr address)
{
	if (record->kind == RECORD_GROUP)
		return true;
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static bool has(const struct lab_server *server, size_t name, struct in_addr address)
{
	struct record record;

	return find(server, name, &record) && record.state == RECORD_ACTIVE &&
	       lists(&record, address);
}

/* Nobody has lost a name that a server said was his. */
static bool are_all_there(const struct lab *lab, uint64_t seed)
{
	for (size_t host = 0; host < LAB_HOSTS; host++)
		for (size_t name = 0; name < LAB_NAMES; name++)
			for (size_t i = 0; i < LAB_ADDRESSES; i++) {
				const struct lab_hold *hold = &lab->host[host].hold[name][i];

				if (!hold->is_held || !hold->is_wanted || lab->host[host].is_dead)
					continue;
				for (size_t j = 0; j < LAB_SERVERS; j++)
					if (!has(&lab->server[j], name, lab->host[host].address[i]))
						return tell(lab, seed, name,
							    "an acknowledged name is missing");
			}
	return true;
}

static uint64_t versions(const struct lab *lab)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LAB_SERVERS; i++)
		sum += service_next_version(lab->server[i].service);
	return sum;
}

/* Nothing is in the way any more. Who is there refreshes once and for all: a lease that ends is a
 * change, and a refresh may make a record another server's. */
static void end_all_trouble(struct lab *lab)
{
	static const uint8_t together[LAB_SERVERS] = { 0 };

	lab_part(lab, together);
	lab->loss = 0;
	for (size_t i = 0; i < LAB_SERVERS; i++)
		lab_start(&lab->server[i]);
	lab_pass(lab, 1200);
	lab_lease(lab, LONG_S);
	lab_pass(lab, 1200);
	lab->are_hosts_still = true;
}

static bool becomes_quiet(struct lab *lab)
{
	for (int i = 0; i < 10; i++) {
		uint64_t before = versions(lab);

		lab_pass(lab, QUIET_S);
		if (versions(lab) == before)
			return true;
	}
	return false;
}

static bool check(struct lab *lab, uint64_t seed)
{
	size_t name;

	if (!becomes_quiet(lab)) {
		print_error("seed %llu: it does not get quiet\n", (unsigned long long)seed);
		return false;
	}
	name = first_difference(lab);
	return name < LAB_NAMES ? tell(lab, seed, name, "not alike") : are_all_there(lab, seed);
}

static bool play(uint64_t seed, enum lab_shape shape)
{
	struct lab *lab = lab_create(seed, shape);
	bool is_well;

	lab->loss = seed % 3 == 0 ? 50 : 0;
	lab->wanders = seed % 2 == 0;
	if (getenv("NBT_TRACE") != NULL)
		lab->watch = trace;
	for (int i = 0; i < EVENTS; i++) {
		happen(lab);
		lab_pass(lab, lots_draw(&lab->lots, 60));
	}
	end_all_trouble(lab);
	is_well = check(lab, seed);
	lab_destroy(lab);
	return is_well;
}

static void play_all(const char *name, enum lab_shape shape)
{
	const struct seeds seeds = seeds_wanted(SEEDS);
	const char *wanted = getenv("NBT_SHAPE");
	unsigned failed = 0;

	if (wanted != NULL && strcmp(wanted, name) != 0)
		skip();
	for (uint64_t seed = seeds.first; seed <= seeds.last; seed++)
		failed += !play(seed, shape);
	assert_int_equal(failed, 0);
}

static void a_ring(void **state)
{
	(void)state;
	play_all("ring", LAB_RING);
}

static void a_star(void **state)
{
	(void)state;
	play_all("star", LAB_STAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring),
		cmocka_unit_test(a_star),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
