#include "nbnsd/partner_links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/dial.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/loop.h"

#define BACKLOG     128
#define QUEUE_MAX   (1 << 20) /* the longest that is sent in one piece is a map */
#define KEEPALIVE_S 300
#define RETRY_MS    5000 /* for the port */
#define PARTING_MAX 64   /* connections that have ended and are not closed yet */

struct link {
	struct partner_links *links;
	struct dial *dial;
	uint32_t number;   /* of the machine; of no use when it is parting */
	struct link *next; /* of those */
};

struct partner_links {
	struct loop *loop;
	struct partner_links_options options;
	struct partners *partners;
	struct listener *listener;
	struct loop_timer *retry;
	bool has_complained;
	struct link *link[PARTNERS_CONNECTIONS_MAX];
	struct link *parting, **parting_end; /* the oldest first */
	size_t parting_count;
};

static struct nbt_env now(const struct link *link)
{
	return loop_env(link->links->loop);
}

static void link_free(struct link *link)
{
	dial_close(link->dial);
	free(link);
}

/*
 * Connections that are over for the machine, and have something to send yet.
 */

static void remove_parting(struct link *link)
{
	struct link **at = &link->links->parting;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	if (link->next == NULL)
		link->links->parting_end = at;
	link->links->parting_count--;
}

/* Of too many the oldest has had the most time to hear the end. */
static void make_room(struct partner_links *links)
{
	struct link *oldest = links->parting;

	if (links->parting_count < PARTING_MAX)
		return;
	remove_parting(oldest);
	link_free(oldest);
}

static void part(struct link *link)
{
	struct partner_links *links = link->links;

	make_room(links);
	links->link[link->number] = NULL;
	link->number = PARTNERS_CONNECTIONS_MAX;
	*links->parting_end = link;
	links->parting_end = &link->next;
	links->parting_count++;
	dial_finish(link->dial);
}

static bool is_parting(const struct link *link)
{
	return link->number == PARTNERS_CONNECTIONS_MAX;
}

/*
 * From a connection to the machine.
 */

static void connected(void *ctx)
{
	struct link *link = ctx;
	const struct nbt_env env = now(link);

	partners_connected(link->links->partners, link->number, &env);
}

static void received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct link *link = ctx;
	const struct nbt_env env = now(link);

	partners_received(link->links->partners, link->number, bytes, len, &env);
}

static void drained(void *ctx)
{
	struct link *link = ctx;
	const struct nbt_env env = now(link);

	partners_drained(link->links->partners, link->number, &env);
}

static void ended(void *ctx, int error)
{
	struct link *link = ctx;
	struct partner_links *links = link->links;
	const struct nbt_env env = now(link);
	uint32_t number = link->number;

	if (is_parting(link)) {
		remove_parting(link);
		link_free(link);
		return;
	}
	links->link[number] = NULL;
	link_free(link);
	partners_closed(links->partners, number, error, &env);
}

static const struct dial_events events = { connected, received, ended, drained };

static struct dial_options dial_options(struct link *link)
{
	return (struct dial_options){
		.from = link->links->options.address,
		.queue_max = QUEUE_MAX,
		.keepalive_s = KEEPALIVE_S,
		.events = &events,
		.ctx = link,
	};
}

static struct link *link_new(struct partner_links *links, uint32_t number)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return NULL;
	link->links = links;
	link->number = number;
	links->link[number] = link;
	return link;
}

static void link_drop(struct link *link)
{
	link->links->link[link->number] = NULL;
	free(link);
}

/*
 * From the machine.
 */

static int make_connection(void *ctx, uint32_t number, struct in_addr to)
{
	struct partner_links *links = ctx;
	struct link *link = link_new(links, number);
	struct dial_options options;
	int ret;

	if (link == NULL)
		return -ENOMEM;
	options = dial_options(link);
	options.to = (struct sockaddr_in){ .sin_family = AF_INET,
					   .sin_port = htons(links->options.port),
					   .sin_addr = to };
	ret = dial(&link->dial, links->loop, &options);
	if (ret < 0)
		link_drop(link);
	return ret;
}

static bool send_bytes(void *ctx, uint32_t number, const uint8_t *bytes, size_t len)
{
	struct partner_links *links = ctx;
	struct dial *dial = links->link[number]->dial;

	dial_send(dial, bytes, len);
	return dial_waiting(dial) == 0;
}

static void set_reading(void *ctx, uint32_t number, bool on)
{
	struct partner_links *links = ctx;

	dial_read(links->link[number]->dial, on);
}

static void end_connection(void *ctx, uint32_t number)
{
	struct partner_links *links = ctx;

	part(links->link[number]);
}

struct partners_sinks partner_links_sinks(struct partner_links *links)
{
	return (struct partners_sinks){ make_connection, send_bytes, set_reading, end_connection,
					links };
}

/*
 * Who connects to us.
 */

static bool take(struct partner_links *links, int fd, uint32_t number)
{
	struct link *link = link_new(links, number);
	struct dial_options options;

	if (link == NULL)
		return false;
	options = dial_options(link);
	if (dial_take(&link->dial, links->loop, fd, &options) == 0)
		return true;
	link_drop(link);
	return false;
}

static void accepted(void *ctx, int fd, const struct sockaddr_in *peer)
{
	struct partner_links *links = ctx;
	const struct nbt_env env = loop_env(links->loop);
	int number = partners_accept(links->partners, peer->sin_addr, &env);

	if (number < 0) {
		listener_turn_away(fd);
	} else if (!take(links, fd, (uint32_t)number)) {
		listener_turn_away(fd);
		partners_closed(links->partners, (uint32_t)number, -ENOMEM, &env);
	}
}

static void complain(struct partner_links *links, int error)
{
	char address[INET_ADDRSTRLEN];

	if (!links->has_complained)
		log_warning("TCP port %u of %s cannot be had (%s): partners cannot reach us; it is "
			    "tried again",
			    links->options.port,
			    inet_ntop(AF_INET, &links->options.address, address, sizeof(address)),
			    strerror(-error));
	links->has_complained = true;
}

static void try_to_listen(void *ctx, const struct nbt_env *env)
{
	struct partner_links *links = ctx;
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(links->options.port),
					   .sin_addr = links->options.address };
	int ret = listener_open(&links->listener, links->loop, &local, BACKLOG, accepted, links);

	if (ret == 0) {
		links->has_complained = false;
		return;
	}
	complain(links, ret);
	loop_timer_set(links->retry, env->now_ms + RETRY_MS, 0);
}

void partner_links_begin(struct partner_links *links, struct partners *partners)
{
	const struct nbt_env env = loop_env(links->loop);

	links->partners = partners;
	try_to_listen(links, &env);
}

/*
 * The beginning and the end.
 */

int partner_links_open(struct partner_links **out, struct loop *loop,
		       const struct partner_links_options *options)
{
	struct partner_links *links = calloc(1, sizeof(*links));
	int ret;

	*out = NULL;
	if (links == NULL)
		return -ENOMEM;
	links->loop = loop;
	links->parting_end = &links->parting;
	links->options = *options;
	ret = loop_timer_open(&links->retry, loop, try_to_listen, links);
	if (ret < 0) {
		free(links);
		return ret;
	}
	*out = links;
	return 0;
}

void partner_links_close(struct partner_links *links)
{
	struct link *link;

	if (links == NULL)
		return;
	listener_close(links->listener);
	loop_timer_close(links->retry);
	for (size_t i = 0; i < PARTNERS_CONNECTIONS_MAX; i++)
		if (links->link[i] != NULL)
			link_free(links->link[i]);
	while ((link = links->parting) != NULL) {
		links->parting = link->next;
		link_free(link);
	}
	free(links);
}
