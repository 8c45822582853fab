#include "nbnsd/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/charset.h"
#include "common/iface.h"
#include "common/log.h"
#include "nbnsd/clients.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/dns_edge.h"
#include "nbnsd/name_sock.h"
#include "nbnsd/names.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/node/own_events.h"
#include "nbnsd/partners_edge.h"
#include "nbnsd/reconfigure.h"
#include "common/network.h"
#include "nbnsd/control/watching.h"
#include "nbnsd/store/store.h"
#include "nbnsd/streams.h"

#define STOP_MS 3000

static void flush(struct nbnsd *nbnsd)
{
	if (nbnsd->outbox.count > 0)
		sockets_send(network_sockets(nbnsd->network), &nbnsd->outbox);
	nbnsd->outbox.count = 0;
}

static void receive(void *ctx, const struct incoming *in, size_t count, const struct nbt_env *env)
{
	struct nbnsd *nbnsd = ctx;

	service_expect(nbnsd->service, in, count);
	for (size_t i = 0; i < count; i++) {
		service_receive(nbnsd->service, &in[i], &nbnsd->outbox, env);
		if (nbnsd->outbox.count > OUTBOX_SIZE - OUTBOX_PER_PACKET)
			flush(nbnsd);
	}
}

static void submit_changes(struct nbnsd *nbnsd, const struct nbt_env *env)
{
	struct changes *changes = service_take_changes(nbnsd->service);

	if (changes != NULL)
		store_submit(nbnsd->store, changes, service_lease_now(nbnsd->service, env));
}

/* One outbox of answers that are due; whether there are more. */
static bool send_answers(struct nbnsd *nbnsd)
{
	const struct nbt_env env = loop_env(nbnsd->loop);
	bool more = service_answers(nbnsd->service, &nbnsd->outbox, &env);

	flush(nbnsd);
	return more;
}

static void committed(void *ctx, struct changes *changes)
{
	struct nbnsd *nbnsd = ctx;

	watching_committed(nbnsd, changes);
	service_committed(nbnsd->service, changes);
}

static void trouble(void *ctx, const char *error)
{
	struct nbnsd *nbnsd = ctx;

	if (error != NULL)
		log_error("%s: changes are refused until it works again", error);
	else
		log_info("the database works again");
	service_set_storing(nbnsd->service, error == NULL);
}

/* Who may do what: depends on the interfaces, because their networks are allowed. */
static struct access_list *make_access(const struct nbnsd *nbnsd, const struct iface_list *ifaces)
{
	struct access_network *own = calloc(ifaces->count + 1, sizeof(*own));
	struct access_list *list = NULL;

	if (own == NULL)
		return NULL;
	for (size_t i = 0; i < ifaces->count; i++)
		own[i] = iface_network(&ifaces->items[i]);
	list = nbnsd_settings_access(&nbnsd->settings, own, ifaces->count);
	free(own);
	return list;
}

static bool network_changed(void *ctx, const struct iface_list *ifaces)
{
	struct nbnsd *nbnsd = ctx;
	struct access_list *access = make_access(nbnsd, ifaces);
	const struct served_socket *table;
	size_t count;
	bool is_done;

	if (access == NULL)
		return false;
	table = sockets_table(network_sockets(nbnsd->network), &count);
	service_set_sockets(nbnsd->service, table, count);
	is_done = streams_update(nbnsd->streams, table, count);
	service_set_access(nbnsd->service, access);
	access_list_destroy(nbnsd->access);
	nbnsd->access = access;
	partners_edge_set_interfaces(nbnsd, ifaces);
	return is_done;
}

/* The node's news, to those whose names they are about. */
static void hand_out_events(struct nbnsd *nbnsd)
{
	struct node *node = service_node(nbnsd->service);
	struct node_event event;

	while (node_next_event(node, &event))
		if (event.claim.client == NODE_CONFIGURATION)
			own_event_log(node, &event);
		else
			clients_event(nbnsd->clients, &event);
}

static void log_statics(const struct statics_report *report)
{
	char name[CHARSET_PRINT_MAX];

	for (size_t i = 0; i < report->replaced && i < STATICS_NAMED; i++)
		log_info("the static mapping of %s replaces what was registered",
			 charset_print_name(&report->named[i], name));
	if (report->replaced > STATICS_NAMED)
		log_info("and so do %zu others", report->replaced - STATICS_NAMED);
	log_info("%zu static mappings: %zu added, %zu changed, %zu removed, %zu left out",
		 report->count, report->added, report->changed, report->removed, report->left);
	if (report->failed > 0)
		log_error("%zu static mappings are missing: out of memory", report->failed);
}

static void tell_of_statics(struct nbnsd *nbnsd)
{
	struct statics_report report;

	if (service_statics_done(nbnsd->service, &report) &&
	    report.count + report.added + report.changed + report.removed + report.failed > 0)
		log_statics(&report);
}

static uint64_t next_deadline(const struct nbnsd *nbnsd)
{
	return nbt_earlier(service_deadline(nbnsd->service), nbnsd->stop_ms);
}

/* Names are released with a packet or two, and answers to them are waited for; not for ever. */
static void stop(void *ctx, const struct nbt_env *env)
{
	struct nbnsd *nbnsd = ctx;

	nbnsd->stop_ms = env->now_ms + STOP_MS;
	node_stop(service_node(nbnsd->service), env);
}

static bool is_done(const struct nbnsd *nbnsd, const struct nbt_env *env)
{
	return env->now_ms >= nbnsd->stop_ms || node_is_stopped(service_node(nbnsd->service));
}

/* Once an hour, so that whoever wonders why a client finds nothing sees it, and a stranger cannot
 * fill the log. */
static void log_refusals(struct nbnsd *nbnsd)
{
	static const char *const may_not[SERVICE_RULES] = {
		[MAY_QUERY] = "ask for names (allow-query)",
		[MAY_REGISTER] = "register names (allow-register)",
	};
	char address[INET_ADDRSTRLEN];
	struct in_addr source;
	enum service_rule rule;

	while (service_next_refusal(nbnsd->service, &source, &rule))
		log_info("%s may not %s; more of these are only counted for an hour",
			 inet_ntop(AF_INET, &source, address, sizeof(address)), may_not[rule]);
}

/* What came in one turn of the loop is one transaction, and leaves in one system call. Of the
 * answers to a large commit each turn sends some, so that queries don't wait for all of them. */
static void turn(void *ctx, const struct nbt_env *env)
{
	struct nbnsd *nbnsd = ctx;
	uint64_t due_ms;

	if (nbnsd->service == NULL)
		return; /* this is the end */
	dns_edge_turn(nbnsd);
	control_turn(nbnsd); /* may make changes */
	log_refusals(nbnsd);
	due_ms = partners_edge_turn(nbnsd, env); /* may as well */
	submit_changes(nbnsd, env);
	if (send_answers(nbnsd))
		due_ms = env->now_ms;
	tell_of_statics(nbnsd);
	hand_out_events(nbnsd); /* also of answers that were for us */
	watching_turn(nbnsd, env);
	due_ms = nbt_earlier(due_ms, name_sock_turn(nbnsd, env));
	loop_set_deadline(nbnsd->loop, nbt_earlier(due_ms, next_deadline(nbnsd)));
	if (is_done(nbnsd, env))
		loop_stop(nbnsd->loop);
}

static void deadline(void *ctx, const struct nbt_env *env)
{
	struct nbnsd *nbnsd = ctx;

	if (nbnsd->service == NULL)
		return;
	while (service_wake(nbnsd->service, &nbnsd->outbox, env))
		flush(nbnsd);
	flush(nbnsd); /* packets may come next, and need the room */
}

const struct loop_events server_events = {
	.deadline = deadline,
	.turn = turn,
	.stop = stop,
	.reload = reconfigure_signal,
};

/* Borrows from the settings. */
static struct served_wish wish(const struct nbnsd *nbnsd)
{
	const struct nbnsd_settings *settings = &nbnsd->settings;

	return (struct served_wish){
		.interfaces = (const char *const *)settings->global.interfaces.items,
		.listen = settings->nbnsd.listen.items,
		.listen_count = settings->nbnsd.listen.count,
	};
}

int server_bind(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct network_options options = {
		.sockets = { .wish = wish(nbnsd),
			     .port = (uint16_t)nbnsd->settings.nbnsd.port,
			     .doing = "answering",
			     .receive = receive,
			     .ctx = nbnsd },
		.changed = network_changed,
		.ctx = nbnsd,
	};

	return network_open(&nbnsd->network, nbnsd->loop, &options);
}

void server_unbind(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	network_close(nbnsd->network);
	nbnsd->network = NULL;
	access_list_destroy(nbnsd->access);
	nbnsd->access = NULL;
}

static void effective_settings(const struct nbnsd *nbnsd, struct service_settings *out)
{
	nbnsd_settings_apply(&nbnsd->settings, nbnsd->access, out);
	out->replication_address = nbnsd->replication_own;
	out->longest_pull_s = (uint32_t)(conf_longest_pull(&nbnsd->settings) / 1000);
	out->is_between_partners =
		nbnsd->settings.nbnsd.partners.count > 1 || nbnsd->settings.replication.discovery;
}

static int create_service(struct nbnsd *nbnsd)
{
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct service_settings settings;

	(void)partners_edge_find_own(nbnsd);
	effective_settings(nbnsd, &settings);
	settings.audit_key = nbnsd->store != NULL ? nbnsd->audit_key : NULL;
	nbnsd->service = service_create(&settings, nbnsd->registry, nbnsd->next_version,
					nbnsd->lease_start, &env);
	return nbnsd->service != NULL ? dns_edge_open(nbnsd, settings.dns.names > 0) : -ENOMEM;
}

static int open_streams(struct nbnsd *nbnsd)
{
	const struct conf_nbnsd *conf = &nbnsd->settings.nbnsd;
	const struct streams_options options = {
		.port = (uint16_t)conf->port,
		.connections = (size_t)conf->tcp_connections,
		.idle_ms = conf->tcp_idle_timeout,
	};

	return streams_open(&nbnsd->streams, nbnsd->loop, &options, nbnsd->service);
}

static int begin_service(struct nbnsd *nbnsd)
{
	int ret = create_service(nbnsd);

	if (ret == 0)
		ret = names_load_history(nbnsd);
	if (ret == 0)
		ret = name_sock_start(nbnsd);
	if (ret == 0)
		ret = open_streams(nbnsd);
	return ret;
}

static int run_store(struct nbnsd *nbnsd)
{
	const struct store_events events = { committed, trouble, nbnsd };

	return nbnsd->store != NULL ? store_run(nbnsd->store, nbnsd->loop, &events) : 0;
}

/* What may have changed before the service was there. */
static void catch_up(struct nbnsd *nbnsd)
{
	network_update(nbnsd->network);
	reconfigure_use_files(nbnsd);
}

int server_start(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	int ret = begin_service(nbnsd);

	if (ret == 0)
		ret = watching_start(nbnsd);
	if (ret == 0)
		ret = run_store(nbnsd);
	nbnsd->stop_ms = NBT_NEVER;
	if (ret == 0)
		ret = network_start(nbnsd->network);
	if (ret < 0) {
		server_stop(nbnsd);
		return ret;
	}
	reconfigure_use_files(nbnsd);
	log_info("%s, as %s in %s", nbnsd->settings.nbnsd.server ? "NBNS" : "own names only",
		 nbnsd->settings.global.netbios_name, nbnsd->settings.global.workgroup);
	return 0;
}

int server_apply_sockets(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct conf_nbnsd *conf = &nbnsd->settings.nbnsd;
	const struct served_wish wanted = wish(nbnsd);

	streams_set_limits(nbnsd->streams, (size_t)conf->tcp_connections, conf->tcp_idle_timeout);
	network_set_wish(nbnsd->network, &wanted); /* also makes the access list anew */
	return 0;
}

int server_apply_service(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct nbt_env env = loop_env(nbnsd->loop);
	struct service_settings settings;

	(void)partners_edge_find_own(nbnsd);
	effective_settings(nbnsd, &settings);
	return service_set_settings(nbnsd->service, &settings, &env) ? 0 : -ENOMEM;
}

/* Those who ask. */
static void close_edges(struct nbnsd *nbnsd)
{
	streams_close(nbnsd->streams);
	nbnsd->streams = NULL;
	name_sock_stop(nbnsd);
	dns_edge_close(nbnsd);
}

static void end_service(struct nbnsd *nbnsd)
{
	struct store *store = nbnsd->store;
	const struct nbt_env env = loop_env(nbnsd->loop);

	service_save_renewals(nbnsd->service);
	service_save_audit(nbnsd->service);
	service_set_storing(nbnsd->service, true); /* or not: the last try takes all there is */
	submit_changes(nbnsd, &env);
	nbnsd->store = NULL; /* nothing new is asked of it */
	store_close(store, service_lease_now(nbnsd->service, &env));
	while (send_answers(nbnsd))
		continue;
	control_turn(nbnsd);
	service_destroy(nbnsd->service);
	nbnsd->service = NULL;
}

void server_pause(struct nbnsd *nbnsd)
{
	partners_edge_close(nbnsd);
	close_edges(nbnsd);
	name_sock_end_all(nbnsd);
	watching_pause(nbnsd);
	end_service(nbnsd);
	control_wait_stop(nbnsd);
}

int server_resume(struct nbnsd *nbnsd)
{
	int ret = begin_service(nbnsd);

	if (ret == 0)
		ret = run_store(nbnsd);
	if (ret < 0) {
		close_edges(nbnsd);
		service_destroy(nbnsd->service);
		nbnsd->service = NULL;
		return ret;
	}
	watching_resume(nbnsd);
	catch_up(nbnsd);
	if (partners_edge_open(nbnsd) < 0)
		log_error("no replication: out of memory");
	return 0;
}

void server_stop(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	network_stop(nbnsd->network);
	close_edges(nbnsd);
	if (nbnsd->service == NULL)
		return;
	watching_stop(nbnsd); /* what is saved now is no news */
	end_service(nbnsd);
}
