/* nbtbench: loads a name server or an NBDD, checks every answer, and holds it against the limits.
 */
#include <arpa/inet.h>
#include <errno.h>
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
	OPTION("port", "N", "its port (137; datagram 138, replication 42, browse 139)", TOOL_NUMBER,
	       port, 65535),
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
	OPTION("pairs", "N", "ratio, latency, ...: alternating pairs (5)", TOOL_NUMBER, pairs, 99),
	OPTION("registrations", "N", "latency: new ones per second in every second round (5000)",
	       TOOL_NUMBER, registrations, 1000000),
	OPTION("seed", "N", "of the random order (1)", TOOL_NUMBER, seed, INT32_MAX),
	OPTION("batch", "N", "store, ratio register: rows per transaction (256)", TOOL_NUMBER,
	       batch, 1000000),
	OPTION("file", "FILE", "store, ratio register: made and removed again (nbtbench.db)",
	       TOOL_STRING, file, 0),
	OPTION("name-port", "N", "datagram: port of the name server at the same address (137)",
	       TOOL_NUMBER, name_port, 65535),
	OPTION("members", "N", "datagram: members of the group (100)", TOOL_NUMBER, members,
	       BENCH_COPIES_MEMBERS_MAX),
	OPTION("size", "N", "datagram: bytes of data in each (200)", TOOL_NUMBER, size,
	       BENCH_COPIES_DATA_MAX),
	OPTION("partner", "ADDR", "replication: our address, as the server's partner (127.0.0.1)",
	       TOOL_STRING, partner, 0),
	OPTION("plot", "FILE", "gets a drawing of the results, as SVG", TOOL_STRING, plot, 0),
	OPTION("json", NULL, "results as one JSON object", TOOL_FLAG, json, 0),
};

static const struct tool tool = {
	.name = "nbtbench",
	.arguments = "COMMAND",
	.help = "Loads a name server, an NBDD or a browser, and checks every answer. Commands:\n\n"
		"query, miss, register, refresh, release and mixed are loads. mixed is what a LAN\n"
		"does: of 20 requests 10 are queries, 4 more are for names that nobody has, 4 are\n"
		"refreshes, and 2 release a name or register it again. All but register and miss\n"
		"want their names registered before.\n"
		"ratio query, ratio miss and ratio mixed run the load by turns against the server\n"
		"and against a bare responder that receives and sends in batches and does nothing\n"
		"else, and compare their CPU time.\n"
		"ratio register compares new names per second with those of store.\n"
		"latency runs queries at --rate (50000) for ten seconds, by turns without and with\n"
		"registrations of new names beside them, and takes the server's latencies from the\n"
		"kernel's stamps on the loopback interface.\n"
		"conflict claims names at --rate (10000) whose owners, on port 137 of addresses from\n"
		"127.2.0.1 on, are alive, dead or lying, checks how every claim ends, and asks for\n"
		"other names meanwhile.\n"
		"store measures SQLite alone with rows of names: the limit of registrations.\n"
		"replication fetches all records of the server as its partner at --partner, and\n"
		"checks that --names are among them; by turns with a bare process that sends the\n"
		"same bytes and does nothing else.\n"
		"datagram registers the members of a group, sends datagrams for it to the NBDD at\n"
		"--server and --port, and checks that every member gets each of them; by turns with\n"
		"a bare process that sends the same copies by sendmmsg() and does nothing else.\n"
		"Members, and the sender behind them, are addresses of this host from --client-base\n"
		"on that can be members: none that begins with 127.\n"
		"browse fetches the list of servers of a browser --requests (1000) times, as SMB\n"
		"clients do it, and checks that it is always the same; by turns with a bare process\n"
		"that sends the same bytes.",
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
};

static const struct bench_kind *const kinds[] = {
	&bench_query, &bench_miss, &bench_register, &bench_refresh, &bench_release, &bench_mixed,
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

in_port_t nbtbench_port(const struct bench_options *o, in_port_t usual)
{
	return o->port != 0 ? (in_port_t)o->port : usual;
}

bool nbtbench_make_load(const struct bench_options *o, const struct bench_kind *kind,
			struct bench_load *load)
{
	*load = (struct bench_load){
		.server = { .sin_family = AF_INET,
			    .sin_port = htons(nbtbench_port(o, NBT_NAME_PORT)) },
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
 * Commands.
 */

static const struct command {
	const char *name;
	int (*run)(const struct bench_options *o);
} commands[] = {
	{ "store", nbtbench_store },       { "latency", nbtbench_latency },
	{ "conflict", nbtbench_conflict }, { "datagram", nbtbench_datagram },
	{ "browse", nbtbench_browse },     { "replication", nbtbench_replication },
};

static int misuse(void)
{
	tool_print_usage(&tool, stderr);
	return TOOL_MISUSE;
}

static int run(const struct bench_options *o, char **words, int count)
{
	const struct bench_kind *kind = count > 0 ? find_kind(words[count - 1]) : NULL;

	for (size_t i = 0; count == 1 && i < ARRAY_SIZE(commands); i++)
		if (strcmp(words[0], commands[i].name) == 0)
			return commands[i].run(o);
	if (kind == NULL)
		return misuse();
	if (count == 1)
		return nbtbench_load(o, kind);
	if (count == 2 && strcmp(words[0], "ratio") == 0 &&
	    (kind->reply_len > 0 || kind == &bench_register))
		return nbtbench_ratio(o, kind);
	return misuse();
}

/* --plot; a run that has come to nothing has no drawing. */
static int draw(const struct bench_options *o)
{
	static char svg[64 * 1024];
	size_t len = bench_chart_svg(o->chart, svg, sizeof(svg));
	FILE *file = fopen(o->plot, "we");
	bool is_written = file != NULL && len < sizeof(svg) && fwrite(svg, 1, len, file) == len;

	if (file != NULL && fclose(file) != 0)
		is_written = false;
	return is_written ? TOOL_OK : nbtbench_fail(o->plot, -errno);
}

int main(int argc, char **argv)
{
	static struct bench_chart chart = { .title = "" };
	struct bench_options o = { .server = "127.0.0.1",
				   .client_base = "127.1.0.1",
				   .partner = "127.0.0.1",
				   .file = "nbtbench.db",
				   .chart = &chart,
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
	int first, status;

	if (!tool_read_options(&tool, argc, argv, &o, &first, &status))
		return status;
	status = run(&o, argv + first, argc - first);
	if (o.plot != NULL && chart.count > 0 && status != TOOL_MISUSE) {
		int drawn = draw(&o);

		status = status == TOOL_OK ? drawn : status;
	}
	return status;
}
