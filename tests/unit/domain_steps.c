#include "domain_steps.h"

#include <stdio.h>

#include "browserd/text.h"

const struct act *next_lookup(struct bench *bench, size_t *at, enum browser_lookup_type type)
{
	const struct act *act = bench_next(bench, at, LOOKED, 0);

	while (act->lookup != type)
		act = bench_next(bench, at, LOOKED, 0);
	return act;
}

void say_nobody(struct bench *bench)
{
	const struct browser_found found = { .is_definite = true };

	bench_answer(bench, &found);
}

void say_nothing(struct bench *bench)
{
	const struct browser_found found = { .is_there = false };

	bench_answer(bench, &found);
}

void say_address(struct bench *bench, const char *address)
{
	const struct browser_found found = { .is_there = true,
					     .addresses = { address_of(address) },
					     .count = 1 };

	bench_answer(bench, &found);
}

void say_name(struct bench *bench, const char *name)
{
	struct browser_found found = { .is_there = true,
				       .mastered = { "LAB" },
				       .mastered_count = 1 };

	text_copy(found.server, sizeof(found.server), name);
	bench_answer(bench, &found);
}

void say_here(struct bench *bench)
{
	const struct browser_found found = { .is_there = true };

	bench_answer(bench, &found);
}

/* A local master; what it looks up first is not answered yet. */
void be_local_master(struct bench *bench)
{
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

/* A local master that knows the domain master BOSS at DMB. */
void know_the_master(struct bench *bench)
{
	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	say_here(bench);
}

void be_domain_master(struct bench *bench)
{
	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench_start(bench);
	bench_pass_ms(bench, 10 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	bench->looking = 0;
}

void hear_master(struct bench *bench, const char *address, const char *name, const char *to)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_MASTER_ANNOUNCEMENT };
	char from[NBT_BROWSE_NAME_SIZE + 4];

	text_copy(frame.name, sizeof(frame.name), name);
	snprintf(from, sizeof(from), "%s<00>", name);
	bench_hear_from(bench, HOME, address, from, to, &frame);
}

/* A browserd; and all that is said at first has been said. */
void know_the_quick_master(struct bench *bench)
{
	know_the_master(bench);
	bench->is_quick = true;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench->is_quick = false;
	bench_pass_ms(bench, 9 * SECOND);
}

size_t count_acts(const struct bench *bench, size_t at, enum deed deed)
{
	size_t n = 0;

	for (; at < bench->count; at++)
		n += bench->acts[at].deed == deed;
	return n;
}

uint32_t own_type(const struct bench *bench)
{
	struct lists_view view;

	assert_true(bench_lists_it(bench, "US", &view));
	return view.record->type;
}

struct browser_sync_view synced;

static size_t syncs;

static void note_sync(void *ctx, const struct browser_sync_view *view)
{
	(void)ctx;
	synced = *view;
	syncs++;
}

size_t count_syncs(const struct bench *bench)
{
	syncs = 0;
	browser_each_sync(bench->service, note_sync, NULL);
	return syncs;
}
