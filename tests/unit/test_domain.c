/* Who becomes the domain master, and what it does: browser.md sections 6.5, 8 and 9. To the
 * millisecond. */
#include "domain_steps.h"

#include "browserd/host.h"

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
	assert_int_equal(count_acts(bench, at, PULLED), 0);
	bench_pass_ms(bench, 2);
	assert_int_equal(count_acts(bench, at, PULLED), 1);
	/* Not once more after three intervals in which it has not announced itself. */
	bench_pass_ms(bench, 24 * MINUTE - SECOND);
	assert_int_equal(count_syncs(bench), 1);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(count_syncs(bench), 0);
	at = bench->count;
	bench_pass_ms(bench, HOUR);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
}

static void case_08_no_domain_master_fetches_nothing(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_local_master(bench);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
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
	assert_int_equal(count_acts(bench, at, PULLED), 0);
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
	assert_int_equal(count_acts(bench, at, PULLED), 2);
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
	assert_int_equal(count_acts(bench, at, PULLED), 2);
	assert_int_equal(count_syncs(bench), 1); /* the administrator is told */
	assert_int_equal(synced.failures, 2);
	at = bench->count;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 2 * SECOND);
	assert_int_equal(count_acts(bench, at, PULLED), 1);
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
	assert_true(count_acts(bench, at, PULLED) >= 3);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
