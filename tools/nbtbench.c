/* nbtbench: loads a name server or an NBDD, checks every answer, and holds it against the limits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "tools/bench.h"
#include "tools/bench_copies.h"
#include "tools/nbtbench.h"
#include "tools/report.h"
#include "tools/tool.h"

#define OPTION(name, argument, help, type, member, max)                                            \
	{                                                                                          \
		0, name, argument, help, type, offsetof(struct bench_options, member), max, NULL   \
	}

static const struct tool_option options[] = {
	OPTION("server", "ADDR", "the name server (127.0.0.1)", TOOL_STRING, server, 0),
	OPTION("port", "N", "its port (137)", TOOL_NUMBER, port, 65535),
	OPTION("pid", "PID", "its process, to measure CPU time per request", TOOL_NUMBER, pid,
	       INT32_MAX),
	OPTION("names", "N", "how many names (100000)", TOOL_NUMBER, names, 100000000),
	OPTION("first", "N", "number of the first of them (0)", TOOL_NUMBER, first, INT32_MAX),
	OPTION("only", "FILE", "these names instead, as --right writes them", TOOL_STRING, only, 0),
	OPTION("right", "FILE", "gets the numbers of the names whose answer was right", TOOL_STRING,
	       right, 0),
	OPTION("requests", "N", "how many requests (as many as names)", TOOL_NUMBER, requests,
	       INT32_MAX),
	OPTION("clients", "N", "how many client addresses (250)", TOOL_NUMBER, clients, 65536),
	OPTION("client-base", "ADDR", "the first of them (127.1.0.1)", TOOL_STRING, client_base, 0),
	OPTION("window", "N", "requests unanswered at once (64)", TOOL_NUMBER, window, 16384),
	OPTION("rate", "N", "requests offered per second (as fast as the window allows)",
	       TOOL_NUMBER, rate, 100000000),
	OPTION("again", NULL, "ask again what is not answered within a second", TOOL_FLAG, again,
	       0),
	OPTION("pairs", "N", "ratio, latency, datagram: alternating pairs (5)", TOOL_NUMBER, pairs,
	       99),
	OPTION("registrations", "N", "latency: new ones per second in every second round (5000)",
	       TOOL_NUMBER, registrations, 1000000),
	OPTION("seed", "N", "of the random order (1)", TOOL_NUMBER, seed, INT32_MAX),
	OPTION("batch", "N", "store: rows per transaction (256)", TOOL_NUMBER, batch, 1000000),
	OPTION("file", "FILE", "store: made and removed again (nbtbench.db)", TOOL_STRING, file, 0),
	OPTION("name-port", "N", "datagram: port of the name server at the same address (137)",
	       TOOL_NUMBER, name_port, 65535),
	OPTION("members", "N", "datagram: members of the group (100)", TOOL_NUMBER, members,
	       BENCH_COPIES_MEMBERS_MAX),
	OPTION("size", "N", "datagram: bytes of data in each (200)", TOOL_NUMBER, size,
	       BENCH_COPIES_DATA_MAX),
	OPTION("json", NULL, "results as one JSON object", TOOL_FLAG, json, 0),
};

static const struct tool tool = {
	.name = "nbtbench",
	.arguments =
		"query|miss|register|refresh|release|ratio query|ratio miss|latency|conflict|store|"
		"datagram",
	.help = "Loads a name server, or an NBDD, and checks every answer.\n\n"
		"ratio runs the load by turns against the server and against a bare responder that\n"
		"receives and sends in batches and does nothing else, and compares their CPU time.\n"
		"latency runs queries at --rate (50000) for ten seconds, by turns without and with\n"
		"registrations of new names beside them, and takes the server's latencies from the\n"
		"kernel's stamps on the loopback interface.\n"
		"conflict claims names at --rate (10000) whose owners, on port 137 of addresses from\n"
		"127.2.0.1 on, are alive, dead or lying, checks how every claim ends, and asks for\n"
		"other names meanwhile.\n"
		"store measures SQLite alone with rows of names: the limit of registrations.\n"
		"datagram registers the members of a group, sends datagrams for it to the NBDD at\n"
		"--server and --port, and checks that every member gets each of them; by turns with\n"
		"a bare process that sends the same copies by sendmmsg() and does nothing else.\n"
		"Members, and the sender behind them, are addresses of this host from --client-base\n"
		"on that can be members: none that begins with 127.",
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
};

static const struct bench_kind *const kinds[] = {
	&bench_query, &bench_miss, &bench_register, &bench_refresh, &bench_release,
};

/* NULL: there is none of this name. */
static const struct bench_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(name, kinds[i]->name) == 0)
			return kinds[i];
	return NULL;
}

int nbtbench_fail(const char *what, int error)
{
	fprintf(stderr, "nbtbench: %s: %s\n", what, strerror(-error));
	return TOOL_NOT_FOUND;
}

bool nbtbench_make_load(const struct bench_options *o, const struct bench_kind *kind,
			struct bench_load *load)
{
	*load = (struct bench_load){
		.server = { .sin_family = AF_INET, .sin_port = htons((in_port_t)o->port) },
		.kind = kind,
		.names = o->names,
		.first = o->first,
		.requests = o->requests != 0 ? o->requests : o->names,
		.clients = o->clients,
		.window = o->window,
		.rate = o->rate,
		.seed = o->seed,
		.again = o->again,
	};
	if (o->names == 0 || o->clients == 0 || o->window == 0) {
		fputs("nbtbench: --names, --clients and --window must be above 0\n", stderr);
		return false;
	}
	if (inet_pton(AF_INET, o->server, &load->server.sin_addr) != 1 ||
	    inet_pton(AF_INET, o->client_base, &load->client_base) != 1) {
		fputs("nbtbench: --server and --client-base take IPv4 addresses\n", stderr);
		return false;
	}
	return true;
}

/*
 * One load, until its end, or until a signal says stop.
 */

static atomic_bool stopped;

static void stop(int signum)
{
	(void)signum;
	atomic_store(&stopped, true);
}

/* load->right is to be closed and *only to be freed afterwards. */
static int open_files(const struct bench_options *o, struct bench_load *load, uint32_t **only)
{
	int ret;

	if (o->only != NULL) {
		ret = bench_numbers_read(o->only, only, &load->names);
		if (ret < 0)
			return nbtbench_fail(o->only, ret);
		load->only = *only;
		load->requests = o->requests != 0 ? o->requests : load->names;
	}
	if (o->right != NULL) {
		load->right = fopen(o->right, "we");
		if (load->right == NULL)
			return nbtbench_fail(o->right, -errno);
	}
	return TOOL_OK;
}

static double microseconds(const struct bench_result *r, double part)
{
	return (double)bench_latency_at(&r->latency, part) / 1000;
}

static void print_result(const struct bench_options *o, const char *kind,
			 const struct bench_result *r, double cpu_us)
{
	double rate = r->seconds > 0 ? (double)r->answered / r->seconds : 0;

	if (o->json) {
		report_print(json_pack(
			"{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "kind", kind,
			"sent", (json_int_t)r->sent, "answered", (json_int_t)r->answered, "wrong",
			(json_int_t)r->wrong, "lost", (json_int_t)r->lost, "seconds", r->seconds,
			"per_second", rate, "cpu_us", cpu_us, "p50_us", microseconds(r, 0.5),
			"p99_us", microseconds(r, 0.99), "p999_us", microseconds(r, 0.999)));
		return;
	}
	printf("%s: %llu sent, %llu answered in %.2f s (%.0f/s), %llu wrong, %llu lost\n", kind,
	       (unsigned long long)r->sent, (unsigned long long)r->answered, r->seconds, rate,
	       (unsigned long long)r->wrong, (unsigned long long)r->lost);
	printf("latency: median %.0f us, p99 %.0f us, p99.9 %.0f us", microseconds(r, 0.5),
	       microseconds(r, 0.99), microseconds(r, 0.999));
	if (o->pid != 0)
		printf("; server CPU %.3f us per request", cpu_us);
	putchar('\n');
	if (r->wrong > 0)
		printf("first wrong answer: %s\n", r->first_wrong);
}

static int measure_load(const struct bench_options *o, const struct bench_load *load)
{
	static struct bench_result result;
	uint64_t cpu = 0;
	int ret;

	if (o->pid != 0)
		cpu = bench_cpu_ns((pid_t)o->pid);
	ret = bench_load_run(load, &result);
	if (ret < 0)
		return nbtbench_fail("load", ret);
	if (o->pid != 0)
		cpu = bench_cpu_ns((pid_t)o->pid) - cpu;
	print_result(o, load->kind->name, &result,
		     result.answered > 0 ? (double)cpu / 1000 / (double)result.answered : 0);
	return result.wrong == 0 && result.lost == 0 ? TOOL_OK : TOOL_NOT_FOUND;
}

static int run_load(const struct bench_options *o, const struct bench_kind *kind)
{
	const struct sigaction stopping = { .sa_handler = stop };
	struct bench_load load;
	uint32_t *only = NULL;
	int status;

	if (!nbtbench_make_load(o, kind, &load))
		return TOOL_MISUSE;
	load.stop = &stopped;
	sigaction(SIGTERM, &stopping, NULL);
	sigaction(SIGINT, &stopping, NULL);
	status = open_files(o, &load, &only);
	if (status == TOOL_OK)
		status = measure_load(o, &load);
	if (load.right != NULL && fclose(load.right) != 0)
		status = nbtbench_fail(o->right, -errno);
	free(only);
	return status;
}

/*
 * Server and bare responder by turns.
 */

/* CPU time of one request in microseconds, or a negative errno. */
static double cpu_per_request(const struct bench_load *load, pid_t pid, struct bench_result *result)
{
	uint64_t before = bench_cpu_ns(pid);
	int ret = bench_load_run(load, result);

	if (ret < 0)
		return ret;
	if (result->answered == 0)
		return -ETIMEDOUT;
	return (double)(bench_cpu_ns(pid) - before) / 1000 / (double)result->answered;
}

static double bare_cpu_per_request(struct bench_load load, pid_t beside,
				   struct bench_result *result)
{
	pid_t pid;
	double cpu;
	int ret;

	/* Beside the server, so that the same addresses and routes are used. */
	load.unchecked = true;
	load.server.sin_port = htons((in_port_t)(ntohs(load.server.sin_port) + 1000));
	ret = bench_bare_start(&load.server, load.kind->reply_len, beside, &pid);
	if (ret < 0)
		return ret;
	cpu = cpu_per_request(&load, pid, result);
	bench_bare_stop(pid);
	return cpu;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double nbtbench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

static int run_ratio(const struct bench_options *o, const struct bench_kind *kind)
{
	static struct bench_result result, bare_result;
	double server[99], bare[99], ratio[99];
	struct bench_load load;
	uint64_t bad = 0;

	if (!nbtbench_make_load(o, kind, &load))
		return TOOL_MISUSE;
	if (o->pid == 0 || o->pairs == 0) {
		fputs("nbtbench: ratio needs the server's --pid and at least one pair\n", stderr);
		return TOOL_MISUSE;
	}
	for (size_t i = 0; i < o->pairs; i++) {
		bare[i] = bare_cpu_per_request(load, (pid_t)o->pid, &bare_result);
		server[i] = cpu_per_request(&load, (pid_t)o->pid, &result);
		if (bare[i] < 0 || server[i] < 0)
			return nbtbench_fail("ratio", (int)(bare[i] < 0 ? bare[i] : server[i]));
		ratio[i] = bare[i] / server[i];
		bad += result.wrong + result.lost;
	}
	if (o->json)
		report_print(json_pack("{s:s, s:I, s:f, s:f, s:f, s:I}", "kind", kind->name,
				       "pairs", (json_int_t)o->pairs, "bare_us",
				       nbtbench_median(bare, o->pairs), "server_us",
				       nbtbench_median(server, o->pairs), "ratio",
				       nbtbench_median(ratio, o->pairs), "bad", (json_int_t)bad));
	else
		printf("%s: bare responder %.3f us, server %.3f us of CPU per request; "
		       "median ratio of %u pairs %.3f; %llu wrong or lost\n",
		       kind->name, nbtbench_median(bare, o->pairs),
		       nbtbench_median(server, o->pairs), o->pairs,
		       nbtbench_median(ratio, o->pairs), (unsigned long long)bad);
	return bad == 0 ? TOOL_OK : TOOL_NOT_FOUND;
}

static int run_store(const struct bench_options *o)
{
	double rate;

	if (o->names == 0 || o->batch == 0) {
		fputs("nbtbench: --names and --batch must be above 0\n", stderr);
		return TOOL_MISUSE;
	}
	rate = bench_store_reference(o->file, o->names, o->batch, o->seed);
	if (rate < 0)
		return nbtbench_fail(o->file, (int)rate);
	if (o->json)
		report_print(json_pack("{s:s, s:I, s:f}", "kind", "store", "rows",
				       (json_int_t)o->names, "per_second", rate));
	else
		printf("store: %u new rows in batches of %u: %.0f/s\n", o->names, o->batch, rate);
	return TOOL_OK;
}

int main(int argc, char **argv)
{
	struct bench_options o = { .server = "127.0.0.1",
				   .client_base = "127.1.0.1",
				   .file = "nbtbench.db",
				   .port = 137,
				   .names = 100000,
				   .clients = 250,
				   .window = 64,
				   .pairs = 5,
				   .registrations = 5000,
				   .seed = 1,
				   .batch = 256,
				   .name_port = 137,
				   .members = 100,
				   .size = 200 };
	const struct bench_kind *kind;
	int first, status;

	if (!tool_read_options(&tool, argc, argv, &o, &first, &status))
		return status;
	if (argc - first == 1 && strcmp(argv[first], "store") == 0)
		return run_store(&o);
	if (argc - first == 1 && strcmp(argv[first], "latency") == 0)
		return nbtbench_latency(&o);
	if (argc - first == 1 && strcmp(argv[first], "conflict") == 0)
		return nbtbench_conflict(&o);
	if (argc - first == 1 && strcmp(argv[first], "datagram") == 0)
		return nbtbench_datagram(&o);
	kind = first < argc ? find_kind(argv[argc - 1]) : NULL;
	if (argc - first == 1 && kind != NULL)
		return run_load(&o, kind);
	if (argc - first == 2 && kind != NULL && strcmp(argv[first], "ratio") == 0 &&
	    kind->reply_len > 0)
		return run_ratio(&o, kind);
	tool_print_usage(&tool, stderr);
	return TOOL_MISUSE;
}
