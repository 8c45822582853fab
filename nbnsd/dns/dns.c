#include "nbnsd/dns/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"

#define TRIES 2 /* of each server; c-ares doubles the wait for the second */

/* A socket of c-ares that the loop watches. */
struct watched {
	struct dns *dns;
	struct watched *next;
	int fd;
	struct loop_poll *poll;
};

struct query {
	struct dns *dns;
	uint32_t number;
};

struct dns {
	struct loop *loop;
	dns_result_fn *result;
	void *ctx;
	ares_channel channel;
	struct watched *watched;
	struct loop_timer *timer;
};

/*
 * Between c-ares and the loop.
 */

static void set_timer(struct dns *dns)
{
	struct timeval wait;
	uint64_t due_ms = NBT_NEVER;

	if (ares_timeout(dns->channel, NULL, &wait) != NULL)
		due_ms = loop_env(dns->loop).now_ms + (uint64_t)wait.tv_sec * 1000 +
			 (uint64_t)wait.tv_usec / 1000 + 1;
	loop_timer_set(dns->timer, due_ms, 0);
}

static void timer_due(void *ctx, const struct nbt_env *env)
{
	struct dns *dns = ctx;

	(void)env;
	ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(dns);
}

/* An error, such as an ICMP message, shows in what c-ares reads or in its timeout. */
static void socket_ready(void *ctx, unsigned events)
{
	struct watched *watched = ctx;
	struct dns *dns = watched->dns;
	int fd = watched->fd;
	bool readable = (events & (LOOP_READABLE | LOOP_ERROR)) != 0;
	bool writable = (events & LOOP_WRITABLE) != 0;

	ares_process_fd(dns->channel, readable ? fd : ARES_SOCKET_BAD,
			writable ? fd : ARES_SOCKET_BAD);
	set_timer(dns);
}

static struct watched **find(struct dns *dns, int fd)
{
	struct watched **link = &dns->watched;

	while (*link != NULL && (*link)->fd != fd)
		link = &(*link)->next;
	return link;
}

static void unwatch(struct watched **link)
{
	struct watched *watched = *link;

	if (watched == NULL)
		return;
	*link = watched->next;
	loop_poll_close(watched->poll);
	free(watched);
}

/* A socket that cannot be watched is never answered: its query times out. */
static void watch(struct dns *dns, int fd, unsigned events)
{
	struct watched **link = find(dns, fd);
	struct watched *watched = *link;

	if (watched != NULL) {
		(void)loop_poll_want(watched->poll, events);
		return;
	}
	watched = calloc(1, sizeof(*watched));
	if (watched == NULL)
		return;
	watched->dns = dns;
	watched->fd = fd;
	if (loop_poll_open(&watched->poll, dns->loop, fd, events, socket_ready, watched) < 0) {
		free(watched);
		return;
	}
	*link = watched;
}

static void socket_changed(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct dns *dns = ctx;

	if (!readable && !writable)
		unwatch(find(dns, fd)); /* c-ares closes it */
	else
		watch(dns, fd, (readable ? LOOP_READABLE : 0U) | (writable ? LOOP_WRITABLE : 0U));
}

/*
 * Queries.
 */

static void read_addresses(const struct ares_addrinfo *info, struct dns_addresses *found,
			   uint32_t *ttl_s)
{
	*ttl_s = INT32_MAX;
	for (const struct ares_addrinfo_cname *c = info->cnames; c != NULL; c = c->next)
		if (c->ttl >= 0 && (uint32_t)c->ttl < *ttl_s)
			*ttl_s = (uint32_t)c->ttl;
	for (const struct ares_addrinfo_node *n = info->nodes; n != NULL; n = n->ai_next) {
		struct sockaddr_in address;

		if (n->ai_family != AF_INET || found->count == RECORD_MAX_ADDRESSES)
			continue;
		memcpy(&address, n->ai_addr, sizeof(address));
		found->address[found->count++] = address.sin_addr;
		if (n->ai_ttl >= 0 && (uint32_t)n->ai_ttl < *ttl_s)
			*ttl_s = (uint32_t)n->ai_ttl;
	}
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct query *query = arg;
	struct dns_addresses found = { .count = 0 };
	bool is_answer =
		status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
	uint32_t ttl_s = 0;

	(void)timeouts;
	if (status == ARES_SUCCESS && info != NULL)
		read_addresses(info, &found, &ttl_s);
	query->dns->result(query->dns->ctx, query->number, &found, ttl_s, !is_answer);
	ares_freeaddrinfo(info);
	free(query);
}

void dns_query(struct dns *dns, uint32_t number, const char *name)
{
	static const struct ares_addrinfo_hints hints = { .ai_family = AF_INET,
							  .ai_flags = ARES_AI_NOSORT };
	static const struct dns_addresses none = { .count = 0 };
	struct query *query = malloc(sizeof(*query));

	if (query == NULL) {
		dns->result(dns->ctx, number, &none, 0, true);
		return;
	}
	*query = (struct query){ dns, number };
	ares_getaddrinfo(dns->channel, name, NULL, &hints, answered, query);
	set_timer(dns);
}

/*
 * Open and close.
 */

static int set_servers(ares_channel channel, const struct dns_options *options)
{
	char *text = calloc(options->server_count + 1, INET_ADDRSTRLEN + 1), *end = text;
	int status;

	if (text == NULL)
		return ARES_ENOMEM;
	for (size_t i = 0; i < options->server_count; i++) {
		if (i > 0)
			*end++ = ',';
		inet_ntop(AF_INET, &options->servers[i], end, INET_ADDRSTRLEN);
		end += strlen(end);
	}
	status = options->server_count > 0 ? ares_set_servers_csv(channel, text) : ARES_SUCCESS;
	free(text);
	return status;
}

static int open_channel(struct dns *dns, const struct dns_options *options)
{
	char lookups[] = "b"; /* DNS only */
	struct ares_options ares = {
		.timeout = (int)(options->timeout_ms / 4) + 1,
		.tries = TRIES,
		.lookups = lookups,
		.domains = (char **)options->domains, /* copied */
		.ndomains = (int)options->domain_count,
		.udp_port = options->port,
		.tcp_port = options->port,
		.sock_state_cb = socket_changed,
		.sock_state_cb_data = dns,
	};
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
	int status;

	if (options->domain_count > 0)
		mask |= ARES_OPT_DOMAINS;
	if (options->port != 0)
		mask |= ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
	status = ares_init_options(&dns->channel, &ares, mask);
	if (status != ARES_SUCCESS)
		return status;
	status = set_servers(dns->channel, options);
	if (status != ARES_SUCCESS)
		ares_destroy(dns->channel);
	return status;
}

int dns_open(struct dns **out, struct loop *loop, const struct dns_options *options,
	     dns_result_fn *result, void *ctx)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	int ret = -ENOMEM;

	*out = NULL;
	if (dns == NULL)
		return -ENOMEM;
	dns->loop = loop;
	dns->result = result;
	dns->ctx = ctx;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		goto no_library;
	ret = loop_timer_open(&dns->timer, loop, timer_due, dns);
	if (ret < 0)
		goto no_timer;
	if (open_channel(dns, options) == ARES_SUCCESS) {
		*out = dns;
		return 0;
	}
	ret = -EIO;
	loop_timer_close(dns->timer);
no_timer:
	ares_library_cleanup();
no_library:
	free(dns);
	return ret;
}

void dns_close(struct dns *dns)
{
	if (dns == NULL)
		return;
	ares_destroy(dns->channel);
	while (dns->watched != NULL)
		unwatch(&dns->watched);
	loop_timer_close(dns->timer);
	ares_library_cleanup();
	free(dns);
}
