/* A load on a name server from many client addresses, through one socket. */
#include "tools/bench.h"
#include "tools/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <nbt/packet.h>

#define BATCH      64
#define PACKET_MAX 600
#define IDS        65536
#define SECOND_NS  UINT64_C(1000000000)
#define LOOK_NS    (SECOND_NS / 10) /* between looks for what is lost */

/* A request that waits for its answer. */
struct waiting {
	uint64_t sent_ns; /* 0: none waits under this id */
	uint64_t lost_ns; /* then it is given up */
	uint32_t name;
	bool told_to_wait;
};

struct run {
	const struct bench_load *load;
	struct bench_result *result;
	int fd;
	uint64_t started_ns;
	uint64_t answered_ns; /* the last time */
	uint64_t look_ns;     /* when to look for what is lost */
	uint32_t *order;      /* the names in random order */
	uint64_t next;        /* requests begun */
	uint32_t in_flight, told_to_wait;
	uint16_t next_id;
	struct waiting waiting[IDS];

	/* The batches; the buffers behind them never move. */
	struct mmsghdr out[BATCH], in[BATCH];
	struct iovec out_io[BATCH], in_io[BATCH];
	uint8_t out_bytes[BATCH][PACKET_MAX], in_bytes[BATCH][PACKET_MAX];
	_Alignas(struct cmsghdr) uint8_t out_control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static uint32_t random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static size_t encode_request(const struct bench_load *load, uint32_t number, uint16_t id,
			     uint8_t *buf)
{
	struct nbt_packet packet;
	uint8_t rdata[NBT_ADDRESS_LEN];
	size_t len;

	load->kind->ask(load, number, id, &packet, rdata);
	if (nbt_packet_encode(&packet, buf, PACKET_MAX, &len) != NBT_OK)
		abort();
	return len;
}

/* Puts a request into place i of the outgoing batch, with its client's address as source. */
static void put_request(struct run *run, size_t i, uint32_t number, uint64_t now)
{
	struct in_pktinfo source = { .ipi_spec_dst = bench_client(run->load, number) };
	uint16_t id;

	do
		id = run->next_id++;
	while (run->waiting[id].sent_ns != 0);
	run->waiting[id] =
		(struct waiting){ .sent_ns = now, .lost_ns = now + SECOND_NS, .name = number };
	run->in_flight++;

	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&run->out[i].msg_hdr)), &source, sizeof(source));
	run->out_io[i].iov_len = encode_request(run->load, number, id, run->out_bytes[i]);
}

static bool is_stopped(const struct run *run)
{
	return run->load->stop != NULL && atomic_load(run->load->stop);
}

static bool is_over(const struct run *run)
{
	return (run->next >= run->load->requests || is_stopped(run)) && run->in_flight == 0;
}

/* How many requests may be sent whatever the rate. */
static uint64_t allowed(const struct run *run)
{
	uint64_t left = run->load->requests - run->next;
	uint32_t open = run->load->window - run->in_flight;

	if (is_stopped(run))
		return 0;
	return left < open ? left : open;
}

/* When the next one is to be sent, by the rate. */
static uint64_t next_due(const struct run *run)
{
	uint32_t rate = run->load->rate;

	if (rate == 0)
		return 0;
	return run->started_ns + run->result->sent / rate * SECOND_NS +
	       run->result->sent % rate * SECOND_NS / rate;
}

/* How many requests may be sent now. */
static size_t room(const struct run *run, uint64_t now)
{
	uint64_t count = allowed(run), due = next_due(run);

	if (due > now)
		return 0;
	if (run->load->rate > 0 && (now - due) * run->load->rate / SECOND_NS + 1 < count)
		count = (now - due) * run->load->rate / SECOND_NS + 1;
	return count < BATCH ? (size_t)count : BATCH;
}

static int send_some(struct run *run, uint64_t now)
{
	size_t count = room(run, now);
	size_t sent = 0;

	for (size_t i = 0; i < count; i++)
		put_request(run, i, run->order[run->next++ % run->load->names], now);
	while (sent < count) {
		int n = sendmmsg(run->fd, run->out + sent, (unsigned)(count - sent), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		sent += (size_t)n;
	}
	run->result->sent += count;
	if (count > 0)
		run->result->sending_seconds = (double)(now - run->started_ns) / 1e9;
	return 0;
}

static void end_waiting(struct run *run, struct waiting *waiting)
{
	run->told_to_wait -= waiting->told_to_wait;
	run->in_flight--;
	waiting->sent_ns = 0;
}

/* A WACK: its TTL is how long to wait from now on. */
static void be_told_to_wait(struct run *run, struct waiting *waiting,
			    const struct nbt_packet *packet, uint64_t now)
{
	if (nbt_packet_record_count(packet) == 1)
		waiting->lost_ns = now + packet->record[0].ttl * SECOND_NS;
	if (waiting->told_to_wait)
		return;
	waiting->told_to_wait = true;
	run->told_to_wait++;
	if (run->told_to_wait > run->result->most_told_to_wait)
		run->result->most_told_to_wait = run->told_to_wait;
}

static void judge(struct run *run, const struct bench_answer *answer)
{
	struct bench_result *result = run->result;
	const struct nbt_packet *packet = answer->packet;

	if (run->load->unchecked || run->load->kind->is_right(run->load, answer)) {
		if (run->load->right != NULL)
			fwrite(&answer->number, sizeof(answer->number), 1, run->load->right);
		return;
	}
	if (result->wrong++ == 0)
		snprintf(result->first_wrong, sizeof(result->first_wrong),
			 "name %u: opcode %u, rcode %u, %zu records, after %.3f s%s",
			 answer->number, packet->opcode, packet->rcode,
			 nbt_packet_record_count(packet), (double)answer->ns / 1e9,
			 answer->told_to_wait ? " and a WACK" : "");
}

static void take_answer(struct run *run, const uint8_t *bytes, size_t len, uint64_t now)
{
	struct bench_result *result = run->result;
	struct nbt_packet packet;
	struct waiting *waiting;
	struct bench_answer answer;

	if (nbt_packet_decode(&packet, bytes, len) != NBT_OK || !(packet.flags & NBT_FLAG_R)) {
		result->wrong++;
		return;
	}
	waiting = &run->waiting[packet.id];
	if (waiting->sent_ns == 0)
		return;
	if (packet.opcode == NBT_OP_WACK) {
		be_told_to_wait(run, waiting, &packet, now);
		return;
	}
	answer = (struct bench_answer){ &packet, waiting->name, now - waiting->sent_ns,
					waiting->told_to_wait };
	result->answered++;
	run->answered_ns = now;
	bench_latency_add(&result->latency, answer.ns);
	judge(run, &answer);
	end_waiting(run, waiting);
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

static void give_up(struct run *run, struct waiting *waiting)
{
	end_waiting(run, waiting);
	if (run->load->again) {
		run->result->repeated++;
		run->order[--run->next % run->load->names] = waiting->name;
	} else {
		run->result->lost++;
	}
}

static void give_up_late(struct run *run, uint64_t now)
{
	if (run->in_flight == 0 || now < run->look_ns)
		return;
	run->look_ns = now + LOOK_NS;
	for (size_t id = 0; id < IDS; id++)
		if (run->waiting[id].sent_ns != 0 && now >= run->waiting[id].lost_ns)
			give_up(run, &run->waiting[id]);
}

/* Until an answer comes, the next request is due, or it is time to look for what is lost. */
static void wait_for_something(const struct run *run, uint64_t now)
{
	struct pollfd wait = { .fd = run->fd, .events = POLLIN };
	uint64_t until = now + LOOK_NS, due = next_due(run);
	struct timespec pause;

	if (allowed(run) > 0 && due < until)
		until = due > now ? due : now;
	pause.tv_sec = 0;
	pause.tv_nsec = (long)(until - now);
	(void)ppoll(&wait, 1, &pause, NULL);
}

static int run_to_end(struct run *run)
{
	int ret = 0;

	while (ret == 0 && !is_over(run)) {
		uint64_t now = clock_ns();

		ret = send_some(run, now);
		if (ret == 0 && room(run, now) == 0)
			wait_for_something(run, now);
		if (ret == 0)
			ret = receive_some(run);
		give_up_late(run, clock_ns());
	}
	return ret;
}

int bench_open_socket(const struct sockaddr_in *local)
{
	static const int size = 8 << 20;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* As much as we may: the second is bounded by net.core.rmem_max. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)local, sizeof(*local)) < 0) {
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

static uint32_t *make_order(const struct bench_load *load)
{
	uint32_t *order = malloc(load->names * sizeof(*order));
	uint64_t state = load->seed;

	if (order != NULL && load->only != NULL)
		return memcpy(order, load->only, load->names * sizeof(*order));
	for (uint32_t i = 0; order != NULL && i < load->names; i++) {
		uint32_t j = random_next(&state) % (i + 1);

		order[i] = order[j];
		order[j] = load->first + i;
	}
	return order;
}

int bench_load_run(const struct bench_load *load, struct bench_result *result)
{
	static const struct sockaddr_in any = { .sin_family = AF_INET };
	struct run *run = calloc(1, sizeof(*run));
	int ret = -ENOMEM;

	memset(result, 0, sizeof(*result));
	if (run == NULL)
		return ret;
	run->load = load;
	run->result = result;
	run->fd = -1;
	run->order = make_order(load);
	if (run->order == NULL)
		goto done;
	ret = run->fd = bench_open_socket(&any);
	if (ret < 0)
		goto done;
	prepare_batches(run);
	prctl(PR_SET_TIMERSLACK, 1UL); /* a rate wants to be kept */
	run->started_ns = run->answered_ns = clock_ns();
	ret = run_to_end(run);
	result->seconds = (double)(run->answered_ns - run->started_ns) / 1e9;
done:
	if (run->fd >= 0)
		close(run->fd);
	free(run->order);
	free(run);
	return ret;
}
