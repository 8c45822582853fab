/* Named counters as text. */
#include "common/stats.h"

#include <inttypes.h>

void stats_print(const struct stats *stats, FILE *out)
{
	for (size_t i = 0; i < stats->count; i++)
		fprintf(out, "%s %" PRIu64 "\n", stats->names[i], stats->values[i]);
}
