/* The server's packets where the conformance cases do not reach: the limits. */
#include "support.h"

#include "nbnsd/service/reply.h"

static struct nbt_packet query_with_scope(size_t len)
{
	const struct nbt_name name = name_of("FRED<20>");
	struct nbt_scope scope = { .len = (uint8_t)len };
	struct nbt_packet query;

	for (size_t i = 0; i < len; i += 60) {
		size_t label = len - i < 60 ? len - i - 1 : 59;

		memset(scope.labels + i, 'X', label + 1);
		scope.labels[i] = (uint8_t)label;
	}
	nbt_make_query(&query, 1, NBT_FLAG_RD, &name, &scope, NBT_TYPE_NB);
	return query;
}

/* RFC 1002 section 6: 548 bytes are what a datagram may have; 4.2.13: whole entries, and TC. */
static void lists_are_cut(void **state)
{
	static const struct {
		size_t scope, count, want;
	} rows[] = {
		{ 0, 1, 1 }, { 0, 82, 82 }, { 0, 83, 82 }, { 0, 200, 82 }, { 238, 60, 42 },
	};
	static struct nbt_address list[200];
	static struct outgoing out;
	struct nbt_packet answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct nbt_packet query = query_with_scope(rows[i].scope);

		reply_positive(&out, &query, NBT_FLAG_RA, list, rows[i].count);
		assert_true(out.len <= 548 && out.len > 548 - 6 * (1 + 82 - rows[i].want));
		assert_int_equal(nbt_packet_decode(&answer, out.bytes, out.len), NBT_OK);
		assert_int_equal(nbt_record_address_count(&answer.record[0]), rows[i].want);
		assert_int_equal(nbt_packet_flags_word(&answer),
				 rows[i].want < rows[i].count ? 0x8780 : 0x8580);
	}
}

/* What fits into a frame, and not a name more. */
static void node_status_is_cut(void **state)
{
	static struct nbt_node_status status;
	static struct outgoing out;

	(void)state;
	for (size_t scope = 0; scope <= 238; scope += 34) {
		struct nbt_packet query = query_with_scope(scope);

		query.question[0].type = NBT_TYPE_NBSTAT;
		status.count = (uint8_t)reply_status_limit(&query);
		reply_status(&out, &query, &status);
		assert_in_range(out.len, OUTGOING_MAX - 17, OUTGOING_MAX);
	}
}

static void a_wack_repeats_the_flags_without_rcode(void **state)
{
	const struct claim claim = { .name = name_of("FRED<20>"), .id = 7, .flags_word = 0x791F };
	struct nbt_packet wack;
	static struct outgoing out;

	(void)state;
	reply_wack(&out, &claim, 9);
	assert_int_equal(nbt_packet_decode(&wack, out.bytes, out.len), NBT_OK);
	assert_int_equal(wack.record[0].rdata_len, 2);
	assert_int_equal(wack.record[0].rdata[0], 0x79);
	assert_int_equal(wack.record[0].rdata[1], 0x10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_cut),
		cmocka_unit_test(node_status_is_cut),
		cmocka_unit_test(a_wack_repeats_the_flags_without_rcode),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
