/* Control commands: ageing on demand. */
#include "nbnsd/control/commands.h"

#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/ctl_args.h"
#include "common/loop.h"
#include "common/stats.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/nbnsd.h"

/* What a pass does, as the service counts it, and as it is said. */
static const struct {
	const char *counter, *field;
} deeds[] = {
	{ "sweep.released", "released" }, { "sweep.tombstone", "tombstoned" },
	{ "sweep.deleted", "deleted" },   { "sweep.address", "addresses" },
	{ "sweep.written", "written" },
};

/* At the beginning. */
struct pass {
	uint64_t before[ARRAY_SIZE(deeds)];
};

static void read_deeds(const struct nbnsd *nbnsd, uint64_t values[ARRAY_SIZE(deeds)])
{
	const struct stats *stats = service_stats(nbnsd->service);

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		for (size_t j = 0; j < stats->count; j++)
			if (strcmp(stats->names[j], deeds[i].counter) == 0)
				values[i] = stats->values[j];
}

static bool is_over(const struct service *service, uint64_t number)
{
	return service_passes(service) >= number;
}

/* What it changed is to be on the disk, too. */
static void end_pass(struct nbnsd *nbnsd, struct ctl_request *rq, void *ctx)
{
	struct pass *pass = ctx;
	uint64_t now[ARRAY_SIZE(deeds)];
	json_t *row = json_object();

	read_deeds(nbnsd, now);
	command_set(row, "names", json_integer((json_int_t)registry_count(nbnsd->registry)));
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		command_set(row, deeds[i].field,
			    json_integer((json_int_t)(now[i] - pass->before[i])));
	free(pass);
	control_answer_when_stored(nbnsd, rq, json_pack("[o]", row));
}

static void run_scavenge(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const struct ctl_option options[] = { { .name = NULL } };
	struct control_wait wait = { .is_over = is_over, .end = end_pass, .release = free };
	struct nbnsd *nbnsd = daemon;
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct pass *pass;

	if (!control_can_change(nbnsd, rq) || !ctl_read_args(rq, options, &argc, argv, 0, 0))
		return;
	pass = malloc(sizeof(*pass));
	if (pass == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	read_deeds(nbnsd, pass->before);
	wait.number = service_scavenge(nbnsd->service, &env);
	wait.ctx = pass;
	control_wait(nbnsd, rq, &wait);
}

const struct ctl_command commands_sweep[] = {
	{ "scavenge", "", "age all names now, and tell what came of it", true, run_scavenge },
	{ .name = NULL },
};
