/* Fragments to datagrams: whatever their order and number, whoever floods. */
#include "support.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "common/fragments.h"
#include "nbddd/reassembly.h"

#define HEADER    14
#define DATAGRAMS 16
#define MEMORY    (256 * 1024)

static struct reassembly *r;
static struct nbt_env env;
static const uint8_t *whole;
static size_t whole_len;

static int set_up(void **state)
{
	static const struct reassembly_settings settings = { DATAGRAMS, MEMORY, 2000 };

	(void)state;
	env = (struct nbt_env){ .now_ms = 1000 };
	r = reassembly_create(&settings);
	return r == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	assert_true(reassembly_bytes(r) <= MEMORY);
	reassembly_destroy(r);
	return 0;
}

static uint64_t counter(const char *name)
{
	const struct stats *stats = reassembly_stats(r);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	fail_msg("no counter %s", name);
	return 0;
}

/* A datagram of this length behind its header, as one packet. */
static uint8_t *make(uint16_t id, size_t body)
{
	uint8_t *bytes = malloc(HEADER + body);
	const struct nbt_datagram datagram = { .type = NBT_DGM_DIRECT_GROUP,
					       .flags = NBT_DGM_FLAG_FIRST,
					       .id = id,
					       .source_address = { htonl(0x0A000001) },
					       .source_port = 138,
					       .source = name_of("FRED<00>"),
					       .destination = name_of("LAB<1E>") };
	size_t len;

	assert_non_null(bytes);
	assert_error("datagram", nbt_datagram_encode(&datagram, bytes, HEADER + body, &len),
		     NBT_OK);
	for (size_t i = len; i < HEADER + body; i++)
		bytes[i] = (uint8_t)(i * 7);
	bytes[10] = (uint8_t)(body >> 8);
	bytes[11] = (uint8_t)body;
	return bytes;
}

#define PARTS_MAX 128

struct parts {
	uint8_t bytes[PARTS_MAX][1500];
	size_t len[PARTS_MAX], count;
};

static struct parts cut(const uint8_t *bytes, size_t body, size_t packet_max)
{
	static struct parts parts;
	struct fragments fragments;

	parts.count = 0;
	fragments_begin(&fragments, bytes, HEADER + body, packet_max);
	while ((parts.len[parts.count] = fragments_next(&fragments, parts.bytes[parts.count])) > 0)
		assert_true(++parts.count < PARTS_MAX);
	return parts;
}

static bool add_from(const char *from, const uint8_t *bytes, size_t len)
{
	struct sockaddr_in sender = { .sin_family = AF_INET, .sin_port = htons(138) };
	struct nbt_datagram packet;

	inet_pton(AF_INET, from, &sender.sin_addr);
	assert_error("fragment", nbt_datagram_decode(&packet, bytes, len), NBT_OK);
	assert_true(reassembly_is_fragment(&packet));
	return reassembly_add(r, &sender, &packet, bytes, len, &env, &whole, &whole_len);
}

static bool add(const struct parts *parts, size_t i)
{
	return add_from("10.0.0.1", parts->bytes[i], parts->len[i]);
}

static void expect_whole(const uint8_t *bytes, size_t body)
{
	assert_int_equal(whole_len, HEADER + body);
	assert_memory_equal(whole, bytes, whole_len);
	assert_int_equal(reassembly_bytes(r), 0);
	assert_int_equal(reassembly_count(r), 0);
}

static const struct size_case {
	size_t body, packet_max;
} sizes[] = {
	{ 1450, 534 }, { 521, 534 },   { 1459, 1472 }, { 2048, 1472 },
	{ 2049, 534 }, { 4096, 1038 }, { 30000, 534 }, { 65505, 1472 },
};

static void any_size_comes_through_in_any_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *bytes = make((uint16_t)i, sizes[i].body);
		struct parts parts = cut(bytes, sizes[i].body, sizes[i].packet_max);

		for (size_t j = 0; j < parts.count; j++)
			assert_int_equal(add(&parts, j), j == parts.count - 1);
		expect_whole(bytes, sizes[i].body);
		for (size_t j = parts.count; j-- > 0;)
			assert_int_equal(add(&parts, j), j == 0);
		expect_whole(bytes, sizes[i].body);
		free(bytes);
	}
}

static void odd_ones_first(void **state)
{
	uint8_t *bytes = make(1, 5000);
	struct parts parts = cut(bytes, 5000, 534);
	bool done = false;

	(void)state;
	for (size_t j = 1; j < parts.count; j += 2)
		assert_false(add(&parts, j));
	for (size_t j = 0; j < parts.count; j += 2) {
		assert_false(done);
		done = add(&parts, j);
	}
	assert_true(done);
	expect_whole(bytes, 5000);
	free(bytes);
}

static void a_duplicate_changes_nothing(void **state)
{
	uint8_t *bytes = make(1, 1450);
	struct parts parts = cut(bytes, 1450, 534);

	(void)state;
	add(&parts, 0);
	assert_false(add(&parts, 0));
	add(&parts, 1);
	assert_false(add(&parts, 1));
	assert_true(add(&parts, 2));
	expect_whole(bytes, 1450);
	assert_int_equal(counter("fragments.duplicate"), 2);
	free(bytes);
}

static void an_overlap_ends_it(void **state)
{
	uint8_t *bytes = make(1, 1450);
	struct parts parts = cut(bytes, 1450, 534);

	(void)state;
	add(&parts, 0);
	parts.bytes[1][13] -= 8; /* OFFSET */
	assert_false(add(&parts, 1));
	assert_int_equal(counter("fragments.overlap"), 1);
	assert_int_equal(reassembly_count(r), 0);
	free(bytes);
}

static void another_end_ends_it(void **state)
{
	uint8_t *bytes = make(1, 1450);
	struct parts parts = cut(bytes, 1450, 534);

	(void)state;
	add(&parts, 2);
	parts.bytes[1][1] &= (uint8_t)~NBT_DGM_FLAG_MORE; /* it says that it is the last */
	assert_false(add(&parts, 1));
	assert_int_equal(counter("fragments.overlap"), 1);
	assert_int_equal(reassembly_count(r), 0);
	free(bytes);
}

static void what_is_beyond_a_datagram_is_refused(void **state)
{
	uint8_t *bytes = make(1, 65505);
	struct parts parts = cut(bytes, 65505, 1472);

	(void)state;
	parts.bytes[1][12] = parts.bytes[1][13] = 0xff;
	assert_false(add(&parts, 1));
	assert_int_equal(counter("fragments.too-long"), 1);
	assert_int_equal(reassembly_count(r), 0);
	free(bytes);
}

static void others_fragments_are_not_mixed_in(void **state)
{
	uint8_t *bytes = make(1, 1000), *other = make(2, 1000);
	struct parts parts = cut(bytes, 1000, 534), others = cut(other, 1000, 534);

	(void)state;
	assert_false(add(&parts, 0));
	assert_false(add(&others, 1));                                    /* another id */
	assert_false(add_from("10.0.0.2", parts.bytes[1], parts.len[1])); /* another sender */
	parts.bytes[1][7] = 9;                                            /* another source */
	assert_false(add(&parts, 1));
	parts.bytes[1][7] = 1;
	assert_true(add(&parts, 1));
	assert_int_equal(reassembly_count(r), 3);
	free(bytes);
	free(other);
}

static void it_takes_too_long(void **state)
{
	uint8_t *bytes = make(1, 1000);
	struct parts parts = cut(bytes, 1000, 534);

	(void)state;
	assert_false(add(&parts, 0));
	env.now_ms += 1999;
	assert_true(add(&parts, 1));
	assert_false(add(&parts, 0));
	env.now_ms += 2000;
	assert_false(add(&parts, 1));
	assert_int_equal(counter("fragments.timeout"), 1);
	assert_int_equal(reassembly_count(r), 1); /* of which there is the second only */
	free(bytes);
}

static void who_floods_loses_his_own(void **state)
{
	uint8_t *bytes = make(1, 1000);
	struct parts parts = cut(bytes, 1000, 534);

	(void)state;
	assert_false(add_from("10.0.0.2", parts.bytes[0], parts.len[0]));
	for (uint16_t id = 2; id < 2000; id++) {
		parts.bytes[0][2] = (uint8_t)(id >> 8);
		parts.bytes[0][3] = (uint8_t)id;
		assert_false(add(&parts, 0));
		assert_true(reassembly_count(r) <= DATAGRAMS / 4 + 1);
	}
	assert_true(counter("fragments.share") > 0);
	assert_int_equal(counter("fragments.crowded"), 0);
	assert_true(add_from("10.0.0.2", parts.bytes[1], parts.len[1]));
	assert_memory_equal(whole, bytes, whole_len);
	free(bytes);
}

static void huge_ones_have_a_share_of_the_bytes(void **state)
{
	uint8_t *bytes = make(1, 65505);
	struct parts parts = cut(bytes, 65505, 1472);

	(void)state;
	for (uint8_t id = 1; id < 5; id++)
		for (size_t i = 0; i + 1 < parts.count; i++) {
			parts.bytes[i][3] = id;
			assert_false(add(&parts, i));
			assert_true(reassembly_bytes(r) <= MEMORY / 4);
		}
	free(bytes);
}

static void hundred_thousand_sources_are_bounded(void **state)
{
	uint8_t *bytes = make(1, 1000);
	struct parts parts = cut(bytes, 1000, 534);
	char from[INET_ADDRSTRLEN];

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct in_addr source = { htonl(0x0B000000 + i) };

		inet_ntop(AF_INET, &source, from, sizeof(from));
		assert_false(add_from(from, parts.bytes[0], parts.len[0]));
	}
	assert_int_equal(reassembly_count(r), DATAGRAMS);
	assert_true(reassembly_bytes(r) <= MEMORY);
	assert_false(add(&parts, 0));
	assert_true(add(&parts, 1)); /* service goes on */
	free(bytes);
}

/* Every second byte, each in a fragment of its own: more gaps than are remembered. */
static void crumbs_end_it(void **state)
{
	uint8_t *bytes = make(1, 1000);
	struct parts parts = cut(bytes, 1000, 1472);
	bool is_there = true;

	(void)state;
	parts.bytes[0][1] = NBT_DGM_FLAG_MORE;
	for (uint8_t i = 1; i < 200 && is_there; i += 2) {
		parts.bytes[0][13] = i;
		parts.bytes[0][10] = 0;
		parts.bytes[0][11] = 1;
		assert_false(add_from("10.0.0.1", parts.bytes[0], HEADER + 1));
		is_there = reassembly_count(r) > 0;
	}
	assert_false(is_there);
	free(bytes);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(any_size_comes_through_in_any_order),
		TEST(odd_ones_first),
		TEST(a_duplicate_changes_nothing),
		TEST(an_overlap_ends_it),
		TEST(another_end_ends_it),
		TEST(what_is_beyond_a_datagram_is_refused),
		TEST(others_fragments_are_not_mixed_in),
		TEST(it_takes_too_long),
		TEST(who_floods_loses_his_own),
		TEST(huge_ones_have_a_share_of_the_bytes),
		TEST(hundred_thousand_sources_are_bounded),
		TEST(crumbs_end_it),
	};

	return cmocka_run_group_tests_name("reassembly", tests, NULL, NULL);
}
