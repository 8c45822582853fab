/* Packets as text and as JSON. */
#include "support.h"

#include <jansson.h>
#include <stdlib.h>

#include <nbt/dump.h>

#include "vectors.h"

#define FRED_34                                                                                         \
	" 20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41" \
	" 43 41 00 "
#define FRED_LETTERS                                                                                 \
	" 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41" \
	" 43 41 "
#define LAB_34                                                                                          \
	" 20 45 4d 45 42 45 43 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41" \
	" 42 4f 00 "
#define DATAGRAM " 12 34 0a 00 00 05 00 8a "

enum kind { PACKET, DATAGRAM_PACKET, SESSION, MAILSLOT, BROWSE, LANMAN, REPLICATION, DISCOVERY };

/* Decodes hex and dumps it, as nbt_dump_*() does. */
static size_t dump(const char *what, enum kind kind, const char *hex, enum nbt_dump_form form,
		   char *buf, size_t size)
{
	struct nbt_packet packet;
	struct nbt_datagram datagram;
	struct nbt_session session;
	struct nbt_mailslot mailslot;
	struct nbt_browse browse;
	struct nbt_replication replication;
	struct nbt_discovery discovery;
	uint8_t wire[1024];
	size_t len = unhex(wire, sizeof(wire), hex);

	switch (kind) {
	case PACKET:
		assert_error(what, nbt_packet_decode(&packet, wire, len), NBT_OK);
		return nbt_dump_packet(&packet, form, buf, size);
	case DATAGRAM_PACKET:
		assert_error(what, nbt_datagram_decode(&datagram, wire, len), NBT_OK);
		return nbt_dump_datagram(&datagram, form, buf, size);
	case SESSION:
		assert_error(what, nbt_session_decode(&session, wire, len), NBT_OK);
		return nbt_dump_session(&session, form, buf, size);
	case MAILSLOT:
		assert_error(what, nbt_mailslot_decode(&mailslot, wire, len), NBT_OK);
		return nbt_dump_mailslot(&mailslot, form, buf, size);
	case BROWSE:
		assert_error(what, nbt_browse_decode(&browse, wire, len), NBT_OK);
		return nbt_dump_browse(&browse, form, buf, size);
	case LANMAN:
		assert_error(what, nbt_lanman_decode(&browse, wire, len), NBT_OK);
		return nbt_dump_browse(&browse, form, buf, size);
	case REPLICATION:
		assert_error(what, nbt_replication_decode(&replication, wire, len), NBT_OK);
		return nbt_dump_replication(&replication, form, buf, size);
	case DISCOVERY:
		assert_error(what, nbt_discovery_decode(&discovery, wire, len), NBT_OK);
		return nbt_dump_discovery(&discovery, form, buf, size);
	}
	return 0;
}

#define REPLICATION_TO " 00007800 00000011 00000003 000000"
#define JSON_FRED                                                                                  \
	"\"name\":\"FRED<20>\",\"nb16\":\"46524544202020202020202020202020\",\"scope\":\"\""
#define JSON_LAB "\"name\":\"LAB<1E>\",\"nb16\":\"4c41422020202020202020202020201e\",\"scope\":\"\""
#define JSON_DATAGRAM(type, flags, more, first, node)                                              \
	"{\"proto\":\"nbdgm\",\"msg_type\":" #type ",\"flags\":" #flags ",\"more\":" #more         \
	",\"first\":" #first ",\"node_type\":" #node                                               \
	",\"dgram_id\":4660,\"src_ip\":\"10.0.0.5\",\"src_port\":138"

static const struct dump_case {
	const char *what;
	enum kind kind;
	const char *hex;
	const char *text, *json; /* json NULL: only parsed */
} cases[] = {
	{ "a query with an unknown opcode, type and class, all flags", PACKET,
	  "00 01 1f 99 00 01 00 00 00 00 00 00" FRED_34 "12 34 00 02",
	  "opcode 0x03 request id 0001 AA TC RD RA B rcode 0x09; question FRED<20> type 0x1234 class 2",
	  "{\"proto\":\"nbns\",\"id\":1,\"flags\":8089,\"response\":0,\"opcode\":3,\"aa\":1,\"tc\":1,"
	  "\"rd\":1,\"ra\":1,\"b\":1,\"rcode\":9,\"qd\":1,\"an\":0,\"ns\":0,\"ar\":0,\"questions\":["
	  "{" JSON_FRED ",\"type\":4660,\"class\":2}],\"records\":[]}" },
	{ "a name with a scope", PACKET,
	  "00 01 00 00 00 01 00 00 00 00 00 00 20" FRED_LETTERS "03 4c 41 42 01 58 00 00 20 00 01",
	  "query request id 0001; question FRED<20>.LAB.X NB", NULL },
	{ "a datagram", DATAGRAM_PACKET,
	  "10 02" DATAGRAM "00 48 00 00" FRED_34 LAB_34 "64 61 74 61",
	  "datagram id 1234 from 10.0.0.5:138 (B): FRED<20> to LAB<1E>, 4 bytes",
	  JSON_DATAGRAM(16, 2, 0, 1, 0) ",\"dgram_len\":72,\"offset\":0,\"source\":{" JSON_FRED
					"},\"destination\":{" JSON_LAB "},\"data_len\":4}" },
	{ "a first fragment", DATAGRAM_PACKET, "11 0f" DATAGRAM "00 44 00 00" FRED_34 LAB_34,
	  "group datagram id 1234 from 10.0.0.5:138 (H or NBDD): FRED<20> to LAB<1E>, 0 bytes,"
	  " first fragment at 0",
	  NULL },
	{ "a middle fragment", DATAGRAM_PACKET, "11 05" DATAGRAM "02 44 01 00 6869",
	  "group datagram id 1234 from 10.0.0.5:138 (P): 2 bytes, middle fragment at 256", NULL },
	{ "a last fragment", DATAGRAM_PACKET, "12 08" DATAGRAM "02 44 02 00 6869",
	  "broadcast datagram id 1234 from 10.0.0.5:138 (M): 2 bytes, last fragment at 512",
	  JSON_DATAGRAM(18, 8, 0, 0, 2) ",\"dgram_len\":580,\"offset\":512,\"data_len\":2}" },
	{ "a datagram error", DATAGRAM_PACKET, "13 02" DATAGRAM "82",
	  "datagram error id 1234 from 10.0.0.5:138 (B): destination name not present",
	  JSON_DATAGRAM(19, 2, 0, 1, 0) ",\"error_code\":130}" },
	{ "an unknown datagram error", DATAGRAM_PACKET, "13 02" DATAGRAM "85",
	  "datagram error id 1234 from 10.0.0.5:138 (B): error 0x85", NULL },
	{ "a datagram query", DATAGRAM_PACKET, "14 02" DATAGRAM LAB_34,
	  "datagram query request id 1234 from 10.0.0.5:138 (B): LAB<1E>",
	  JSON_DATAGRAM(20, 2, 0, 1, 0) ",\"destination\":{" JSON_LAB "}}" },
	{ "a positive datagram query response", DATAGRAM_PACKET, "15 02" DATAGRAM LAB_34,
	  "positive datagram query response id 1234 from 10.0.0.5:138 (B): LAB<1E>", NULL },
	{ "a session request", SESSION, "81 00 00 44" LAB_34 FRED_34,
	  "session request: FRED<20> to LAB<1E>",
	  "{\"proto\":\"nbss\",\"type\":129,\"flags\":0,\"length\":68,\"called\":{" JSON_LAB
	  "},\"calling\":{" JSON_FRED "}}" },
	{ "a positive session response", SESSION, "82 00 00 00", "positive session response",
	  "{\"proto\":\"nbss\",\"type\":130,\"flags\":0,\"length\":0}" },
	{ "a negative session response", SESSION, "83 00 00 01 82",
	  "negative session response: called name not present",
	  "{\"proto\":\"nbss\",\"type\":131,\"flags\":0,\"length\":1,\"error_code\":130}" },
	{ "an unknown session error", SESSION, "83 00 00 01 ff",
	  "negative session response: error 0xff", NULL },
	{ "a retarget response", SESSION, "84 00 00 06 0a 00 00 07 01 bd",
	  "session retarget response: 10.0.0.7:445",
	  "{\"proto\":\"nbss\",\"type\":132,\"flags\":0,\"length\":6,\"retarget_ip_address\":\"10.0.0.7\","
	  "\"retarget_port\":445}" },
	{ "a session message", SESSION, "00 00 00 02 68 69", "session message: 2 bytes", NULL },
	{ "a keep alive", SESSION, "85 00 00 00", "session keep alive", NULL },
	{ "a mailslot message", MAILSLOT,
	  "ff534d4225 000000000000000000000000000000000000000000000000000000 11 0000 0200 0000 0000 00 00"
	  " 0000 e8030000 0000 0000 0000 0200 5100 03 00 0100 0100 0200 0e00"
	  " 5c4d41494c534c4f545c2282 00 6869",
	  "mailslot \\MAILSLOT\\\"<82> class 2 priority 1, 2 bytes",
	  "{\"proto\":\"mailslot\",\"name\":\"\\\\MAILSLOT\\\\\\\"<82>\",\"class\":2,\"priority\":1,"
	  "\"timeout\":1000,\"data_len\":2}" },
	{ "a host announcement", BROWSE,
	  "010060ea0000414c50484100000000000000000000000601039a01000f0155aa2299",
	  "host announcement: ALPHA, type 00019a03 WORKSTATION SERVER PRINTQ_SERVER UNIX NT SERVER_NT"
	  " POTENTIAL_BROWSER, version 6.1, again in 60000 ms, \"\"<99>\"",
	  "{\"proto\":\"browse\",\"opcode\":1,\"frame\":\"host announcement\",\"update_count\":0,"
	  "\"period\":60000,\"name\":\"ALPHA\",\"os_major\":6,\"os_minor\":1,\"server_type\":104963,"
	  "\"browser_version\":271,\"signature\":43605,\"comment\":\"\\\"<99>\"}" },
	{ "a domain announcement", BROWSE,
	  "0c03c0d40100544553544752500000000000000000000601001000800f0155aa414c50484100",
	  "domain announcement: TESTGRP, type 80001000 NT DOMAIN_ENUM, version 6.1, again in 120000 ms,"
	  " \"ALPHA\"",
	  "{\"proto\":\"browse\",\"opcode\":12,\"frame\":\"domain announcement\",\"update_count\":3,"
	  "\"period\":120000,\"name\":\"TESTGRP\",\"os_major\":6,\"os_minor\":1,"
	  "\"server_type\":2147487744,\"browser_version\":271,\"signature\":43605,"
	  "\"master\":\"ALPHA\"}" },
	{ "an announcement of all types", BROWSE,
	  "0f0000000000410000000000000000000000000000000000ffffffff0000000000",
	  "local master announcement: A, type ffffffff, version 0.0, again in 0 ms, \"\"", NULL },
	{ "an announcement request", BROWSE, "0200414c50484100", "announcement request: ALPHA",
	  "{\"proto\":\"browse\",\"opcode\":2,\"frame\":\"announcement request\",\"name\":\"ALPHA\"}" },
	{ "an election", BROWSE, "08018a0f01417017000000000000414c50484100",
	  "election: ALPHA, version 1, criteria 41010f8a, up for 6000 ms",
	  "{\"proto\":\"browse\",\"opcode\":8,\"frame\":\"election\",\"election_version\":1,"
	  "\"criteria\":1090588554,\"uptime\":6000,\"name\":\"ALPHA\"}" },
	{ "a backup list request", BROWSE, "090444332211", "backup list request: 4, token 11223344",
	  "{\"proto\":\"browse\",\"opcode\":9,\"frame\":\"backup list request\",\"count\":4,"
	  "\"token\":287454020}" },
	{ "a backup list", BROWSE, "0a024433221141004200",
	  "backup list response: 2, token 11223344, A B",
	  "{\"proto\":\"browse\",\"opcode\":10,\"frame\":\"backup list response\",\"count\":2,"
	  "\"token\":287454020,\"backup\":[\"A\",\"B\"]}" },
	{ "reset state", BROWSE, "0e02", "reset state: 02",
	  "{\"proto\":\"browse\",\"opcode\":14,\"frame\":\"reset state\",\"reset\":2}" },
	{ "a LAN Manager announcement", LANMAN, "01000300000024003c004f5332424f58006f732f3200",
	  "LAN Manager announcement: OS2BOX, type 00000003 WORKSTATION SERVER, version 36.0,"
	  " again in 60000 ms, \"os/2\"",
	  "{\"proto\":\"browse\",\"opcode\":257,\"frame\":\"LAN Manager announcement\","
	  "\"update_count\":0,\"period\":60000,\"name\":\"OS2BOX\",\"os_major\":36,\"os_minor\":0,"
	  "\"server_type\":3,\"comment\":\"os/2\"}" },
	{ "a start of an association", REPLICATION,
	  "0000001c 00007800 00000000 00000000 2a2a0001 00020005 00000000 00000000",
	  "replication start request to 00000000: handle 2a2a0001 version 2.5",
	  "{\"proto\":\"winsrepl\",\"destination\":0,\"type\":0,\"handle\":707395585,\"major\":2,"
	  "\"minor\":5}" },
	{ "an answer to it", REPLICATION, "00000014 00007800 00000011 00000001 2a2a0001 00020001",
	  "replication start response to 00000011: handle 2a2a0001 version 2.1", NULL },
	{ "an end of an association", REPLICATION, "00000010 00007800 00000011 00000002 00000004",
	  "replication stop to 00000011: reason 4",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":2,\"reason\":4}" },
	{ "a message of an unknown type", REPLICATION, "0000000c 00007800 00000011 00000011",
	  "replication type 0x11 to 00000011:",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":17}" },
	{ "a message of an unknown opcode", REPLICATION, "00000010" REPLICATION_TO "06",
	  "replication opcode 0x06 to 00000011:",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":3,\"opcode\":6}" },
	{ "a map request", REPLICATION, "00000010" REPLICATION_TO "00",
	  "replication map request to 00000011:", NULL },
	{ "a map", REPLICATION,
	  "00000048" REPLICATION_TO
	  "01 00000002 0a010002 00000000000001f4 0000000000000001 00000001"
	  " 0a010003 ffffffffffffffff 0000000000000000 00000001 00000000",
	  "replication map response to 00000011: 10.1.0.2 1-500, 10.1.0.3 0-18446744073709551615",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":3,\"opcode\":1,\"owners\":["
	  "{\"owner\":\"10.1.0.2\",\"max\":\"500\",\"min\":\"1\"},{\"owner\":\"10.1.0.3\","
	  "\"max\":\"18446744073709551615\",\"min\":\"0\"}]}" },
	{ "a records request", REPLICATION,
	  "00000028" REPLICATION_TO "02 0a010003 0000000100000005 0000000100000003 00000000",
	  "replication records request to 00000011: 10.1.0.3 4294967299-4294967301",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":3,\"opcode\":2,\"range\":"
	  "{\"owner\":\"10.1.0.3\",\"max\":\"4294967301\",\"min\":\"4294967299\"}}" },
	{ "records", REPLICATION,
	  "00000088" REPLICATION_TO "03 00000002 00000014 46524544202020202020202020202020 41424300"
	  " 00000000 000000e0 00000000 0000000100000003 0a010709 ffffffff"
	  " 00000011 4c41422020202020202020202020201e 00000000 00000062 01000000 0000000100000005"
	  " 02000000 0a010003 0a010701 0a010002 0a010801 ffffffff",
	  "replication records response to 00000011: 2 records;"
	  " FRED<20>.ABC static unique H active version 4294967299 10.1.7.9;"
	  " LAB<1E> special group H active version 4294967301 10.1.7.1 of 10.1.0.3"
	  " 10.1.8.1 of 10.1.0.2",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":3,\"opcode\":3,\"records\":["
	  "{\"name\":\"FRED<20>\",\"nb16\":\"46524544202020202020202020202020\",\"scope\":\"ABC\","
	  "\"type\":0,\"state\":0,\"node\":3,\"static\":1,\"version\":\"4294967299\",\"addrs\":["
	  "{\"owner\":\"0.0.0.0\",\"addr\":\"10.1.7.9\"}]},{" JSON_LAB ",\"type\":2,\"state\":0,"
	  "\"node\":3,\"static\":0,\"version\":\"4294967301\",\"addrs\":[{\"owner\":\"10.1.0.3\","
	  "\"addr\":\"10.1.7.1\"},{\"owner\":\"10.1.0.2\",\"addr\":\"10.1.8.1\"}]}]}" },
	{ "a tombstone of a group", REPLICATION,
	  "00000044" REPLICATION_TO "03 00000001 00000011 4c41422020202020202020202020201e 00000000"
	  " 00000009 01000000 0000000000000007 ffffffff ffffffff",
	  "replication records response to 00000011: 1 record; LAB<1E> group B tombstone version 7"
	  " 255.255.255.255",
	  NULL },
	{ "an update", REPLICATION,
	  "00000030" REPLICATION_TO
	  "04 00000001 0a010002 00000000000001f4 0000000000000001 00000001"
	  " 0a010003",
	  "replication update to 00000011: 10.1.0.2 1-500, from 10.1.0.3",
	  "{\"proto\":\"winsrepl\",\"destination\":17,\"type\":3,\"opcode\":4,\"owners\":["
	  "{\"owner\":\"10.1.0.2\",\"max\":\"500\",\"min\":\"1\"}],\"initiator\":\"10.1.0.3\"}" },
	{ "an update to be passed on, of nothing", REPLICATION,
	  "00000018" REPLICATION_TO "09 00000000 0a010003",
	  "replication persistent update, propagate to 00000011:, from 10.1.0.3", NULL },
	{ "an autodiscovery", DISCOVERY, "cdab0000 00000000 0a010002 c0a80502 00000000",
	  "autodiscovery up: 10.1.0.2 192.168.5.2",
	  "{\"proto\":\"winsdisc\",\"down\":0,\"addrs\":[\"10.1.0.2\",\"192.168.5.2\"]}" },
	{ "a server that goes", DISCOVERY, "cdab0000 01000000 0a010002 00000000",
	  "autodiscovery down: 10.1.0.2",
	  "{\"proto\":\"winsdisc\",\"down\":1,\"addrs\":[\"10.1.0.2\"]}" },
};

static void packets_are_dumped(void **state)
{
	char buf[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct dump_case *c = &cases[i];
		size_t len = dump(c->what, c->kind, c->hex, NBT_DUMP_TEXT, buf, sizeof(buf));

		assert_string_equal(buf, c->text);
		assert_int_equal(len, strlen(buf));
		len = dump(c->what, c->kind, c->hex, NBT_DUMP_JSON, buf, sizeof(buf));
		assert_int_equal(len, strlen(buf));
		if (c->json != NULL)
			assert_string_equal(buf, c->json);
	}
}

/* Line i is of V(i+1). */
static const char *const vector_lines[] = {
	"registration request id 8001 RD; question FRED<20> NB; additional FRED<20> NB ttl 300000 H"
	" 10.0.0.5",
	"registration response id 8001 AA RD RA; answer FRED<20> NB ttl 518400 H 10.0.0.5",
	"registration response id 8001 AA RD RA ACT_ERR; answer FRED<20> NB ttl 0 H 10.0.0.5",
	"WACK response id 8001 AA; answer FRED<20> NB ttl 9 rdata 2900",
	"query request id 8002 RD; question FRED<20> NB",
	"query response id 8002 AA RD RA; answer FRED<20> NB ttl 0 H 10.0.0.5",
	"query response id 8002 AA RD RA NAM_ERR; answer FRED<20> NULL ttl 0",
	"query response id 8003 AA RD RA; answer LAB<1E> NB ttl 0 group B 255.255.255.255",
	"query request id 8004; question *<00> NBSTAT",
	"query response id 8004 AA; answer *<00> NBSTAT ttl 0 FRED<00> H active, LAB<00> group H active,"
	" FRED<20> H active, unit 00:11:22:33:44:55",
	"release request id 8005; question FRED<20> NB; additional FRED<20> NB ttl 0 H 10.0.0.5",
};

static void vectors_are_dumped_as_text(void **state)
{
	char buf[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vector_lines); i++) {
		const struct vector *v = &vectors[i + 1];

		dump(v->what, PACKET, v->hex, NBT_DUMP_TEXT, buf, sizeof(buf));
		assert_string_equal(buf, vector_lines[i]);
	}
}

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (json == NULL)
		fail_msg("no JSON: %s in %s", error.text, text);
	return json;
}

static void vectors_are_dumped_as_json(void **state)
{
	char buf[4096];

	(void)state;
	for (size_t i = 1; i < 12; i++) {
		size_t len = dump(vectors[i].what, PACKET, vectors[i].hex, NBT_DUMP_JSON, buf,
				  sizeof(buf));
		uint8_t wire[VECTOR_LEN_MAX];
		json_t *json = parse(buf);

		unhex(wire, sizeof(wire), vectors[i].hex);
		assert_int_equal(len, strlen(buf));
		assert_int_equal(json_integer_value(json_object_get(json, "flags")),
				 wire[2] << 8 | wire[3]);
		assert_int_equal(json_array_size(json_object_get(json, "questions")), wire[5]);
		assert_int_equal(json_array_size(json_object_get(json, "records")),
				 wire[7] + wire[9] + wire[11]);
		json_decref(json);
	}
}

static void records_in_json(void **state)
{
	static const struct {
		unsigned vector;
		const char *section, *rest;
	} rows[] = {
		{ 1, "additional",
		  "{\"type\":32,\"class\":1,\"ttl\":300000,\"rdlength\":6,\"addrs\":[{\"nb_flags\":24576,"
		  "\"group\":0,\"ont\":3,\"addr\":\"10.0.0.5\"}]}" },
		{ 4, "answer",
		  "{\"type\":32,\"class\":1,\"ttl\":9,\"rdlength\":2,\"rdata\":\"2900\"}" },
		{ 7, "answer",
		  "{\"type\":10,\"class\":1,\"ttl\":0,\"rdlength\":0,\"rdata\":\"\"}" },
		{ 8, "answer",
		  "{\"type\":32,\"class\":1,\"ttl\":0,\"rdlength\":6,\"addrs\":[{\"nb_flags\":32768,"
		  "\"group\":1,\"ont\":0,\"addr\":\"255.255.255.255\"}]}" },
		{ 10, "answer",
		  "{\"type\":33,\"class\":1,\"ttl\":0,\"rdlength\":101,\"number_of_names\":3,\"names\":["
		  "{\"name\":\"FRED<00>\",\"raw\":\"46524544202020202020202020202000\",\"name_flags\":25600},"
		  "{\"name\":\"LAB<00>\",\"raw\":\"4c414220202020202020202020202000\",\"name_flags\":58368},"
		  "{\"name\":\"FRED<20>\",\"raw\":\"46524544202020202020202020202020\",\"name_flags\":25600}],"
		  "\"unit_id\":\"00:11:22:33:44:55\"}" },
	};
	char buf[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *json, *record, *want = parse(rows[i].rest);

		dump("", PACKET, vectors[rows[i].vector].hex, NBT_DUMP_JSON, buf, sizeof(buf));
		json = parse(buf);
		record = json_array_get(json_object_get(json, "records"), 0);
		assert_string_equal(json_string_value(json_object_get(record, "section")),
				    rows[i].section);
		json_object_del(record, "section");
		json_object_del(record, "name");
		json_object_del(record, "nb16");
		json_object_del(record, "scope");
		if (!json_equal(record, want))
			fail_msg("V%u: %s", rows[i].vector, buf);
		json_decref(json);
		json_decref(want);
	}
}

/* Whatever bytes a name or scope is made of, the JSON parses and the texts give the bytes again. */
static void hostile_names_are_json(void **state)
{
	struct nbt_name name, again;
	struct nbt_scope scope = { .len = 4, .labels = { 3 } }, scope_again;
	struct nbt_packet p;
	char buf[4096];

	(void)state;
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		json_t *json, *question;

		memset(name.bytes, (int)byte, sizeof(name.bytes));
		memset(scope.labels + 1, (int)byte, 3);
		nbt_make_query(&p, 1, 0, &name, &scope, NBT_TYPE_NB);
		nbt_dump_packet(&p, NBT_DUMP_JSON, buf, sizeof(buf));
		json = parse(buf);
		question = json_array_get(json_object_get(json, "questions"), 0);
		if (byte < 'a' || byte > 'z') {
			again = name_of(json_string_value(json_object_get(question, "name")));
			scope_again =
				scope_of(json_string_value(json_object_get(question, "scope")));
			assert_true(nbt_name_equal(&name, &again));
			assert_true(nbt_scope_equal(&scope, &scope_again));
		}
		json_decref(json);
	}
}

static void dumps_are_cut_at_the_size(void **state)
{
	char whole[4096], cut[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) + 11; i++)
		for (int form = NBT_DUMP_TEXT; form <= NBT_DUMP_JSON; form++) {
			bool vector = i >= ARRAY_SIZE(cases);
			const char *hex =
				vector ? vectors[i - ARRAY_SIZE(cases) + 1].hex : cases[i].hex;
			enum kind kind = vector ? PACKET : cases[i].kind;
			size_t len =
				dump("", kind, hex, (enum nbt_dump_form)form, whole, sizeof(whole));

			for (size_t size = 0; size <= len + 1; size++) {
				memset(cut, 'x', sizeof(cut));
				assert_int_equal(
					dump("", kind, hex, (enum nbt_dump_form)form, cut, size),
					len);
				assert_int_equal(cut[size], 'x');
				if (size == 0)
					continue;
				assert_int_equal(strlen(cut), size <= len ? size - 1 : len);
				assert_memory_equal(cut, whole, strlen(cut));
			}
		}
}

static void the_largest_packet_fits(void **state)
{
	static uint8_t rdata[4980];
	struct nbt_name name =
		name_of("<FF><FF><FF><FF><FF><FF><FF><FF><FF><FF><FF><FF><FF><FF><FF><FF>");
	struct nbt_scope scope = { .len = 255 };
	struct nbt_packet p;
	static char buf[NBT_DUMP_MAX];

	(void)state;
	for (size_t i = 0; i < 255; i += 64)
		memset(scope.labels + i, 63, i < 192 ? 64 : 63);
	scope.labels[192] = 62;
	memset(rdata, 0xFF, sizeof(rdata));
	nbt_make_response(&p, NBT_OP_QUERY, 0xFFFF, 0x87F0, 15, &name, &scope, NBT_TYPE_NB,
			  UINT32_MAX, rdata, sizeof(rdata));
	assert_true(nbt_dump_packet(&p, NBT_DUMP_JSON, buf, sizeof(buf)) < sizeof(buf));
	assert_true(nbt_dump_packet(&p, NBT_DUMP_TEXT, buf, sizeof(buf)) < sizeof(buf));
}

static void codes_have_names(void **state)
{
	(void)state;
	assert_string_equal(nbt_opcode_name(NBT_OP_REGISTRATION), "registration");
	assert_string_equal(nbt_opcode_name(NBT_OP_MULTIHOMED), "multihomed registration");
	assert_null(nbt_opcode_name(1));
	assert_null(nbt_opcode_name(16));
	assert_string_equal(nbt_rcode_name(NBT_RCODE_ACT_ERR), "ACT_ERR");
	assert_null(nbt_rcode_name(8));
	assert_string_equal(nbt_suffix_name(0x20, 0), "Server service");
	assert_string_equal(nbt_suffix_name(0x00, 1), "Domain or workgroup");
	assert_null(nbt_suffix_name(0x05, 0));
	assert_null(nbt_suffix_name(0xFF, 1));
	assert_null(nbt_suffix_name(0x100, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_dumped),
		cmocka_unit_test(vectors_are_dumped_as_text),
		cmocka_unit_test(vectors_are_dumped_as_json),
		cmocka_unit_test(records_in_json),
		cmocka_unit_test(hostile_names_are_json),
		cmocka_unit_test(dumps_are_cut_at_the_size),
		cmocka_unit_test(the_largest_packet_fits),
		cmocka_unit_test(codes_have_names),
	};

	return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
