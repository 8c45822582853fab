/* Lists of members for those who may have them, by UDP and whole. */
#include "support.h"

#include <arpa/inet.h>

#include "nbns.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/service/roster.h"
#include "nbnsd/service/whole.h"

#define LAB "LAB<00>"

static struct nbns *nbns_with_members(void)
{
	struct nbns *ns = nbns_run();

	nbns_allow(ns, MAY_HAVE_MEMBERS, "10.0.0.3");
	return ns;
}

/* Registers 10.1.x.y from there. */
static void join(struct nbns *ns, const char *name, uint32_t from, uint32_t count)
{
	for (uint32_t i = from; i < from + count; i++) {
		struct client member = { .address = { htonl(0x0A010000 + i) },
					 .port = NBT_NAME_PORT };

		claim(ns, &member, REGISTER, name, GROUP);
		expect_positive(ns, &member);
		ns->arrived = ns->seen = 0;
	}
}

/* What whole makes of the client's last packet, decoded; false: nothing. */
static bool whole_of(struct nbns *ns, const struct client *from, struct nbt_packet *out,
		     struct whole **whole, unsigned *steps)
{
	uint8_t bytes[OUTGOING_MAX];
	struct incoming in = { .bytes = bytes,
			       .from = { .sin_family = AF_INET,
					 .sin_port = htons(from->port),
					 .sin_addr = from->address } };
	const uint8_t *answer;
	size_t len;

	assert_int_equal(nbt_packet_encode(&from->sent, bytes, sizeof(bytes), &in.len), NBT_OK);
	*whole = whole_begin(ns->service, &in, WHOLE_MAX, &ns->env);
	if (*whole == NULL)
		return false;
	for (*steps = 1; !whole_step(*whole, &ns->env); ++*steps)
		assert_true(*steps < 1000);
	answer = whole_answer(*whole, &len);
	assert_int_equal(nbt_packet_decode(out, answer, len), NBT_OK);
	assert_int_equal(out->id, from->sent.id);
	return true;
}

/* A client that is not asking anything yet. */
static void prepare(struct nbns *ns, struct client *from, uint16_t flags, const char *name,
		    uint16_t type)
{
	const struct nbt_scope scope = { .len = 0 };
	struct nbt_name bytes = { "*" };

	if (strcmp(name, "*") != 0)
		bytes = name_of(name);
	nbt_make_query(&from->sent, ns->id++, flags, &bytes, &scope, type);
}

static void permitted_askers_get_members_by_udp(void **state)
{
	struct nbns *ns = nbns_with_members();
	struct nbt_packet answer;

	(void)state;
	join(ns, LAB, 1, 3);
	query(ns, &ns->a, 0x0100, LAB);
	expect_addresses(ns, &ns->a, NBT_NB_GROUP, "255.255.255.255");
	query(ns, &ns->c, 0x0100, LAB);
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8580);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), 3);
	assert_int_equal(stat_value(ns, "query.members"), 1);

	join(ns, LAB, 4, 79); /* 82 of them are a full datagram */
	query(ns, &ns->c, 0x0100, LAB);
	assert_int_equal(ns->inbox[0].len, NBT_UDP_PAYLOAD_MAX);
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8580);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), 82);
	ns->arrived = ns->seen = 0;

	join(ns, LAB, 83, 1);
	query(ns, &ns->c, 0x0100, LAB);
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8780);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), 82);
	nbns_free(ns);
}

/* What has no list is answered as to anybody. */
static void others_questions_are_as_ever(void **state)
{
	struct nbns *ns = nbns_with_members();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	claim(ns, &ns->b, REGISTER, "LAB<1C>", GROUP);
	ns->arrived = ns->seen = 0;
	put_static(ns, "EMPTY<00>", RECORD_GROUP, "");
	nbns_commit(ns);

	query(ns, &ns->c, 0x0100, "FRED<20>");
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");
	query(ns, &ns->c, 0x0100, "LAB<1C>");
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "10.0.0.1 10.0.0.2");
	query(ns, &ns->c, 0x0100, "EMPTY<00>"); /* members that nobody knows */
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "255.255.255.255");
	query(ns, &ns->c, 0x0100, "NOBODY<20>");
	expect_negative(ns, &ns->c);
	query(ns, &ns->c, 0x0100, "LAB<1D>");
	expect_negative(ns, &ns->c);
	query(ns, &ns->c, 0x0000, "EMPTY<00>"); /* is it yours? */
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

static void star_asks_for_everybody(void **state)
{
	struct nbns *ns = nbns_with_members();
	struct nbt_packet answer;

	(void)state;
	join(ns, LAB, 1, 2);
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	ns->arrived = ns->seen = 0;
	prepare(ns, &ns->a, 0x0100, "*", NBT_TYPE_NB);
	send_again(ns, &ns->a);
	expect_negative(ns, &ns->a);
	prepare(ns, &ns->c, 0x0100, "*", NBT_TYPE_NB);
	send_again(ns, &ns->c);
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8580);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), 3);
	nbns_free(ns);
}

static void whole_lists_are_complete(void **state)
{
	enum { MEMBERS = 5000 };
	struct nbns *ns = nbns_with_members();
	struct nbt_packet answer;
	struct whole *whole;
	unsigned steps;

	(void)state;
	join(ns, LAB, 1, MEMBERS);
	prepare(ns, &ns->c, 0x0100, LAB, NBT_TYPE_NB);
	assert_true(whole_of(ns, &ns->c, &answer, &whole, &steps));
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8580);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), MEMBERS);
	assert_int_equal(steps, 1);
	whole_destroy(whole);

	for (uint32_t i = 0; i < 2000; i++) {
		struct record record = record_of(ns, LAB, RECORD_UNIQUE, "10.2.0.1");

		record.name.bytes[3] = (uint8_t)('A' + i % 16);
		record.name.bytes[4] = (uint8_t)('A' + i / 16 % 16);
		record.name.bytes[5] = (uint8_t)('A' + i / 256);
		plant(ns, &record);
	}
	prepare(ns, &ns->c, 0x0100, "*", NBT_TYPE_NB);
	assert_true(whole_of(ns, &ns->c, &answer, &whole, &steps));
	assert_int_equal(nbt_record_address_count(&answer.record[0]), MEMBERS + 1);
	assert_true(steps > 1);
	whole_destroy(whole);

	join(ns, LAB, MEMBERS + 1, ROSTER_MAX - MEMBERS + 1);
	prepare(ns, &ns->c, 0x0100, LAB, NBT_TYPE_NB);
	assert_true(whole_of(ns, &ns->c, &answer, &whole, &steps));
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8780);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), ROSTER_MAX);
	whole_destroy(whole);
	nbns_free(ns);
}

static void short_answers_are_whole_too(void **state)
{
	static const struct {
		const char *what;
		uint16_t flags;
		const char *name;
		uint16_t type, flags_word;
		size_t addresses;
	} cases[] = {
		{ "a unique name", 0x0100, "FRED<20>", NBT_TYPE_NB, 0x8580, 1 },
		{ "no such name", 0x0100, "WILMA<20>", NBT_TYPE_NB, 0x8583, 0 },
		{ "everybody, when there is nobody", 0x0100, "*", NBT_TYPE_NB, 0x8580, 1 },
		{ "an own name", 0x0000, "OFFICE1<20>", NBT_TYPE_NB, 0x8580, 1 },
		{ "not an own name", 0x0000, "FRED<20>", NBT_TYPE_NB, 0x8583, 0 },
		{ "node status", 0x0000, "*", NBT_TYPE_NBSTAT, 0x8400, 0 },
	};
	struct nbns *ns = nbns_with_members();
	struct nbt_packet answer;
	struct whole *whole;
	unsigned steps;

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		prepare(ns, &ns->c, cases[i].flags, cases[i].name, cases[i].type);
		if (!whole_of(ns, &ns->c, &answer, &whole, &steps))
			fail_msg("%s: no answer", cases[i].what);
		if (nbt_packet_flags_word(&answer) != cases[i].flags_word)
			fail_msg("%s: 0x%04x", cases[i].what, nbt_packet_flags_word(&answer));
		if (cases[i].addresses != 0)
			assert_int_equal(nbt_record_address_count(&answer.record[0]),
					 cases[i].addresses);
		whole_destroy(whole);
	}
	nbns_free(ns);
}

/* Nothing else is answered by TCP, and nothing changes. */
static void other_requests_have_no_answer(void **state)
{
	static const char *const packets[] = {
		/* a registration of FRED<20> */
		"0001 2900 0001 0000 0000 0001 20 454745434645454543414341434143414341434143414341"
		"4341434143414341 00 0020 0001 C00C 0020 0001 000493E0 0006 6000 0A000003",
		/* a positive query response; a query without question; a query by broadcast */
		"0001 8500 0000 0001 0000 0000 20 454745434645454543414341434143414341434143414341"
		"4341434143414341 00 0020 0001 000493E0 0006 6000 0A000003",
		"0001 0100 0000 0000 0000 0000",
		"0001 0110 0001 0000 0000 0000 20 454745434645454543414341434143414341434143414341"
		"4341434143414341 00 0020 0001",
		/* node status of a name that is not ours; a question of another class; no packet */
		"0001 0000 0001 0000 0000 0000 20 454745434645454543414341434143414341434143414341"
		"4341434143414341 00 0021 0001",
		"0001 0100 0001 0000 0000 0000 20 454745434645454543414341434143414341434143414341"
		"4341434143414341 00 0020 0002",
		"0001",
	};
	struct nbns *ns = nbns_with_members();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		uint8_t bytes[OUTGOING_MAX];
		struct incoming in = { .bytes = bytes,
				       .len = unhex(bytes, sizeof(bytes), packets[i]),
				       .from = { .sin_addr = ns->c.address, .sin_port = 1 } };

		if (whole_begin(ns->service, &in, WHOLE_MAX, &ns->env) != NULL)
			fail_msg("packet %zu was answered", i);
	}
	assert_false(nbns_has_changes(ns));
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permitted_askers_get_members_by_udp),
		cmocka_unit_test(others_questions_are_as_ever),
		cmocka_unit_test(star_asks_for_everybody),
		cmocka_unit_test(whole_lists_are_complete),
		cmocka_unit_test(short_answers_are_whole_too),
		cmocka_unit_test(other_requests_have_no_answer),
	};

	return cmocka_run_group_tests_name("whole", tests, NULL, NULL);
}
