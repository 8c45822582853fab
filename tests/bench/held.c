/*
 * How long the store holds the loop: linked into nbnsd in place of the two ways by which the loop's
 * thread gets into the store (ld --wrap), and says at the end what it saw. Give it a load, then
 * SIGTERM: tests/bench/nbnsd_held -f -c FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "common/loop.h"
#include "nbnsd/store/store.h"
#include "tools/bench.h"

int __real_loop_wakeup_open(struct loop_wakeup **out, struct loop *loop, void (*wake)(void *ctx),
			    void *ctx);
int __wrap_loop_wakeup_open(struct loop_wakeup **out, struct loop *loop, void (*wake)(void *ctx),
			    void *ctx);
int __real_store_run(struct store *store, struct loop *loop, const struct store_events *events);
int __wrap_store_run(struct store *store, struct loop *loop, const struct store_events *events);
void __real_store_submit(struct store *store, struct changes *changes, lease_time lease_now);
void __wrap_store_submit(struct store *store, struct changes *changes, lease_time lease_now);

static struct bench_latency submitting, reporting;
static void (*report)(void *ctx); /* the store's */
static bool is_store;             /* whose wakeup is being opened */

static void print(const char *what, const struct bench_latency *held)
{
	fprintf(stderr,
		"%s: %llu times, median %.1f us, p99 %.1f us, p99.9 %.1f us, most %.1f us\n", what,
		(unsigned long long)held->count, (double)bench_latency_at(held, 0.5) / 1000,
		(double)bench_latency_at(held, 0.99) / 1000,
		(double)bench_latency_at(held, 0.999) / 1000,
		(double)bench_latency_at(held, 1) / 1000);
}

static void print_all(void)
{
	print("handing changes to the store", &submitting);
	print("taking them back", &reporting);
}

static void timed_report(void *ctx)
{
	uint64_t begin = bench_now();

	report(ctx);
	bench_latency_add(&reporting, bench_now() - begin);
}

int __wrap_loop_wakeup_open(struct loop_wakeup **out, struct loop *loop, void (*wake)(void *ctx),
			    void *ctx)
{
	if (!is_store)
		return __real_loop_wakeup_open(out, loop, wake, ctx);
	report = wake;
	atexit(print_all);
	return __real_loop_wakeup_open(out, loop, timed_report, ctx);
}

int __wrap_store_run(struct store *store, struct loop *loop, const struct store_events *events)
{
	int ret;

	is_store = true;
	ret = __real_store_run(store, loop, events);
	is_store = false;
	return ret;
}

void __wrap_store_submit(struct store *store, struct changes *changes, lease_time lease_now)
{
	uint64_t begin = bench_now();

	__real_store_submit(store, changes, lease_now);
	bench_latency_add(&submitting, bench_now() - begin);
}
