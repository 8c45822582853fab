#include "nbnsd/name_sock.h"

#include <errno.h>

#include "common/local_server.h"
#include "common/loop.h"
#include "common/starting.h"
#include "nbnsd/clients.h"
#include "nbnsd/files.h"
#include "nbnsd/nbnsd.h"

#define SOCKET_NAME     "name.sock"
#define SOCKET_GROUP    "nbt"
#define CONNECTIONS_MAX 512
#define QUEUE_MAX       (256 * 1024) /* bytes for a client that does not read */

static bool message(void *ctx, uint32_t client, const uint8_t *bytes, size_t len,
		    const struct nbt_env *env)
{
	const struct nbnsd *nbnsd = ctx;

	return clients_message(nbnsd->clients, client, bytes, len, env);
}

static void closed(void *ctx, uint32_t client, const struct nbt_env *env)
{
	const struct nbnsd *nbnsd = ctx;

	clients_gone(nbnsd->clients, client, env);
}

static const struct local_server_events events = { message, closed };

static void send_message(void *ctx, uint32_t client, const uint8_t *bytes, size_t len)
{
	const struct nbnsd *nbnsd = ctx;

	local_server_send(nbnsd->name_sock, client, bytes, len);
}

/* Look-ups are for everybody, the rest for those who speak for this host. */
static bool is_member(void *ctx, uint32_t client)
{
	const struct nbnsd *nbnsd = ctx;

	return local_server_is_member(nbnsd->name_sock, client);
}

int name_sock_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct local_server_options options = {
		.socket = { .directory = nbnsd->settings.global.run_directory,
			    .name = SOCKET_NAME,
			    .group = SOCKET_GROUP,
			    .everybody = true,
			    .owner = starting_later_user(&nbnsd->settings.global, NBNSD_USER) },
		.connections = CONNECTIONS_MAX,
		.queue_max = QUEUE_MAX,
	};

	return starting_local(&nbnsd->name_sock, nbnsd->loop, &options, &events, nbnsd, "nbnsd");
}

void name_sock_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	local_server_close(nbnsd->name_sock);
	nbnsd->name_sock = NULL;
}

int name_sock_start(struct nbnsd *nbnsd)
{
	nbnsd->clients = clients_create(nbnsd->service, send_message, nbnsd);
	if (nbnsd->clients == NULL)
		return -ENOMEM;
	clients_set_rights(nbnsd->clients, is_member);
	return 0;
}

void name_sock_stop(struct nbnsd *nbnsd)
{
	clients_destroy(nbnsd->clients);
	nbnsd->clients = NULL;
}

void name_sock_end_all(struct nbnsd *nbnsd)
{
	if (nbnsd->name_sock != NULL)
		local_server_end_all(nbnsd->name_sock);
}

int name_sock_load_lmhosts(struct nbnsd *nbnsd)
{
	struct lmhosts_entries entries;
	int ret = files_load_lmhosts(&entries, nbnsd->settings.nbnsd.lmhosts);

	if (ret < 0 && ret != -ENOENT)
		return ret;
	service_set_lmhosts(nbnsd->service, entries.items, entries.count);
	lmhosts_entries_free(&nbnsd->files->lmhosts);
	nbnsd->files->lmhosts = entries;
	return 0;
}

uint64_t name_sock_turn(struct nbnsd *nbnsd, const struct nbt_env *env)
{
	clients_answer(nbnsd->clients);
	return clients_work(nbnsd->clients, env) ? env->now_ms : NBT_NEVER;
}
