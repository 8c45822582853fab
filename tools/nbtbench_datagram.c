/* nbtbench datagram: an NBDD against bare sendmmsg() of the same copies, by turns. */
#include "tools/nbtbench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include <nbt/datagram.h>

#include "tools/bench_copies.h"
#include "tools/report.h"
#include "tools/tool.h"

#define DATAGRAMS 20000
#define BACKLOG   900

/*
 * The members register, each for itself.
 */

static const struct nbt_scope no_scope = { .len = 0 };

static void ask_membership(const struct bench_load *load, uint32_t number, uint16_t id,
			   struct nbt_packet *packet, uint8_t rdata[NBT_ADDRESS_LEN])
{
	const struct nbt_address claimed = { NBT_NB_GROUP | NBT_NB_P, bench_client(load, number) };
	struct nbt_name group;

	bench_copies_group(&group);
	nbt_make_claim(packet, NBT_OP_REGISTRATION, id, NBT_FLAG_RD, &group, &no_scope, 0, &claimed,
		       rdata);
}

static bool is_member(const struct bench_load *load, const struct bench_answer *answer)
{
	(void)load;
	return answer->packet->rcode == NBT_RCODE_OK;
}

static const struct bench_kind bench_membership = { "membership", 0, ask_membership, is_member };

static int register_members(const struct bench_copies *load, unsigned name_port)
{
	static struct bench_result result;
	struct bench_load members = {
		.server = load->nbdd,
		.kind = &bench_membership,
		.names = load->members,
		.requests = load->members,
		.clients = load->members,
		.client_base = load->first_member,
		.window = 16,
		.again = true,
	};
	int ret;

	members.server.sin_port = htons((in_port_t)name_port);
	ret = bench_load_run(&members, &result);
	return ret == 0 && result.wrong > 0 ? -EPERM : ret;
}

/*
 * Turns.
 */

/* CPU time of a copy in microseconds, or a negative errno. */
static double cpu_per_copy(const struct bench_copies *load, pid_t pid,
			   struct bench_copies_result *result)
{
	int ret = bench_copies_run(load, pid, result);

	if (ret < 0)
		return ret;
	if (result->copies == 0)
		return -ETIMEDOUT;
	return (double)result->cpu_ns / 1000 / (double)result->copies;
}

static double bare_cpu_per_copy(struct bench_copies load, pid_t beside,
				struct bench_copies_result *result)
{
	pid_t pid;
	double cpu;
	int ret;

	load.nbdd.sin_port = htons((in_port_t)(ntohs(load.nbdd.sin_port) + 1000));
	ret = bench_copies_bare_start(&load, beside, &pid);
	if (ret < 0)
		return ret;
	cpu = cpu_per_copy(&load, pid, result);
	bench_bare_stop(pid);
	return cpu;
}

/* per_second: the NBDD's copies, of each turn. */
static int run_turns(const struct bench_options *o, struct bench_copies *load,
		     struct nbtbench_turns *turns, double per_second[NBTBENCH_PAIRS_MAX])
{
	for (size_t i = 0; i < o->pairs; i++) {
		struct bench_copies_result bare, nbdd;
		double bare_us, nbdd_us;

		bare_us = bare_cpu_per_copy(*load, (pid_t)o->pid, &bare);
		if (bare_us < 0)
			return (int)bare_us;
		nbdd_us = cpu_per_copy(load, (pid_t)o->pid, &nbdd);
		if (nbdd_us < 0)
			return (int)nbdd_us;
		nbtbench_add_pair(turns, bare_us, nbdd_us);
		per_second[i] = (double)nbdd.copies / nbdd.seconds;
		load->first += load->datagrams;
		turns->bad += bare.wrong + bare.lost + nbdd.wrong + nbdd.lost;
	}
	return 0;
}

/* Copies on their way at once are no more than the kernel keeps for a processor that is late
 * (net.core.netdev_max_backlog). */
static uint32_t window(const struct bench_options *o)
{
	uint32_t most = o->members > 0 && o->members < BACKLOG ? BACKLOG / o->members : 1;

	if (most > BENCH_COPIES_WINDOW_MAX)
		most = BENCH_COPIES_WINDOW_MAX;
	return o->window < most ? o->window : most;
}

static bool make_load(const struct bench_options *o, struct bench_copies *load)
{
	*load = (struct bench_copies){
		.nbdd = { .sin_family = AF_INET,
			  .sin_port = htons(nbtbench_port(o, NBT_DATAGRAM_PORT)) },
		.port = htons(nbtbench_port(o, NBT_DATAGRAM_PORT)),
		.members = o->members,
		.data_len = o->size,
		.datagrams = o->requests != 0 ? o->requests : DATAGRAMS,
		.window = window(o),
	};
	if (o->pid == 0 || o->pairs == 0 || o->members == 0 || o->window == 0 ||
	    o->size < BENCH_COPIES_DATA_MIN) {
		fprintf(stderr,
			"nbtbench: datagram needs the NBDD's --pid, a pair, a member, a --window "
			"and a --size of %d at least\n",
			BENCH_COPIES_DATA_MIN);
		return false;
	}
	if (inet_pton(AF_INET, o->server, &load->nbdd.sin_addr) == 1 &&
	    inet_pton(AF_INET, o->client_base, &load->first_member) == 1)
		return true;
	fputs("nbtbench: --server and --client-base take IPv4 addresses\n", stderr);
	return false;
}

int nbtbench_datagram(const struct bench_options *o)
{
	static struct nbtbench_turns turns = { .title = "A datagram distribution server",
					       .kind = "datagram",
					       .limit = "bare sendmmsg",
					       .measured = "NBDD",
					       .unit = "us of CPU per copy" };
	double per_second[NBTBENCH_PAIRS_MAX];
	struct bench_copies load;
	int ret;

	if (!make_load(o, &load))
		return TOOL_MISUSE;
	ret = register_members(&load, o->name_port);
	if (ret < 0)
		return nbtbench_fail("registration of members", ret);
	ret = run_turns(o, &load, &turns, per_second);
	if (ret < 0)
		return nbtbench_fail("datagram", ret);
	return nbtbench_say_turns(o, &turns,
				  json_pack("{s:I, s:I, s:f}", "members", (json_int_t)o->members,
					    "size", (json_int_t)o->size, "per_second",
					    nbtbench_median(per_second, o->pairs)));
}
