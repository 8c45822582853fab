#include "nbddd/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/iface.h"
#include "common/local.h"
#include "common/local_server.h"
#include "common/log.h"
#include "common/network.h"
#include "nbddd/nbddd.h"
#include "nbddd/reconfigure.h"
#include "nbddd/tcp_names.h"

#define NAME_SOCK "name.sock"

/*
 * The network.
 */

static void flush(struct nbddd *nbddd)
{
	sockets_send(network_sockets(nbddd->network), &nbddd->outbox);
	nbddd->outbox.count = 0;
}

static void send_packet(void *ctx, uint16_t socket, const struct sockaddr_in *to, bool is_broadcast,
			const uint8_t *bytes, size_t len)
{
	struct nbddd *nbddd = ctx;
	struct outgoing *out;

	if (nbddd->outbox.count == OUTBOX_SIZE)
		flush(nbddd);
	out = &nbddd->outbox.packet[nbddd->outbox.count++];
	out->socket = socket;
	out->to = *to;
	out->is_broadcast = is_broadcast;
	out->len = (uint16_t)len;
	memcpy(out->bytes, bytes, len);
}

/* While copies wait, so does what would have more. */
static void hold_if_busy(const struct nbddd *nbddd)
{
	bool is_busy = dgram_is_busy(nbddd->service);

	sockets_hold(network_sockets(nbddd->network), is_busy);
	if (nbddd->datagram_sock != NULL)
		local_server_hold(nbddd->datagram_sock, is_busy);
}

static void receive(void *ctx, const struct incoming *in, size_t count, const struct nbt_env *env)
{
	const struct nbddd *nbddd = ctx;

	for (size_t i = 0; i < count; i++)
		dgram_receive(nbddd->service, &in[i], env);
	hold_if_busy(nbddd);
}

/* To another port went an answer, to a program that has ended. */
static void unreachable(void *ctx, const struct sockaddr_in *peer)
{
	const struct nbddd *nbddd = ctx;
	const struct nbt_env env = loop_env(nbddd->loop);

	if (peer->sin_port == htons((uint16_t)nbddd->settings.nbddd.port))
		dgram_unreachable(nbddd->service, peer->sin_addr, &env);
}

/* Who may do what: depends on the interfaces, because their networks are allowed. */
static struct access_list *make_access(const struct nbddd *nbddd, const struct iface_list *ifaces)
{
	struct access_network *own = calloc(ifaces->count + 1, sizeof(*own));
	struct access_list *list = NULL;

	if (own == NULL)
		return NULL;
	for (size_t i = 0; i < ifaces->count; i++)
		own[i] = iface_network(&ifaces->items[i]);
	list = nbddd_settings_access(&nbddd->settings, own, ifaces->count);
	free(own);
	return list;
}

static bool network_changed(void *ctx, const struct iface_list *ifaces)
{
	struct nbddd *nbddd = ctx;
	struct access_list *access = make_access(nbddd, ifaces);
	const struct served_socket *table;
	size_t count;

	table = sockets_table(network_sockets(nbddd->network), &count);
	dgram_set_sockets(nbddd->service, table, count);
	if (access == NULL)
		return false;
	dgram_set_access(nbddd->service, access);
	access_list_destroy(nbddd->access);
	nbddd->access = access;
	return true;
}

/* Borrows from the settings. */
static struct served_wish wish(const struct nbddd *nbddd)
{
	const struct nbddd_settings *settings = &nbddd->settings;

	return (struct served_wish){
		.interfaces = (const char *const *)settings->global.interfaces.items,
		.listen = settings->nbddd.listen.items,
		.listen_count = settings->nbddd.listen.count,
	};
}

int server_bind(void *ctx)
{
	struct nbddd *nbddd = ctx;
	const struct network_options options = {
		.sockets = { .wish = wish(nbddd),
			     .port = (uint16_t)nbddd->settings.nbddd.port,
			     .large = true,
			     .doing = "listening",
			     .receive = receive,
			     .unreachable = unreachable,
			     .ctx = nbddd },
		.changed = network_changed,
		.ctx = nbddd,
	};

	return network_open(&nbddd->network, nbddd->loop, &options);
}

void server_unbind(void *ctx)
{
	struct nbddd *nbddd = ctx;

	network_close(nbddd->network);
	nbddd->network = NULL;
	access_list_destroy(nbddd->access);
	nbddd->access = NULL;
}

/*
 * Programs of this host.
 */

static bool deliver(void *ctx, uint32_t client, const uint8_t *message, size_t len)
{
	const struct nbddd *nbddd = ctx;

	return local_server_offer(nbddd->datagram_sock, client, message, len);
}

static void answer(void *ctx, uint32_t client, const uint8_t *message, size_t len)
{
	const struct nbddd *nbddd = ctx;

	local_server_send(nbddd->datagram_sock, client, message, len);
}

/*
 * nbnsd.
 */

static bool claim(void *ctx, const struct nbt_local_claim *wanted)
{
	const struct nbddd *nbddd = ctx;

	return local_claim(nbddd->names, wanted, 0);
}

static void release(void *ctx, const struct nbt_local_claim *ended)
{
	const struct nbddd *nbddd = ctx;

	(void)local_release(nbddd->names, ended);
}

static bool look_up(void *ctx, const struct nbt_local_query *query, uint32_t token)
{
	const struct nbddd *nbddd = ctx;

	return local_query(nbddd->names, query, token);
}

static void names_event(void *ctx, const struct local_event *event)
{
	const struct nbddd *nbddd = ctx;
	const struct nbt_env env = loop_env(nbddd->loop);

	if (event->type == LOCAL_UP)
		log_info("connected to nbnsd");
	else if (event->type == LOCAL_DOWN)
		log_warning("no connection to nbnsd: no names can be claimed or looked up");
	dgram_names_event(nbddd->service, event, &env);
}

static int open_names(struct nbddd *nbddd)
{
	struct local_settings settings = LOCAL_SETTINGS_DEFAULT;
	char path[128];
	int len =
		snprintf(path, sizeof(path), "%s/" NAME_SOCK, nbddd->settings.global.run_directory);

	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	settings.claims = (size_t)nbddd->settings.nbddd.max_names;
	return local_open(&nbddd->names, nbddd->loop, path, &settings, names_event, nbddd);
}

/*
 * The loop.
 */

/* What came in one turn of the loop leaves in one system call. */
static void turn(void *ctx, const struct nbt_env *env)
{
	struct nbddd *nbddd = ctx;

	(void)env;
	flush(nbddd);
	hold_if_busy(nbddd);
	loop_set_deadline(nbddd->loop, dgram_deadline(nbddd->service));
}

static void deadline(void *ctx, const struct nbt_env *env)
{
	const struct nbddd *nbddd = ctx;

	dgram_wake(nbddd->service, env);
}

const struct loop_events server_events = {
	.deadline = deadline,
	.turn = turn,
	.reload = reconfigure_signal,
};

static const struct dgram_sinks sinks = {
	.send = send_packet,
	.deliver = deliver,
	.answer = answer,
	.claim = claim,
	.release = release,
	.look_up = look_up,
	.look_up_by_tcp = tcp_names_ask,
};

static int create_service(struct nbddd *nbddd)
{
	const struct nbt_env env = loop_env(nbddd->loop);
	struct dgram_settings settings;

	nbddd->started_ms = env.now_ms;
	nbddd_settings_apply(&nbddd->settings, nbddd->access, &settings);
	nbddd->service = dgram_create(&settings, &sinks, nbddd, &env);
	return nbddd->service != NULL ? 0 : -ENOMEM;
}

int server_start(void *ctx)
{
	struct nbddd *nbddd = ctx;
	int ret = create_service(nbddd);

	if (ret == 0)
		ret = open_names(nbddd);
	if (ret == 0)
		ret = network_start(nbddd->network);
	if (ret < 0) {
		server_stop(nbddd);
		return ret;
	}
	log_info("node%s%s, as %s", nbddd->settings.nbddd.server ? ", NBDD" : "",
		 nbddd->settings.nbddd.relay ? ", relay" : "", nbddd->settings.global.netbios_name);
	if (nbddd->settings.nbddd.relay && nbddd->settings.nbddd.peers.count == 0)
		log_info("a relay without peers serves the subnets of this host only");
	return 0;
}

int server_apply_sockets(void *ctx)
{
	struct nbddd *nbddd = ctx;
	const struct served_wish wanted = wish(nbddd);

	network_set_wish(nbddd->network, &wanted); /* also makes the access list anew */
	return 0;
}

int server_apply_service(void *ctx)
{
	struct nbddd *nbddd = ctx;
	struct dgram_settings settings;

	nbddd_settings_apply(&nbddd->settings, nbddd->access, &settings);
	dgram_set_settings(nbddd->service, &settings);
	return 0;
}

/* The end of the connection to nbnsd releases the names. */
void server_stop(void *ctx)
{
	struct nbddd *nbddd = ctx;

	network_stop(nbddd->network);
	tcp_names_cancel(nbddd);
	local_close(nbddd->names);
	nbddd->names = NULL;
	flush(nbddd);
	dgram_destroy(nbddd->service);
	nbddd->service = NULL;
}
