/* One browser and the domain master, another or itself: browser.md sections 6.5, 8 and 9, and what
 * two browserds say to each other. To the millisecond. */
#include "browser_bench.h"

#include <stdio.h>

#include "browserd/host.h"
#include "browserd/text.h"

#define DMB "10.3.0.9"
#define LMB "10.2.0.5"

/*
 * Steps.
 */

static const struct act *next_lookup(struct bench *bench, size_t *at, enum browser_lookup_type type)
{
	const struct act *act = bench_next(bench, at, LOOKED, 0);

	while (act->lookup != type)
		act = bench_next(bench, at, LOOKED, 0);
	return act;
}

static void say_nobody(struct bench *bench)
{
	const struct browser_found found = { .is_definite = true };

	bench_answer(bench, &found);
}

static void say_nothing(struct bench *bench)
{
	const struct browser_found found = { .is_there = false };

	bench_answer(bench, &found);
}

static void say_address(struct bench *bench, const char *address)
{
	const struct browser_found found = { .is_there = true,
					     .addresses = { address_of(address) },
					     .count = 1 };

	bench_answer(bench, &found);
}

static void say_name(struct bench *bench, const char *name)
{
	struct browser_found found = { .is_there = true,
				       .mastered = { "LAB" },
				       .mastered_count = 1 };

	text_copy(found.server, sizeof(found.server), name);
	bench_answer(bench, &found);
}

static void say_here(struct bench *bench)
{
	const struct browser_found found = { .is_there = true };

	bench_answer(bench, &found);
}

/* A local master; what it looks up first is not answered yet. */
static void be_local_master(struct bench *bench)
{
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

/* A local master that knows the domain master BOSS at DMB. */
static void know_the_master(struct bench *bench)
{
	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	say_here(bench);
}

static void be_domain_master(struct bench *bench)
{
	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench_start(bench);
	bench_pass_ms(bench, 10 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	bench->looking = 0;
}

static void hear_master(struct bench *bench, const char *address, const char *name, const char *to)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_MASTER_ANNOUNCEMENT };
	char from[NBT_BROWSE_NAME_SIZE + 4];

	text_copy(frame.name, sizeof(frame.name), name);
	snprintf(from, sizeof(from), "%s<00>", name);
	bench_hear_from(bench, HOME, address, from, to, &frame);
}

/* A browserd; and all that is said at first has been said. */
static void know_the_quick_master(struct bench *bench)
{
	know_the_master(bench);
	bench->is_quick = true;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench->is_quick = false;
	bench_pass_ms(bench, 9 * SECOND);
}

static size_t count(const struct bench *bench, size_t at, enum deed deed)
{
	size_t n = 0;

	for (; at < bench->count; at++)
		n += bench->acts[at].deed == deed;
	return n;
}

static uint32_t own_type(const struct bench *bench)
{
	struct lists_view view;

	assert_true(bench_lists_it(bench, "US", &view));
	return view.record->type;
}

static struct browser_sync_view synced; /* the last one that was told */
static size_t syncs;

static void note_sync(void *ctx, const struct browser_sync_view *view)
{
	(void)ctx;
	synced = *view;
	syncs++;
}

static size_t count_syncs(const struct bench *bench)
{
	syncs = 0;
	browser_each_sync(bench->service, note_sync, NULL);
	return syncs;
}

/*
 * The local master's side: section 8, steps 1 to 7.
 */

static void case_08_steps_of_a_local_master(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	const struct act *act;

	be_local_master(bench);
	act = next_lookup(bench, &at, BROWSER_LOOKUP_NAME);
	assert_name(act, "LAB<1B>");
	say_address(bench, DMB);
	act = next_lookup(bench, &at, BROWSER_LOOKUP_STATUS);
	assert_name(act, "LAB<1B>");
	assert_true(act->address.s_addr == address_of(DMB).s_addr);
	say_name(bench, "BOSS");
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_name(act, "BOSS<00>");
	assert_int_equal(act->type, NBT_DGM_DIRECT_UNIQUE);
	assert_true(act->envelope.peer.s_addr == address_of(DMB).s_addr);
	assert_string_equal(act->frame.name, "US");
	bench_pass_ms(bench, 1);
	act = bench_next(bench, &at, PULLED, 0);
	assert_string_equal(act->peer, "BOSS");
	assert_true(act->address.s_addr == address_of(DMB).s_addr);
	assert_false(act->is_local);
}

/* One that cannot be made now is made later. */
static void a_look_up_that_is_too_many(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->lookups_fail = true;
	bench_start(bench);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(count(bench, 0, LOOKED), 0);
	bench->lookups_fail = false;
	at = bench->count;
	bench_pass_ms(bench, 10 * SECOND);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

/* As soon as it is one, not before. */
static void case_08_who_looks(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	uint64_t master_ms;

	be_local_master(bench);
	bench_next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
	master_ms = bench->acts[at - 1].at_ms;
	at = 0;
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_NAME)->at_ms == master_ms);
}

static void case_08_a_potential_browser_does_not_look(void **state)
{
	struct bench *bench = *state;

	bench_be_potential(bench);
	bench_pass_ms(bench, 4 * MINUTE);
	for (size_t i = 0; i < bench->count; i++)
		assert_false(bench->acts[i].deed == LOOKED &&
			     bench->acts[i].lookup == BROWSER_LOOKUP_NAME);
}

static void case_08_no_domain_master(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.domain_master = BROWSER_DOMAIN_NO;
	be_local_master(bench);
	say_nobody(bench);
	at = bench->count;
	bench_pass_ms(bench, 10 * SECOND);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
	assert_int_equal(bench_count_sent(bench, 0, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	assert_int_equal(count(bench, 0, PULLED), 0);
}

/* Without probes it is asked for in the protocol's time. */
static void case_08_no_domain_master_without_probes(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.times.probe = 0;
	be_local_master(bench);
	say_nothing(bench);
	at = bench->count;
	bench_pass_ms(bench, 11 * MINUTE);
	assert_int_equal(count(bench, at, LOOKED), 0);
	bench_pass_ms(bench, MINUTE);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

/* Its second address, when the first does not answer. */
static void case_08_several_addresses(void **state)
{
	struct bench *bench = *state;
	const struct browser_found found = { .is_there = true,
					     .addresses = { address_of(HOME), address_of(LMB),
							    address_of(DMB) },
					     .count = 3 };
	size_t at = 0;

	be_local_master(bench);
	bench_answer(bench, &found);
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_STATUS)->address.s_addr ==
		    address_of(LMB).s_addr);
	say_nothing(bench);
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_STATUS)->address.s_addr ==
		    address_of(DMB).s_addr);
	say_name(bench, "BOSS");
	assert_int_equal(count_syncs(bench), 1);
	assert_true(synced.is_domain_master);
	assert_string_equal(synced.name, "BOSS");
}

/* Both again after twelve minutes. Only at first it is said three times, since it may be a browserd
 * that has not heard it. */
static void case_08_times_of_a_local_master(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 1);
	at = bench->count;
	bench_pass_ms(bench, 8 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 2);
	at = bench->count;
	bench_pass_ms(bench, 12 * MINUTE - 8 * SECOND - 2);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	assert_int_equal(count(bench, at, PULLED), 0);
	bench_pass_ms(bench, 2);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	assert_int_equal(count(bench, at, PULLED), 1);
}

/* The lists that it had are kept, and tried again after a minute. */
static void case_08_a_list_that_cannot_be_had(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;
	size_t at;

	bench->pull_records = 1;
	know_the_master(bench);
	bench_pass_ms(bench, 1);
	assert_true(bench_lists_it(bench, "P00", &view));
	bench->pulls_fail = true;
	bench->pull_records = 0;
	bench_pass_ms(bench, 12 * MINUTE);
	at = bench->count;
	assert_true(bench_lists_it(bench, "P00", &view));
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(count(bench, at, PULLED), 1);
	assert_true(bench_lists_it(bench, "P00", &view));
	/* Three intervals after they came they are not believed any more. */
	bench_pass_ms(bench, 24 * MINUTE);
	assert_false(bench_lists_it(bench, "P00", &view));
}

/* What it has from there it has no more when it is no master any more. */
static void case_08_a_local_master_that_was(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 1;
	know_the_master(bench);
	bench_pass_ms(bench, 1);
	bench_elect(bench, 1, 0xFF000000);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
	assert_int_equal(count_syncs(bench), 0);
	assert_true(bench_lists_it(bench, "P00", &view));
	bench_pass_ms(bench, MINUTE + SECOND);
	assert_false(bench_lists_it(bench, "P00", &view));
}

/* Two probes without an answer, and another is looked for. */
static void a_master_that_is_silent(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	for (size_t miss = 0; miss < 2; miss++) {
		assert_int_equal(count_syncs(bench), 1);
		at = bench->count;
		bench_pass_ms(bench, 10 * SECOND);
		assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_PROBE), "LAB<1B>");
		at = bench->count;
		say_nothing(bench);
	}
	assert_int_equal(count_syncs(bench), 0);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

/* Without probes it is asked in the protocol's time. */
static void a_master_that_is_silent_without_probes(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.times.probe = 0;
	know_the_master(bench);
	for (size_t miss = 0; miss < 2; miss++) {
		assert_int_equal(count_syncs(bench), 1);
		at = bench->count;
		bench_pass_ms(bench, 12 * MINUTE);
		assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_PROBE), "LAB<1B>");
		at = bench->count;
		say_nothing(bench);
	}
	assert_int_equal(count_syncs(bench), 0);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

static void a_master_that_says_it_is_none(void **state)
{
	struct bench *bench = *state;

	know_the_master(bench);
	bench_pass_ms(bench, 10 * SECOND);
	say_nobody(bench);
	assert_int_equal(count_syncs(bench), 0);
}

/* A master that answers no probe until the name server is asked whether it still is it. */
static void miss_it_from_the_first(struct bench *bench)
{
	size_t at;

	say_nothing(bench);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	say_nothing(bench);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
	assert_int_equal(count_syncs(bench), 1);
}

/* It may be another program, which answers no such question. */
static void a_master_that_never_answered_is_kept(void **state)
{
	struct bench *bench = *state;

	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	for (size_t i = 0; i < 10; i++) {
		miss_it_from_the_first(bench);
		if (i % 2 == 0)
			say_address(bench, DMB);
		else
			say_nothing(bench); /* nor does the name server */
		assert_int_equal(count_syncs(bench), 1);
		bench_pass_ms(bench, 10 * SECOND);
	}
}

/* It gave the name away just after it was found, and goes on giving lists as a local master. */
static void a_master_that_never_answered_is_another(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	miss_it_from_the_first(bench);
	at = bench->count;
	say_address(bench, "10.4.0.9");
	assert_int_equal(count_syncs(bench), 0);
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_STATUS)->address.s_addr ==
		    address_of("10.4.0.9").s_addr);
	say_name(bench, "CHIEF");
	assert_int_equal(count_syncs(bench), 1);
}

static void a_master_that_never_answered_is_none(void **state)
{
	struct bench *bench = *state;

	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	miss_it_from_the_first(bench);
	say_nobody(bench);
	assert_int_equal(count_syncs(bench), 0);
}

/* Whom the administrator has named needs no name in a name server. */
static void a_master_that_is_configured_is_kept(void **state)
{
	struct bench *bench = *state;
	struct in_addr named[] = { address_of(DMB) };

	bench->settings.syncs = named;
	bench->settings.sync_count = 1;
	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	miss_it_from_the_first(bench);
	say_nobody(bench);
	assert_int_equal(count_syncs(bench), 1);
}

/*
 * Becoming it: section 6.5.
 */

static void case_06_the_name_of_the_domain_master(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	const struct act *act;

	be_domain_master(bench);
	do
		act = bench_next(bench, &at, CLAIMED, 0);
	while (nbt_name_suffix(&act->name) != NBT_SUFFIX_DMB);
	assert_name(act, "LAB<1B>");
	assert_false(act->is_local); /* the NBNS is to know it */
	assert_true(act->interface.s_addr == INADDR_ANY);
}

/* Who has it instead may be known: it is wanted all the same. */
static void case_06_the_name_refused_by_another(void **state)
{
	struct bench *bench = *state;

	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench->refused = "LAB<1B>";
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, MINUTE);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	assert_int_equal(count_syncs(bench), 1);
	bench->refused = NULL;
	bench_pass_ms(bench, 5 * MINUTE);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

/* Refused: tried again every five minutes. */
static void case_06_the_name_refused(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench->refused = "LAB<1B>";
	bench_start(bench);
	bench_pass_ms(bench, MINUTE);
	assert_false(browser_is_domain_master(bench->service, "LAB"));
	at = bench->count;
	bench_pass_ms(bench, 5 * MINUTE);
	assert_name(bench_next(bench, &at, CLAIMED, 0), "LAB<1B>");
	bench->refused = NULL;
	bench_pass_ms(bench, 5 * MINUTE);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

static void case_06_the_name_lost(void **state)
{
	struct bench *bench = *state;
	const struct nbt_local_claim claim = { .name = name_of("LAB<1B>") };
	const struct local_event lost = { .type = LOCAL_LOST,
					  .claim = &claim,
					  .who = address_of(DMB) };

	be_domain_master(bench);
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 1);
	assert_int_equal(count_syncs(bench), 1);
	browser_event(bench->service, &lost, &bench->env);
	assert_false(browser_is_domain_master(bench->service, "LAB"));
	assert_int_equal(count_syncs(bench), 0);
	assert_int_equal(own_type(bench) & NBT_SV_DOMAIN_MASTER, 0);
}

static void case_06_type_and_criteria(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	be_domain_master(bench);
	assert_int_equal(own_type(bench) & NBT_SV_DOMAIN_MASTER, NBT_SV_DOMAIN_MASTER);
	at = bench->count;
	bench_pass_ms(bench, 2 * MINUTE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
	assert_int_equal(act->frame.server_type & NBT_SV_DOMAIN_MASTER, NBT_SV_DOMAIN_MASTER);
	at = bench->count;
	bench_elect(bench, 1, 0x01000000);
	bench_pass_ms(bench, 5 * SECOND);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	assert_int_equal(act->frame.criteria & NBT_ELECTION_DMB, NBT_ELECTION_DMB);
}

static bool is_called(const struct bench *bench, uint8_t suffix)
{
	static const uint8_t guid[16] = "any";
	struct smb_elsewhere elsewhere;
	struct nbt_name name;
	struct host host;

	host_init(&host, browser_lists(bench->service), bench->service, &bench->settings, true,
		  guid);
	memcpy(name.bytes, "LAB            ", NBT_NAME_LEN - 1);
	name.bytes[NBT_NAME_LEN - 1] = suffix;
	return host.smb.called(host.smb.ctx, &name, &elsewhere) == SMB_CALLED_HERE;
}

/* One without the role of the local master is it all the same. */
static void case_06_a_domain_master_that_is_no_local_one(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	bench_elect(bench, 1, 0xFF000000);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	assert_true(browser_gives_lists(bench->service));
	assert_true(is_called(bench, 0x1B));
	assert_false(is_called(bench, 0x1D));
	assert_int_equal(own_type(bench) & (NBT_SV_DOMAIN_MASTER | NBT_SV_MASTER_BROWSER),
			 NBT_SV_DOMAIN_MASTER);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 1);
	assert_string_equal(bench_next(bench, &at, PULLED, 0)->peer, "FAR");
}

/* As a backup of its local master it fetches only what that has heard: whatever it had from itself
 * would go round between the two for ever, the dead too. */
static void a_domain_master_that_is_a_backup(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;

	be_domain_master(bench);
	bench_elect(bench, 1, 0xFF000000);
	bench_announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER", 0x00051003);
	at = bench->count;
	bench_promote(bench, "LAB<1E>");
	assert_int_equal(bench_role(bench), BROWSER_ROLE_BACKUP);
	act = bench_next(bench, &at, PULLED, 0);
	assert_string_equal(act->peer, "PEER");
	assert_true(act->is_local);
}

/* GetBackupListRequest to <1B>, by unicast. */
static void case_06_backups_of_the_domain(void **state)
{
	const struct nbt_browse ask = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
					.count = 4,
					.token = 77 };
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	be_domain_master(bench);
	at = bench->count;
	bench_hear_from(bench, HOME, DMB, "ASKER<00>", "LAB<1B>", &ask);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE);
	assert_name(act, "ASKER<00>");
	assert_true(act->envelope.peer.s_addr == address_of(DMB).s_addr);
	assert_int_equal(act->frame.token, 77);
	assert_int_equal(act->frame.count, 1);
	assert_string_equal(act->frame.backup[0], "US");
	at = bench->count;
	bench_hear_from(bench, HOME, DMB, "ASKER<00>", "SHOP<1B>", &ask);
	assert_int_equal(bench->count, at);
	/* So many in a second, and not more: it is no amplifier. */
	bench_pass_ms(bench, 5 * SECOND);
	at = bench->count;
	for (size_t i = 0; i < 50; i++)
		bench_hear_from(bench, HOME, DMB, "ASKER<00>", "LAB<1B>", &ask);
	assert_in_range(bench_count_sent(bench, at, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE), 1, 20);
}

static void case_06_no_domain_master_tells_no_backups(void **state)
{
	const struct nbt_browse ask = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST, .count = 4 };
	struct bench *bench = *state;
	size_t at;

	be_local_master(bench);
	at = bench->count;
	bench_hear_from(bench, HOME, DMB, "ASKER<00>", "LAB<1B>", &ask);
	assert_int_equal(bench->count, at);
}

/* Nobody is told to be it: with an NBNS that knows of none, twice, a local master stands in. */
static void who_stands_in(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_local_master(bench);
	say_nobody(bench);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	say_nobody(bench);
	bench_pass_ms(bench, 3 * SECOND);
	assert_name(bench_next(bench, &at, CLAIMED, 0), "LAB<1B>");
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

/* What the NBNS does not say is not known. */
static void who_does_not(void **state)
{
	struct bench *bench = *state;

	be_local_master(bench);
	for (size_t i = 0; i < 10; i++) {
		say_nothing(bench);
		bench_pass_ms(bench, 10 * SECOND);
	}
	assert_false(browser_is_domain_master(bench->service, "LAB"));
}

static void who_has_no_nbns_does_not(void **state)
{
	struct bench *bench = *state;

	bench_start(bench);
	bench_answer_node(bench, false);
	bench_pass_ms(bench, MINUTE);
	for (size_t i = 0; i < 10; i++) {
		say_nobody(bench);
		bench_pass_ms(bench, 10 * SECOND);
	}
	assert_false(browser_is_domain_master(bench->service, "LAB"));
}

static size_t count_claims(const struct bench *bench, size_t at)
{
	const struct nbt_name name = name_of("LAB<1B>");
	size_t n = 0;

	for (; at < bench->count; at++)
		n += bench->acts[at].deed == CLAIMED &&
		     nbt_name_equal(&bench->acts[at].name, &name);
	return n;
}

/* The NBNS names one that does not answer, and will not give the name to us: a static mapping of
 * a host that is gone. It is not asked for it all the time. */
static void a_name_server_that_insists(void **state)
{
	const enum browser_domain wanted[] = { BROWSER_DOMAIN_AUTO, BROWSER_DOMAIN_YES };
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		browser_destroy(bench->service);
		bench->count = 0;
		bench->settings.domain_master = wanted[i];
		bench->refused = "LAB<1B>";
		bench->looking = 0;
		be_local_master(bench);
		for (size_t n = 0; n < 60; n++) {
			bench_pass_ms(bench, 5 * SECOND);
			if (bench->looking == 0)
				continue;
			say_address(bench, DMB);
			say_nothing(bench);
		}
		assert_in_range(count_claims(bench, 0), 1, 3);
	}
}

/* The NBNS has given its name to another while it could not be reached. */
static void the_name_has_gone_elsewhere(void **state)
{
	struct bench *bench = *state;

	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, 30 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	say_address(bench, HOME);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	bench_pass_ms(bench, 10 * SECOND);
	say_address(bench, DMB);
	assert_false(browser_is_domain_master(bench->service, "LAB"));
}

/* The NBNS has lost its database: it is told the name again, and that now and then. */
static void the_name_is_lost_at_the_nbns(void **state)
{
	struct bench *bench = *state;
	const struct nbt_name name = name_of("LAB<1B>");
	size_t at, before;

	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, 30 * SECOND);
	say_nothing(bench);
	assert_int_equal(count_claims(bench, 0), 1);
	bench_pass_ms(bench, 10 * SECOND);
	at = before = bench->count;
	say_nobody(bench);
	assert_true(nbt_name_equal(&bench_next(bench, &at, RELEASED, 0)->name, &name));
	assert_true(nbt_name_equal(&bench_next(bench, &at, CLAIMED, 0)->name, &name));
	for (size_t i = 0; i < 29; i++) {
		bench_pass_ms(bench, 10 * SECOND);
		say_nobody(bench);
		assert_true(browser_is_domain_master(bench->service, "LAB"));
	}
	assert_int_equal(count_claims(bench, before), 1);
	bench_pass_ms(bench, 10 * SECOND);
	say_nobody(bench);
	assert_int_equal(count_claims(bench, before), 2);
}

/*
 * The domain master's side: section 8, steps 8 to 11.
 */

static void case_08_steps_of_the_domain_master(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;
	size_t at;
	const struct act *act;

	bench->pull_records = 2;
	be_domain_master(bench);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 1);
	act = bench_next(bench, &at, PULLED, 0);
	assert_string_equal(act->peer, "FAR");
	assert_true(act->address.s_addr == address_of(LMB).s_addr);
	assert_true(act->is_local); /* else lists would go round and round */
	assert_true(bench_lists_it(bench, "P00", &view) && bench_lists_it(bench, "P01", &view));
	assert_false(view.is_local);
	assert_int_equal(count_syncs(bench), 1);
	assert_false(synced.is_domain_master || synced.is_quick);
	/* What is not there any more goes with the next one. */
	bench->pull_records = 1;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, SECOND);
	assert_true(bench_lists_it(bench, "P00", &view));
	assert_false(bench_lists_it(bench, "P01", &view));
}

static void case_08_times_of_the_domain_master(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 1);
	at = bench->count;
	bench_pass_ms(bench, 12 * MINUTE - 2);
	assert_int_equal(count(bench, at, PULLED), 0);
	bench_pass_ms(bench, 2);
	assert_int_equal(count(bench, at, PULLED), 1);
	/* Not once more after three intervals in which it has not announced itself. */
	bench_pass_ms(bench, 24 * MINUTE - SECOND);
	assert_int_equal(count_syncs(bench), 1);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(count_syncs(bench), 0);
	at = bench->count;
	bench_pass_ms(bench, HOUR);
	assert_int_equal(count(bench, at, PULLED), 0);
}

static void case_08_no_domain_master_fetches_nothing(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_local_master(bench);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count(bench, at, PULLED), 0);
}

/* To this host, not to its groups. */
static void case_08_to_whom_it_is_said(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "LAB<1E>");
	hear_master(bench, LMB, "FAR", "LAB<1D>");
	bench_pass_ms(bench, 2 * SECOND);
	assert_int_equal(count(bench, at, PULLED), 0);
}

/* Said again while its lists are being fetched: they are fetched once more, a second later. */
static void case_08_said_again(void **state)
{
	struct bench *bench = *state;
	size_t at;
	uint64_t first_ms;

	be_domain_master(bench);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	browser_wake(bench->service, &bench->env); /* it is under way now */
	hear_master(bench, LMB, "FAR", "US<00>");
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count(bench, at, PULLED), 2);
	first_ms = bench_next(bench, &at, PULLED, 0)->at_ms;
	assert_true(bench_next(bench, &at, PULLED, 0)->at_ms == first_ms + SECOND);
}

static void case_08_so_many_local_masters(void **state)
{
	struct bench *bench = *state;

	bench->settings.peers = 2;
	be_domain_master(bench);
	hear_master(bench, "10.2.0.5", "FAR", "US<00>");
	bench_pass_ms(bench, 1);
	hear_master(bench, "10.3.0.5", "FARTHER", "US<00>");
	bench_pass_ms(bench, 1);
	hear_master(bench, "10.4.0.5", "FARTHEST", "US<00>");
	bench_pass_ms(bench, 1);
	assert_int_equal(count_syncs(bench), 2);
}

/* A MasterAnnouncement does not say of which workgroup: who has no server of ours is not ours. */
static void a_master_of_another_workgroup(void **state)
{
	struct bench *bench = *state;

	bench->settings.workgroup_count = 2;
	be_domain_master(bench);
	bench->pull_records = 0;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 2 * SECOND);
	assert_int_equal(count_syncs(bench), 0);
}

static bool knows_workgroup(const struct bench *bench, const char *name)
{
	struct lists_view view;

	return lists_find(browser_lists(bench->service), LISTS_WORKGROUPS, name, name, &view);
}

/* What it has told of the one workgroup is kept when it has nothing of the other, and both fetch
 * its list of workgroups at the same time. */
static void a_master_of_one_of_two_workgroups(void **state)
{
	const struct lists_record server = { .name = "P00", .type = 0x1003 },
				  workgroup = { .name = "MILL", .type = NBT_SV_DOMAIN_ENUM };
	struct bench *bench = *state;
	struct lists_view view;

	bench->settings.workgroup_count = 2;
	be_domain_master(bench);
	hear_master(bench, LMB, "FAR", "US<00>");
	browser_wake(bench->service, &bench->env);
	assert_int_equal(bench->pulling_count, 2);
	bench->pulling_count = 0;
	browser_pull_record(bench->service, bench->pulling[0], LISTS_SERVERS, &server, &bench->env);
	for (size_t i = 0; i < 2; i++)
		browser_pull_record(bench->service, bench->pulling[i], LISTS_WORKGROUPS, &workgroup,
				    &bench->env);
	for (size_t i = 0; i < 2; i++)
		browser_pull_end(bench->service, bench->pulling[i], true, &bench->env);
	assert_int_equal(count_syncs(bench), 1);
	assert_true(knows_workgroup(bench, "MILL"));
	bench_pass_ms(bench, 2 * MINUTE);
	assert_true(bench_lists_it(bench, "P00", &view));
	assert_true(knows_workgroup(bench, "MILL"));
}

/*
 * MasterAnnouncements with sources that are made up: nobody checks them.
 */

static void one_that_gives_no_list_is_not_asked_for_ever(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	bench->pulls_fail = true;
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 10 * MINUTE);
	assert_int_equal(count(bench, at, PULLED), 2);
	assert_int_equal(count_syncs(bench), 1); /* the administrator is told */
	assert_int_equal(synced.failures, 2);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 2 * SECOND);
	assert_int_equal(count(bench, at, PULLED), 1);
}

/* A browserd that gives no list, as one that is to be the domain master and is nothing yet, learns
 * that we are one all the same. */
static void one_that_gives_no_list_is_greeted(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	bench->pulls_fail = true;
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	bench->is_quick = true;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_true(bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)
			    ->envelope.peer.s_addr == address_of(LMB).s_addr);
}

/* One that has given its list keeps its place, and is tried again. */
static void they_take_no_place(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.peers = 3;
	be_domain_master(bench);
	hear_master(bench, "10.2.0.5", "FAR", "US<00>");
	bench_pass_ms(bench, 1);
	bench->pulls_fail = true;
	hear_master(bench, "10.9.0.1", "FORGED", "US<00>");
	hear_master(bench, "10.9.0.2", "FORGED", "US<00>");
	bench_pass_ms(bench, 12 * MINUTE);
	at = bench->count;
	bench_pass_ms(bench, 3 * MINUTE);
	assert_true(count(bench, at, PULLED) >= 3);
	bench->pulls_fail = false;
	hear_master(bench, "10.3.0.5", "FARTHER", "US<00>");
	bench_pass_ms(bench, 2 * SECOND);
	assert_int_equal(count_syncs(bench), 3);
	assert_string_equal(synced.name, "FARTHER");
	assert_int_equal(synced.failures, 0);
}

/*
 * nmbd's remote browse sync: section 9.
 */

static void case_09_remote_sync_is_sent(void **state)
{
	const struct in_addr there = address_of(DMB);
	struct bench *bench = *state;
	size_t at = 0;
	const struct act *act;
	uint64_t first_ms;

	bench->settings.syncs = &there;
	bench->settings.sync_count = 1;
	be_local_master(bench);
	bench_pass_ms(bench, 3 * MINUTE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_int_equal(act->name.bytes[0], '*');
	for (size_t i = 1; i < NBT_NAME_LEN; i++)
		assert_int_equal(act->name.bytes[i], 0);
	assert_int_equal(act->type, NBT_DGM_DIRECT_UNIQUE);
	assert_true(act->envelope.peer.s_addr == there.s_addr);
	assert_string_equal(act->frame.name, "US");
	first_ms = act->at_ms;
	bench_pass_ms(bench, 3 * MINUTE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_true(act->at_ms == first_ms + 3 * MINUTE);
	/* Only as long as it is a master. */
	bench_elect(bench, 1, 0xFF000000);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER", 0x00051003);
	bench_pass_ms(bench, 3 * MINUTE);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* Whoever is the domain master there is ours, where no name server tells of one: its list comes,
 * too. */
static void remote_sync_finds_the_domain_master(void **state)
{
	const struct in_addr there = address_of(DMB);
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	bench->settings.syncs = &there;
	bench->settings.sync_count = 1;
	for (size_t silent = 0; silent < 2; silent++) {
		browser_destroy(bench->service);
		bench->count = 0;
		be_local_master(bench);
		at = bench->count;
		if (silent)
			say_nothing(bench);
		else
			say_nobody(bench);
		act = next_lookup(bench, &at, BROWSER_LOOKUP_STATUS);
		assert_name(act, "LAB<1B>");
		assert_true(act->address.s_addr == there.s_addr);
		say_name(bench, "BOSS");
		assert_int_equal(count_syncs(bench), 1);
		assert_true(synced.is_domain_master);
	}
}

static void case_09_remote_sync_is_taken(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bool is_wanted = false;

	be_domain_master(bench);
	for (size_t i = 0; i < bench->count; i++)
		is_wanted |= bench->acts[i].deed == CLAIMED && bench->acts[i].name.bytes[0] == '*';
	assert_true(is_wanted);
	at = bench->count;
	hear_master(bench, LMB, "FAR",
		    "*<00><00><00><00><00><00><00><00><00><00><00><00><00><00><00>");
	bench_pass_ms(bench, 1);
	assert_string_equal(bench_next(bench, &at, PULLED, 0)->peer, "FAR");
}

/*
 * Between browserds.
 */

/* It is told half a second after a change, and what it says is marked. */
static void a_quick_master_is_told_of_changes(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	know_the_quick_master(bench);
	assert_true(count_syncs(bench) == 1 && synced.is_quick);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 499);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	bench_pass_ms(bench, 1);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_true(act->is_quick);
	assert_int_equal(count(bench, at, PULLED), 0);
	/* The same again is no change. */
	bench_pass_ms(bench, 9 * SECOND);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* A datagram may be lost: the same is said again two and eight seconds later, unless there is more
 * to say. The protocol's own announcement says it, too, and only once. */
static void changes_are_told_again(void **state)
{
	static const uint64_t times_ms[] = { 500, 1500, 3500, 9500 };
	struct bench *bench = *state;
	uint32_t first = 0, version = 0;
	uint64_t start_ms;
	size_t at;

	know_the_quick_master(bench);
	at = bench->count;
	start_ms = bench->env.now_ms;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, SECOND);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEWER", 0x1003);
	bench_pass_ms(bench, 10 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 4);
	for (size_t i = 0; i < 4; i++) {
		const struct act *act =
			bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);

		assert_true(act->at_ms == start_ms + times_ms[i]);
		if (i == 0)
			first = act->version;
		else if (i == 1)
			version = act->version;
		else
			assert_int_equal(act->version, version);
	}
	assert_true(first != 0 && version != 0 && first != version);
	at = bench->count;
	bench_pass_ms(bench, 12 * MINUTE);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	assert_int_equal(bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)->version,
			 version);
}

/* One that has begun anew knows nothing of us: it is reminded at every third probe. And one that
 * missed a probe may have missed more, and has perhaps said what we have missed. */
static void a_quick_master_is_reminded(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_quick_master(bench);
	at = bench->count;
	for (size_t i = 0; i < 6; i++) {
		bench_pass_ms(bench, 10 * SECOND);
		say_here(bench);
	}
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 2);
	assert_int_equal(count(bench, at, PULLED), 0);
	bench_pass_ms(bench, 10 * SECOND);
	say_nothing(bench);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	say_here(bench);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	assert_int_equal(count(bench, at, PULLED), 1);
}

static void another_master_is_not(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 9 * SECOND);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* The domain master has news: they are fetched at once. A stranger's are not. */
static void a_quick_master_tells_of_changes(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 5 * SECOND);
	bench->is_quick = true;
	at = bench->count;
	hear_master(bench, LMB, "STRANGER", "US<00>");
	bench_pass_ms(bench, 100);
	assert_int_equal(count(bench, at, PULLED), 0);
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 1);
	assert_string_equal(bench_next(bench, &at, PULLED, 0)->peer, "BOSS");
}

static size_t pulls_after(struct bench *bench, const char *address, const char *name,
			  uint32_t version)
{
	size_t at = bench->count;

	bench->is_quick = true;
	bench->version = version;
	hear_master(bench, address, name, "US<00>");
	bench_pass_ms(bench, 2 * SECOND);
	return count(bench, at, PULLED);
}

/* What it says again is fetched once; not if it could not be had, or if it does not say what it is.
 */
static void expect_fetched_once(struct bench *bench, const char *address, const char *name)
{
	assert_int_equal(pulls_after(bench, address, name, 7), 1);
	assert_int_equal(pulls_after(bench, address, name, 7), 0);
	assert_int_equal(pulls_after(bench, address, name, 6), 1);
	assert_int_equal(pulls_after(bench, address, name, 0), 1);
	assert_int_equal(pulls_after(bench, address, name, 0), 1);
	bench->pulls_fail = true;
	assert_int_equal(pulls_after(bench, address, name, 8), 1);
	assert_int_equal(pulls_after(bench, address, name, 8), 1);
	bench->pulls_fail = false;
	assert_int_equal(pulls_after(bench, address, name, 8), 1);
	assert_int_equal(pulls_after(bench, address, name, 8), 0);
}

static void a_version_of_the_master_is_fetched_once(void **state)
{
	struct bench *bench = *state;

	know_the_master(bench);
	bench_pass_ms(bench, 10 * SECOND);
	expect_fetched_once(bench, DMB, "BOSS");
}

static void a_version_of_a_local_master_is_fetched_once(void **state)
{
	struct bench *bench = *state;

	be_domain_master(bench);
	expect_fetched_once(bench, LMB, "FAR");
}

/* A new one while the lists are being fetched is fetched behind them; the same is not. */
static void a_version_that_is_being_fetched(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	bench->is_quick = true;
	for (uint32_t version = 7; version <= 8; version++) {
		at = bench->count;
		bench->version = version == 7 ? 7 : 9;
		hear_master(bench, LMB, "FAR", "US<00>");
		browser_wake(bench->service, &bench->env);
		bench->version = version;
		hear_master(bench, LMB, "FAR", "US<00>");
		bench_pass_ms(bench, 5 * SECOND);
		assert_int_equal(count(bench, at, PULLED), version == 7 ? 1 : 2);
	}
}

/* What is fetched from it is no news to it; and no other program sends what a browserd does. */
static void its_own_news_are_not_told(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 5 * SECOND);
	at = bench->count;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count(bench, at, PULLED), 0);
	bench->is_quick = true;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	bench->pull_records = 3;
	at = bench->count;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count(bench, at, PULLED), 1);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* It will say so when it is back: what it told is not kept for half an hour. */
static void a_quick_local_master_that_is_gone(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 1;
	be_domain_master(bench);
	bench->is_quick = true;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, SECOND);
	bench->pulls_fail = true;
	bench->pull_records = 0;
	bench_pass_ms(bench, 12 * MINUTE);
	assert_true(bench_lists_it(bench, "P00", &view));
	bench_pass_ms(bench, 2 * MINUTE + 2 * SECOND);
	assert_false(bench_lists_it(bench, "P00", &view));
}

/* Nor is it kept for a minute if it says goodbye; what it told is, until its successor has. */
static void a_quick_local_master_says_goodbye(void **state)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT };
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 2;
	be_domain_master(bench);
	bench->is_quick = true;
	hear_master(bench, LMB, "P00", "US<00>");
	bench_pass_ms(bench, SECOND);
	text_copy(frame.name, sizeof(frame.name), "P00");
	bench_hear_from(bench, HOME, "10.2.0.6", "P00<00>", "US<00>", &frame);
	text_copy(frame.name, sizeof(frame.name), "P01");
	bench_hear_from(bench, HOME, LMB, "P01<00>", "US<00>", &frame);
	bench->is_quick = false;
	text_copy(frame.name, sizeof(frame.name), "P00");
	bench_hear_from(bench, HOME, LMB, "P00<00>", "US<00>", &frame);
	assert_true(bench_lists_it(bench, "P00", &view) && count_syncs(bench) == 1);
	bench->is_quick = true;
	bench_hear_from(bench, HOME, LMB, "P00<00>", "US<00>", &frame);
	assert_false(bench_lists_it(bench, "P00", &view));
	assert_int_equal(count_syncs(bench), 0);
	bench_pass_ms(bench, MINUTE - SECOND);
	assert_true(bench_lists_it(bench, "P01", &view));
	bench_pass_ms(bench, 2 * SECOND);
	assert_false(bench_lists_it(bench, "P01", &view));
}

static void stop_with_master(struct bench *bench, bool is_quick, unsigned goodbyes)
{
	size_t at, count = 0;

	know_the_master(bench);
	bench->is_quick = is_quick;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 9 * SECOND);
	at = bench->count;
	browser_stop(bench->service, &bench->env);
	for (; at < bench->count; at++) {
		const struct act *act = &bench->acts[at];

		if (act->deed != SENT || act->envelope.peer.s_addr != address_of(DMB).s_addr)
			continue;
		assert_name(act, "BOSS<00>");
		assert_int_equal(act->frame.opcode, NBT_BROWSE_HOST_ANNOUNCEMENT);
		assert_int_equal(act->frame.server_type, 0);
		assert_true(act->is_quick);
		count++;
	}
	assert_int_equal(count, goodbyes);
}

static void goodbye_to_a_quick_master(void **state)
{
	stop_with_master(*state, true, 1);
}

static void no_goodbye_to_another(void **state)
{
	stop_with_master(*state, false, 0);
}

/* The domain master tells the browserds among its local masters, and only them. */
static void local_masters_are_told_of_changes(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	be_domain_master(bench);
	hear_master(bench, "10.4.0.5", "NMBD", "US<00>");
	bench_pass_ms(bench, 1);
	bench->is_quick = true;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 10 * SECOND);
	bench->is_quick = false;
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	bench_pass_ms(bench, 8 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 3);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_name(act, "FAR<00>");
	assert_true(act->is_quick && act->envelope.peer.s_addr == address_of(LMB).s_addr);
}

/* Whatever a browserd says, it is told in turn which lists it should know. */
static void a_local_master_is_answered(void **state)
{
	struct bench *bench = *state;
	uint32_t version;
	size_t at;

	be_domain_master(bench);
	(void)pulls_after(bench, LMB, "FAR", 7);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	(void)pulls_after(bench, LMB, "FAR", 7);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	version = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)->version;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	(void)pulls_after(bench, LMB, "FAR", 7);
	assert_int_not_equal(bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)->version,
			     version);
}

static void hear_eight_local_masters(struct bench *bench)
{
	for (unsigned i = 1; i <= 8; i++) {
		char address[16], name[16];

		snprintf(address, sizeof(address), "10.2.%u.5", i);
		snprintf(name, sizeof(name), "FAR%u", i);
		hear_master(bench, address, name, "US<00>");
	}
}

static void know_eight_local_masters(struct bench *bench)
{
	bench->settings.times.change_delay = 1;
	bench->settings.times.change_gap = 10;
	bench->pull_records = 100;
	be_domain_master(bench);
	bench->is_quick = true;
	bench->version = 7;
	hear_eight_local_masters(bench);
	bench_pass_ms(bench, 5 * SECOND);
}

/* Sixteen, four milliseconds apart. */
static void announce_many(struct bench *bench)
{
	for (unsigned i = 0; i < 16; i++) {
		char name[16];

		snprintf(name, sizeof(name), "NEW%u", i);
		bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", name, 0x1003);
		bench_pass_ms(bench, 4);
	}
}

/* The next time that it is told of a version that it was not told of before. */
static uint64_t told_ms(const struct bench *bench, size_t *at, unsigned n, uint32_t *version)
{
	char name[16];

	snprintf(name, sizeof(name), "FAR%u<00>", n);
	for (;;) {
		const struct act *act = bench_next(bench, at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
		const struct nbt_name to = name_of(name);

		if (!nbt_name_equal(&act->name, &to) || act->version == *version)
			continue;
		*version = act->version;
		return act->at_ms;
	}
}

/* A hundred servers are 5 ms of a megabyte per second: so far apart the eight are told, and none of
 * them again before 40 ms have passed, whatever happens. */
static void many_local_masters_are_told_one_by_one(void **state)
{
	struct bench *bench = *state;
	size_t start;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	start = bench->count;
	at_ms = bench->env.now_ms + 1;
	announce_many(bench);
	bench_pass_ms(bench, SECOND);
	for (unsigned i = 0; i < 8; i++) {
		size_t at = start;
		uint32_t version = 0;

		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 5 * i);
		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 40 + 5 * i);
	}
}

static bool is_told_at(const struct bench *bench, const char *name, uint64_t at_ms)
{
	const struct nbt_name to = name_of(name);

	for (size_t i = 0; i < bench->count; i++) {
		const struct act *act = &bench->acts[i];

		if (act->deed == SENT && act->at_ms == at_ms && nbt_name_equal(&act->name, &to))
			return true;
	}
	return false;
}

/* One that has come does not wait for its turn among them to learn that there is a browserd. */
static void one_among_many_that_has_just_come(void **state)
{
	struct bench *bench = *state;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	bench->settings.times.change_delay = 20;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 10);
	at_ms = bench->env.now_ms;
	hear_master(bench, "10.2.9.5", "FAR9", "US<00>");
	bench_pass_ms(bench, SECOND);
	assert_true(is_told_at(bench, "FAR9<00>", at_ms + 20));
}

/* What is said again is said, though there is more to say when its turn comes. */
static void one_among_many_is_told_again(void **state)
{
	struct bench *bench = *state;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	at_ms = bench->env.now_ms + 1;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 1 + 36);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEWER", 0x1003);
	bench_pass_ms(bench, SECOND);
	assert_true(is_told_at(bench, "FAR8<00>", at_ms + 35));
	assert_true(is_told_at(bench, "FAR8<00>", at_ms + 35 + 20));
	assert_true(is_told_at(bench, "FAR8<00>", at_ms + 40 + 35));
}

/* Many with long lists take no longer than the protocol's time. */
static void so_many_that_it_would_take_too_long(void **state)
{
	struct bench *bench = *state;
	size_t start;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	bench->settings.times.sync = 16;
	hear_eight_local_masters(bench); /* else they are none any more */
	start = bench->count;
	at_ms = bench->env.now_ms + 1;
	announce_many(bench);
	for (unsigned i = 0; i < 8; i++) {
		size_t at = start;
		uint32_t version = 0;

		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 2 * i);
		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 16 + 2 * i);
	}
}

static void contest(struct bench *bench, bool is_quick, uint32_t criteria)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
					  .election_version = 1,
					  .criteria = criteria,
					  .name = "CHOSEN" };

	bench->is_quick = is_quick;
	bench_hear_from(bench, HOME, LMB, "CHOSEN<00>", "US<00>", &frame);
	bench->is_quick = false;
}

static void stand_in(struct bench *bench)
{
	be_local_master(bench);
	say_nobody(bench);
	bench_pass_ms(bench, 10 * SECOND);
	say_nobody(bench);
	bench_pass_ms(bench, 3 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

static void who_stands_in_gives_way(void **state)
{
	struct bench *bench = *state;
	size_t at;

	stand_in(bench);
	contest(bench, false, NBT_ELECTION_DMB);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	contest(bench, true, 0xFF000000);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	at = bench->count;
	contest(bench, true, NBT_ELECTION_DMB);
	assert_false(browser_is_domain_master(bench->service, "LAB"));
	assert_name(bench_next(bench, &at, RELEASED, 0), "LAB<1B>");
}

static void who_is_told_to_be_it_does_not(void **state)
{
	struct bench *bench = *state;

	be_domain_master(bench);
	contest(bench, true, NBT_ELECTION_DMB);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

/* It asks one that stands in, once it knows that it is a browserd, and claims the name then. */
static void who_is_told_to_be_it_asks(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench->refused = "LAB<1B>";
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, 10 * SECOND);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	assert_int_equal(bench_count_sent(bench, 0, NBT_BROWSE_ELECTION), 4); /* of the subnet */
	bench->refused = NULL;
	bench->is_quick = true;
	hear_master(bench, DMB, "BOSS", "US<00>");
	act = bench_next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	assert_name(act, "BOSS<00>");
	assert_int_equal(act->frame.criteria, NBT_ELECTION_DMB);
	assert_true(act->is_quick && act->envelope.peer.s_addr == address_of(DMB).s_addr);
	hear_master(bench, DMB, "BOSS", "US<00>"); /* it is asked once in five minutes */
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ELECTION), 0);
	bench_pass_ms(bench, 2 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

/*
 * The master of the own subnet is asked in the same way.
 */

static void probe(struct bench *bench, bool is_answered)
{
	size_t at = bench->count;

	bench_pass_ms(bench, 10 * SECOND);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_PROBE), "LAB<1D>");
	if (is_answered)
		say_here(bench);
	else
		say_nothing(bench);
}

static void a_local_master_that_is_silent(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_potential(bench);
	say_here(bench);
	probe(bench, false);
	probe(bench, true);
	at = bench->count;
	probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 0);
	probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 1);
}

/* It may be another program: it is asked for by the protocol's means, once, and then believed. */
static void a_local_master_that_never_answered(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_potential(bench);
	say_nothing(bench);
	at = bench->count;
	probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 1);
	bench_announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER", 0x00051003);
	at = bench->count;
	for (size_t i = 0; i < 10; i++)
		probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 0);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
}

static void a_local_master_that_died_before_it_was_asked(void **state)
{
	struct bench *bench = *state;

	bench_be_potential(bench);
	say_nothing(bench);
	probe(bench, false);
	bench_pass_ms(bench, 20 * SECOND);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(case_08_steps_of_a_local_master),
		ALONE(a_look_up_that_is_too_many),
		ALONE(case_08_who_looks),
		ALONE(case_08_a_potential_browser_does_not_look),
		ALONE(case_08_no_domain_master),
		ALONE(case_08_no_domain_master_without_probes),
		ALONE(case_08_several_addresses),
		ALONE(case_08_times_of_a_local_master),
		ALONE(case_08_a_list_that_cannot_be_had),
		ALONE(case_08_a_local_master_that_was),
		ALONE(a_master_that_is_silent),
		ALONE(a_master_that_is_silent_without_probes),
		ALONE(a_master_that_says_it_is_none),
		ALONE(a_master_that_never_answered_is_kept),
		ALONE(a_master_that_never_answered_is_another),
		ALONE(a_master_that_never_answered_is_none),
		ALONE(a_master_that_is_configured_is_kept),
		ALONE(case_06_the_name_of_the_domain_master),
		ALONE(case_06_the_name_refused),
		ALONE(case_06_the_name_refused_by_another),
		ALONE(case_06_the_name_lost),
		ALONE(case_06_type_and_criteria),
		ALONE(case_06_a_domain_master_that_is_no_local_one),
		ALONE(a_domain_master_that_is_a_backup),
		ALONE(case_06_backups_of_the_domain),
		ALONE(case_06_no_domain_master_tells_no_backups),
		ALONE(who_stands_in),
		ALONE(who_does_not),
		ALONE(who_has_no_nbns_does_not),
		ALONE(a_name_server_that_insists),
		ALONE(the_name_has_gone_elsewhere),
		ALONE(the_name_is_lost_at_the_nbns),
		ALONE(case_08_steps_of_the_domain_master),
		ALONE(case_08_times_of_the_domain_master),
		ALONE(case_08_no_domain_master_fetches_nothing),
		ALONE(case_08_to_whom_it_is_said),
		ALONE(case_08_said_again),
		ALONE(case_08_so_many_local_masters),
		ALONE(a_master_of_another_workgroup),
		ALONE(a_master_of_one_of_two_workgroups),
		ALONE(one_that_gives_no_list_is_not_asked_for_ever),
		ALONE(one_that_gives_no_list_is_greeted),
		ALONE(they_take_no_place),
		ALONE(case_09_remote_sync_is_sent),
		ALONE(remote_sync_finds_the_domain_master),
		ALONE(case_09_remote_sync_is_taken),
		ALONE(a_quick_master_is_told_of_changes),
		ALONE(changes_are_told_again),
		ALONE(a_quick_master_is_reminded),
		ALONE(another_master_is_not),
		ALONE(a_quick_master_tells_of_changes),
		ALONE(a_version_of_the_master_is_fetched_once),
		ALONE(a_version_of_a_local_master_is_fetched_once),
		ALONE(a_version_that_is_being_fetched),
		ALONE(its_own_news_are_not_told),
		ALONE(a_quick_local_master_that_is_gone),
		ALONE(a_quick_local_master_says_goodbye),
		ALONE(goodbye_to_a_quick_master),
		ALONE(no_goodbye_to_another),
		ALONE(local_masters_are_told_of_changes),
		ALONE(a_local_master_is_answered),
		ALONE(many_local_masters_are_told_one_by_one),
		ALONE(one_among_many_that_has_just_come),
		ALONE(one_among_many_is_told_again),
		ALONE(so_many_that_it_would_take_too_long),
		ALONE(who_stands_in_gives_way),
		ALONE(who_is_told_to_be_it_does_not),
		ALONE(who_is_told_to_be_it_asks),
		ALONE(a_local_master_that_is_silent),
		ALONE(a_local_master_that_never_answered),
		ALONE(a_local_master_that_died_before_it_was_asked),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
