#include "nbnsd/conf_replication.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "nbnsd/conf.h"

#define SECOND              INT64_C(1000)
#define MINUTE              (60 * SECOND)
#define HOUR                (60 * MINUTE)
#define WINS_MAX            (999 * HOUR) /* the longest that the WINS console takes */

/* Tombstones have to outlive pulls that fail. */
#define PULLS_PER_TOMBSTONE 4

static const char *const to_others[] = { "nothing", "dynamic", "all", NULL };

static bool is_server_address(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host != INADDR_ANY && host != INADDR_BROADCAST && !IN_MULTICAST(host);
}

/* What is no address at all is told by its type. */
const char *conf_check_owner(const char *value)
{
	struct in_addr address;

	return inet_pton(AF_INET, value, &address) != 1 || is_server_address(address)
		       ? NULL
		       : "an address of one host";
}

#define AT(member) offsetof(struct conf_partner, member)
static const struct conf_item partner_items[] = {
	{ "address", CONF_ADDRESS, AT(address), "", .check = conf_check_owner,
	  .help = "by which it knows itself" },
	{ "pull", CONF_BOOL, AT(pull), "true", .help = "its names are fetched" },
	{ "push", CONF_BOOL, AT(push), "true", .help = "it may fetch ours, and is told of news" },
	{ "pull-interval", CONF_DURATION, AT(pull_interval), "0", .max = WINS_MAX,
	  .help = "0 is that of the group replication" },
	{ "push-after", CONF_INT, AT(push_after), "-1", -1, 1000000000,
	  .help = "-1 is that of the group replication" },
	{ "push-on-address-change", CONF_BOOL, AT(push_on_address_change), "false",
	  .help = "it is told at once, and tells others" },
	{ "push-static", CONF_BOOL, AT(push_static), "true",
	  .help = "static names go there, too; false for Samba, which is stopped by one" },
	{ "persistent", CONF_BOOL, AT(persistent), "true", .help = "connections stay" },
	{ "pull-at-start", CONF_BOOL, AT(pull_at_start), "true",
	  .help = "its names are fetched then" },
	{ .name = NULL },
};
#undef AT

const struct conf_entry conf_partner_entry = { partner_items, sizeof(struct conf_partner),
					       "address" };

#define AT(member) offsetof(struct conf_replication, member)
const struct conf_item conf_replication_items[] = {
	{ "pull-interval", CONF_DURATION, AT(pull_interval), "30m", SECOND, WINS_MAX,
	  .help = "how often the partners' names are fetched without a notification" },
	{ "push-after", CONF_INT, AT(push_after), "1", 0, 1000000000,
	  .help = "partners are notified after so many changes; 0: they come by themselves only" },
	{ "propagate", CONF_BOOL, AT(propagate), "true",
	  .help = "notifications that ask for it are passed on to the other partners" },
	{ "to-others", CONF_WORD, AT(to_others), "nothing", .words = to_others,
	  .help = "what servers that are no partners may fetch: nothing, dynamic names, or all" },
	{ "accepted-owners", CONF_ADDRESSES, AT(accepted_owners), "", .check = conf_check_owner,
	  .help = "only names that were registered at these servers are taken; none: of all" },
	{ "refused-owners", CONF_ADDRESSES, AT(refused_owners), "", .check = conf_check_owner,
	  .help = "names that were registered at these servers are not taken" },
	{ "retry", CONF_DURATION, AT(retry), "30s", SECOND, HOUR,
	  .help = "a pull that failed is tried again after this time, then after twice as long, and "
		  "so on up to the pull-interval" },
	{ "request-timeout", CONF_DURATION, AT(request_timeout), "1m", SECOND, HOUR,
	  .help = "how long a partner may take for an answer" },
	{ "start-timeout", CONF_DURATION, AT(start_timeout), "30s", SECOND, HOUR,
	  .help = "how long who has connected may take to begin" },
	{ "message-timeout", CONF_DURATION, AT(message_timeout), "1m", SECOND, HOUR,
	  .help = "how long a message may take from its first byte to its last" },
	{ "idle-timeout", CONF_DURATION, AT(idle_timeout), "2m", SECOND, HOUR,
	  .help = "how long a connection stays without a message, unless it is a persistent one" },
	{ "map-wait", CONF_DURATION, AT(map_wait), "5s", SECOND, HOUR,
	  .help = "how long other partners may take to say what they have, before names are fetched "
		  "from those that did" },
	{ "slice", CONF_INT, AT(slice), "10000", 1, 100000,
	  .help = "how many versions a partner is asked for at once" },
	{ "consistency-check", CONF_BOOL, AT(consistency_check), "false",
	  .help = "partners are asked now and then whether what we have of theirs is still there" },
	{ "consistency-interval", CONF_DURATION, AT(consistency_interval), "1d", 6 * HOUR, WINS_MAX,
	  .help = "how often" },
	{ "consistency-records", CONF_INT, AT(consistency_records), "30000", 1, 1000000000,
	  .help = "how many names each time; the others the next time" },
	{ "discovery", CONF_BOOL, AT(discovery), "false",
	  .help = "say by multicast that we are there, and take servers that say so for partners; "
		  "anybody may say so, see nbt.conf(5)" },
	{ "discovery-interval", CONF_DURATION, AT(discovery_interval), "40m", 40 * MINUTE, WINS_MAX,
	  .help = "how often we say so" },
	{ "discovery-pull-interval", CONF_DURATION, AT(discovery_pull_interval), "2h", SECOND,
	  WINS_MAX, .help = "pull-interval of partners that were discovered" },
	{ .name = NULL },
};
#undef AT

static const struct conf_partner *partner_at(const struct nbnsd_settings *in, size_t i)
{
	return (const struct conf_partner *)in->nbnsd.partners.items + i;
}

static uint64_t pull_interval(const struct nbnsd_settings *in, const struct conf_partner *partner)
{
	return partner->pull_interval > 0 ? partner->pull_interval : in->replication.pull_interval;
}

static int64_t push_after(const struct nbnsd_settings *in, const struct conf_partner *partner)
{
	return partner->push_after >= 0 ? partner->push_after : in->replication.push_after;
}

bool conf_replicates(const struct nbnsd_settings *in)
{
	return in->nbnsd.partners.count > 0 || in->replication.discovery ||
	       in->replication.to_others != TO_OTHERS_NOTHING;
}

uint64_t conf_longest_pull(const struct nbnsd_settings *in)
{
	uint64_t longest = in->replication.discovery ? in->replication.discovery_pull_interval : 0;

	for (size_t i = 0; i < in->nbnsd.partners.count; i++) {
		const struct conf_partner *partner = partner_at(in, i);

		if (partner->pull && pull_interval(in, partner) > longest)
			longest = pull_interval(in, partner);
	}
	return longest;
}

/*
 * What no row by itself can know.
 */

static bool is_in(const struct conf_addresses *list, struct in_addr address)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].s_addr == address.s_addr)
			return true;
	return false;
}

static const char *text_of(struct in_addr address, char buf[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &address, buf, INET_ADDRSTRLEN);
}

static int check_partner(const struct nbnsd_settings *in, const struct conf_partner *partner,
			 char error[CONF_ERROR_MAX])
{
	char address[INET_ADDRSTRLEN];

	text_of(partner->address, address);
	if (partner->address.s_addr == in->nbnsd.replication_address.s_addr) {
		snprintf(
			error, CONF_ERROR_MAX,
			"the partner %s is this server itself, by \"replication-address\"; allowed: "
			"other servers",
			address);
		return -EINVAL;
	}
	if (!partner->pull && !partner->push) {
		snprintf(error, CONF_ERROR_MAX,
			 "the partner %s has neither \"pull\" nor \"push\"; allowed: at least one",
			 address);
		return -EINVAL;
	}
	return 0;
}

static int check_partners(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX])
{
	const struct conf_groups *partners = &in->nbnsd.partners;
	int ret = 0;

	if (partners->count > PARTNERS_MAX) {
		snprintf(error, CONF_ERROR_MAX, "\"partners\" has %zu groups; allowed: %d at most",
			 partners->count, PARTNERS_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < partners->count && ret == 0; i++)
		ret = check_partner(in, partner_at(in, i), error);
	return ret;
}

static int check_owners(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX])
{
	const struct conf_addresses *refused = &in->replication.refused_owners;
	char address[INET_ADDRSTRLEN];

	for (size_t i = 0; i < refused->count; i++) {
		const char *other = NULL;

		if (is_in(&in->replication.accepted_owners, refused->items[i]))
			other = "in \"accepted-owners\", too";
		else if (refused->items[i].s_addr == in->nbnsd.replication_address.s_addr)
			other = "this server, by \"replication-address\"";
		if (other == NULL)
			continue;
		snprintf(error, CONF_ERROR_MAX,
			 "\"refused-owners\" has %s, which is %s; allowed: other servers",
			 text_of(refused->items[i], address), other);
		return -EINVAL;
	}
	return 0;
}

/* A name that is deleted here before a partner has seen that it is gone comes back from there. */
static int check_tombstones(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX])
{
	struct service_settings service;
	char pull[CONF_DURATION_MAX];
	uint64_t longest = conf_longest_pull(in);

	nbnsd_settings_apply(in, NULL, &service);
	if (longest / 1000 < service.extinction_timeout_s)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
		 "a \"pull-interval\" is %s, and tombstones are deleted after %" PRIu32
		 " s (\"extinction-timeout\"): deleted names would come back; allowed: a shorter "
		 "pull-interval",
		 conf_duration_print(longest, pull), service.extinction_timeout_s);
	return -EINVAL;
}

int conf_replication_check(const struct nbnsd_settings *in, char error[CONF_ERROR_MAX])
{
	int ret;

	if (!conf_replicates(in))
		return 0;
	if (!in->nbnsd.server) {
		snprintf(
			error, CONF_ERROR_MAX,
			"\"server\" is false, and there is replication; allowed: \"partners\" with "
			"\"server = true\"");
		return -EINVAL;
	}
	ret = check_partners(in, error);
	if (ret == 0)
		ret = check_owners(in, error);
	if (ret == 0)
		ret = check_tombstones(in, error);
	return ret;
}

/*
 * What is hardly meant.
 */

static bool doubt_partner(const struct nbnsd_settings *in, const struct conf_partner *partner,
			  char doubt[CONF_ERROR_MAX])
{
	const struct conf_addresses *accepted = &in->replication.accepted_owners;
	const char *why = NULL;
	char address[INET_ADDRSTRLEN];

	if (!partner->pull)
		return false;
	if (is_in(&in->replication.refused_owners, partner->address))
		why = "is in \"refused-owners\"";
	else if (accepted->count > 0 && !is_in(accepted, partner->address))
		why = "is not in \"accepted-owners\"";
	if (why != NULL)
		snprintf(doubt, CONF_ERROR_MAX,
			 "the partner %s %s: names that were registered there are not taken",
			 text_of(partner->address, address), why);
	return why != NULL;
}

static bool doubt_tombstones(const struct nbnsd_settings *in, char doubt[CONF_ERROR_MAX])
{
	struct service_settings service;
	char pull[CONF_DURATION_MAX];
	uint64_t longest = conf_longest_pull(in);

	nbnsd_settings_apply(in, NULL, &service);
	if (longest / 1000 * PULLS_PER_TOMBSTONE <= service.extinction_timeout_s)
		return false;
	snprintf(doubt, CONF_ERROR_MAX,
		 "a \"pull-interval\" is %s, and tombstones are deleted after %" PRIu32
		 " s (\"extinction-timeout\"): a few pulls that fail bring deleted names back",
		 conf_duration_print(longest, pull), service.extinction_timeout_s);
	return true;
}

bool conf_replication_doubt(const struct nbnsd_settings *in, char doubt[CONF_ERROR_MAX])
{
	for (size_t i = 0; i < in->nbnsd.partners.count; i++)
		if (doubt_partner(in, partner_at(in, i), doubt))
			return true;
	return conf_replicates(in) && doubt_tombstones(in, doubt);
}

/*
 * What they come to.
 */

/* Whole seconds, and never none: a lab's time-scale may bring an interval below one. */
static uint32_t seconds(uint64_t ms)
{
	return ms < 1000 ? 1 : (uint32_t)(ms / 1000);
}

static struct partner_settings partner_settings(const struct nbnsd_settings *in,
						const struct conf_partner *partner)
{
	return (struct partner_settings){
		.address = partner->address,
		.pull = partner->pull,
		.push = partner->push,
		.pull_interval_s = seconds(pull_interval(in, partner)),
		.update_count = (uint32_t)push_after(in, partner),
		.push_on_address_change = partner->push_on_address_change,
		.dynamic_only = !partner->push_static,
		.persistent = partner->persistent,
		.pull_at_start = partner->pull_at_start,
	};
}

static struct partner_settings discovered_partner(const struct nbnsd_settings *in,
						  struct in_addr address)
{
	const struct conf_partner partner = {
		.address = address,
		.pull = true,
		.push = true,
		.pull_interval = in->replication.discovery_pull_interval,
		.push_after = -1,
		.push_static = true,
		.persistent = true,
		.pull_at_start = true,
	};
	struct partner_settings settings = partner_settings(in, &partner);

	settings.is_discovered = true;
	return settings;
}

static bool is_partner(const struct partner_settings *partners, size_t count,
		       struct in_addr address)
{
	for (size_t i = 0; i < count; i++)
		if (partners[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static void apply_owners(const struct conf_replication *conf, struct replication_settings *out)
{
	out->accepted_owners = conf->accepted_owners.items;
	out->accepted_owner_count = conf->accepted_owners.count;
	out->refused_owners = conf->refused_owners.items;
	out->refused_owner_count = conf->refused_owners.count;
}

static void apply_partners(const struct nbnsd_settings *in, const struct in_addr *discovered,
			   size_t discovered_count, struct replication_effect *out)
{
	size_t count = 0;

	for (; count < in->nbnsd.partners.count; count++)
		out->room[count] = partner_settings(in, partner_at(in, count));
	for (size_t i = 0; i < discovered_count; i++)
		if (!is_partner(out->room, count, discovered[i]))
			out->room[count++] = discovered_partner(in, discovered[i]);
	out->settings.partners = out->room;
	out->settings.partner_count = count;
}

void conf_replication_apply(const struct nbnsd_settings *in, struct in_addr own,
			    const struct in_addr *discovered, size_t discovered_count,
			    struct replication_effect *out)
{
	const struct conf_replication *conf = &in->replication;

	out->settings = (struct replication_settings){
		.address = own,
		.port = (uint16_t)in->nbnsd.replication_port,
		.to_others = (enum replication_to_others)conf->to_others,
		.propagate = conf->propagate,
		.retry_s = seconds(conf->retry),
		.request_timeout_s = seconds(conf->request_timeout),
		.start_timeout_s = seconds(conf->start_timeout),
		.message_timeout_s = seconds(conf->message_timeout),
		.idle_timeout_s = seconds(conf->idle_timeout),
		.round_wait_s = seconds(conf->map_wait),
		.slice = (uint32_t)conf->slice,
		.verify = conf->consistency_check,
		.verify_period_s = seconds(conf->consistency_interval),
		.verify_records = (uint32_t)conf->consistency_records,
		.discovery = conf->discovery,
		.discovery_interval_s = seconds(conf->discovery_interval),
	};
	apply_owners(conf, &out->settings);
	apply_partners(in, discovered, discovered_count, out);
}
