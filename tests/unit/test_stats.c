/* Named counters. */
#include "support.h"

#include <stdlib.h>

#include "common/stats.h"

#define COUNTERS(X)                                                                                \
	X(QUERY, "query.received")                                                                 \
	X(MALFORMED, "packet.malformed")                                                           \
	X(BYTES_SENT, "bytes.sent")

enum { COUNTERS(STATS_ENUM) COUNT };
static const char *const names[COUNT] = { COUNTERS(STATS_NAME) };

static void counters_are_printed_by_name(void **state)
{
	uint64_t values[COUNT] = { 0 };
	struct stats stats = { names, values, COUNT };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	stats_count(&stats, QUERY);
	stats_count(&stats, QUERY);
	stats_add(&stats, BYTES_SENT, UINT64_MAX);
	stats_print(&stats, out);
	fclose(out);
	assert_string_equal(text, "query.received 2\npacket.malformed 0\n"
				  "bytes.sent 18446744073709551615\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_printed_by_name),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
