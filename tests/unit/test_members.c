/* Members of groups: who is asked, what is united, what is remembered. Seen by what the NBDD sends.
 */
#include "dgram.h"

#include <stdio.h>

#define SENDER "10.1.0.20"

static const char *const one[] = { "10.1.0.21", "10.1.0.22" };
static const char *const other[] = { "10.1.0.22", "10.9.0.1" };
static const char *const no_hosts[] = { "255.255.255.255", LAN1_ALL,    "0.0.0.0",
					"224.0.0.1",       "127.0.0.1", "10.1.0.21" };

static void start(struct dgram_fixture *f, const struct in_addr *servers, size_t count)
{
	f->settings.server = true;
	f->settings.name_servers = (struct dgram_addresses){ servers, count };
	dgram_start(f);
}

static void datagram(struct dgram_fixture *f, uint16_t id, const char *to)
{
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .flags = NBT_DGM_FLAG_FIRST | 0x04,
						  .id = id,
						  .from = SENDER,
						  .source_name = "ANNE<00>",
						  .to_name = to,
						  .data = "x" });
}

static void name_servers_are_asked_and_united(void **state)
{
	const struct in_addr servers[] = { ip("10.8.0.1"), ip(OUR_LAN1), ip("10.8.0.2") };
	struct dgram_fixture *f = *state;

	start(f, servers, 3);
	datagram(f, 1, "LAB<1E>");
	assert_int_equal(f->asked_count, 3); /* nbnsd, and two: we are no other */
	assert_int_equal(f->asked[0].query.peer.s_addr, INADDR_ANY);
	assert_int_equal(f->asked[1].query.peer.s_addr, servers[0].s_addr);
	assert_int_equal(f->asked[2].query.peer.s_addr, servers[2].s_addr);
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_answer(f, 1, NBT_RCODE_NAM_ERR, NULL, 0, false);
	assert_int_equal(f->sent_count, 0);
	dgram_answer(f, 2, NBT_RCODE_OK, other, 2, true);
	assert_int_equal(f->sent_count, 3); /* each once */
}

static void a_slow_one_is_not_waited_for_for_ever(void **state)
{
	const struct in_addr servers[] = { ip("10.8.0.1") };
	struct dgram_fixture *f = *state;

	start(f, servers, 1);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 2999);
	assert_int_equal(f->sent_count, 0);
	dgram_pass(f, 1);
	assert_int_equal(f->sent_count, 2);
	dgram_answer(f, 1, NBT_RCODE_OK, other, 2, true); /* late */
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->sent_count, 5);
}

static void a_silent_one_is_left_out_for_a_while(void **state)
{
	const struct in_addr servers[] = { ip("10.8.0.1") };
	struct dgram_fixture *f = *state;

	start(f, servers, 1);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_answer(f, 1, NBT_RCODE_SRV_ERR, NULL, 0, false);
	assert_int_equal(f->sent_count, 2);
	dgram_pass(f, 5001);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->asked_count, 3);
	dgram_answer(f, 2, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 60000);
	datagram(f, 3, "LAB<1E>");
	assert_int_equal(f->asked_count, 5);
}

/* A server of others cuts its answer: it is asked again by TCP, and both are united. */
static void a_cut_answer_is_asked_for_by_tcp(void **state)
{
	const struct in_addr servers[] = { ip("10.8.0.1") };
	struct dgram_fixture *f = *state;

	start(f, servers, 1);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 1, true);
	f->is_cut = true;
	dgram_answer(f, 1, NBT_RCODE_OK, one, 2, true);
	f->is_cut = false;
	assert_int_equal(f->sent_count, 0);
	assert_int_equal(f->asked_by_tcp_count, 1);
	assert_int_equal(f->asked_by_tcp[0].query.peer.s_addr, servers[0].s_addr);
	dgram_answer_by_tcp(f, 0, NBT_RCODE_OK, other, 2);
	assert_int_equal(f->sent_count, 3);
	assert_int_equal(dgram_counter(f, "members.cut"), 0);
}

/* ... which may not be had: what came by UDP is used, and it is said. */
static void without_tcp_the_cut_answer_is_used(void **state)
{
	const struct in_addr servers[] = { ip("10.8.0.1") };
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	f->settings.members.servers = (struct dgram_addresses){ servers, 1 };
	dgram_start(f);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	f->is_cut = true;
	dgram_answer(f, 1, NBT_RCODE_OK, one, 2, true);
	dgram_answer_by_tcp(f, 0, NBT_RCODE_SRV_ERR, NULL, 0);
	assert_int_equal(f->sent_count, 2);
	assert_int_equal(dgram_counter(f, "members.cut"), 1);
	assert_int_equal(dgram_counter(f, "members.silent"), 0);
}

/* What is remembered follows a release within its time. */
static void a_released_member_gets_nothing_after_the_time(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 3000);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->sent_count, 4);
	dgram_pass(f, 2000);
	datagram(f, 3, "LAB<1E>");
	assert_int_equal(f->asked_count, 2);
	dgram_answer(f, 1, NBT_RCODE_OK, one, 1, true);
	assert_int_equal(f->sent_count, 5);
}

/* Three datagrams with the old list while it is asked for: none waits. */
static void a_group_in_use_is_asked_for_before_the_end(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 3749);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->asked_count, 1);
	dgram_pass(f, 1);
	datagram(f, 3, "LAB<1E>");
	assert_int_equal(f->asked_count, 2);
	datagram(f, 4, "LAB<1E>");
	assert_int_equal(f->asked_count, 2); /* once */
	assert_int_equal(f->sent_count, 8);
	dgram_answer(f, 1, NBT_RCODE_OK, other, 1, true); /* one of them has left */
	datagram(f, 5, "LAB<1E>");
	assert_int_equal(f->sent_count, 9);
	dgram_pass(f, 3749); /* beyond the end of the first answer */
	datagram(f, 6, "LAB<1E>");
	assert_int_equal(f->asked_count, 2);
	assert_int_equal(f->sent_count, 10);
}

/* ... and when nobody answers, what is known serves to its end and no longer. */
static void asked_early_in_vain_it_serves_to_its_end(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 4000);
	datagram(f, 2, "LAB<1E>");
	dgram_answer(f, 1, NBT_RCODE_SRV_ERR, NULL, 0, false);
	dgram_pass(f, 999);
	datagram(f, 3, "LAB<1E>");
	assert_int_equal(f->asked_count, 2);
	assert_int_equal(f->sent_count, 6);
	dgram_pass(f, 1);
	datagram(f, 4, "LAB<1E>");
	assert_int_equal(f->asked_count, 3);
	assert_int_equal(f->sent_count, 6);
}

/* The end comes before the answer: who sends then waits for the answer that is on its way. */
static void an_early_question_answers_who_comes_at_the_end(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 4000);
	datagram(f, 2, "LAB<1E>");
	dgram_pass(f, 1000);
	datagram(f, 3, "LAB<1E>");
	assert_int_equal(f->sent_count, 4);
	assert_int_equal(f->asked_count, 2);
	dgram_answer(f, 1, NBT_RCODE_OK, one, 1, true);
	assert_int_equal(f->sent_count, 5);
}

/* That there is no group is asked for at the end alone: names that nobody has are cheap. */
static void a_group_that_is_not_there_is_not_asked_for_early(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	dgram_pass(f, 4999);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->asked_count, 1);
}

static void addresses_of_no_host_are_counted(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, no_hosts, ARRAY_SIZE(no_hosts), true);
	assert_int_equal(f->sent_count, 1);
	assert_int_equal(dgram_counter(f, "members.broadcast"), 5);
}

static void that_there_is_no_group_is_remembered(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->asked_count, 1);
	assert_int_equal(dgram_counter(f, "distribution.no-members"), 2);
}

static void that_nobody_knows_is_not(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_SRV_ERR, NULL, 0, false);
	assert_int_equal(dgram_counter(f, "distribution.no-name-server"), 1);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->asked_count, 2);
}

/* Eight groups have room. A flood of unknown ones does not make a known one forgotten. */
static void unknown_groups_make_room_for_each_other(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	for (unsigned i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "NONE%u<1E>", i);
		datagram(f, (uint16_t)(10 + i), name);
		dgram_answer(f, 1 + i, NBT_RCODE_NAM_ERR, NULL, 0, false);
	}
	assert_int_equal(f->asked_count, 51);
	datagram(f, 99, "LAB<1E>");
	assert_int_equal(f->asked_count, 51);
	assert_int_equal(f->sent_count, 4);
}

/* All places are of groups that are being asked for. */
/* Of 8 places they have 4; the flood goes on while LAB is asked for anew. */
static void new_groups_have_half_of_the_places(void **state)
{
	struct dgram_fixture *f = *state;
	char name[16];

	start(f, NULL, 0);
	datagram(f, 1, "LAB<1E>");
	dgram_answer(f, 0, NBT_RCODE_OK, one, 2, true);
	dgram_pass(f, 5001);
	dgram_clear(f);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "NONE%u<1E>", i);
		dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_QUERY_REQUEST,
							  .from = i % 2 ? SENDER : "10.1.0.21",
							  .id = (uint16_t)i,
							  .to_name = name });
	}
	assert_int_equal(f->asked_count, 4);
	datagram(f, 2, "LAB<1E>");
	assert_int_equal(f->asked_count, 5);
	dgram_answer(f, 4, NBT_RCODE_OK, one, 2, true);
	assert_int_equal(f->sent_count, 2);
	/* An answer makes a place free. */
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	datagram(f, 3, "ONCE<1E>");
	assert_int_equal(f->asked_count, 6);
}

static void too_many_at_once_are_counted(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, NULL, 0);
	for (unsigned i = 0; i < 9; i++) {
		dgram_packet(f, &(struct network_packet){
					.type = NBT_DGM_QUERY_REQUEST,
					.from = i < 4   ? SENDER
						: i < 8 ? "10.1.0.21"
							: "10.1.0.22",
					.id = (uint16_t)i,
					.to_name = (const char *const[]){
						"A", "B", "C", "D", "E", "F", "G", "H", "I" }[i] });
	}
	assert_int_equal(f->asked_count, 4); /* new ones have half of 8 places */
	assert_int_equal(dgram_counter(f, "members.too-many"), 5);
	assert_int_equal(dgram_gauges(f->service).distributing, 4);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, dgram_set_up, dgram_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(name_servers_are_asked_and_united),
		TEST(a_slow_one_is_not_waited_for_for_ever),
		TEST(a_silent_one_is_left_out_for_a_while),
		TEST(a_cut_answer_is_asked_for_by_tcp),
		TEST(without_tcp_the_cut_answer_is_used),
		TEST(a_released_member_gets_nothing_after_the_time),
		TEST(a_group_in_use_is_asked_for_before_the_end),
		TEST(asked_early_in_vain_it_serves_to_its_end),
		TEST(an_early_question_answers_who_comes_at_the_end),
		TEST(a_group_that_is_not_there_is_not_asked_for_early),
		TEST(addresses_of_no_host_are_counted),
		TEST(that_there_is_no_group_is_remembered),
		TEST(that_nobody_knows_is_not),
		TEST(unknown_groups_make_room_for_each_other),
		TEST(new_groups_have_half_of_the_places),
		TEST(too_many_at_once_are_counted),
	};

	return cmocka_run_group_tests_name("nbddd_members", tests, NULL, NULL);
}
