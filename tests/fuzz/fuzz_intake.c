/* A record as nbtctl import sends it. */
#include "fuzz.h"

#include <string.h>

#include "nbnsd/service/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size);
	struct intake intake = { .replace = false };

	must(line != NULL);
	if (intake_read(line, &intake)) {
		const struct record *record = &intake.record;
		const struct intake_facts here = { true,  RECORD_GROUP, RECORD_ACTIVE,
						   false, false,        false };

		must(record->kind < RECORD_KINDS && record->node_type <= 3);
		must(record->address_count <= RECORD_MAX_ADDRESSES);
		must(intake_decide(&here, record, true) != INTAKE_KEEP);
	}
	free(line);
	return 0;
}
