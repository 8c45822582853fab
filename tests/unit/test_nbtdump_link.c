/* Frames down to payloads: links, VLANs, tunnels, fragments, short frames. */
#include "support.h"

#include <stdio.h>

#include "libnbt/wire/wire.h"
#include "tools/nbtdump_link.h"

#define ETHERNET 14

/* What was handed over, as words: service, length, "+cut", "q" if it is quoted. */
static char seen[256];
static uint8_t frame[2048];
static struct nbt_writer w;

static void note(void *ctx, const struct dump_payload *p)
{
	size_t len = strlen(seen);

	(void)ctx;
	snprintf(seen + len, sizeof(seen) - len, "%c%zu", ".ndsrD"[p->service], p -> len);
	len = strlen(seen);
	if (p->cut > 0)
		snprintf(seen + len, sizeof(seen) - len, "+%zu", p->cut);
	if (p->is_quoted)
		strcat(seen, "q");
	strcat(seen, " ");
}

static const struct dump_link *link_of(int type, struct dump_fragments *fragments)
{
	static struct dump_link link;

	link = (struct dump_link){ .type = type, .fragments = fragments, .each = note };
	return &link;
}

static void begin(void)
{
	w = nbt_writer_of(frame, sizeof(frame));
}

/* An IP header for len bytes behind it; fragment: the word of flags and offset. */
static void put_ip(uint8_t protocol, size_t len, uint16_t fragment)
{
	nbt_write_u16(&w, 0x4500);
	nbt_write_u16(&w, (uint16_t)(20 + len));
	nbt_write_u16(&w, 77);
	nbt_write_u16(&w, fragment);
	nbt_write_u8(&w, 64);
	nbt_write_u8(&w, protocol);
	nbt_write_u16(&w, 0);
	nbt_write_u32(&w, 0x0A000001);
	nbt_write_u32(&w, 0x0A000002);
}

static void put_udp(uint16_t port, size_t len)
{
	nbt_write_u16(&w, 40000);
	nbt_write_u16(&w, port);
	nbt_write_u16(&w, (uint16_t)(8 + len));
	nbt_write_u16(&w, 0);
	nbt_write_zeros(&w, len);
}

static void put_query(size_t len)
{
	put_ip(17, 8 + len, 0);
	put_udp(137, len);
}

/* Ethernet with so many tags. */
static void put_ethernet(unsigned tags)
{
	nbt_write_zeros(&w, 12);
	for (unsigned i = 0; i < tags; i++) {
		nbt_write_u16(&w, i == 0 ? 0x88A8 : 0x8100);
		nbt_write_u16(&w, 5);
	}
	nbt_write_u16(&w, 0x0800);
}

static const char *walk(int type)
{
	seen[0] = '\0';
	dump_link_walk(link_of(type, NULL), frame, w.pos);
	return seen;
}

static void test_links(void **state)
{
	(void)state;
	for (unsigned tags = 0; tags <= 3; tags++) {
		begin();
		put_ethernet(tags);
		put_query(50);
		assert_string_equal(walk(DUMP_LINK_ETHERNET), "n50 ");
	}
	begin();
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_RAW), "n50 ");
	assert_string_equal(walk(DUMP_LINK_RAW_FILE), "n50 ");
	begin();
	nbt_write_zeros(&w, 4);
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_NULL), "n50 ");
	assert_string_equal(walk(DUMP_LINK_LOOP), "n50 ");
	assert_false(dump_link_is_known(105));
	assert_string_equal(walk(105), "");
}

static void test_cooked_with_a_vlan(void **state)
{
	(void)state;
	begin();
	nbt_write_u16(&w, 0x8100);
	nbt_write_zeros(&w, 18);
	nbt_write_u16(&w, 5);
	nbt_write_u16(&w, 0x0800);
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_COOKED_2), "n50 ");
	begin();
	nbt_write_zeros(&w, 14);
	nbt_write_u16(&w, 0x8100);
	nbt_write_u16(&w, 5);
	nbt_write_u16(&w, 0x0800);
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_COOKED), "n50 ");
}

static void test_services(void **state)
{
	static const struct {
		uint16_t port;
		const char *udp, *tcp;
	} rows[] = { { 137, "n10 ", "n10 " }, { 138, "d10 ", "" },    { 139, "", "s10 " },
		     { 445, "", "s10 " },     { 42, "D10 ", "r10 " }, { 53, "", "" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin();
		put_ip(17, 18, 0);
		put_udp(rows[i].port, 10);
		assert_string_equal(walk(DUMP_LINK_RAW), rows[i].udp);
		begin();
		put_ip(6, 30, 0);
		nbt_write_u16(&w, rows[i].port);
		nbt_write_u16(&w, 40000);
		nbt_write_zeros(&w, 8);
		nbt_write_u16(&w, 0x5010);
		nbt_write_zeros(&w, 6 + 10);
		assert_string_equal(walk(DUMP_LINK_RAW), rows[i].tcp);
	}
}

/* What is behind the IP packet is padding; what it lacks was cut off. */
static void test_lengths(void **state)
{
	(void)state;
	begin();
	put_ethernet(0);
	put_query(2);
	nbt_write_zeros(&w, 16);
	assert_string_equal(walk(DUMP_LINK_ETHERNET), "n2 ");
	begin(); /* TCP has no length of its own */
	put_ethernet(0);
	put_ip(6, 20 + 2, 0);
	nbt_write_u16(&w, 139);
	nbt_write_zeros(&w, 10);
	nbt_write_u16(&w, 0x5010);
	nbt_write_zeros(&w, 6 + 2 + 4);
	assert_string_equal(walk(DUMP_LINK_ETHERNET), "s2 ");
	begin();
	put_ethernet(0);
	put_query(50);
	w.pos -= 30;
	assert_string_equal(walk(DUMP_LINK_ETHERNET), "n20+30 ");
	for (w.pos = 0; w.pos < ETHERNET + 20 + 8; w.pos++)
		assert_string_equal(walk(DUMP_LINK_ETHERNET), "");
}

static void test_quoted(void **state)
{
	(void)state;
	begin();
	put_ip(1, 8 + 20 + 8 + 50, 0);
	nbt_write_u32(&w, 0x03030000);
	nbt_write_u32(&w, 0);
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_RAW), "n50q ");
	frame[20] = 8; /* an echo may hold anything */
	assert_string_equal(walk(DUMP_LINK_RAW), "");
}

static void test_tunnels_end(void **state)
{
	(void)state;
	begin();
	for (size_t i = 0; i < 3; i++) {
		put_ip(47, 4 + (2 - i) * 24 + 78, 0);
		nbt_write_u32(&w, 0x0800);
	}
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_RAW), "n50 ");
	begin();
	for (size_t i = 0; i < 40; i++) {
		put_ip(47, 4 + (39 - i) * 24 + 78, 0);
		nbt_write_u32(&w, 0x0800);
	}
	put_query(50);
	assert_string_equal(walk(DUMP_LINK_RAW), "");
}

/* Sends the bytes from offset to end of a UDP packet to port 137 with 40 bytes in it. */
static const char *send_fragment(struct dump_fragments *f, uint8_t host, size_t offset, size_t end)
{
	uint8_t whole[48];

	begin();
	put_udp(137, 40);
	memcpy(whole, frame, sizeof(whole));
	begin();
	put_ip(17, end - offset, (uint16_t)((end < 48 ? 0x2000 : 0) | offset / 8));
	frame[15] = host;
	nbt_write_bytes(&w, whole + offset, end - offset);
	seen[0] = '\0';
	dump_link_walk(link_of(DUMP_LINK_RAW, f), frame, w.pos);
	return seen;
}

static void test_fragments(void **state)
{
	struct dump_fragments *f = dump_fragments_create();

	(void)state;
	assert_string_equal(send_fragment(f, 1, 0, 16), "");
	assert_string_equal(send_fragment(f, 1, 16, 48), "n40 ");
	assert_string_equal(send_fragment(f, 1, 32, 48), ""); /* again, in any order, and twice */
	assert_string_equal(send_fragment(f, 1, 8, 32), "");
	assert_string_equal(send_fragment(f, 1, 8, 32), "");
	assert_string_equal(send_fragment(f, 2, 0, 8), "");
	assert_string_equal(send_fragment(f, 1, 0, 8), "n40 ");
	assert_string_equal(send_fragment(f, 2, 8, 48), "n40 ");
	dump_fragments_destroy(f);
	assert_string_equal(send_fragment(NULL, 1, 0, 16), "");
}

static void test_fragments_have_a_limit(void **state)
{
	struct dump_fragments *f = dump_fragments_create();

	(void)state;
	for (uint8_t host = 0; host <= DUMP_FRAGMENTS_MAX; host++)
		assert_string_equal(send_fragment(f, host, 0, 8), "");
	assert_string_equal(send_fragment(f, DUMP_FRAGMENTS_MAX, 8, 48), "n40 ");
	assert_string_equal(send_fragment(f, 1, 8, 48), "n40 ");
	assert_string_equal(send_fragment(f, 0, 8, 48), ""); /* the oldest one made room */
	dump_fragments_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),     cmocka_unit_test(test_cooked_with_a_vlan),
		cmocka_unit_test(test_services),  cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_quoted),    cmocka_unit_test(test_tunnels_end),
		cmocka_unit_test(test_fragments), cmocka_unit_test(test_fragments_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
