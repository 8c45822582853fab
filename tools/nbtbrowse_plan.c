/* nbtbrowse: what is asked, and where: nbt.conf, and options, which come first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/charset.h"
#include "tools/hostconf.h"
#include "tools/nbtbrowse.h"

static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "nbtbrowse: %s: %s\n", what, why);
	return false;
}

/* A name as the wire has it. */
static bool make_name(char out[TREE_NAME_SIZE], const char *text)
{
	struct nbt_name name;

	if (!charset_make_name(&name, text, NBT_SUFFIX_WORKSTATION))
		return complain(text, "no NetBIOS name");
	tree_name(out, &name);
	return true;
}

/*
 * Where.
 */

/* One broadcast address for each subnet. */
static void add_subnet(struct places *places, struct in_addr broadcast)
{
	for (size_t i = 0; i < places->subnet_count; i++)
		if (places->subnets[i].s_addr == broadcast.s_addr)
			return;
	places->subnets[places->subnet_count++] = broadcast;
}

static void add_server(struct places *places, struct in_addr address)
{
	if (places->server_count < NETIF_MAX)
		places->servers[places->server_count++] = address;
}

/* A host that has no other name server may be one itself. */
static void add_servers(struct browse *b, const struct conf_global *conf)
{
	for (size_t i = 0; i < conf->wins_servers.count; i++)
		add_server(&b->places, conf->wins_servers.items[i]);
	if (conf->wins_servers.count == 0 && hostconf_is_there(b->options.conf))
		add_server(&b->places, (struct in_addr){ htonl(INADDR_LOOPBACK) });
}

/* What -B or -U say, or else all subnets and our name servers. */
static bool find_places(struct browse *b, const struct conf_global *conf)
{
	struct places *places = &b->places;
	struct tool_choice target = b->options.target;
	struct in_addr address = { INADDR_ANY };

	if (target.letter != 0 && !netif_resolve(target.argument, &address))
		return complain(target.argument,
				"its address is not found; name an address as 10.1.0.5");
	places->interface_count = netif_read(places->interfaces);
	if (target.letter == 'U')
		add_server(places, address);
	else if (target.letter == 'B')
		add_subnet(places, address);
	for (size_t i = 0; i < places->interface_count && target.letter == 0; i++)
		add_subnet(places, places->interfaces[i].broadcast);
	if (target.letter == 0)
		add_servers(b, conf);
	return true;
}

/*
 * What.
 */

const char *plan_host_of(const char *word)
{
	bool is_host = (word[0] == '/' && word[1] == '/') || (word[0] == '\\' && word[1] == '\\');

	return is_host ? word + 2 : NULL;
}

static bool make_wanted(struct walk_plan *plan, char *const *words, size_t count)
{
	char(*wanted)[TREE_NAME_SIZE] = calloc(count + 1, sizeof(*wanted));

	if (wanted == NULL)
		return complain("workgroups", "out of memory");
	plan->wanted = (const char(*)[TREE_NAME_SIZE])wanted;
	plan->wanted_count = count;
	for (size_t i = 0; i < count; i++)
		if (!make_name(wanted[i], words[i]))
			return false;
	return true;
}

static bool make_plan(struct browse *b, char *const *words, size_t count)
{
	struct walk_plan *plan = &b->plan;
	const char *host = count > 0 ? plan_host_of(words[0]) : NULL;
	struct nbt_name name;

	*plan = (struct walk_plan){ .own = b->own,
				    .host = host != NULL ? host : b->options.master,
				    .only_host = host != NULL,
				    .workgroups_only = b->options.workgroups_only,
				    .no_shares = b->options.no_shares,
				    .has_subnets = b->places.subnet_count > 0,
				    .has_servers = b->places.server_count > 0,
				    .pulls_at_once = b->options.at_once,
				    .timeout_ms = b->options.timeout_s * 1000 };
	if (plan->host != NULL && charset_make_name(&name, plan->host, NBT_SUFFIX_SERVER))
		tree_name(plan->host_name, &name);
	return make_wanted(plan, words, host != NULL ? 0 : count);
}

/* Our names, and the scope of all names. */
static bool make_names(struct browse *b, const struct conf_global *conf)
{
	const struct browse_options *o = &b->options;
	const char *name = o->name != NULL ? o->name : conf->netbios_name;
	const char *scope = o->scope != NULL ? o->scope : conf->scope;

	if (!charset_make_name(&b->own_name, name, NBT_SUFFIX_WORKSTATION))
		return complain(name, "no NetBIOS name");
	if (nbt_scope_from_text(&b->places.scope, scope) != NBT_OK)
		return complain(scope, "not a scope");
	return make_name(b->own, o->workgroup != NULL ? o->workgroup : conf->workgroup);
}

/* "-U guest%" as well, which whoever is used to smbtree writes: no host has such a name. */
static const char *take_user(struct browse_options *o)
{
	if (o->target.letter == 'U' && strchr(o->target.argument, '%') != NULL) {
		if (o->user == NULL)
			o->user = o->target.argument;
		o->target = (struct tool_choice){ .letter = 0 };
	}
	return o->user != NULL ? o->user : "";
}

/* There are guests only: a password would be sent to whoever answers. */
static bool make_user(struct browse *b)
{
	const char *user = take_user(&b->options), *end = strchr(user, '%');
	size_t len = end != NULL ? (size_t)(end - user) : strlen(user), wire_len;
	char text[4 * USER_SIZE];

	if (end != NULL && end[1] != '\0')
		return complain("a password", "is sent to nobody; guests have none");
	if (len >= sizeof(text))
		return complain(user, "too long for a user");
	memcpy(text, user, len);
	text[len] = '\0';
	if (!charset_to_wire(text, b->user, sizeof(b->user) - 1, &wire_len))
		return complain(text, "no user's name");
	b->user[wire_len] = '\0';
	return true;
}

/* Without the file of this host, or with one that has a mistake, there is still a network. */
static bool load(struct conf_global *conf, const char *path)
{
	char error[CONF_ERROR_MAX];

	if (hostconf_load(conf, path, error) == 0)
		return true;
	fprintf(stderr, "nbtbrowse: %s\n", error);
	return path == NULL && hostconf_defaults(conf, error) == 0;
}

bool plan_make(struct browse *b, char *const *words, size_t count)
{
	struct conf_global conf;
	bool ok;

	if (!load(&conf, b->options.conf))
		return false;
	ok = make_user(b) && make_names(b, &conf) && find_places(b, &conf) &&
	     make_plan(b, words, count);
	hostconf_free(&conf);
	return ok;
}

void plan_free(struct browse *b)
{
	free((void *)b->plan.wanted);
}
