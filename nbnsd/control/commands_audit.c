/* Control commands: who uses the name server, and for what. */
#include "config.h" /* strptime(), timegm() */

#include "nbnsd/control/commands.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbnsd/control/audit_rows.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/nbnsd.h"

/* Per turn: rows are dear, looking at what does not fit is cheap. */
#define SLICE      500
#define ROW_COST   40
#define SORTED_MAX 1000 /* rows in an order: they are gathered first */

struct sorted {
	uint64_t key;
	uint32_t number;
};

struct walk {
	const struct nbnsd *nbnsd;
	enum audit_list list;
	enum audit_sort sort;
	struct audit_filter filter;
	char pattern[COMMAND_PATTERN_MAX]; /* the filter's */
	uint32_t number;
	uint64_t limit; /* rows still to come; sorted: at all */

	/* The rows that come first in the order, the last of them on top: a heap. Then sorted. */
	bool is_gathered;
	size_t count, said;
	struct sorted gathered[];
};

static const struct audit *audit_of(const struct walk *walk)
{
	return service_audit(walk->nbnsd->service);
}

static bool passes(struct walk *walk, uint64_t *key)
{
	return audit_row_passes(audit_of(walk), walk->nbnsd->registry, walk->list, walk->number,
				&walk->filter, walk->sort, key);
}

/* A reload may have taken the number away since it was gathered. */
static void say(const struct walk *walk, struct ctl_request *rq, uint32_t number)
{
	if (number >= audit_list_bound(audit_of(walk), walk->nbnsd->registry, walk->list))
		return;
	ctl_row(rq, audit_list_row(audit_of(walk), walk->nbnsd->registry, walk->list, number));
}

static bool is_at_end(const struct walk *walk)
{
	return walk->number >= audit_list_bound(audit_of(walk), walk->nbnsd->registry, walk->list);
}

/*
 * As they come.
 */

static bool more_rows(struct walk *walk, struct ctl_request *rq)
{
	uint64_t key;

	for (int budget = SLICE; budget > 0; budget--, walk->number++) {
		if (is_at_end(walk) || walk->limit == 0)
			return false;
		if (!passes(walk, &key))
			continue;
		say(walk, rq, walk->number);
		walk->limit--;
		budget -= ROW_COST;
	}
	ctl_wake_stream(rq); /* it goes on, whether it has found anything or not */
	return true;
}

/*
 * In an order.
 */

static void swap(struct sorted *a, struct sorted *b)
{
	struct sorted was = *a;

	*a = *b;
	*b = was;
}

static void sift_up(struct walk *walk, size_t i)
{
	struct sorted *heap = walk->gathered;

	for (; i > 0 && heap[i].key < heap[(i - 1) / 2].key; i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

static void sift_down(struct walk *walk)
{
	struct sorted *heap = walk->gathered;

	for (size_t i = 0, child; (child = 2 * i + 1) < walk->count; i = child) {
		if (child + 1 < walk->count && heap[child + 1].key < heap[child].key)
			child++;
		if (heap[i].key <= heap[child].key)
			return;
		swap(&heap[i], &heap[child]);
	}
}

static void gather(struct walk *walk, uint64_t key)
{
	if (walk->count < walk->limit) {
		walk->gathered[walk->count] = (struct sorted){ key, walk->number };
		sift_up(walk, walk->count++);
	} else if (walk->count > 0 && key > walk->gathered[0].key) {
		walk->gathered[0] = (struct sorted){ key, walk->number };
		sift_down(walk);
	}
}

static int compare_sorted(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void gather_more(struct walk *walk)
{
	uint64_t key;

	for (int budget = SLICE; budget > 0 && !is_at_end(walk); budget--, walk->number++)
		if (passes(walk, &key))
			gather(walk, key);
	walk->is_gathered = is_at_end(walk);
	if (walk->is_gathered)
		qsort(walk->gathered, walk->count, sizeof(walk->gathered[0]), compare_sorted);
}

/* Meanwhile a row may have become another's, or have gone. */
static bool more_sorted(struct walk *walk, struct ctl_request *rq)
{
	uint64_t key;

	if (!walk->is_gathered) {
		gather_more(walk);
		ctl_wake_stream(rq);
		return true;
	}
	for (int budget = SLICE; budget > 0; budget -= ROW_COST) {
		if (walk->said == walk->count)
			return false;
		walk->number = walk->gathered[walk->said++].number;
		if (!is_at_end(walk) && passes(walk, &key))
			say(walk, rq, walk->number);
	}
	ctl_wake_stream(rq);
	return true;
}

static bool more(void *ctx, struct ctl_request *rq)
{
	struct walk *walk = ctx;

	return walk->sort == AUDIT_SORT_NONE ? more_rows(walk, rq) : more_sorted(walk, rq);
}

/*
 * Words.
 */

/* "30d", "12h", "90m", "45s": so long ago; or a day, "2026-11-01", at its begin in UTC. */
static bool read_time(struct ctl_request *rq, const char *what, const char *text, int64_t now_s,
		      int64_t *time_s)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 } };
	struct tm day = { 0 };
	const char *rest = strptime(text, "%Y-%m-%d", &day);
	char *end;
	long long count = strtoll(text, &end, 10);

	if (rest != NULL && *rest == '\0') {
		*time_s = timegm(&day);
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[0] >= '0' && text[0] <= '9' && strcmp(end, units[i].unit) == 0 &&
		    count <= now_s / units[i].seconds) {
			*time_s = now_s - count * units[i].seconds;
			return true;
		}
	ctl_fail(rq, CTL_MISUSE, "%s takes a time such as 30d, 12h or 2026-11-01, not \"%s\"", what,
		 text);
	return false;
}

struct words {
	const char *since, *idle, *client, *name, *limit, *sort;
};

static bool read_name(struct ctl_request *rq, const char *text, struct walk *walk)
{
	int suffix = COMMAND_NO_SUFFIX;

	if (text == NULL)
		return true;
	if (!command_read_pattern(rq, text, walk->pattern, &suffix))
		return false;
	walk->filter.has_suffix = suffix != COMMAND_NO_SUFFIX;
	walk->filter.suffix = (uint8_t)suffix;
	if (*walk->pattern != '\0' || !walk->filter.has_suffix) /* or it was "<20>" */
		walk->filter.pattern = walk->pattern;
	return true;
}

static bool read_filter(struct ctl_request *rq, const struct nbnsd *nbnsd,
			const struct words *words, struct audit_filter *filter)
{
	int64_t now_s = loop_env(nbnsd->loop).wall_s;

	if (words->since != NULL &&
	    !read_time(rq, "--since", words->since, now_s, &filter->since_s))
		return false;
	if (words->idle != NULL &&
	    !read_time(rq, "--idle", words->idle, now_s, &filter->idle_since_s))
		return false;
	filter->has_client = words->client != NULL;
	if (words->client == NULL || access_network_parse(&filter->client, words->client) == 0)
		return true;
	ctl_fail(rq, CTL_MISUSE, "--client takes an address or a network, not \"%s\"",
		 words->client);
	return false;
}

static bool read_order(struct ctl_request *rq, const struct words *words, enum audit_sort *sort,
		       uint64_t *limit)
{
	static const char *const keys[] = { "none", "queries", "last", "registrations", NULL };
	int key = 0;

	if (words->sort != NULL)
		key = ctl_read_name(rq, "--sort", words->sort, keys);
	if (key < 0)
		return false;
	*sort = (enum audit_sort)key;
	*limit = *sort == AUDIT_SORT_NONE ? UINT64_MAX : SORTED_MAX;
	return words->limit == NULL ||
	       command_read_number(rq, "--limit", words->limit, *limit, limit);
}

static void start(struct ctl_request *rq, const struct walk *template)
{
	bool is_sorted = template->sort != AUDIT_SORT_NONE;
	struct walk *walk =
		malloc(sizeof(*walk) + (is_sorted ? SORTED_MAX * sizeof(struct sorted) : 0));

	if (walk == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	*walk = *template;
	if (walk->filter.pattern != NULL)
		walk->filter.pattern = walk->pattern;
	ctl_start_stream(rq, &(struct ctl_stream){ more, free, walk });
}

static bool has_audit(const struct nbnsd *nbnsd, struct ctl_request *rq)
{
	if (service_audit(nbnsd->service) != NULL)
		return true;
	ctl_fail(rq, CTL_FAILED, "there is no audit: audit is false, or nbnsd is no server");
	return false;
}

static void run_list(void *daemon, struct ctl_request *rq, enum audit_list list, int argc,
		     char **argv)
{
	struct words words = { .since = NULL };
	const struct ctl_option options[] = {
		{ "--since", false, &words.since },
		{ "--idle", false, &words.idle },
		{ "--client", false, &words.client },
		{ "--name", false, &words.name },
		{ "--limit", false, &words.limit },
		{ "--sort", false, &words.sort },
		{ .name = NULL },
	};
	struct walk walk = { .nbnsd = daemon, .list = list };

	if (ctl_read_args(rq, options, &argc, argv, 0, 0) && has_audit(daemon, rq) &&
	    read_name(rq, words.name, &walk) && read_filter(rq, daemon, &words, &walk.filter) &&
	    read_order(rq, &words, &walk.sort, &walk.limit))
		start(rq, &walk);
}

static void run_clients(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	run_list(daemon, rq, AUDIT_LIST_CLIENTS, argc, argv);
}

static void run_names(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	run_list(daemon, rq, AUDIT_LIST_NAMES, argc, argv);
}

static void run_missing(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	run_list(daemon, rq, AUDIT_LIST_MISSING, argc, argv);
}

/* Whether the lists are complete. */
static void run_audit(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const struct nbnsd *nbnsd = daemon;
	const struct ctl_option options[] = { { .name = NULL } };
	const struct audit *audit = service_audit(nbnsd->service);
	json_t *row;

	if (!ctl_read_args(rq, options, &argc, argv, 0, 0) || !has_audit(nbnsd, rq))
		return;
	row = json_object();
	command_set(row, "clients", json_integer(audit_client_bound(audit)));
	command_set(row, "clients_max", json_integer(audit_clients_max(audit)));
	command_set(row, "clients_forgotten",
		    json_integer((json_int_t)audit_clients_forgotten(audit)));
	command_set(row, "missing_forgotten",
		    json_integer((json_int_t)missing_forgotten(audit_missing(audit))));
	command_set(row, "memory", json_integer((json_int_t)audit_memory(audit)));
	ctl_row(rq, row);
	ctl_end(rq);
}

#define FILTERS                                                                                    \
	"[--since TIME] [--idle TIME] [--client ADDRESS|NETWORK] [--name PATTERN] "                \
	"[--sort queries|last|registrations] [--limit COUNT]"

const struct ctl_command commands_audit[] = {
	{ "audit", "", "how much the audit knows, and how much it had to forget", false,
	  run_audit },
	{ "audit clients", FILTERS, "who asks and registers: address, times, names", false,
	  run_clients },
	{ "audit names", FILTERS,
	  "names by who asks for them; with --idle also those that nobody asks for", false,
	  run_names },
	{ "audit missing", FILTERS, "names that are asked for in vain", false, run_missing },
	{ .name = NULL },
};
