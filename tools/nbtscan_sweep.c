/* The sweep's socket: requests out at the rate of the machine, answers and ICMP in. */
#include "config.h"

#include "tools/nbtscan.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/udp.h"

#define PROGRESS_MS  250
#define SEND_AT_ONCE 256 /* requests, before what has come is looked at */

struct sweep {
	const struct nbtscan_options *options;
	struct scan *scan;
	struct known *known;
	struct loop *loop;
	struct udp *udp;
	struct loop_timer *progress;
	uint64_t began_ms;
	struct nbt_node_status node;
};

/*
 * Progress, on a terminal.
 */

#define ERASE_LINE "\r\033[K"

static void show_progress(void *ctx, const struct nbt_env *env)
{
	const struct sweep *sweep = ctx;
	const struct scan_counts counts = scan_counts(sweep->scan);
	uint64_t ms = env->now_ms - sweep->began_ms;
	uint64_t left = counts.targets - counts.asked;

	fprintf(stderr, ERASE_LINE "%u of %u asked, %u answered", counts.asked, counts.targets,
		counts.answered);
	if (left > 0 && counts.asked > 0)
		fprintf(stderr, ", %llu s left",
			(unsigned long long)(left * ms / counts.asked / 1000 + 1));
	fflush(stderr);
}

static void hide_progress(const struct sweep *sweep)
{
	if (sweep->progress != NULL) {
		fputs(ERASE_LINE, stderr);
		fflush(stderr);
	}
}

static int open_progress(struct sweep *sweep)
{
	int ret;

	if (sweep->options->quiet || isatty(STDERR_FILENO) == 0)
		return 0;
	ret = loop_timer_open(&sweep->progress, sweep->loop, show_progress, sweep);
	if (ret == 0)
		loop_timer_set(sweep->progress, sweep->began_ms + PROGRESS_MS, PROGRESS_MS);
	return ret;
}

/*
 * Requests.
 */

/* B is set, as in nbtscan's and in those of Windows' nbtstat. */
static size_t make_request(uint16_t id, uint8_t bytes[NBT_UDP_PAYLOAD_MAX])
{
	static const struct nbt_name everyone = { "*" };
	static const struct nbt_scope none;
	struct nbt_packet packet;
	size_t len = 0;

	nbt_make_query(&packet, id, NBT_FLAG_B, &everyone, &none, NBT_TYPE_NBSTAT);
	return nbt_packet_encode(&packet, bytes, NBT_UDP_PAYLOAD_MAX, &len) == NBT_OK ? len : 0;
}

static void send_request(struct sweep *sweep, const struct scan_request *request,
			 const struct nbt_env *env)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)sweep->options->port),
					.sin_addr = request->to };
	uint8_t bytes[NBT_UDP_PAYLOAD_MAX];
	size_t len = make_request(request->id, bytes);

	switch (udp_send(sweep->udp, &to, bytes, len)) {
	case 0:
		break;
	case -EAGAIN: /* the socket's buffer, or with ENOBUFS the table of neighbours, is full */
	case -ENOBUFS:
		scan_is_full(sweep->scan, env->now_ms);
		break;
	default: /* no route, a broadcast address, a firewall of our own */
		scan_has_no_way(sweep->scan);
	}
}

static void go_on(void *ctx, const struct nbt_env *env)
{
	struct sweep *sweep = ctx;
	struct scan_request request;

	for (int i = 0; i < SEND_AT_ONCE && scan_next(sweep->scan, env->now_ms, &request); i++)
		send_request(sweep, &request, env);
}

/* After all events of a turn. */
static void look_ahead(void *ctx, const struct nbt_env *env)
{
	struct sweep *sweep = ctx;

	(void)env;
	if (scan_is_over(sweep->scan))
		loop_stop(sweep->loop);
	loop_set_deadline(sweep->loop, scan_deadline(sweep->scan));
}

/*
 * What comes back.
 */

static bool read_answer(struct sweep *sweep, const struct udp_packet *udp,
			struct nbt_packet *packet)
{
	const struct nbt_record *record = &packet->record[0];

	return nbt_packet_decode(packet, udp->bytes, udp->len) == NBT_OK &&
	       (packet->flags & NBT_FLAG_R) != 0 && packet->opcode == NBT_OP_QUERY &&
	       packet->rcode == NBT_RCODE_OK && packet->answer_count > 0 &&
	       record->of.type == NBT_TYPE_NBSTAT &&
	       nbt_node_status_decode(&sweep->node, record->rdata, record->rdata_len) == NBT_OK;
}

/* Behind the count and the names; what was cut there was read as zero. */
static bool has_mac(const struct nbt_record *record, const struct nbt_node_status *node)
{
	return record->rdata_len >= 1 + (NBT_NAME_LEN + 2U) * node->count + sizeof(node->unit_id);
}

static void take_packet(struct sweep *sweep, const struct udp_packet *udp)
{
	struct nbt_packet packet;
	struct found found = { .address = udp->peer.sin_addr,
			       .packet = &packet,
			       .node = &sweep->node };

	if (!read_answer(sweep, udp, &packet) ||
	    scan_answered(sweep->scan, found.address, packet.id, &found.asked) != SCAN_FIRST)
		return;
	found.has_mac = has_mac(&packet.record[0], &sweep->node);
	scan_host_read(&found.host, &sweep->node, found.has_mac);
	if (sweep->options->is_terminal)
		hide_progress(sweep);
	say_found(sweep->options, &found);
	if (sweep->known != NULL)
		known_add(sweep->known, &found.host);
}

static void take_packets(void *ctx, const struct udp_packet *packets, size_t count,
			 const struct nbt_env *env)
{
	(void)env;
	for (size_t i = 0; i < count; i++)
		take_packet(ctx, &packets[i]);
	fflush(stdout);
}

static void take_unreachable(void *ctx, const struct sockaddr_in *peer)
{
	struct sweep *sweep = ctx;

	scan_unreachable(sweep->scan, peer->sin_addr);
}

/*
 * From beginning to end.
 */

static int open_socket(struct sweep *sweep)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(
						   sweep->options->root_port ? NBT_NAME_PORT : 0) };
	int ret = udp_open(&sweep->udp, sweep->loop, UDP_ADDRESS, &local, take_packets, sweep);

	if (ret == 0)
		ret = udp_watch_unreachable(sweep->udp, take_unreachable);
	return ret;
}

static int sweep_through(struct sweep *sweep)
{
	int ret = open_socket(sweep);

	if (ret == 0)
		ret = open_progress(sweep);
	if (ret == 0) {
		loop_set_deadline(sweep->loop, sweep->began_ms);
		ret = loop_run(sweep->loop);
	}
	hide_progress(sweep);
	loop_timer_close(sweep->progress);
	udp_close(sweep->udp);
	return ret;
}

int nbtscan_sweep(const struct nbtscan_options *options, struct scan *scan, struct known *known)
{
	static const struct loop_events events = { .deadline = go_on, .turn = look_ahead };
	static struct sweep sweep;
	int ret;

	sweep = (struct sweep){ .options = options, .scan = scan, .known = known };
	ret = loop_create(&sweep.loop, &events, &sweep);
	if (ret < 0)
		return ret;
	sweep.began_ms = loop_env(sweep.loop).now_ms;
	ret = sweep_through(&sweep);
	loop_destroy(sweep.loop);
	return ret;
}
