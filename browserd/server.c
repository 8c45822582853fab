#include "browserd/server.h"

#include <errno.h>
#include <stdio.h>

#include "browserd/browserd.h"
#include "browserd/exporting.h"
#include "browserd/interfaces.h"
#include "browserd/lookups.h"
#include "browserd/news.h"
#include "browserd/pull.h"
#include "browserd/reconfigure.h"
#include "common/local.h"
#include "common/log.h"
#include "common/ratelimit.h"

#define DATAGRAM_SOCK "datagram.sock"
#define NAME_SOCK     "name.sock"
#define PATH_SIZE     128
#define NAMES_MAX     4096 /* of this host, and of all roles */

/*
 * Sinks of the core.
 */

static void send_datagram(void *ctx, const struct nbt_envelope *envelope,
			  const struct nbt_datagram *datagram)
{
	struct browserd *browserd = ctx;
	uint8_t bytes[NBT_LOCAL_MESSAGE_MAX];
	size_t len;

	if (nbt_datagram_encode(datagram, bytes, sizeof(bytes), &len) != NBT_OK ||
	    local_send_datagram(browserd->datagrams, envelope, bytes, len) < 0)
		browserd->unsent++;
}

static bool claim(void *ctx, const struct nbt_local_claim *wanted)
{
	const struct browserd *browserd = ctx;

	return local_claim(browserd->datagrams, wanted, 0);
}

static void release(void *ctx, const struct nbt_local_claim *ended)
{
	const struct browserd *browserd = ctx;

	(void)local_release(browserd->datagrams, ended);
}

static void pull(void *ctx, const struct browser_pull *wanted)
{
	struct browserd *browserd = ctx;

	pulls_add(browserd->pulls, wanted);
}

static bool look_up(void *ctx, const struct browser_lookup *wanted)
{
	struct browserd *browserd = ctx;

	return lookups_ask(browserd->lookups, wanted);
}

static void log_news(enum log_level level, const char *text, unsigned left_out)
{
	char more[64] = "";

	if (left_out > 0)
		snprintf(more, sizeof(more), " (%u lines before were left out)", left_out);
	if (level == LOG_LEVEL_WARNING)
		log_warning("%s%s", text, more);
	else
		log_info("%s%s", text, more);
}

static bool is_name_server(const struct effect *effect, struct in_addr address)
{
	for (size_t i = 0; i < effect->server_count; i++)
		if (effect->servers[i].s_addr == address.s_addr)
			return true;
	return false;
}

/* A restless network must not fill the disk: 40 lines at once, then one in ten seconds. */
static void news(void *ctx, const struct browser_news *news)
{
	static const struct ratelimit_rate rate = { 40, 100 };
	static struct log_limit limit;
	const struct browserd *browserd = ctx;
	struct browser_news told = *news;
	enum log_level level;
	char text[NEWS_MAX];

	if (news->type == BROWSER_NEWS_PULL_FAILED || news->type == BROWSER_NEWS_SYNC_FAILED)
		told.text = browserd->pull_failure != NULL ? browserd->pull_failure
							   : "it takes too long";
	told.is_server = is_name_server(&browserd->effect, news->address);
	level = news_text(&told, text);
	if (news_is_anybodys(news->type) &&
	    !ratelimit_bucket_take(&limit.bucket, &rate, loop_env(browserd->loop).now_ms)) {
		limit.left_out++;
		return;
	}
	log_news(level, text, limit.left_out);
	limit.left_out = 0;
}

static const struct browser_sinks sinks = {
	.send = send_datagram,
	.claim = claim,
	.release = release,
	.pull = pull,
	.lookup = look_up,
	.news = news,
};

/*
 * What comes of pulls.
 */

static void pull_record(void *ctx, uint32_t token, enum lists_kind kind,
			const struct lists_record *record)
{
	const struct browserd *browserd = ctx;
	const struct nbt_env env = loop_env(browserd->loop);

	browser_pull_record(browserd->service, token, kind, record, &env);
}

static void pull_end(void *ctx, uint32_t token, const char *failure)
{
	struct browserd *browserd = ctx;
	const struct nbt_env env = loop_env(browserd->loop);

	browserd->pull_failure = failure;
	browser_pull_end(browserd->service, token, failure == NULL, &env);
	browserd->pull_failure = NULL;
}

static const struct pulls_events pull_events = { pull_record, pull_end };

static struct pulls_settings pull_settings(const struct browserd *browserd)
{
	const struct conf_browserd *conf = &browserd->settings.browserd;

	return (struct pulls_settings){ .at_once = (size_t)conf->max_pulls,
					.reply_ms = (uint32_t)conf->pull_reply_timeout,
					.whole_ms = (uint32_t)conf->pull_timeout,
					.name = browserd->effect.settings.name,
					.scope = browserd->effect.settings.scope };
}

/*
 * nbddd.
 */

static void datagrams_event(void *ctx, const struct local_event *event)
{
	struct browserd *browserd = ctx;
	const struct nbt_env env = loop_env(browserd->loop);

	if (event->type == LOCAL_UP) {
		log_info("connected to nbddd");
		browserd->is_connected = true;
	} else if (event->type == LOCAL_DOWN) {
		log_warning("no connection to nbddd: nothing can be sent or heard");
		browserd->is_connected = false;
	}
	browser_event(browserd->service, event, &env);
}

static bool make_path(const struct browserd *browserd, const char *name, char path[PATH_SIZE])
{
	int len = snprintf(path, PATH_SIZE, "%s/%s", browserd->settings.global.run_directory, name);

	return len > 0 && len < PATH_SIZE;
}

static int open_datagrams(struct browserd *browserd)
{
	struct local_settings settings = LOCAL_SETTINGS_DEFAULT;
	char path[PATH_SIZE];

	if (!make_path(browserd, DATAGRAM_SOCK, path))
		return -ENAMETOOLONG;
	settings.claims = NAMES_MAX;
	return local_open(&browserd->datagrams, browserd->loop, path, &settings, datagrams_event,
			  browserd);
}

/*
 * nbnsd.
 */

static void lookup_end(void *ctx, uint32_t token, const struct browser_found *found)
{
	const struct browserd *browserd = ctx;
	const struct nbt_env env = loop_env(browserd->loop);

	browser_lookup_end(browserd->service, token, found, &env);
}

static void set_lookups(const struct browserd *browserd)
{
	const struct lookups_settings settings = { .scope = browserd->effect.settings.scope,
						   .servers = browserd->effect.servers,
						   .server_count = browserd->effect.server_count };

	lookups_set(browserd->lookups, &settings);
}

static int open_lookups(struct browserd *browserd)
{
	char path[PATH_SIZE];
	int ret = -ENAMETOOLONG;

	if (make_path(browserd, NAME_SOCK, path))
		ret = lookups_open(&browserd->lookups, browserd->loop, path, lookup_end, browserd);
	if (ret == 0)
		set_lookups(browserd);
	return ret;
}

/*
 * The loop.
 */

static void turn(void *ctx, const struct nbt_env *env)
{
	const struct browserd *browserd = ctx;

	(void)env;
	loop_set_deadline(browserd->loop, browser_deadline(browserd->service));
}

static void deadline(void *ctx, const struct nbt_env *env)
{
	const struct browserd *browserd = ctx;

	browser_wake(browserd->service, env);
}

const struct loop_events server_events = {
	.deadline = deadline,
	.turn = turn,
	.reload = reconfigure_signal,
};

/*
 * Start, reload, stop.
 */

static bool interfaces_changed(void *ctx, const struct browser_interface *chosen, size_t count,
			       const struct iface_list *all)
{
	const struct browserd *browserd = ctx;
	const struct nbt_env env = loop_env(browserd->loop);

	return browser_set_interfaces(browserd->service, chosen, count, &env) &&
	       exporting_set_interfaces(
		       browserd->exporting, all,
		       (const char *const *)browserd->settings.global.interfaces.items);
}

static struct exporting_settings exporting_settings(const struct browserd *browserd)
{
	return (struct exporting_settings){
		.conf = &browserd->settings.browserd,
		.run_directory = browserd->settings.global.run_directory,
		.browser = &browserd->effect.settings,
		.lists = browser_lists(browserd->service),
		.service = browserd->service,
	};
}

static int open_exporting(struct browserd *browserd)
{
	const struct exporting_settings settings = exporting_settings(browserd);

	return exporting_open(&browserd->exporting, browserd->loop, &settings);
}

/* After every change of the settings, which may have brought other lists. */
static int go_on_exporting(struct browserd *browserd)
{
	const struct exporting_settings settings = exporting_settings(browserd);

	return exporting_set(browserd->exporting, &settings);
}

static void want_interfaces(const struct browserd *browserd)
{
	interfaces_want(browserd->interfaces,
			(const char *const *)browserd->settings.global.interfaces.items);
}

/* It names no subnet yet. */
static int create_service(struct browserd *browserd)
{
	const struct nbt_env env = loop_env(browserd->loop);

	browserd->service = browser_create(&browserd->effect.settings, &sinks, browserd, &env);
	return browserd->service != NULL ? 0 : -ENOMEM;
}

static int make_effect(const struct browserd *browserd, struct effect *out)
{
	char error[CONF_ERROR_MAX];
	int ret = effect_make(out, &browserd->settings, error);

	if (ret == -EINVAL)
		log_error("%s", error);
	return ret == -EINVAL ? -ECANCELED : ret;
}

static void say_what_we_are(const struct browserd *browserd)
{
	const struct conf_browserd *conf = &browserd->settings.browserd;

	log_info("%s, as %s, os-level %d%s", conf->local_master ? "browser" : "no browser",
		 browserd->settings.global.netbios_name, (int)conf->os_level,
		 browserd->effect.settings.preferred_master ? ", preferred master" : "");
	if (browserd->settings.global.node_type == CONF_NODE_P)
		log_info(
			"a P node: one neighbourhood over all subnets, by the NBDD (nbdd-servers)");
}

int server_start(void *ctx)
{
	struct browserd *browserd = ctx;
	struct pulls_settings pulls;
	int ret = make_effect(browserd, &browserd->effect);

	browserd->started_ms = loop_env(browserd->loop).now_ms;
	if (ret == 0)
		ret = open_datagrams(browserd);
	if (ret == 0)
		ret = open_lookups(browserd);
	if (ret == 0)
		ret = create_service(browserd);
	pulls = pull_settings(browserd);
	if (ret == 0)
		ret = pulls_open(&browserd->pulls, browserd->loop, &pulls, &pull_events, browserd);
	if (ret == 0)
		ret = open_exporting(browserd);
	if (ret == 0)
		ret = interfaces_open(&browserd->interfaces, browserd->loop, interfaces_changed,
				      browserd);
	if (ret < 0) {
		server_stop(browserd);
		return ret;
	}
	want_interfaces(browserd);
	say_what_we_are(browserd);
	return 0;
}

int server_apply_interfaces(void *ctx)
{
	const struct browserd *browserd = ctx;

	want_interfaces(browserd);
	return 0;
}

/* Names have changed: goodbye, and another beginning. */
static int begin_anew(struct browserd *browserd, struct effect *fresh)
{
	const struct nbt_env env = loop_env(browserd->loop);
	const struct local_event up = { .type = LOCAL_UP };
	struct browser_service *before = browserd->service;
	struct effect old = browserd->effect;
	int ret;

	log_info("the names of this host have changed: goodbye, and begin again");
	pulls_cancel(browserd->pulls);
	browser_stop(before, &env);
	browserd->effect = *fresh;
	if (create_service(browserd) < 0) {
		browserd->effect = old;
		browserd->service = before;
		effect_free(fresh);
		return -ENOMEM;
	}
	ret = go_on_exporting(browserd); /* before the old lists are gone */
	set_lookups(browserd);
	browser_destroy(before);
	effect_free(&old);
	if (browserd->is_connected)
		browser_event(browserd->service, &up, &env);
	want_interfaces(browserd);
	return ret;
}

static int go_on(struct browserd *browserd, const struct effect *fresh)
{
	const struct nbt_env env = loop_env(browserd->loop);
	struct effect old = browserd->effect;
	int ret;

	browserd->effect = *fresh;
	browser_set_settings(browserd->service, &browserd->effect.settings, &env);
	ret = go_on_exporting(browserd);
	set_lookups(browserd);
	effect_free(&old);
	return ret;
}

int server_apply_service(void *ctx)
{
	struct browserd *browserd = ctx;
	struct pulls_settings pulls;
	struct effect fresh;
	int ret = make_effect(browserd, &fresh);

	if (ret < 0)
		return ret;
	if (effect_keeps_roles(&browserd->effect, &fresh))
		ret = go_on(browserd, &fresh);
	else
		ret = begin_anew(browserd, &fresh);
	pulls = pull_settings(browserd);
	pulls_set_settings(browserd->pulls, &pulls);
	if (ret == 0)
		say_what_we_are(browserd);
	return ret;
}

/* The goodbyes leave at once; the end of the connection releases what names are left. */
void server_stop(void *ctx)
{
	struct browserd *browserd = ctx;
	const struct nbt_env env = loop_env(browserd->loop);

	interfaces_close(browserd->interfaces);
	browserd->interfaces = NULL;
	pulls_close(browserd->pulls);
	browserd->pulls = NULL;
	exporting_close(browserd->exporting);
	browserd->exporting = NULL;
	if (browserd->service != NULL)
		browser_stop(browserd->service, &env);
	browser_destroy(browserd->service);
	browserd->service = NULL;
	local_close(browserd->datagrams);
	browserd->datagrams = NULL;
	lookups_close(browserd->lookups);
	browserd->lookups = NULL;
	effect_free(&browserd->effect);
}
