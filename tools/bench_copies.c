#include "tools/bench_copies.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nbt/datagram.h>

#include "tools/bench.h"
#include "tools/clock.h"

#define BATCH      64
#define PACKET_MAX 1500
#define LOST_MS    1000

/* A datagram that was sent, and who got it. */
struct sent {
	uint8_t bytes[PACKET_MAX];
	size_t len;
	bool got[BENCH_COPIES_MEMBERS_MAX];
};

struct run {
	const struct bench_copies *load;
	struct bench_copies_result *result;
	uint32_t next; /* datagrams sent */
	size_t sent_count;
	uint64_t missing; /* copies of them */
	struct sent sent[BENCH_COPIES_WINDOW_MAX];

	/* Of the members, then of the sender. */
	struct pollfd poll[BENCH_COPIES_MEMBERS_MAX + 1];

	struct mmsghdr in[BATCH];
	struct iovec in_io[BATCH];
	uint8_t in_bytes[BATCH][PACKET_MAX];
};

struct in_addr bench_copies_member(const struct bench_copies *load, uint32_t number)
{
	return (struct in_addr){ htonl(ntohl(load->first_member.s_addr) + number) };
}

void bench_copies_group(struct nbt_name *name)
{
	if (nbt_name_make(name, "BENCH", 0x1E) != NBT_OK)
		abort();
}

/*
 * Sending.
 */

static void make_datagram(const struct bench_copies *load, uint32_t number, struct sent *sent)
{
	uint8_t data[BENCH_COPIES_DATA_MAX] = { 0 };
	struct nbt_datagram datagram = {
		.type = NBT_DGM_DIRECT_GROUP,
		.flags = NBT_DGM_FLAG_FIRST | (NBT_DGM_SNT & 0x04),
		.id = (uint16_t)number,
		.source_address = bench_copies_member(load, load->members),
		.source_port = ntohs(load->port),
		.data = data,
		.data_len = load->data_len,
	};

	memcpy(data, &number, sizeof(number));
	bench_copies_group(&datagram.destination);
	if (nbt_name_make(&datagram.source, "SENDER", NBT_SUFFIX_WORKSTATION) != NBT_OK ||
	    nbt_datagram_encode(&datagram, sent->bytes, sizeof(sent->bytes), &sent->len) != NBT_OK)
		abort();
	memset(sent->got, 0, sizeof(sent->got));
}

static int send_all(const struct run *run)
{
	int fd = run->poll[run->load->members].fd;
	struct mmsghdr out[BENCH_COPIES_WINDOW_MAX];
	struct iovec io[BENCH_COPIES_WINDOW_MAX];
	size_t done = 0;

	for (size_t i = 0; i < run->sent_count; i++) {
		io[i] = (struct iovec){ (void *)run->sent[i].bytes, run->sent[i].len };
		out[i].msg_hdr = (struct msghdr){ .msg_name = (void *)&run->load->nbdd,
						  .msg_namelen = sizeof(run->load->nbdd),
						  .msg_iov = &io[i],
						  .msg_iovlen = 1 };
	}
	while (done < run->sent_count) {
		int n = sendmmsg(fd, out + done, (unsigned)(run->sent_count - done), 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int begin_round(struct run *run)
{
	uint32_t left = run->load->datagrams - run->next;

	run->sent_count = left < run->load->window ? left : run->load->window;
	run->missing = run->sent_count * run->load->members;
	for (size_t i = 0; i < run->sent_count; i++)
		make_datagram(run->load, run->load->first + run->next++, &run->sent[i]);
	run->result->datagrams += run->sent_count;
	return send_all(run);
}

/*
 * Receiving.
 */

static struct sent *find_sent(struct run *run, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < run->sent_count; i++)
		if (len == run->sent[i].len && memcmp(bytes, run->sent[i].bytes, len) == 0)
			return &run->sent[i];
	return NULL;
}

static void take_copy(struct run *run, size_t member, const uint8_t *bytes, size_t len)
{
	struct sent *sent = find_sent(run, bytes, len);

	if (sent == NULL || member == run->load->members || sent->got[member]) {
		run->result->wrong++;
		return;
	}
	sent->got[member] = true;
	run->missing--;
	run->result->copies++;
}

static int receive_batch(struct run *run, size_t member)
{
	int n = recvmmsg(run->poll[member].fd, run->in, BATCH, MSG_DONTWAIT, NULL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		take_copy(run, member, run->in_bytes[i], run->in[i].msg_len);
	return 0;
}

/* Until all copies are there, or none comes any more. */
static int await_copies(struct run *run)
{
	int ret = 0;

	while (ret == 0 && run->missing > 0) {
		int ready = poll(run->poll, run->load->members + 1, LOST_MS);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0)
			break;
		for (size_t i = 0; ready > 0 && ret == 0 && i <= run->load->members; i++)
			if (run->poll[i].revents != 0)
				ret = receive_batch(run, i);
	}
	run->result->lost += run->missing;
	return ret;
}

/*
 * A run.
 */

static int open_sockets(struct run *run)
{
	for (uint32_t i = 0; i <= run->load->members; i++) {
		const struct sockaddr_in local = { .sin_family = AF_INET,
						   .sin_port = run->load->port,
						   .sin_addr = bench_copies_member(run->load, i) };
		int fd = bench_open_socket(&local);

		if (fd < 0)
			return fd;
		run->poll[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	return 0;
}

static struct run *create(const struct bench_copies *load, struct bench_copies_result *result)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->load = load;
	run->result = result;
	for (size_t i = 0; i <= load->members; i++)
		run->poll[i].fd = -1;
	for (size_t i = 0; i < BATCH; i++) {
		run->in_io[i] = (struct iovec){ run->in_bytes[i], PACKET_MAX };
		run->in[i].msg_hdr = (struct msghdr){ .msg_iov = &run->in_io[i], .msg_iovlen = 1 };
	}
	return run;
}

static void destroy(struct run *run)
{
	for (size_t i = 0; i <= run->load->members; i++)
		if (run->poll[i].fd >= 0)
			close(run->poll[i].fd);
	free(run);
}

int bench_copies_run(const struct bench_copies *load, pid_t pid, struct bench_copies_result *result)
{
	struct run *run = create(load, result);
	uint64_t started_ns, cpu_ns;
	int ret;

	*result = (struct bench_copies_result){ .datagrams = 0 };
	if (run == NULL)
		return -ENOMEM;
	ret = open_sockets(run);
	cpu_ns = bench_cpu_ns(pid);
	started_ns = clock_ns();
	while (ret == 0 && run->next < load->datagrams) {
		ret = begin_round(run);
		if (ret == 0)
			ret = await_copies(run);
	}
	result->seconds = (double)(clock_ns() - started_ns) / 1e9;
	result->cpu_ns = bench_cpu_ns(pid) - cpu_ns;
	destroy(run);
	return ret;
}
