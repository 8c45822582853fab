#include "browserd/metrics.h"

#include <arpa/inet.h>
#include <string.h>

#include "browserd/browserd.h"
#include "browserd/exporting.h"
#include "browserd/pull.h"
#include "common/charset.h"
#include "common/loop.h"
#include "common/metrics_http.h"
#include "common/stats.h"

#define TEXT_MAX 64

static void walk_build(const struct browserd *browserd, const struct metrics_visitor *to)
{
	metrics_build(to);
	metrics_gauge(to, "uptime.seconds", "Seconds since the start",
		      (loop_env(browserd->loop).now_ms - browserd->started_ms) / 1000);
}

static void walk_gauges(const struct browserd *browserd, const struct metrics_visitor *to)
{
	const struct lists *lists = browser_lists(browserd->service);

	metrics_gauge(to, "connected", "Whether there is a connection to nbddd",
		      browserd->is_connected);
	metrics_gauge(to, "lists.servers", "Servers in the browse lists",
		      lists_count(lists, LISTS_SERVERS));
	metrics_gauge(to, "lists.workgroups", "Workgroups in the browse lists",
		      lists_count(lists, LISTS_WORKGROUPS));
	metrics_gauge(to, "pulls.under-way", "Lists that are being fetched, or wait for it",
		      pulls_count(browserd->pulls));
	metrics_counter(to, "frames.unsent", "Frames that nbddd did not take", browserd->unsent);
}

/* What this host is: 1 for each workgroup in each subnet that it is the master of. */
static void say_role(void *ctx, const struct browser_role_view *view)
{
	const struct metrics_visitor *to = ctx;
	char workgroup[TEXT_MAX], interface[INET_ADDRSTRLEN];
	const struct metric metric = {
		.name = "master",
		.help = "Whether this host is the local master browser",
		.is_gauge = true,
		.label = { "workgroup", "interface" },
		.label_value = { charset_from_wire(view->workgroup, strlen(view->workgroup),
						   workgroup, sizeof(workgroup)),
				 inet_ntop(AF_INET, &view->interface, interface,
					   sizeof(interface)) },
		.value = view->role == BROWSER_ROLE_MASTER,
	};

	to->each(to->ctx, &metric);
}

static void walk(void *ctx, metrics_each_fn *each, void *each_ctx)
{
	const struct browserd *browserd = ctx;
	struct metrics_visitor to = { each, each_ctx };

	walk_build(browserd, &to);
	walk_gauges(browserd, &to);
	browser_each_role(browserd->service, say_role, &to);
	metrics_stats(&to, browser_stats(browserd->service));
	exporting_metrics(browserd->exporting, &to);
}

struct metrics metrics_of(struct browserd *browserd)
{
	return (struct metrics){ .daemon = "browserd", .walk = walk, .walk_ctx = browserd };
}

int metrics_start(void *ctx)
{
	struct browserd *browserd = ctx;
	const struct metrics metrics = metrics_of(browserd);
	int ret = metrics_http_open(&browserd->metrics_http, browserd->loop, &metrics,
				    METRICS_HTTP_PATIENCE_MS);

	return ret == 0 ? metrics_apply(browserd) : ret;
}

int metrics_apply(void *ctx)
{
	const struct browserd *browserd = ctx;

	metrics_http_listen(browserd->metrics_http,
			    (uint16_t)browserd->settings.browserd.metrics_port);
	return 0;
}

void metrics_stop(void *ctx)
{
	struct browserd *browserd = ctx;

	metrics_http_close(browserd->metrics_http);
	browserd->metrics_http = NULL;
}
