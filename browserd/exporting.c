#include "browserd/exporting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "browserd/browse_file.h"
#include "browserd/host.h"
#include "browserd/smb_server.h"
#include "common/access.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/metrics.h"
#include "common/served.h"

#define BROWSE_DAT        "browse.dat"
#define OTHER_DESCRIPTORS 256 /* that are not connections of clients */

struct exporting {
	struct loop *loop;
	struct exporting_settings settings;
	uint8_t guid[16];
	struct host host;
	struct access_list *access;
	struct in_addr *addresses; /* where we listen */
	size_t address_count;
	struct access_network *own; /* networks of this host */
	size_t own_count;
	struct smb_server *server;
	struct browse_file *file;
	bool is_in_file; /* it is smbd who has the clients */
};

static int wish(const struct exporting *exporting)
{
	return exporting->settings.conf->smb_export;
}

static bool wants_ports(const struct exporting *exporting)
{
	return wish(exporting) == CONF_EXPORT_AUTO || wish(exporting) == CONF_EXPORT_OWN;
}

/*
 * The file.
 */

static const char *file_path(const struct exporting *exporting, char *buf, size_t size)
{
	const struct exporting_settings *s = &exporting->settings;

	if (s->conf->browse_dat[0] != '\0')
		return s->conf->browse_dat;
	snprintf(buf, size, "%s/" BROWSE_DAT, s->run_directory);
	return buf;
}

static bool wants_file(const struct exporting *exporting)
{
	return wish(exporting) == CONF_EXPORT_BROWSE_DAT ||
	       (wish(exporting) == CONF_EXPORT_AUTO &&
		smb_server_state(exporting->server) == SMB_SERVER_TAKEN);
}

static int update_file(struct exporting *exporting)
{
	const struct exporting_settings *s = &exporting->settings;
	bool is_wanted = wants_file(exporting);
	char buf[4096];
	const char *path = file_path(exporting, buf, sizeof(buf));
	const struct browse_file_settings settings = {
		.path = is_wanted ? path : NULL,
		.interval_ms = s->conf->browse_dat_interval,
		.lists = s->lists,
		.workgroup = s->browser->workgroups[0],
	};

	if (is_wanted && !exporting->is_in_file)
		log_info("SMB clients get the lists from smbd, out of %s", path);
	exporting->is_in_file = is_wanted;
	return browse_file_set(exporting->file, &settings);
}

/*
 * The ports.
 */

static struct smb_server_settings server_settings(const struct exporting *exporting)
{
	const struct conf_browserd *conf = exporting->settings.conf;

	return (struct smb_server_settings){
		.session_port = (uint16_t)conf->session_port,
		.smb_port = (uint16_t)conf->smb_port,
		.limits = { .connections = (size_t)conf->smb_connections,
			    .per_source = (size_t)conf->smb_connections_per_source,
			    .settle_ms = conf->smb_settle_timeout,
			    .idle_ms = conf->smb_idle_timeout,
			    .memory = (size_t)conf->smb_memory },
		.access = exporting->access,
		.host = &exporting->host.smb,
		.retry_ms = conf->smb_port_retry,
	};
}

static void server_changed(void *ctx, enum smb_server_state state)
{
	struct exporting *exporting = ctx;

	if (state == SMB_SERVER_OPEN)
		log_info("SMB clients get the lists from here");
	else if (state == SMB_SERVER_TAKEN && wish(exporting) == CONF_EXPORT_OWN)
		log_warning("smb-export is \"own\", but another program has the ports");
	if (update_file(exporting) < 0)
		log_warning("out of memory: smbd has no new lists");
}

static struct access_list *make_access(const struct exporting *exporting)
{
	const struct conf_browserd *conf = exporting->settings.conf;
	const struct access_rule rules[SMB_SERVER_RULES] = {
		[SMB_SERVER_CLIENTS] = { conf->allow_smb.items, conf->allow_smb.count },
		[SMB_SERVER_SMB1] = { conf->allow_smb1.items, conf->allow_smb1.count },
	};
	return access_list_create(rules, SMB_SERVER_RULES, exporting->own, exporting->own_count);
}

/* As many as there may be clients, where we are allowed to. */
static void raise_descriptors(const struct conf_browserd *conf)
{
	rlim_t wanted = (rlim_t)conf->smb_connections + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	if (limit.rlim_max < wanted)
		log_info("smb-connections is %lld, but there may be %llu descriptors only",
			 (long long)conf->smb_connections, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool update_ports(struct exporting *exporting)
{
	struct access_list *before = exporting->access, *access = make_access(exporting);
	struct smb_server_settings settings;
	bool done;

	if (access == NULL)
		return false;
	exporting->access = access;
	settings = server_settings(exporting);
	done = smb_server_update(exporting->server, &settings, exporting->addresses,
				 wants_ports(exporting) ? exporting->address_count : 0);
	exporting->access = done ? access : before;
	access_list_destroy(done ? before : access);
	return done;
}

static bool set_addresses(struct exporting *exporting, const struct iface_list *all,
			  const char *const *wanted)
{
	const struct served_wish wish = { .interfaces = wanted };
	struct in_addr *addresses;
	struct served_list served;

	if (served_choose(&served, all, &wish) < 0)
		return false;
	addresses = calloc(served.count + 1, sizeof(*addresses));
	if (addresses != NULL) {
		for (size_t i = 0; i < served.count; i++)
			addresses[i] = served.items[i].address;
		free(exporting->addresses);
		exporting->addresses = addresses;
		exporting->address_count = served.count;
	}
	served_list_free(&served);
	return addresses != NULL;
}

static bool set_networks(struct exporting *exporting, const struct iface_list *all)
{
	struct access_network *own = calloc(all->count + 1, sizeof(*own));

	if (own == NULL)
		return false;
	for (size_t i = 0; i < all->count; i++)
		own[i] = iface_network(&all->items[i]);
	free(exporting->own);
	exporting->own = own;
	exporting->own_count = all->count;
	return true;
}

bool exporting_set_interfaces(struct exporting *exporting, const struct iface_list *all,
			      const char *const *wanted)
{
	return set_addresses(exporting, all, wanted) && set_networks(exporting, all) &&
	       update_ports(exporting);
}

/*
 * Both.
 */

int exporting_set(struct exporting *exporting, const struct exporting_settings *settings)
{
	exporting->settings = *settings;
	host_init(&exporting->host, settings->lists, settings->service, settings->browser,
		  settings->conf->strict_called_names, exporting->guid);
	if (wants_ports(exporting))
		raise_descriptors(settings->conf);
	if (!update_ports(exporting))
		return -ENOMEM;
	return update_file(exporting);
}

static void make_guid(struct exporting *exporting)
{
	const struct nbt_env env = loop_env(exporting->loop);

	for (size_t i = 0; i < sizeof(exporting->guid); i++)
		exporting->guid[i] = (uint8_t)env.random(env.random_ctx, 256);
}

int exporting_open(struct exporting **out, struct loop *loop,
		   const struct exporting_settings *settings)
{
	struct exporting *exporting = calloc(1, sizeof(*exporting));
	struct smb_server_settings server;
	int ret;

	*out = NULL;
	if (exporting == NULL)
		return -ENOMEM;
	exporting->loop = loop;
	exporting->settings = *settings;
	make_guid(exporting);
	server = server_settings(exporting);
	ret = browse_file_create(&exporting->file, loop);
	if (ret == 0)
		ret = smb_server_create(&exporting->server, loop, &server, server_changed,
					exporting);
	if (ret == 0)
		ret = exporting_set(exporting, settings);
	if (ret < 0) {
		exporting_close(exporting);
		return ret;
	}
	*out = exporting;
	return 0;
}

void exporting_close(struct exporting *exporting)
{
	if (exporting == NULL)
		return;
	smb_server_destroy(exporting->server);
	browse_file_destroy(exporting->file);
	access_list_destroy(exporting->access);
	free(exporting->addresses);
	free(exporting->own);
	free(exporting);
}

const char *exporting_state(const struct exporting *exporting)
{
	if (exporting->is_in_file)
		return "browse.dat";
	return smb_server_state(exporting->server) == SMB_SERVER_OPEN ? "own" : "off";
}

void exporting_metrics(const struct exporting *exporting, const struct metrics_visitor *to)
{
	metrics_gauge(to, "smb.connections", "Connections of SMB clients",
		      smb_server_connections(exporting->server));
	metrics_gauge(to, "smb.memory.bytes", "Memory of the SMB export",
		      smb_server_memory(exporting->server));
	metrics_gauge(to, "smb.browse-dat", "Whether smbd gets the lists by browse.dat",
		      exporting->is_in_file);
	metrics_stats(to, smb_server_stats(exporting->server));
}
