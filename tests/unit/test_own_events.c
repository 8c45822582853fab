/* What the administrator is told about her host's names. */
#include "support.h"

#include <arpa/inet.h>

#include "nbnsd/node/own_events.h"

static uint32_t draw(void *ctx, uint32_t below)
{
	(void)ctx;
	return below - 1;
}

static void sentences(void **state)
{
	static const struct {
		enum node_event_type type;
		uint8_t rcode;
		const char *who;
		bool is_regained;
		const char *want;
	} rows[] = {
		{ NODE_DECIDED, 0, "0.0.0.0", false, "FRED<20> is ours" },
		{ NODE_DECIDED, 0, "0.0.0.0", true, "FRED<20> is ours again" },
		{ NODE_DECIDED, 6, "10.1.0.7", false,
		  "FRED<20> is not ours: 10.1.0.7 has it; it is claimed again every 10m" },
		{ NODE_DECIDED, 6, "10.1.0.5", false,
		  "FRED<20> is not ours: name server 10.1.0.5 says that another host has it; it is "
		  "claimed again every 10m" },
		{ NODE_DECIDED, 5, "10.1.0.5", false,
		  "FRED<20> is not ours: name server 10.1.0.5 refuses it (error 5); it is claimed "
		  "again every 10m" },
		{ NODE_DECIDED, 5, "0.0.0.0", false,
		  "FRED<20> is not ours: the name server refuses it (error 5); it is claimed again "
		  "every 10m" },
		{ NODE_DECIDED, 2, "0.0.0.0", false,
		  "FRED<20> is not ours: no name server answers; it is claimed again every 10m" },
		{ NODE_LOST, 7, "10.1.0.7", false,
		  "FRED<20> is ours no more: 10.1.0.7 says that another host has it; it is claimed "
		  "again every 10m" },
	};
	const struct in_addr server = { inet_addr("10.1.0.5") };
	const struct node_settings settings = { .servers = &server, .server_count = 1 };
	const struct nbt_env env = { .random = draw };
	struct node *node = node_create(&settings, &env);
	char text[OWN_EVENT_MAX];

	(void)state;
	assert_non_null(node);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct node_event event = { .type = rows[i].type,
						  .claim = { .name = name_of("FRED<20>") },
						  .rcode = rows[i].rcode,
						  .who = { inet_addr(rows[i].who) },
						  .is_regained = rows[i].is_regained };

		assert_string_equal(own_event_print(node, &event, text), rows[i].want);
	}
	node_destroy(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences),
	};

	return cmocka_run_group_tests_name("own_events", tests, NULL, NULL);
}
