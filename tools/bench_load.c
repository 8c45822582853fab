/* A load on a name server from many client addresses, through one socket. */
#include "tools/bench.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <nbt/packet.h>

#define BATCH       64
#define PACKET_MAX  600
#define IDS         65536
#define LOST_NS     UINT64_C(1000000000)
#define PROPOSE_TTL 300000

/* A request that waits for its answer. */
struct waiting {
	uint64_t sent_ns; /* 0: none waits under this id */
	uint32_t name;
};

struct run {
	const struct bench_load *load;
	struct bench_result *result;
	int fd;
	uint64_t started_ns;
	uint32_t *order; /* the names in random order */
	uint64_t next;   /* requests begun */
	uint32_t in_flight;
	uint16_t next_id, oldest_id;
	struct waiting waiting[IDS];

	/* The batches; the buffers behind them never move. */
	struct mmsghdr out[BATCH], in[BATCH];
	struct iovec out_io[BATCH], in_io[BATCH];
	uint8_t out_bytes[BATCH][PACKET_MAX], in_bytes[BATCH][PACKET_MAX];
	_Alignas(struct cmsghdr) uint8_t out_control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static uint32_t random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static struct in_addr client_address(const struct bench_load *load, uint32_t name)
{
	return (struct in_addr){ htonl(ntohl(load->client_base.s_addr) + name % load->clients) };
}

static void make_name(struct nbt_name *name, uint32_t number, bool miss)
{
	char text[16];

	snprintf(text, sizeof(text), "%c%010u", miss ? 'X' : 'N', number);
	if (nbt_name_make(name, text, NBT_SUFFIX_SERVER) != NBT_OK)
		abort();
}

static size_t encode_request(const struct bench_load *load, uint32_t number, uint16_t id,
			     uint8_t *buf)
{
	static const struct {
		enum nbt_opcode opcode;
		uint32_t ttl;
	} claims[] = {
		[BENCH_REGISTER] = { NBT_OP_REGISTRATION, PROPOSE_TTL },
		[BENCH_REFRESH] = { NBT_OP_REFRESH, PROPOSE_TTL },
		[BENCH_RELEASE] = { NBT_OP_RELEASE, 0 },
	};
	static const struct nbt_scope scope = { .len = 0 };
	struct nbt_address address = { NBT_NB_H, client_address(load, number) };
	struct nbt_packet packet;
	struct nbt_name name;
	uint8_t rdata[NBT_ADDRESS_LEN];
	size_t len;

	make_name(&name, number, load->kind == BENCH_MISS);
	if (load->kind == BENCH_QUERY || load->kind == BENCH_MISS)
		nbt_make_query(&packet, id, NBT_FLAG_RD, &name, &scope, NBT_TYPE_NB);
	else
		nbt_make_claim(&packet, claims[load->kind].opcode, id,
			       load->kind == BENCH_RELEASE ? 0 : NBT_FLAG_RD, &name, &scope,
			       claims[load->kind].ttl, &address, rdata);
	if (nbt_packet_encode(&packet, buf, PACKET_MAX, &len) != NBT_OK)
		abort();
	return len;
}

/* Puts a request into place i of the outgoing batch, with its client's address as source. */
static void put_request(struct run *run, size_t i, uint32_t number, uint64_t now)
{
	struct in_pktinfo source = { .ipi_spec_dst = client_address(run->load, number) };
	uint16_t id;

	do
		id = run->next_id++;
	while (run->waiting[id].sent_ns != 0);
	run->waiting[id] = (struct waiting){ .sent_ns = now, .name = number };
	run->in_flight++;

	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&run->out[i].msg_hdr)), &source, sizeof(source));
	run->out_io[i].iov_len = encode_request(run->load, number, id, run->out_bytes[i]);
}

/* How many more requests may begin now: the window, the rate and the number wanted. */
static size_t room(const struct run *run, uint64_t now)
{
	const struct bench_load *load = run->load;
	uint64_t left = load->requests - run->next;
	uint64_t due = left;

	if (load->rate > 0) {
		due = (now - run->started_ns) / 1000 * load->rate / 1000000;
		due = due > run->next ? due - run->next : 0;
	}
	if (due > left)
		due = left;
	if (due > load->window - run->in_flight)
		due = load->window - run->in_flight;
	return due < BATCH ? (size_t)due : BATCH;
}

static int send_some(struct run *run, uint64_t now)
{
	size_t count = room(run, now);
	size_t sent = 0;

	for (size_t i = 0; i < count; i++)
		put_request(run, i, run->order[run->next++ % run->load->names], now);
	while (sent < count) {
		int n = sendmmsg(run->fd, run->out + sent, (unsigned)(count - sent), 0);

		if (n < 0)
			return -errno;
		sent += (size_t)n;
	}
	run->result->sent += count;
	return 0;
}

static bool answers_rightly(const struct bench_load *load, const struct nbt_packet *p,
			    uint32_t number)
{
	struct in_addr want = client_address(load, number);
	struct nbt_name name;

	make_name(&name, number, load->kind == BENCH_MISS);
	if (nbt_packet_record_count(p) != 1 || !nbt_name_equal(&p->record[0].of.name, &name))
		return false;
	if (load->kind == BENCH_MISS)
		return p->rcode == NBT_RCODE_NAM_ERR;
	return p->rcode == NBT_RCODE_OK && nbt_record_address_count(&p->record[0]) == 1 &&
	       nbt_record_address(&p->record[0], 0).address.s_addr == want.s_addr;
}

static void take_answer(struct run *run, const uint8_t *bytes, size_t len, uint64_t now)
{
	struct bench_result *result = run->result;
	struct nbt_packet packet;
	struct waiting *waiting;

	if (nbt_packet_decode(&packet, bytes, len) != NBT_OK || !(packet.flags & NBT_FLAG_R)) {
		result->wrong++;
		return;
	}
	waiting = &run->waiting[packet.id];
	if (packet.opcode == NBT_OP_WACK || waiting->sent_ns == 0)
		return;

	result->answered++;
	bench_latency_add(&result->latency, now - waiting->sent_ns);
	if (!run->load->unchecked && !answers_rightly(run->load, &packet, waiting->name)) {
		if (result->wrong++ == 0)
			snprintf(result->first_wrong, sizeof(result->first_wrong),
				 "name %u: opcode %u, rcode %u, %zu records", waiting->name,
				 packet.opcode, packet.rcode, nbt_packet_record_count(&packet));
	}
	waiting->sent_ns = 0;
	run->in_flight--;
}

static int receive_some(struct run *run)
{
	for (size_t rounds = 0; rounds < 4; rounds++) {
		int n = recvmmsg(run->fd, run->in, BATCH, MSG_DONTWAIT, NULL);
		uint64_t now = clock_ns();

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (int i = 0; i < n; i++)
			take_answer(run, run->in_bytes[i], run->in[i].msg_len, now);
		if (n < BATCH)
			return 0;
	}
	return 0;
}

/* Ids are given out in order, so the oldest waiting one is found by walking behind them. */
static void give_up_late(struct run *run, uint64_t now)
{
	while (run->oldest_id != run->next_id) {
		struct waiting *waiting = &run->waiting[run->oldest_id];

		if (waiting->sent_ns != 0) {
			if (now - waiting->sent_ns < LOST_NS)
				return;
			waiting->sent_ns = 0;
			run->in_flight--;
			run->result->lost++;
			if (run->load->again)
				run->order[--run->next % run->load->names] = waiting->name;
		}
		run->oldest_id++;
	}
}

static int run_to_end(struct run *run)
{
	int ret = 0;

	while (ret == 0 && (run->next < run->load->requests || run->in_flight > 0)) {
		struct pollfd wait = { .fd = run->fd, .events = POLLIN };
		uint64_t now = clock_ns();

		ret = send_some(run, now);
		if (ret == 0 && room(run, now) == 0)
			poll(&wait, 1, run->load->rate > 0 ? 0 : 100);
		if (ret == 0)
			ret = receive_some(run);
		give_up_late(run, clock_ns());
	}
	return ret;
}

static int open_socket(void)
{
	static const int size = 8 << 20;
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static void prepare_batches(struct run *run)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct cmsghdr *control;

		run->out_io[i].iov_base = run->out_bytes[i];
		run->out[i].msg_hdr =
			(struct msghdr){ .msg_name = (void *)(uintptr_t)&run->load->server,
					 .msg_namelen = sizeof(run->load->server),
					 .msg_iov = &run->out_io[i],
					 .msg_iovlen = 1,
					 .msg_control = run->out_control[i],
					 .msg_controllen = sizeof(run->out_control[i]) };
		control = CMSG_FIRSTHDR(&run->out[i].msg_hdr);
		control->cmsg_level = IPPROTO_IP;
		control->cmsg_type = IP_PKTINFO;
		control->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));

		run->in_io[i] = (struct iovec){ run->in_bytes[i], PACKET_MAX };
		run->in[i].msg_hdr = (struct msghdr){ .msg_iov = &run->in_io[i], .msg_iovlen = 1 };
	}
}

static uint32_t *shuffled(const struct bench_load *load)
{
	uint32_t *order = malloc(load->names * sizeof(*order));
	uint64_t state = load->seed;

	for (uint32_t i = 0; order != NULL && i < load->names; i++) {
		uint32_t j = random_next(&state) % (i + 1);

		order[i] = order[j];
		order[j] = load->first + i;
	}
	return order;
}

int bench_load_run(const struct bench_load *load, struct bench_result *result)
{
	struct run *run = calloc(1, sizeof(*run));
	int ret = -ENOMEM;

	memset(result, 0, sizeof(*result));
	if (run == NULL)
		return ret;
	run->load = load;
	run->result = result;
	run->fd = -1;
	run->order = shuffled(load);
	if (run->order == NULL)
		goto done;
	ret = run->fd = open_socket();
	if (ret < 0)
		goto done;
	prepare_batches(run);
	run->started_ns = clock_ns();
	ret = run_to_end(run);
	result->seconds = (double)(clock_ns() - run->started_ns) / 1e9;
done:
	if (run->fd >= 0)
		close(run->fd);
	free(run->order);
	free(run);
	return ret;
}
