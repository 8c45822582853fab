/* Name service packets: decoding, encoding, makers, node status. */
#include "support.h"

#include <nbt/packet.h>

#include "vectors.h"

#define ADDRESS_10_0_0_5 "60 00 0a 00 00 05"
#define STATISTICS_40                                                                              \
	" 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"                             \
	" 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"

/* The vectors as the makers must make them. */
enum maker { MAKE_QUERY, MAKE_CLAIM, MAKE_RESPONSE };
static const struct made {
	unsigned vector;
	enum maker maker;
	enum nbt_opcode opcode;
	uint16_t id, flags;
	enum nbt_rcode rcode;
	const char *name;
	uint16_t type;
	uint32_t ttl;
	const char *rdata;
} made[] = {
	{ 1, MAKE_CLAIM, NBT_OP_REGISTRATION, 0x8001, NBT_FLAG_RD, 0, "FRED<20>", 0, 300000,
	  ADDRESS_10_0_0_5 },
	{ 2, MAKE_RESPONSE, NBT_OP_REGISTRATION, 0x8001, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
	  NBT_RCODE_OK, "FRED<20>", NBT_TYPE_NB, 518400, ADDRESS_10_0_0_5 },
	{ 3, MAKE_RESPONSE, NBT_OP_REGISTRATION, 0x8001, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
	  NBT_RCODE_ACT_ERR, "FRED<20>", NBT_TYPE_NB, 0, ADDRESS_10_0_0_5 },
	{ 4, MAKE_RESPONSE, NBT_OP_WACK, 0x8001, NBT_FLAG_AA, NBT_RCODE_OK, "FRED<20>", NBT_TYPE_NB,
	  9, "29 00" },
	{ 5, MAKE_QUERY, NBT_OP_QUERY, 0x8002, NBT_FLAG_RD, 0, "FRED<20>", NBT_TYPE_NB, 0, "" },
	{ 6, MAKE_RESPONSE, NBT_OP_QUERY, 0x8002, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
	  NBT_RCODE_OK, "FRED<20>", NBT_TYPE_NB, 0, ADDRESS_10_0_0_5 },
	{ 7, MAKE_RESPONSE, NBT_OP_QUERY, 0x8002, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
	  NBT_RCODE_NAM_ERR, "FRED<20>", NBT_TYPE_NULL, 0, "" },
	{ 8, MAKE_RESPONSE, NBT_OP_QUERY, 0x8003, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA,
	  NBT_RCODE_OK, "LAB<1E>", NBT_TYPE_NB, 0, "80 00 ff ff ff ff" },
	{ 9, MAKE_QUERY, NBT_OP_QUERY, 0x8004, 0, 0, "*", NBT_TYPE_NBSTAT, 0, "" },
	{ 10, MAKE_RESPONSE, NBT_OP_QUERY, 0x8004, NBT_FLAG_AA, NBT_RCODE_OK, "*", NBT_TYPE_NBSTAT,
	  0,
	  "03 46 52 45 44 20 20 20 20 20 20 20 20 20 20 20 00 64 00"
	  " 4c 41 42 20 20 20 20 20 20 20 20 20 20 20 20 00 e4 00"
	  " 46 52 45 44 20 20 20 20 20 20 20 20 20 20 20 20 64 00"
	  " 00 11 22 33 44 55" STATISTICS_40 },
	{ 11, MAKE_CLAIM, NBT_OP_RELEASE, 0x8005, 0, 0, "FRED<20>", 0, 0, ADDRESS_10_0_0_5 },
};

static const struct nbt_scope no_scope;

/* rdata must live as long as the packet. */
static void make(struct nbt_packet *p, const struct made *m, uint8_t rdata[VECTOR_LEN_MAX])
{
	struct nbt_name name = name_of(m->name);
	uint16_t len = (uint16_t)unhex(rdata, VECTOR_LEN_MAX, m->rdata);
	struct nbt_record record = { .rdata = rdata, .rdata_len = len };
	struct nbt_address address;

	memset(p, 0xEE, sizeof(*p)); /* makers must not count on zeros */
	switch (m->maker) {
	case MAKE_QUERY:
		nbt_make_query(p, m->id, m->flags, &name, &no_scope, m->type);
		break;
	case MAKE_CLAIM:
		address = nbt_record_address(&record, 0);
		memset(rdata, 0xEE, NBT_ADDRESS_LEN); /* the maker writes it */
		nbt_make_claim(p, m->opcode, m->id, m->flags, &name, &no_scope, m->ttl, &address,
			       rdata);
		break;
	case MAKE_RESPONSE:
		nbt_make_response(p, m->opcode, m->id, m->flags, m->rcode, &name, &no_scope,
				  m->type, m->ttl, rdata, len);
		break;
	}
}

static void vectors_are_made_and_encoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct vector *v = &vectors[made[i].vector];
		struct nbt_packet p;
		uint8_t want[VECTOR_LEN_MAX], got[VECTOR_LEN_MAX], rdata[VECTOR_LEN_MAX];
		size_t want_len = unhex(want, sizeof(want), v->hex), got_len;

		make(&p, &made[i], rdata);
		assert_error(v->what, nbt_packet_encode(&p, got, sizeof(got), &got_len), NBT_OK);
		if (got_len != want_len || memcmp(got, want, want_len) != 0)
			fail_msg("%s: other bytes", v->what);
	}
}

static void vectors_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct vector *v = &vectors[made[i].vector];
		struct nbt_packet want, got;
		uint8_t wire[VECTOR_LEN_MAX], rdata[VECTOR_LEN_MAX];
		size_t len = unhex(wire, sizeof(wire), v->hex);

		make(&want, &made[i], rdata);
		memset(&got, 0xEE, sizeof(got));
		assert_error(v->what, nbt_packet_decode(&got, wire, len), NBT_OK);
		if (!nbt_packet_equal(&want, &got))
			fail_msg("%s: decoded to something else", v->what);
	}
}

static void cut_packets_are_refused_and_longer_ones_are_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct vector *v = &vectors[made[i].vector];
		struct nbt_packet p;
		uint8_t wire[VECTOR_LEN_MAX + 1] = { 0 };
		size_t len = unhex(wire, sizeof(wire) - 1, v->hex);

		for (size_t cut = 0; cut < len; cut++)
			assert_error(v->what, nbt_packet_decode(&p, wire, cut), NBT_ETRUNC);
		assert_error(v->what, nbt_packet_decode(&p, wire, len + 1), NBT_OK);
	}
}

static void encoding_stays_within_the_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct vector *v = &vectors[made[i].vector];
		struct nbt_packet p;
		uint8_t wire[VECTOR_LEN_MAX], rdata[VECTOR_LEN_MAX];
		size_t want_len = unhex(wire, sizeof(wire), v->hex), len;

		make(&p, &made[i], rdata);
		for (size_t size = 0; size < want_len; size++) {
			memset(wire, 0xEE, sizeof(wire));
			assert_error(v->what, nbt_packet_encode(&p, wire, size, &len), NBT_ESPACE);
			for (size_t at = size; at < sizeof(wire); at++)
				assert_int_equal(wire[at], 0xEE);
		}
	}
}

/* A packet with something in every section; names with and without scope. */
static void fill_packet(struct nbt_packet *p, unsigned answers, unsigned authorities,
			unsigned additionals)
{
	static const char *const scopes[NBT_MAX_RECORDS] = { "", "X", "NETBIOS.COM", "" };
	static const uint8_t rdata[] = "some rdata";
	struct nbt_name name = name_of("FRED<20>"), other = name_of("NBNS<00>");
	struct nbt_scope scope = scope_of("X");

	nbt_make_query(p, 0xABCD, NBT_FLAG_AA | NBT_FLAG_TC, &name, &scope, NBT_TYPE_NB);
	p->answer_count = (uint8_t)answers;
	p->authority_count = (uint8_t)authorities;
	p->additional_count = (uint8_t)additionals;
	for (size_t i = 0; i < NBT_MAX_RECORDS; i++)
		p->record[i] = (struct nbt_record){
			.of = { i % 2 ? name : other, scope_of(scopes[i]),
				(uint16_t)(NBT_TYPE_A + i), 1 },
			.ttl = 0xFFFFFFFFu >> i,
			.rdata = rdata,
			.rdata_len = (uint16_t)(3 * i),
		};
}

static void every_mix_of_sections_makes_the_round_trip(void **state)
{
	struct nbt_packet in, out;
	uint8_t wire[NBT_UDP_PAYLOAD_MAX];
	size_t len;

	(void)state;
	for (unsigned questions = 0; questions <= NBT_MAX_QUESTIONS; questions++)
		for (unsigned mix = 0; mix < 125; mix++) {
			unsigned an = mix % 5, ns = mix / 5 % 5, ar = mix / 25;

			fill_packet(&in, an, ns, ar);
			in.question_count = (uint8_t)questions;
			if (an + ns + ar > NBT_MAX_RECORDS) {
				assert_error("too many",
					     nbt_packet_encode(&in, wire, sizeof(wire), &len),
					     NBT_ECOUNT);
				continue;
			}
			assert_error("encode", nbt_packet_encode(&in, wire, sizeof(wire), &len),
				     NBT_OK);
			assert_error("decode", nbt_packet_decode(&out, wire, len), NBT_OK);
			assert_true(nbt_packet_equal(&in, &out));
		}
}

static void every_flags_word_makes_the_round_trip(void **state)
{
	struct nbt_name name = name_of("FRED<20>");
	struct nbt_packet in, out;
	uint8_t wire[64];
	size_t len;

	(void)state;
	nbt_make_query(&in, 1, 0, &name, &no_scope, NBT_TYPE_NB);
	for (unsigned word = 0; word <= UINT16_MAX; word++) {
		in.flags = word & NBT_FLAGS_MASK;
		in.opcode = word >> 11 & 15;
		in.rcode = word & 15;
		assert_error("encode", nbt_packet_encode(&in, wire, sizeof(wire), &len), NBT_OK);
		assert_int_equal(wire[2] << 8 | wire[3], word);
		assert_error("decode", nbt_packet_decode(&out, wire, len), NBT_OK);
		assert_true(nbt_packet_equal(&in, &out));
	}
}

static void impossible_packets_are_not_encoded(void **state)
{
	struct nbt_packet p;
	uint8_t wire[256];
	size_t len;

	(void)state;
	fill_packet(&p, 1, 0, 0);
	p.question_count = 2;
	assert_error("two questions", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_ECOUNT);
	fill_packet(&p, 1, 0, 0);
	p.opcode = 16;
	assert_error("opcode", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_EVALUE);
	fill_packet(&p, 1, 0, 0);
	p.rcode = 16;
	assert_error("rcode", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_EVALUE);
	fill_packet(&p, 1, 0, 0);
	p.flags = 0x0800;
	assert_error("opcode in flags", nbt_packet_encode(&p, wire, sizeof(wire), &len),
		     NBT_EVALUE);
	fill_packet(&p, 1, 0, 0);
	p.question[0].scope.labels[0] = 64;
	assert_error("scope", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_ELABEL);
}

static void counts_are_limited(void **state)
{
	static const struct {
		const char *what, *counts;
		enum nbt_error want;
	} cases[] = {
		{ "nothing at all", "00 00 00 00 00 00 00 00", NBT_OK },
		{ "two questions", "00 02 00 00 00 00 00 00", NBT_ECOUNT },
		{ "65535 questions", "ff ff 00 00 00 00 00 00", NBT_ECOUNT },
		{ "five answers", "00 00 00 05 00 00 00 00", NBT_ECOUNT },
		{ "five records together", "00 00 00 02 00 02 00 01", NBT_ECOUNT },
		{ "counts that overflow together", "00 00 ff ff ff ff ff ff", NBT_ECOUNT },
		{ "four records that are not there", "00 00 00 02 00 01 00 01", NBT_ETRUNC },
	};
	struct nbt_packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t wire[NBT_HEADER_LEN] = { 0 };

		unhex(wire + 4, 8, cases[i].counts);
		assert_error(cases[i].what, nbt_packet_decode(&p, wire, sizeof(wire)),
			     cases[i].want);
	}
}

static void a_difference_in_any_field_is_seen(void **state)
{
	static const uint8_t other_rdata[] = "same length";
	struct nbt_packet a, b;

	(void)state;
	fill_packet(&a, 1, 1, 1);
	a.record[2].rdata_len = 4;
#define DIFFERS(change)                                                                            \
	do {                                                                                       \
		b = a;                                                                             \
		change;                                                                            \
		if (nbt_packet_equal(&a, &b))                                                      \
			fail_msg("not seen: %s", #change);                                         \
	} while (0)
	DIFFERS(b.id++);
	DIFFERS(b.flags ^= NBT_FLAG_B);
	DIFFERS(b.opcode++);
	DIFFERS(b.rcode++);
	DIFFERS(b.question_count = 0);
	DIFFERS(b.answer_count = 0);
	DIFFERS(b.authority_count = 0);
	DIFFERS(b.additional_count = 0);
	DIFFERS(b.question[0].name.bytes[15]++);
	DIFFERS(b.question[0].scope.len = 0);
	DIFFERS(b.question[0].type++);
	DIFFERS(b.question[0].klass++);
	DIFFERS(b.record[1].of.name.bytes[0]++);
	DIFFERS(b.record[1].ttl++);
	DIFFERS(b.record[1].rdata_len++);
	DIFFERS(b.record[2].rdata = other_rdata);
#undef DIFFERS
	b = a;
	assert_true(nbt_packet_equal(&a, &b));
}

static void the_question_is_pointed_at_from_the_additional_section_only(void **state)
{
	struct nbt_packet p;
	uint8_t wire[NBT_UDP_PAYLOAD_MAX];
	size_t len;

	(void)state;
	fill_packet(&p, 0, 0, 1);
	p.record[0].of = p.question[0];
	assert_error("additional", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, 12 + 36 + 4 + 2 + 10);
	fill_packet(&p, 1, 0, 0);
	p.record[0].of = p.question[0];
	assert_error("answer", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, 12 + 36 + 4 + 36 + 10);
	fill_packet(&p, 0, 0, 1);
	p.record[0].of.name = p.question[0].name;
	assert_error("other scope", nbt_packet_encode(&p, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, 12 + 36 + 4 + 34 + 10);
}

static void addresses_are_read_and_written(void **state)
{
	struct nbt_address in[25], out;
	uint8_t rdata[25 * NBT_ADDRESS_LEN];
	struct nbt_record record = { .rdata = rdata };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(in); i++)
		in[i] = (struct nbt_address){ .flags = (uint16_t)(NBT_NB_H + i),
					      .address = { .s_addr = (in_addr_t)(0x01020304 *
										 (i + 1)) } };
	nbt_address_write(rdata, in, ARRAY_SIZE(in));
	for (uint16_t len = 0; len <= sizeof(rdata); len++) {
		record.rdata_len = len;
		assert_int_equal(nbt_record_address_count(&record), len % 6 == 0 ? len / 6 : 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(in); i++) {
		out = nbt_record_address(&record, i);
		assert_int_equal(out.flags, in[i].flags);
		assert_int_equal(out.address.s_addr, in[i].address.s_addr);
	}
}

static void node_status_is_decoded(void **state)
{
	uint8_t wire[VECTOR_LEN_MAX], again[VECTOR_LEN_MAX];
	size_t len = unhex(wire, sizeof(wire), vectors[10].hex), again_len;
	struct nbt_packet p;
	struct nbt_node_status status;

	(void)state;
	assert_error("packet", nbt_packet_decode(&p, wire, len), NBT_OK);
	assert_error("rdata",
		     nbt_node_status_decode(&status, p.record[0].rdata, p.record[0].rdata_len),
		     NBT_OK);
	assert_int_equal(status.count, 3);
	assert_memory_equal(status.names[1].name.bytes, "LAB            \0", NBT_NAME_LEN);
	assert_int_equal(status.names[1].flags, NBT_STATUS_GROUP | NBT_NB_H | NBT_STATUS_ACTIVE);
	assert_memory_equal(status.unit_id, "\x00\x11\x22\x33\x44\x55", 6);
	assert_error("encode", nbt_node_status_encode(&status, again, sizeof(again), &again_len),
		     NBT_OK);
	assert_int_equal(again_len, p.record[0].rdata_len);
	assert_memory_equal(again, p.record[0].rdata, again_len);
}

static void node_status_of_any_length(void **state)
{
	static struct nbt_node_status in, out;
	uint8_t rdata[1 + 18 * 255 + 46];
	size_t len, used;

	(void)state;
	for (unsigned count = 0; count <= 255; count += 51) {
		in.count = (uint8_t)count;
		for (size_t i = 0; i < count; i++) {
			in.names[i].name = name_of("NAME<20>");
			in.names[i].name.bytes[5] = (uint8_t)i;
			in.names[i].flags = (uint16_t)(0x6400 + i);
		}
		memset(in.unit_id, 0x5A, sizeof(in.unit_id));
		memset(in.statistics, 0xA5, sizeof(in.statistics));
		used = 1 + 18 * (size_t)count;
		for (size_t size = 0; size < used + 46; size++)
			assert_error("space", nbt_node_status_encode(&in, rdata, size, &len),
				     NBT_ESPACE);
		assert_error("encode", nbt_node_status_encode(&in, rdata, used + 46, &len), NBT_OK);
		assert_int_equal(len, used + 46);
		for (size_t cut = 0; cut < used; cut++)
			assert_error("cut", nbt_node_status_decode(&out, rdata, cut), NBT_ETRUNC);

		assert_error("whole", nbt_node_status_decode(&out, rdata, len), NBT_OK);
		assert_int_equal(out.count, count);
		assert_memory_equal(out.names, in.names, count * sizeof(in.names[0]));
		assert_memory_equal(out.unit_id, in.unit_id, sizeof(in.unit_id));
		assert_memory_equal(out.statistics, in.statistics, sizeof(in.statistics));

		assert_error("short statistics", nbt_node_status_decode(&out, rdata, used + 7),
			     NBT_OK);
		assert_memory_equal(out.unit_id, in.unit_id, sizeof(in.unit_id));
		assert_memory_equal(out.statistics, "\xA5\0\0", 3);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_made_and_encoded),
		cmocka_unit_test(vectors_are_decoded),
		cmocka_unit_test(cut_packets_are_refused_and_longer_ones_are_not),
		cmocka_unit_test(encoding_stays_within_the_size),
		cmocka_unit_test(every_mix_of_sections_makes_the_round_trip),
		cmocka_unit_test(every_flags_word_makes_the_round_trip),
		cmocka_unit_test(impossible_packets_are_not_encoded),
		cmocka_unit_test(counts_are_limited),
		cmocka_unit_test(a_difference_in_any_field_is_seen),
		cmocka_unit_test(the_question_is_pointed_at_from_the_additional_section_only),
		cmocka_unit_test(addresses_are_read_and_written),
		cmocka_unit_test(node_status_is_decoded),
		cmocka_unit_test(node_status_of_any_length),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
