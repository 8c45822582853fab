/* The walk of nbtbrowse in a network that is made up: who is looked up and visited, in which order,
 * how many at once, and what becomes of the answers. */
#include "tools/nbtbrowse_walk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define STEP_MS    500 /* what everything takes */
#define TIMEOUT_MS 5000

/* A name that is known at a place, its addresses with spaces between them. */
struct known {
	const char *name; /* "": __MSBROWSE__ */
	uint8_t suffix;
	enum walk_place place;
	const char *addresses;
};

struct machine {
	const char *address;
	const char *name, *workgroup; /* what its node status says; NULL: nothing */
	const char *domain;           /* what its lists say */
	const char *servers;          /* NAME NAME ...; NULL: it gives no lists */
	const char *workgroups;       /* WORKGROUP:MASTER ... */
	const char *shares;
	int error; /* it cannot be connected */
};

struct world {
	const struct known *known;
	size_t known_count;
	const struct machine *machines;
	size_t machine_count;
	bool is_silent; /* name servers, where they know nothing */
	bool backwards; /* what goes on at the same time ends in that order */
};

struct run {
	const struct world *world;
	struct walk_plan plan;
	struct walk *walk;
	uint64_t now_ms;
	char log[4096]; /* what was begun */
	size_t looks_at_once, pulls_at_once, looks, pulls;
};

static struct in_addr address(const char *text)
{
	struct in_addr in = { INADDR_ANY };

	if (text != NULL)
		assert_int_equal(inet_pton(AF_INET, text, &in), 1);
	return in;
}

/* Calls take() with each word of text. */
static void words(const char *text, void (*take)(void *ctx, char *word), void *ctx)
{
	char copy[8192], *save, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		take(ctx, word);
}

static void write_log(struct run *run, const char *what, const char *who, const char *more)
{
	size_t len = strlen(run->log);

	snprintf(run->log + len, sizeof(run->log) - len, "%s %s%s\n", what, who, more);
}

/*
 * What the network answers.
 */

struct addresses {
	struct in_addr list[16];
	size_t count;
};

static void take_address(void *ctx, char *word)
{
	struct addresses *out = ctx;

	assert_true(out->count < ARRAY_SIZE(out->list));
	out->list[out->count++] = address(word);
}

static bool is_asked(const struct known *known, const struct walk_action *action)
{
	struct nbt_name name = { "\x01\x02__MSBROWSE__\x02\x01" };

	if (*known->name != '\0')
		assert_int_equal(nbt_name_make(&name, known->name, known->suffix), NBT_OK);
	return known->place == action->place && nbt_name_equal(&name, &action->name);
}

static void answer_look_up(struct run *run, const struct walk_action *action)
{
	struct addresses found = { .count = 0 };
	bool is_silent = run->world->is_silent && action->place == WALK_SERVERS;

	for (size_t i = 0; i < run->world->known_count; i++)
		if (is_asked(&run->world->known[i], action))
			words(run->world->known[i].addresses, take_address, &found);
	walk_addresses(run->walk, action->id, found.list, found.count,
		       is_silent && found.count == 0);
}

static const struct machine *machine_at(const struct world *world, struct in_addr at)
{
	for (size_t i = 0; i < world->machine_count; i++)
		if (address(world->machines[i].address).s_addr == at.s_addr)
			return &world->machines[i];
	return NULL;
}

static void answer_status(struct run *run, const struct walk_action *action)
{
	const struct machine *machine = machine_at(run->world, action->address);
	struct nbt_node_status node = { .count = 2 };

	if (machine == NULL || machine->name == NULL) {
		walk_node(run->walk, action->id, NULL);
		return;
	}
	assert_int_equal(nbt_name_make(&node.names[0].name, machine->name, 0x20), NBT_OK);
	assert_int_equal(nbt_name_make(&node.names[1].name, machine->workgroup, 0), NBT_OK);
	node.names[1].flags = NBT_STATUS_GROUP;
	walk_node(run->walk, action->id, &node);
}

struct listing {
	struct run *run;
	size_t id;
	enum walk_list list;
	const char *domain;
};

static void take_entry(void *ctx, char *word)
{
	const struct listing *listing = ctx;
	char *colon = strchr(word, ':');
	struct smb_listed entry = { .name = word, .comment = "" };

	if (colon != NULL) {
		*colon = '\0';
		entry.comment = colon + 1;
	}
	walk_entry(listing->run->walk, listing->id, listing->list, listing->domain, &entry);
}

static void give(struct run *run, size_t id, enum walk_list list, const char *domain,
		 const char *entries)
{
	struct listing listing = { run, id, list, domain };

	if (entries != NULL)
		words(entries, take_entry, &listing);
	walk_listed(run->walk, id, list, domain, entries != NULL ? IPC_WHOLE : IPC_REFUSED, 5);
}

static void answer_pull(struct run *run, const struct walk_action *action)
{
	const struct machine *machine = machine_at(run->world, action->address);
	const struct ipc_failure failure = { .what = "no connection",
					     .error = machine != NULL ? machine->error
								      : -ETIMEDOUT };
	const char *domain;

	if (failure.error != 0) {
		walk_pulled(run->walk, action->id, &failure, run->now_ms);
		return;
	}
	domain = machine->domain != NULL ? machine->domain : "";
	if (action->shares) {
		give(run, action->id, WALK_OF_SHARES, domain, machine->shares);
	} else {
		give(run, action->id, WALK_OF_SERVERS, domain, machine->servers);
		give(run, action->id, WALK_OF_WORKGROUPS, domain,
		     machine->workgroups != NULL ? machine->workgroups : "");
	}
	walk_pulled(run->walk, action->id, NULL, run->now_ms);
}

static void answer(struct run *run, const struct walk_action *action)
{
	struct in_addr resolved;

	switch (action->what) {
	case WALK_LOOK_UP:
		answer_look_up(run, action);
		break;
	case WALK_RESOLVE:
		resolved.s_addr = inet_addr(action->host);
		walk_addresses(run->walk, action->id, &resolved,
			       resolved.s_addr != INADDR_NONE ? 1 : 0, false);
		break;
	case WALK_STATUS:
		answer_status(run, action);
		break;
	case WALK_PULL:
		answer_pull(run, action);
		break;
	}
}

/*
 * A walk from its beginning to its end.
 */

static void note(struct run *run, const struct walk_action *action)
{
	char name[NBT_NAME_TEXT_MAX], at[INET_ADDRSTRLEN];
	bool by_server = action->place == WALK_SERVERS;

	inet_ntop(AF_INET, &action->address, at, sizeof(at));
	if (action->what == WALK_LOOK_UP)
		write_log(run, "look",
			  action->all ? "MSBROWSE"
				      : nbt_name_print(&action->name, name, sizeof(name)),
			  by_server ? " at servers" : "");
	else if (action->what == WALK_RESOLVE)
		write_log(run, "resolve", action->host, "");
	else if (action->what == WALK_STATUS)
		write_log(run, "status", at, "");
	else
		write_log(run, action->shares ? "shares" : "lists", at,
			  action->called != NULL ? "" : " without a name");
}

static size_t count_of(const struct walk_action *actions, size_t count, bool pulls)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += (actions[i].what == WALK_PULL) == pulls;
	return n;
}

/* All that may be begun is, and ends half a second later. */
static bool step(struct run *run)
{
	struct walk_action actions[512];
	size_t count = 0, looks, pulls;

	while (count < ARRAY_SIZE(actions) && walk_next(run->walk, &actions[count], run->now_ms))
		note(run, &actions[count++]);
	pulls = count_of(actions, count, true);
	looks = count - pulls;
	run->looks += looks;
	run->pulls += pulls;
	if (looks > run->looks_at_once)
		run->looks_at_once = looks;
	if (pulls > run->pulls_at_once)
		run->pulls_at_once = pulls;
	run->now_ms += STEP_MS;
	for (size_t i = 0; i < count; i++)
		answer(run, &actions[run->world->backwards ? count - 1 - i : i]);
	return !walk_is_over(run->walk) || count > 0;
}

static struct walk_plan plan_of_all(void)
{
	return (struct walk_plan){
		.own = "", .has_subnets = true, .pulls_at_once = 16, .timeout_ms = TIMEOUT_MS
	};
}

static struct run *walked(const struct world *world, const struct walk_plan *plan)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	run->world = world;
	run->plan = *plan;
	run->now_ms = 1000;
	run->walk = walk_create(&run->plan, run->now_ms);
	assert_non_null(run->walk);
	for (size_t i = 0; step(run); i++)
		assert_true(i < 20000);
	return run;
}

static void end(struct run *run)
{
	walk_destroy(run->walk);
	free(run);
}

/* The tree in one line: LAB{A(C$ D$) B!failure!} SHOP{}!failure! */
static const char *tree_of(const struct run *run)
{
	static char text[8192];
	const struct tree *tree = walk_tree(run->walk);
	size_t at = 0;

#define ADD(...) at += (size_t)snprintf(text + at, sizeof(text) - at, __VA_ARGS__)
	text[0] = '\0';
	for (size_t i = 0; i < tree->workgroup_count; i++) {
		const struct tree_workgroup *workgroup = tree->workgroups[i];

		ADD("%s%s{", i > 0 ? " " : "", workgroup->name);
		for (size_t j = 0; j < workgroup->server_count; j++) {
			const struct tree_server *server = workgroup->servers[j];

			ADD("%s%s", j > 0 ? " " : "", server->name);
			for (size_t k = 0; k < server->share_count; k++)
				ADD("%c%s", k > 0 ? ' ' : '(', server->shares[k].name);
			if (server->has_shares)
				ADD("%s", server->share_count > 0 ? ")" : "()");
			if (server->failure[0] != '\0')
				ADD("!%s!", server->failure);
		}
		ADD("}");
		if (workgroup->failure[0] != '\0')
			ADD("!%s!", workgroup->failure);
	}
#undef ADD
	return text;
}

static size_t times(const struct run *run, const char *what)
{
	size_t n = 0;

	for (const char *at = strstr(run->log, what); at != NULL; at = strstr(at + 1, what))
		n++;
	return n;
}

/* Whether one line of the log comes before another. */
static bool is_before(const struct run *run, const char *first, const char *second)
{
	const char *a = strstr(run->log, first), *b = strstr(run->log, second);

	return a != NULL && b != NULL && a < b;
}

/*
 * Two workgroups in one subnet: LAB with A (its master) and B, SHOP with S (its master) and T.
 */

static const struct known lab_known[] = {
	{ "", 0, WALK_SUBNETS, "10.0.0.1 10.0.0.3" }, { "LAB", 0x1D, WALK_SUBNETS, "10.0.0.1" },
	{ "SHOP", 0x1D, WALK_SUBNETS, "10.0.0.3" },   { "A", 0x20, WALK_SUBNETS, "10.0.0.1" },
	{ "B", 0x20, WALK_SUBNETS, "10.0.0.2" },      { "S", 0x20, WALK_SUBNETS, "10.0.0.3" },
	{ "T", 0x00, WALK_SUBNETS, "10.0.0.4" },
};
static const struct machine lab_machines[] = {
	{ "10.0.0.1", "A", "LAB", "LAB", "A B", "LAB:A SHOP:S", "IPC$", 0 },
	{ "10.0.0.2", "B", "LAB", NULL, NULL, NULL, "tools IPC$", 0 },
	{ "10.0.0.3", "S", "SHOP", "SHOP", "S T", "LAB:A SHOP:S", "", 0 },
	{ "10.0.0.4", "T", "SHOP", NULL, NULL, NULL, NULL, -ECONNREFUSED },
};
static const struct world lab = { lab_known,    ARRAY_SIZE(lab_known),
				  lab_machines, ARRAY_SIZE(lab_machines),
				  false,        false };

static void the_whole_neighbourhood(void **state)
{
	struct walk_plan plan = plan_of_all();
	struct run *run = walked(&lab, &plan);

	(void)state;
	assert_string_equal(tree_of(run), "LAB{A(IPC$) B(IPC$ tools)} "
					  "SHOP{S() T!no connection: Connection refused!}");
	assert_true(walk_has_master(run->walk));
	assert_true(walk_is_found(run->walk));
	assert_string_equal(walk_complaint(run->walk), "");
	/* Who has given his list is not looked for. */
	assert_int_equal(times(run, "look A<20>"), 0);
	assert_int_equal(times(run, "lists"), 2);
	assert_int_equal(times(run, "shares"), 4);
	assert_true(is_before(run, "look T<20>", "look T<00>"));
	assert_true(is_before(run, "lists 10.0.0.3", "shares 10.0.0.1"));
	end(run);
}

static void the_order_of_answers_does_not_matter(void **state)
{
	struct walk_plan plan = plan_of_all();
	struct world backwards = lab;
	struct run *run = walked(&lab, &plan);
	char expected[8192];

	(void)state;
	strcpy(expected, tree_of(run));
	end(run);
	backwards.backwards = true;
	run = walked(&backwards, &plan);
	assert_string_equal(tree_of(run), expected);
	end(run);
}

static void what_is_not_wanted_is_not_asked_for(void **state)
{
	struct walk_plan plan = plan_of_all();
	static const char wanted[][TREE_NAME_SIZE] = { "SHOP", "NOWHERE" };
	struct run *run;

	(void)state;
	plan.no_shares = true;
	run = walked(&lab, &plan);
	assert_string_equal(tree_of(run), "LAB{A B} SHOP{S T}");
	assert_int_equal(times(run, "shares"), 0);
	end(run);

	plan.workgroups_only = true;
	plan.no_shares = false;
	run = walked(&lab, &plan);
	assert_int_equal(times(run, "shares"), 0);
	end(run);

	plan.workgroups_only = false;
	plan.wanted = wanted;
	plan.wanted_count = 2;
	run = walked(&lab, &plan);
	assert_int_equal(times(run, "shares 10.0.0.3"), 1);
	assert_int_equal(times(run, "shares 10.0.0.1"), 0);
	assert_non_null(strstr(tree_of(run), "NOWHERE{}!its master is not found!"));
	assert_true(walk_is_wanted(run->walk, "shop"));
	assert_false(walk_is_wanted(run->walk, "LAB"));
	assert_true(walk_is_found(run->walk));
	end(run);

	plan.wanted = &wanted[1];
	plan.wanted_count = 1;
	run = walked(&lab, &plan);
	assert_false(walk_is_found(run->walk));
	assert_true(walk_has_master(run->walk));
	end(run);
}

/* Nobody answers for all masters: those of the workgroup are found by their names. */
static void our_own_workgroup_is_asked_for_too(void **state)
{
	static const struct known known[] = { { "LAB", 0x1D, WALK_SUBNETS, "10.0.0.1" },
					      { "LAB", 0x1B, WALK_SERVERS, "10.9.0.1" } };
	static const struct machine machines[] = {
		{ "10.0.0.1", "A", "LAB", "LAB", "A", NULL, "", 0 },
		{ "10.9.0.1", "Z", "LAB", "LAB", "A Z", "FAR:F", "", 0 },
	};
	static const struct world world = { known, 2, machines, 2, false, false };
	struct walk_plan plan = plan_of_all();
	struct run *run = walked(&world, &plan);

	(void)state;
	assert_string_equal(tree_of(run), "");
	assert_false(walk_is_found(run->walk));
	end(run);

	plan.own = "LAB";
	plan.has_servers = true;
	run = walked(&world, &plan);
	assert_string_equal(tree_of(run), "FAR{}!its master is not found! LAB{A() Z()}");
	assert_int_equal(times(run, "look LAB<1D>\n"), 1);
	assert_int_equal(times(run, "look LAB<1B> at servers\n"), 1);
	end(run);
}

static void masters_that_others_know_are_found_in_this_order(void **state)
{
	static const struct known known[] = { { "", 0, WALK_SUBNETS, "10.0.0.1" } };
	static const struct machine machines[] = {
		{ "10.0.0.1", "A", "LAB", "LAB", "A", "FAR:F DARK:", "", 0 },
	};
	static const struct world world = { known, 1, machines, 1, false, false };
	static const char expected[] = "look F<20> at servers\nlook FAR<1D>\n"
				       "look F<20>\nlook FAR<1B> at servers\n"
				       "look F<00>\nlook F<00> at servers\n"
				       "look FAR<1B>\nlook FAR<1D> at servers\n";
	struct walk_plan plan = plan_of_all();
	struct run *run;

	(void)state;
	plan.has_servers = true;
	run = walked(&world, &plan);
	assert_string_equal(tree_of(run), "DARK{}!its master is not found! "
					  "FAR{}!its master is not found! LAB{A()}");
	for (const char *at = expected; *at != '\0'; at = strchr(at, '\n') + 1) {
		char line[64];

		snprintf(line, sizeof(line), "%.*s\n", (int)(strchr(at, '\n') - at), at);
		assert_int_equal(times(run, line), 1);
	}
	assert_true(is_before(run, "look F<20> at servers", "look F<20>\n"));
	assert_true(is_before(run, "look F<20>\n", "look F<00>\n"));
	assert_true(is_before(run, "look F<00>\n", "look F<00> at servers"));
	assert_true(is_before(run, "look F<00> at servers", "look FAR<1D>\n"));
	assert_true(is_before(run, "look FAR<1D>\n", "look FAR<1B> at servers"));
	assert_true(is_before(run, "look FAR<1B> at servers", "look FAR<1B>\n"));
	assert_int_equal(times(run, "look DARK<1D>\n"), 1);
	end(run);
}

/* A master that lists N0, N1 ...; nobody has their names, or each has an address. */
struct crowd {
	char servers[8192];
	struct known known[400];
	char names[400][8], addresses[400][16];
	struct machine machines[401];
	struct world world;
};

static struct crowd *crowd_of(size_t count, bool known)
{
	struct crowd *c = calloc(1, sizeof(*c));
	size_t at = 0;

	assert_non_null(c);
	c->known[0] = (struct known){ "", 0, WALK_SUBNETS, "10.0.0.1" };
	c->machines[0] = (struct machine){ "10.0.0.1", "A", "LAB", "LAB", c->servers, NULL, "", 0 };
	for (size_t i = 0; i < count; i++) {
		snprintf(c->names[i], sizeof(c->names[i]), "N%zu", i);
		snprintf(c->addresses[i], sizeof(c->addresses[i]), "10.1.%zu.%zu", i / 100,
			 i % 100);
		at += (size_t)snprintf(c->servers + at, sizeof(c->servers) - at, "%s ",
				       c->names[i]);
		c->known[1 + i] =
			(struct known){ c->names[i], 0x20, WALK_SUBNETS, c->addresses[i] };
		c->machines[1 + i] =
			(struct machine){ c->addresses[i], NULL, NULL, NULL, NULL, NULL, "d", 0 };
	}
	c->world = (struct world){ c->known, known ? count + 1 : 1, c->machines, count + 1, false,
				   false };
	return c;
}

static void silent_name_servers_are_asked_once(void **state)
{
	struct walk_plan plan = plan_of_all();
	struct world world = lab;
	struct crowd *crowd;
	struct run *run;

	(void)state;
	world.is_silent = true;
	plan.has_servers = true;
	run = walked(&world, &plan);
	/* Those that were asked at the same time may both be: B and T. */
	assert_in_range(times(run, "at servers"), 1, 2);
	assert_non_null(strstr(tree_of(run), "B(IPC$ tools)"));
	end(run);

	/* With nobody else to ask they are asked again and again: -U may be a plain host. */
	plan.has_subnets = false;
	plan.own = "LAB";
	run = walked(&world, &plan);
	assert_int_equal(times(run, "at servers"), 3);
	end(run);

	crowd = crowd_of(90, true);
	crowd->world.is_silent = true;
	plan = plan_of_all();
	plan.has_servers = true;
	run = walked(&crowd->world, &plan);
	assert_int_equal(times(run, "at servers"), 32);
	end(run);
	free(crowd);
}

static void many_at_once_but_not_too_many(void **state)
{
	struct crowd *c = crowd_of(90, true);
	struct walk_plan plan = plan_of_all();
	struct run *run = walked(&c->world, &plan);

	(void)state;
	assert_int_equal(walk_tree(run->walk)->server_count, 91);
	assert_int_equal(run->looks_at_once, 32);
	assert_int_equal(run->pulls_at_once, 16);
	for (size_t i = 0; i < 90; i++)
		assert_true(walk_tree(run->walk)->workgroups[0]->servers[1 + i]->has_shares);
	end(run);
	free(c);
}

static void looking_up_names_has_an_end(void **state)
{
	struct crowd *c = crowd_of(90, false);
	struct walk_plan plan = plan_of_all();
	struct run *run;
	size_t late = 0, lost = 0;

	(void)state;
	plan.timeout_ms = 100; /* 2.4 s in all, and everything takes half a second */
	run = walked(&c->world, &plan);
	for (size_t i = 1; i < 91; i++) {
		const char *failure = walk_tree(run->walk)->workgroups[0]->servers[i]->failure;

		late += strcmp(failure, "not asked: looking up names takes too long") == 0;
		lost += strcmp(failure, "its address is not found") == 0;
	}
	assert_int_equal(late + lost, 90);
	assert_true(late > 0);
	assert_in_range(run->now_ms, 1000, 1000 + 2400 + 2 * STEP_MS);
	end(run);
	free(c);
}

static const struct known two_known[] = { { "", 0, WALK_SUBNETS, "10.0.0.1" },
					  { "B", 0x20, WALK_SUBNETS,
					    "10.0.1.2 10.0.2.2 10.0.3.2" } };
static struct machine two_machines[] = {
	{ "10.0.0.1", "A", "LAB", "LAB", "A B", NULL, "", 0 },
	{ "10.0.1.2", NULL, NULL, NULL, NULL, NULL, "d", -EHOSTUNREACH },
	{ "10.0.2.2", NULL, NULL, NULL, NULL, NULL, "d", 0 },
	{ "10.0.3.2", NULL, NULL, NULL, NULL, NULL, "d", 0 },
};
static const struct world two = { two_known, 2, two_machines, 4, false, false };

static void the_next_address_is_tried(void **state)
{
	struct walk_plan plan = plan_of_all();
	struct run *run = walked(&two, &plan);
	const struct tree_server *b = walk_tree(run->walk)->workgroups[0]->servers[1];

	(void)state;
	assert_string_equal(tree_of(run), "LAB{A() B(d)}");
	assert_int_equal(b->address.s_addr, address("10.0.2.2").s_addr);
	assert_int_equal(times(run, "shares 10.0.1.2"), 1);
	assert_int_equal(times(run, "shares 10.0.2.2"), 1);
	assert_int_equal(times(run, "shares 10.0.3.2"), 0);
	end(run);

	/* What is connected and refuses does so at each address. */
	two_machines[2].shares = NULL;
	run = walked(&two, &plan);
	assert_string_equal(tree_of(run),
			    "LAB{A() B!its list of shares is refused with status 5!}");
	assert_int_equal(times(run, "shares 10.0.3.2"), 0);
	end(run);

	two_machines[2].error = two_machines[3].error = -ETIMEDOUT;
	run = walked(&two, &plan);
	assert_string_equal(tree_of(run), "LAB{A() B!no connection: Connection timed out!}");
	assert_int_equal(times(run, "shares 10.0.3.2"), 1);
	end(run);

	/* A host has four timeouts in all. */
	plan.timeout_ms = STEP_MS / 4;
	run = walked(&two, &plan);
	assert_int_equal(times(run, "shares 10.0.2.2"), 0);
	end(run);
	two_machines[2].error = two_machines[3].error = 0;
	two_machines[2].shares = "d";
}

static void a_master_with_two_addresses_is_visited_once(void **state)
{
	static const struct known known[] = {
		{ "", 0, WALK_SUBNETS, "10.0.0.1 10.0.5.1 10.0.0.255 255.255.255.255 224.0.0.1" }
	};
	struct machine machines[] = {
		{ "10.0.0.1", "A", "LAB", "LAB", "A", NULL, "d", 0 },
		{ "10.0.5.1", "A", "LAB", "LAB", "A", NULL, "d", 0 },
	};
	struct world world = { known, 1, machines, 2, false, false };
	struct walk_plan plan = plan_of_all();
	struct run *run = walked(&world, &plan);

	(void)state;
	assert_string_equal(tree_of(run), "LAB{A(d)}");
	assert_int_equal(times(run, "lists 10.0.0.1") + times(run, "lists 10.0.5.1"), 1);
	assert_int_equal(times(run, "255.255.255.255") + times(run, "224.0.0.1"), 0);
	end(run);

	/* But if it can't be reached at one, it is at the other. */
	for (size_t i = 0; i < 2; i++) {
		machines[0].error = i == 0 ? -EHOSTUNREACH : 0;
		machines[1].error = i == 1 ? -EHOSTUNREACH : 0;
		for (size_t j = 0; j < 2; j++) {
			world.backwards = j == 1;
			run = walked(&world, &plan);
			assert_string_equal(tree_of(run), "LAB{A(d)}");
			end(run);
		}
	}
}

static void from_any_master(void **state)
{
	struct walk_plan plan = plan_of_all();
	struct run *run;

	(void)state;
	plan.host = "B1.example";
	run = walked(&lab, &plan);
	assert_string_equal(run->log, "resolve B1.example\n");
	assert_string_equal(walk_complaint(run->walk), "its address is not found");
	assert_false(walk_is_found(run->walk));
	end(run);

	plan.host = "10.0.0.3";
	run = walked(&lab, &plan);
	assert_non_null(strstr(tree_of(run), "SHOP{S() T!no connection: Connection refused!}"));
	assert_int_equal(times(run, "MSBROWSE"), 0);
	end(run);

	plan.host = "A";
	strcpy(plan.host_name, "A");
	run = walked(&lab, &plan);
	assert_int_equal(strncmp(run->log, "look A<20>\nstatus 10.0.0.1\nlists 10.0.0.1\n", 38), 0);
	end(run);

	plan.host = "10.7.7.7";
	plan.host_name[0] = '\0';
	run = walked(&lab, &plan);
	assert_string_equal(walk_complaint(run->walk), "no connection: Connection timed out");
	end(run);
}

static void one_host_only(void **state)
{
	struct walk_plan plan = plan_of_all();
	struct run *run;

	(void)state;
	plan.only_host = true;
	plan.host = "10.0.0.1";
	run = walked(&lab, &plan);
	assert_string_equal(tree_of(run), "LAB{A(IPC$) B} SHOP{}");
	assert_string_equal(run->log, "resolve 10.0.0.1\nstatus 10.0.0.1\nlists 10.0.0.1\n"
				      "shares 10.0.0.1\n");
	assert_true(walk_is_found(run->walk));
	end(run);

	/* A host that is no browser, and one that is not there. */
	plan.host = "10.0.0.2";
	run = walked(&lab, &plan);
	assert_string_equal(tree_of(run),
			    "LAB{B(IPC$ tools)}!its list of servers is refused with status 5!");
	assert_true(walk_is_found(run->walk));
	end(run);
	plan.host = "10.0.0.4";
	run = walked(&lab, &plan);
	assert_string_equal(tree_of(run), "SHOP{T!no connection: Connection refused!}");
	assert_false(walk_is_found(run->walk));
	assert_int_equal(times(run, "shares"), 0);
	end(run);
	plan.host = "10.7.7.7";
	run = walked(&lab, &plan);
	assert_string_equal(tree_of(run), "?{10.7.7.7!no connection: Connection timed out!}");
	assert_int_equal(times(run, "without a name"), 1);
	end(run);
	plan.no_shares = true;
	run = walked(&lab, &plan);
	assert_string_equal(walk_complaint(run->walk), "no connection: Connection timed out");
	end(run);
}

/* Each master knows one more workgroup. */
static void lists_that_never_end(void **state)
{
	static char text[40][3][32];
	static struct known known[41];
	static struct machine machines[40];
	struct world world = { known, 41, machines, 40, false, false };
	struct walk_plan plan = plan_of_all();
	struct run *run;

	(void)state;
	known[40] = (struct known){ "", 0, WALK_SUBNETS, "10.0.0.0" };
	for (int i = 0; i < 40; i++) {
		snprintf(text[i][0], 32, "10.0.0.%d", i);
		snprintf(text[i][1], 32, "W%d", i);
		snprintf(text[i][2], 32, "W%d:", i + 1);
		known[i] = (struct known){ text[i][1], 0x1D, WALK_SUBNETS, text[i][0] };
		machines[i] = (struct machine){ text[i][0], "M",        text[i][1], text[i][1],
						"",         text[i][2], "",         0 };
	}
	run = walked(&world, &plan);
	assert_int_equal(times(run, "lists"), 9);
	end(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_neighbourhood),
		cmocka_unit_test(the_order_of_answers_does_not_matter),
		cmocka_unit_test(what_is_not_wanted_is_not_asked_for),
		cmocka_unit_test(our_own_workgroup_is_asked_for_too),
		cmocka_unit_test(masters_that_others_know_are_found_in_this_order),
		cmocka_unit_test(silent_name_servers_are_asked_once),
		cmocka_unit_test(many_at_once_but_not_too_many),
		cmocka_unit_test(looking_up_names_has_an_end),
		cmocka_unit_test(the_next_address_is_tried),
		cmocka_unit_test(a_master_with_two_addresses_is_visited_once),
		cmocka_unit_test(from_any_master),
		cmocka_unit_test(one_host_only),
		cmocka_unit_test(lists_that_never_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
