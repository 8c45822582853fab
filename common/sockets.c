#include "common/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/holder.h"
#include "common/log.h"
#include "common/udp.h"

/* An address that is or was served; its index is the socket's number. */
struct slot {
	struct sockets *sockets;
	uint16_t number;
	struct served served;
	struct udp *udp;       /* NULL: the address is not there now */
	struct udp *broadcast; /* NULL: none of its own */
};

struct sockets {
	struct loop *loop;
	struct sockets_options options;
	struct slot **slots; /* each allocated by itself: their sockets point to them */
	struct served_socket *table;
	size_t count;
	struct udp *limited; /* on 255.255.255.255 */
	bool is_held;
	char logged[SOCKETS_ERROR_MAX];
	struct udp_counters closed; /* of sockets that are */
};

#define SLOTS_MAX UINT16_MAX

static struct sockaddr_in local_address(const struct sockets *sockets, struct in_addr address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(sockets->options.port),
				     .sin_addr = address };
}

static struct slot *find_slot(const struct sockets *sockets, struct in_addr address)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->slots[i]->served.address.s_addr == address.s_addr)
			return sockets->slots[i];
	return NULL;
}

/* While we have the port on an address nobody else can send from both: it is our own broadcast. */
static bool is_echo(const struct sockets *sockets, const struct sockaddr_in *peer)
{
	const struct slot *slot = NULL;

	if (ntohs(peer->sin_port) == sockets->options.port)
		slot = find_slot(sockets, peer->sin_addr);
	return slot != NULL && slot->udp != NULL;
}

static void hand_over(const struct slot *slot, bool to_broadcast, const struct udp_packet *packets,
		      size_t count, const struct nbt_env *env)
{
	const struct sockets *sockets = slot->sockets;
	struct incoming in[UDP_BATCH];
	size_t foreign = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_echo(sockets, &packets[i].peer))
			continue;
		in[foreign++] = (struct incoming){
			.bytes = packets[i].bytes,
			.len = packets[i].len,
			.from = packets[i].peer,
			.socket = slot->number,
			.to_broadcast = to_broadcast,
		};
	}
	sockets->options.receive(sockets->options.ctx, in, foreign, env);
}

static void receive_address(void *ctx, const struct udp_packet *packets, size_t count,
			    const struct nbt_env *env)
{
	hand_over(ctx, false, packets, count, env);
}

static void receive_broadcast(void *ctx, const struct udp_packet *packets, size_t count,
			      const struct nbt_env *env)
{
	hand_over(ctx, true, packets, count, env);
}

/* The first address of the interface stands for it; an interface that is not served has none. */
static const struct slot *slot_of_interface(const struct sockets *sockets, unsigned ifindex)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->slots[i]->udp != NULL && sockets->slots[i]->served.ifindex == ifindex)
			return sockets->slots[i];
	return NULL;
}

static void receive_limited(void *ctx, const struct udp_packet *packets, size_t count,
			    const struct nbt_env *env)
{
	for (size_t i = 0; i < count; i++) {
		const struct slot *slot = slot_of_interface(ctx, packets[i].ifindex);

		if (slot != NULL)
			hand_over(slot, true, &packets[i], 1, env);
	}
}

/* One sentence for the administrator: which address, why not, what to do. */
static void explain(const struct sockets *sockets, const struct served *served, int err,
		    char error[SOCKETS_ERROR_MAX])
{
	char address[INET_ADDRSTRLEN], holder[HOLDER_MAX];
	unsigned port = sockets->options.port;

	inet_ntop(AF_INET, &served->address, address, sizeof(address));
	switch (err) {
	case -EADDRINUSE:
		snprintf(error, SOCKETS_ERROR_MAX,
			 "UDP port %u of %s is taken by %s: stop that, or change listen or port",
			 port, address,
			 holder_of_port(served->address, sockets->options.port, holder));
		break;
	case -EACCES:
		snprintf(error, SOCKETS_ERROR_MAX,
			 "UDP port %u of %s needs root or CAP_NET_BIND_SERVICE: "
			 "start as root, or set port to 1024 or more",
			 port, address);
		break;
	default:
		snprintf(error, SOCKETS_ERROR_MAX, "UDP port %u of %s cannot be had: %s", port,
			 address, strerror(-err));
	}
}

static void add_counters(struct udp_counters *sum, const struct udp *udp)
{
	struct udp_counters counters;

	if (udp == NULL)
		return;
	counters = udp_counters(udp);
	sum->received += counters.received;
	sum->truncated += counters.truncated;
	sum->sent += counters.sent;
	sum->send_dropped += counters.send_dropped;
	sum->send_failed += counters.send_failed;
	sum->receive_dropped += counters.receive_dropped;
}

static void slot_close(struct slot *slot)
{
	add_counters(&slot->sockets->closed, slot->udp);
	add_counters(&slot->sockets->closed, slot->broadcast);
	udp_close(slot->udp);
	udp_close(slot->broadcast);
	slot->udp = slot->broadcast = NULL;
}

static int open_udp(struct udp **out, const struct sockets *sockets, enum udp_kind kind,
		    struct in_addr address, udp_receive_fn *receive_them, void *ctx)
{
	const struct sockaddr_in local = local_address(sockets, address);

	int ret = (sockets->options.large ? udp_open_large : udp_open)(out, sockets->loop, kind,
								       &local, receive_them, ctx);

	if (ret == 0 && sockets->is_held)
		udp_hold(*out, true);
	return ret;
}

static void unreachable(void *ctx, const struct sockaddr_in *peer)
{
	const struct slot *slot = ctx;
	const struct sockets_options *options = &slot->sockets->options;

	options->unreachable(options->ctx, peer);
}

static int slot_open(struct slot *slot)
{
	const struct served *served = &slot->served;
	int ret = open_udp(&slot->udp, slot->sockets, UDP_ADDRESS, served->address, receive_address,
			   slot);

	if (ret == 0 && slot->sockets->options.unreachable != NULL)
		ret = udp_watch_unreachable(slot->udp, unreachable);
	if (ret == 0 && served->broadcast.s_addr != 0)
		ret = open_udp(&slot->broadcast, slot->sockets, UDP_BROADCAST, served->broadcast,
			       receive_broadcast, slot);
	if (ret < 0)
		slot_close(slot);
	return ret;
}

static void log_slot(const struct slot *slot)
{
	char address[INET_ADDRSTRLEN], broadcast[INET_ADDRSTRLEN];
	const struct sockets_options *options = &slot->sockets->options;
	const struct served *served = &slot->served;

	inet_ntop(AF_INET, &served->address, address, sizeof(address));
	inet_ntop(AF_INET, &served->broadcast, broadcast, sizeof(broadcast));
	if (slot->udp == NULL)
		log_info("%s (%s) is gone", address, served->interface);
	else if (slot->broadcast == NULL)
		log_info("%s on %s port %u (%s)", options->doing, address, options->port,
			 served->interface);
	else
		log_info("%s on %s port %u (%s), hearing broadcasts to %s", options->doing, address,
			 options->port, served->interface, broadcast);
}

static struct slot *add_slot(struct sockets *sockets)
{
	size_t count = sockets->count + 1;
	struct served_socket *table;
	struct slot **slots;
	struct slot *slot;

	if (count > SLOTS_MAX)
		return NULL;
	slots = realloc(sockets->slots, count * sizeof(*slots));
	if (slots == NULL)
		return NULL;
	sockets->slots = slots;
	table = realloc(sockets->table, count * sizeof(*table));
	if (table == NULL)
		return NULL;
	sockets->table = table;
	slot = calloc(1, sizeof(*slot));
	if (slot == NULL)
		return NULL;
	slot->sockets = sockets;
	slot->number = (uint16_t)sockets->count;
	slots[sockets->count] = slot;
	sockets->count = count;
	return slot;
}

static void close_what_went(struct sockets *sockets, const struct served_list *wanted)
{
	for (size_t i = 0; i < sockets->count; i++) {
		struct slot *slot = sockets->slots[i];
		const struct served *now = served_find(wanted, slot->served.address);

		if (slot->udp == NULL || (now != NULL && now->ifindex == slot->served.ifindex &&
					  now->broadcast.s_addr == slot->served.broadcast.s_addr))
			continue;
		slot_close(slot);
		if (now == NULL)
			log_slot(slot);
	}
}

static int open_one(struct sockets *sockets, const struct served *served)
{
	struct slot *slot = find_slot(sockets, served->address);
	int ret;

	if (slot == NULL)
		slot = add_slot(sockets);
	if (slot == NULL)
		return -ENOMEM;
	slot->served = *served;
	if (slot->udp != NULL)
		return 0;
	ret = slot_open(slot);
	if (ret == 0)
		log_slot(slot);
	return ret;
}

/* Tries all; returns the first error, which is explained. */
static int open_what_came(struct sockets *sockets, const struct served_list *wanted,
			  char error[SOCKETS_ERROR_MAX])
{
	int first = 0;

	for (size_t i = 0; i < wanted->count; i++) {
		int ret = open_one(sockets, &wanted->items[i]);

		if (ret == 0 || first < 0)
			continue;
		explain(sockets, &wanted->items[i], ret, error);
		first = ret;
	}
	return first;
}

static void fill_table(struct sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		const struct slot *slot = sockets->slots[i];
		struct served_socket *entry = &sockets->table[i];

		*entry = (struct served_socket){ .address = { 0 } };
		if (slot->udp == NULL)
			continue;
		entry->address = slot->served.address;
		entry->netmask = slot->served.netmask;
		entry->broadcast = slot->served.subnet;
		memcpy(entry->mac, slot->served.mac, sizeof(entry->mac));
	}
}

static int bring_in_line(struct sockets *sockets, const struct iface_list *ifaces,
			 char error[SOCKETS_ERROR_MAX])
{
	struct served_list wanted;
	int ret;

	ret = served_choose(&wanted, ifaces, &sockets->options.wish);
	if (ret < 0) {
		snprintf(error, SOCKETS_ERROR_MAX, "interfaces: %s", strerror(-ret));
		return ret;
	}
	close_what_went(sockets, &wanted);
	ret = open_what_came(sockets, &wanted, error);
	fill_table(sockets);
	served_list_free(&wanted);
	return ret;
}

static int open_limited(struct sockets *sockets, char error[SOCKETS_ERROR_MAX])
{
	const struct served all = { .address = { htonl(INADDR_BROADCAST) } };
	int ret = open_udp(&sockets->limited, sockets, UDP_LIMITED_BROADCAST, all.address,
			   receive_limited, sockets);

	if (ret < 0)
		explain(sockets, &all, ret, error);
	return ret;
}

static bool is_there(const struct iface_list *ifaces, const char *word)
{
	const char *const wanted[] = { word, NULL };

	for (size_t i = 0; i < ifaces->count; i++)
		if (iface_is_selected(&ifaces->items[i], wanted))
			return true;
	return false;
}

/* A typing mistake looks the same as an address, or an interface, that comes late. */
static void warn_of_missing(const struct sockets *sockets, const struct iface_list *ifaces)
{
	const struct served_wish *wish = &sockets->options.wish;
	const char *const *word = wish->listen_count == 0 ? wish->interfaces : NULL;
	char address[INET_ADDRSTRLEN];

	for (; word != NULL && *word != NULL; word++)
		if (!is_there(ifaces, *word))
			log_warning("\"%s\" of interfaces is not there: serving it when it comes",
				    *word);

	for (size_t i = 0; i < wish->listen_count; i++) {
		if (find_slot(sockets, wish->listen[i]) != NULL)
			continue;
		inet_ntop(AF_INET, &wish->listen[i], address, sizeof(address));
		log_warning("%s is not an address of this host: listening on it when it comes",
			    address);
	}
}

int sockets_open(struct sockets **out, struct loop *loop, const struct sockets_options *options,
		 const struct iface_list *ifaces, char error[SOCKETS_ERROR_MAX])
{
	struct sockets *sockets = calloc(1, sizeof(*sockets));
	int ret = -ENOMEM;

	snprintf(error, SOCKETS_ERROR_MAX, "out of memory");
	if (sockets == NULL)
		goto done;
	sockets->loop = loop;
	sockets->options = *options;
	ret = 0;
	if (options->port == 0)
		goto done;
	ret = bring_in_line(sockets, ifaces, error);
	if (ret == 0)
		ret = open_limited(sockets, error);
	if (ret == 0)
		warn_of_missing(sockets, ifaces);
done:
	if (ret < 0) {
		sockets_close(sockets);
		sockets = NULL;
	}
	*out = sockets;
	return ret;
}

static void hold_one(struct udp *udp, bool hold)
{
	if (udp != NULL)
		udp_hold(udp, hold);
}

void sockets_hold(struct sockets *sockets, bool hold)
{
	if (sockets->is_held == hold)
		return;
	sockets->is_held = hold;
	for (size_t i = 0; i < sockets->count; i++) {
		hold_one(sockets->slots[i]->udp, hold);
		hold_one(sockets->slots[i]->broadcast, hold);
	}
	hold_one(sockets->limited, hold);
}

void sockets_set_wish(struct sockets *sockets, const struct served_wish *wish)
{
	sockets->options.wish = *wish;
}

bool sockets_update(struct sockets *sockets, const struct iface_list *ifaces)
{
	char error[SOCKETS_ERROR_MAX] = "";

	if (sockets->options.port != 0)
		(void)bring_in_line(sockets, ifaces, error);
	if (*error != '\0' && strcmp(error, sockets->logged) != 0)
		log_warning("%s", error);
	memcpy(sockets->logged, error, sizeof(sockets->logged));
	return *error == '\0';
}

/* Packets from start on that leave by the same socket; a broadcast leaves alone. */
static size_t run_length(const struct outbox *outbox, size_t start)
{
	const struct outgoing *first = &outbox->packet[start];
	size_t end = start + 1;

	while (end < outbox->count && outbox->packet[end].socket == first->socket &&
	       !first->is_broadcast && !outbox->packet[end].is_broadcast)
		end++;
	return end - start;
}

/* What cannot be sent is counted by the socket; the client will ask again. */
static void send_run(struct udp *udp, const struct outgoing *first, size_t count)
{
	struct udp_packet batch[OUTBOX_SIZE];

	for (size_t i = 0; i < count; i++)
		batch[i] = (struct udp_packet){ .bytes = first[i].bytes,
						.len = first[i].len,
						.peer = first[i].to };
	if (first->is_broadcast)
		(void)udp_send_broadcast(udp, batch);
	else
		(void)udp_send_batch(udp, batch, count);
}

void sockets_send(const struct sockets *sockets, const struct outbox *outbox)
{
	size_t count;

	for (size_t start = 0; start < outbox->count; start += count) {
		const struct outgoing *first = &outbox->packet[start];
		struct udp *udp = sockets->slots[first->socket]->udp;

		count = run_length(outbox, start);
		if (udp != NULL)
			send_run(udp, first, count);
	}
}

const struct served_socket *sockets_table(const struct sockets *sockets, size_t *count)
{
	*count = sockets->count;
	return sockets->table;
}

struct udp_counters sockets_counters(const struct sockets *sockets)
{
	struct udp_counters sum = sockets->closed;

	for (size_t i = 0; i < sockets->count; i++) {
		add_counters(&sum, sockets->slots[i]->udp);
		add_counters(&sum, sockets->slots[i]->broadcast);
	}
	add_counters(&sum, sockets->limited);
	return sum;
}

void sockets_close(struct sockets *sockets)
{
	if (sockets == NULL)
		return;
	for (size_t i = 0; i < sockets->count; i++) {
		slot_close(sockets->slots[i]);
		free(sockets->slots[i]);
	}
	udp_close(sockets->limited);
	free(sockets->slots);
	free(sockets->table);
	free(sockets);
}
