#include "common/network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/iface.h"
#include "common/log.h"
#include "common/loop.h"

#define RETRY_MS 5000

struct network {
	struct loop *loop;
	struct network_options options;
	struct sockets *sockets;
	struct iface_watch *watch;
	struct loop_timer *retry;
	bool is_blind; /* the interfaces could not be read */
};

static int read_ifaces(struct network *network, struct iface_list *ifaces)
{
	int ret = iface_list_read(ifaces);

	if (ret < 0 && !network->is_blind)
		log_warning(
			"interfaces cannot be read (%s): what is served stays as it is until they can",
			strerror(-ret));
	network->is_blind = ret < 0;
	return ret;
}

void network_update(struct network *network)
{
	struct iface_list ifaces;
	bool is_done = false;

	if (read_ifaces(network, &ifaces) == 0) {
		is_done = sockets_update(network->sockets, &ifaces);
		is_done = network->options.changed(network->options.ctx, &ifaces) && is_done;
		iface_list_free(&ifaces);
	}
	loop_timer_set(network->retry,
		       is_done ? NBT_NEVER : loop_env(network->loop).now_ms + RETRY_MS, 0);
}

static void changed(void *ctx)
{
	network_update(ctx);
}

static void retry_due(void *ctx, const struct nbt_env *env)
{
	(void)env;
	network_update(ctx);
}

static int open_sockets(struct network *network)
{
	char error[SOCKETS_ERROR_MAX];
	struct iface_list ifaces;
	int ret = iface_list_read(&ifaces);

	if (ret < 0)
		return ret;
	ret = sockets_open(&network->sockets, network->loop, &network->options.sockets, &ifaces,
			   error);
	iface_list_free(&ifaces);
	if (ret == 0)
		return 0;
	log_error("%s", error);
	return -ECANCELED;
}

int network_open(struct network **out, struct loop *loop, const struct network_options *options)
{
	struct network *network = calloc(1, sizeof(*network));
	int ret;

	*out = NULL;
	if (network == NULL)
		return -ENOMEM;
	network->loop = loop;
	network->options = *options;
	ret = loop_timer_open(&network->retry, loop, retry_due, network);
	if (ret == 0)
		ret = open_sockets(network);
	if (ret < 0) {
		network_close(network);
		return ret;
	}
	*out = network;
	return 0;
}

int network_start(struct network *network)
{
	int ret = iface_watch_open(&network->watch, network->loop, changed, network);

	if (ret == 0)
		network_update(network); /* since the sockets were bound */
	return ret;
}

void network_set_wish(struct network *network, const struct served_wish *wish)
{
	sockets_set_wish(network->sockets, wish);
	network_update(network);
}

void network_stop(struct network *network)
{
	if (network == NULL)
		return;
	iface_watch_close(network->watch);
	network->watch = NULL;
	loop_timer_set(network->retry, NBT_NEVER, 0);
}

struct sockets *network_sockets(const struct network *network)
{
	return network->sockets;
}

void network_close(struct network *network)
{
	if (network == NULL)
		return;
	iface_watch_close(network->watch);
	loop_timer_close(network->retry);
	sockets_close(network->sockets);
	free(network);
}
