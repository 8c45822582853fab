#include "nbddd/datagram_sock.h"

#include "common/local_server.h"
#include "common/loop.h"
#include "common/starting.h"
#include "nbddd/nbddd.h"

#define SOCKET_NAME  "datagram.sock"
#define SOCKET_GROUP "nbt"
#define ANSWERS_MAX  (64 * 1024) /* bytes, beside the datagrams that wait */

static bool message(void *ctx, uint32_t client, const uint8_t *bytes, size_t len,
		    const struct nbt_env *env)
{
	const struct nbddd *nbddd = ctx;

	return dgram_message(nbddd->service, client, bytes, len, env);
}

static void closed(void *ctx, uint32_t client, const struct nbt_env *env)
{
	const struct nbddd *nbddd = ctx;

	(void)env;
	dgram_client_gone(nbddd->service, client);
}

static const struct local_server_events events = { message, closed };

int datagram_sock_open(void *ctx)
{
	struct nbddd *nbddd = ctx;
	const struct conf_nbddd *conf = &nbddd->settings.nbddd;
	const struct local_server_options options = {
		.socket = { .directory = nbddd->settings.global.run_directory,
			    .name = SOCKET_NAME,
			    .group = SOCKET_GROUP,
			    .owner = starting_later_user(&nbddd->settings.global, NBDDD_USER) },
		.connections = (size_t)conf->max_clients,
		.queue_max = (size_t)conf->client_queue + ANSWERS_MAX,
		.offer_max = (size_t)conf->client_queue,
	};

	return starting_local(&nbddd->datagram_sock, nbddd->loop, &options, &events, nbddd,
			      "nbddd");
}

void datagram_sock_close(void *ctx)
{
	struct nbddd *nbddd = ctx;

	local_server_close(nbddd->datagram_sock);
	nbddd->datagram_sock = NULL;
}
