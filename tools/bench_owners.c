/* The owners of names in conflict, asked by the server. */
#include "tools/bench_conflict.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_MAX 600

struct bench_owners {
	const struct bench_load *claims;
	struct pollfd sockets[BENCH_OWNERS];
	uint64_t asked[BENCH_OWNERS];
	pthread_t thread;
	atomic_bool stopping;
};

/* Names are a letter and their number. */
static uint32_t number_of(const struct nbt_name *name)
{
	char digits[NBT_NAME_LEN] = "";

	memcpy(digits, name->bytes + 1, NBT_NAME_LEN - 2);
	return (uint32_t)strtoul(digits, NULL, 10);
}

static size_t put_address(uint8_t *rdata, size_t len, struct in_addr address)
{
	rdata[len] = NBT_NB_H >> 8;
	rdata[len + 1] = 0;
	memcpy(rdata + len + 2, &address, sizeof(address));
	return len + NBT_ADDRESS_LEN;
}

/* What the owner answers; 0: nothing. */
static size_t make_answer(const struct bench_owners *owners, enum bench_owner owner,
			  const struct nbt_packet *query, uint8_t bytes[PACKET_MAX])
{
	const struct nbt_question *question = &query->question[0];
	struct nbt_name name = question->name;
	uint8_t rdata[2 * NBT_ADDRESS_LEN];
	size_t len = put_address(rdata, 0, bench_owner_address(owner));
	struct nbt_packet answer;
	uint16_t id = query->id;

	if (owner == OWNER_DEAD)
		return 0;
	if (owner == OWNER_JOINED)
		len = put_address(rdata, len, bench_client(owners->claims, number_of(&name)));
	if (owner == OWNER_OTHER_NAME)
		name.bytes[0]++;
	if (owner == OWNER_OTHER_ID)
		id++;
	nbt_make_response(&answer, NBT_OP_QUERY, id, NBT_FLAG_AA,
			  owner == OWNER_DENYING ? NBT_RCODE_NAM_ERR : NBT_RCODE_OK, &name,
			  &question->scope, NBT_TYPE_NB, 0, rdata,
			  owner == OWNER_DENYING ? 0 : (uint16_t)len);
	if (nbt_packet_encode(&answer, bytes, PACKET_MAX, &len) != NBT_OK)
		abort();
	return owner == OWNER_CUT ? len - 1 - query->id % 50U : len;
}

static void answer_one(struct bench_owners *owners, enum bench_owner owner, const uint8_t *bytes,
		       size_t len, const struct sockaddr_in *from)
{
	enum bench_owner sender = owner == OWNER_OTHER_ADDRESS ? OWNER_LIVE : owner;
	struct nbt_packet query;
	uint8_t answer[PACKET_MAX];

	if (nbt_packet_decode(&query, bytes, len) != NBT_OK || query.question_count == 0)
		return;
	owners->asked[owner]++;
	len = make_answer(owners, owner, &query, answer);
	if (len > 0)
		(void)sendto(owners->sockets[sender].fd, answer, len, 0,
			     (const struct sockaddr *)from, sizeof(*from));
}

static void answer_all(struct bench_owners *owners, enum bench_owner owner)
{
	for (;;) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		uint8_t bytes[PACKET_MAX];
		ssize_t len = recvfrom(owners->sockets[owner].fd, bytes, sizeof(bytes),
				       MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

		if (len < 0)
			return;
		answer_one(owners, owner, bytes, (size_t)len, &from);
	}
}

static void *run(void *arg)
{
	struct bench_owners *owners = arg;

	while (!atomic_load(&owners->stopping)) {
		(void)poll(owners->sockets, BENCH_OWNERS, 100);
		for (int i = 0; i < BENCH_OWNERS; i++)
			answer_all(owners, (enum bench_owner)i);
	}
	return NULL;
}

static int open_socket(struct in_addr address)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(NBT_NAME_PORT),
					   .sin_addr = address };

	return bench_open_socket(&local);
}

static void free_owners(struct bench_owners *owners)
{
	for (size_t i = 0; i < BENCH_OWNERS; i++)
		if (owners->sockets[i].fd >= 0)
			close(owners->sockets[i].fd);
	free(owners);
}

int bench_owners_start(struct bench_owners **out, const struct bench_load *claims)
{
	struct bench_owners *owners = calloc(1, sizeof(*owners));
	int ret = 0;

	if (owners == NULL)
		return -ENOMEM;
	owners->claims = claims;
	for (int i = 0; i < BENCH_OWNERS; i++) {
		int fd = open_socket(bench_owner_address((enum bench_owner)i));

		owners->sockets[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
		ret = fd < 0 && ret == 0 ? fd : ret;
	}
	if (ret == 0)
		ret = -pthread_create(&owners->thread, NULL, run, owners);
	if (ret < 0) {
		free_owners(owners);
		return ret;
	}
	*out = owners;
	return 0;
}

void bench_owners_stop(struct bench_owners *owners, uint64_t asked[BENCH_OWNERS])
{
	atomic_store(&owners->stopping, true);
	pthread_join(owners->thread, NULL);
	memcpy(asked, owners->asked, sizeof(owners->asked));
	free_owners(owners);
}
