/* A load beside another. */
#include "tools/bench.h"

static void *run(void *arg)
{
	struct bench_beside *beside = arg;

	beside->ret = bench_load_run(beside->load, beside->result);
	return NULL;
}

int bench_beside_start(struct bench_beside *beside, const struct bench_load *load,
		       struct bench_result *result)
{
	beside->load = load;
	beside->result = result;
	return -pthread_create(&beside->thread, NULL, run, beside);
}

int bench_beside_wait(struct bench_beside *beside)
{
	pthread_join(beside->thread, NULL);
	return beside->ret;
}
