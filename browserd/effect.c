#include "browserd/effect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/name.h>

#include "browserd/text.h"
#include "common/charset.h"

/* A lab's time-scale may bring a time to 0. */
static uint64_t at_least_1(uint64_t ms)
{
	return ms > 0 ? ms : 1;
}

/* Spans by chance: the file may have them the wrong way round. */
static uint64_t later(uint64_t from, uint64_t to)
{
	return to > from ? to : from;
}

/*
 * Numbers.
 */

static struct browser_times times_of(const struct conf_browserd *in)
{
	return (struct browser_times){
		.announce_first = at_least_1(in->announce_first),
		.announce_max = at_least_1(in->announce_interval),
		.domain_announce_max = at_least_1(in->domain_announce_interval),
		.request_delay = at_least_1(in->announce_delay),
		.announce_gap = at_least_1(in->announce_gap),
		.lanman_announce = at_least_1(in->lm_announce_interval),
		.remote_announce = at_least_1(in->remote_announce_interval),
		.election_master = in->election_master,
		.election_backup_min = in->election_backup_min,
		.election_backup_max = later(in->election_backup_min, in->election_backup_max),
		.election_potential_min = in->election_potential_min,
		.election_potential_max =
			later(in->election_potential_min, in->election_potential_max),
		.rival_gap = at_least_1(in->rival_gap),
		.find_master = at_least_1(in->find_master_timeout),
		.master_check = at_least_1(in->master_check_interval),
		.check_spread = at_least_1(in->master_check_spread),
		.lost_check = at_least_1(in->election_wait),
		.claim_retry = at_least_1(in->claim_retry),
		.pull = at_least_1(in->backup_pull_interval),
		.pull_retry = at_least_1(in->pull_retry),
		.backups_first = at_least_1(in->backups_first),
		.backups_again = at_least_1(in->backups_interval),
		.sync = at_least_1(in->sync_interval),
		.probe = in->probe_interval,
		.change_delay = in->change_delay,
		.change_gap = at_least_1(in->change_gap),
		.domain_retry = at_least_1(in->domain_retry),
		.stand_in = in->stand_in_delay,
		.overlap = at_least_1(in->domain_overlap),
		.neighbours = at_least_1(in->enhanced_interval),
		.keep = at_least_1(in->keep_roles),
		.name_retry = at_least_1(in->name_retry),
	};
}

static uint32_t type_of(const struct conf_browserd *in)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < in->server_type.count; i++)
		bits |= conf_server_type(in->server_type.items[i]);
	return bits;
}

static bool is_preferred(const struct conf_browserd *in)
{
	return in->preferred_master == CONF_PREFERRED_AUTO
		       ? in->domain_master == CONF_PREFERRED_YES
		       : in->preferred_master == CONF_PREFERRED_YES;
}

static void set_numbers(struct browser_settings *out, const struct browserd_settings *all)
{
	const struct conf_browserd *in = &all->browserd;
	const bool is_p_node = all->global.node_type == CONF_NODE_P;

	*out = (struct browser_settings){
		.server_type = type_of(in),
		.os_level = (uint8_t)in->os_level,
		.local_master = in->local_master,
		.preferred_master = is_preferred(in),
		/* A P node has a name server: if no other, that of this host. */
		.wins_client = all->global.wins_servers.count > 0 || is_p_node,
		.virtual_lan = is_p_node,
		.domain_master = (enum browser_domain)in->domain_master,
		.obey_reset = in->obey_reset,
		.peers = (size_t)in->max_peers,
		.enhanced = in->enhanced_browsing,
		.lanman = (enum browser_lanman)in->lm_announce,
		.election = { .frames = (unsigned)in->election_frames,
			      .frames_max = (unsigned)in->election_frames_max,
			      .repeat_ms = at_least_1(in->election_repeat),
			      .quiet_ms = at_least_1(in->election_quiet) },
		.find_master_tries = (unsigned)in->find_master_tries,
		.pull_failures = (unsigned)in->pull_failures,
		.few_servers = (size_t)in->few_servers,
		.backup_answers = (uint32_t)in->backup_list_limit,
		.times = times_of(in),
		.lists = { .servers = (size_t)in->max_servers,
			   .workgroups = (size_t)in->max_workgroups,
			   .per_source = (size_t)in->max_per_source,
			   .period_ms = at_least_1(in->announce_period),
			   .period_max_ms = at_least_1(in->announce_period_max) },
	};
	(void)conf_version(in->os_version, &out->os_major, &out->os_minor); /* it was checked */
}

/*
 * Texts.
 */

struct making {
	struct effect *out;
	size_t used; /* of its texts */
	char *error;
};

static int refuse(const struct making *making, const char *what, const char *text,
		  const char *allowed)
{
	snprintf(making->error, CONF_ERROR_MAX,
		 "%s \"%.80s\" cannot be written in the character set %.80s; allowed: %s of "
		 "characters that it has, see dos-charset",
		 what, text, charset_chosen(), allowed);
	return -EINVAL;
}

/* The name as the wire has it, without padding. */
static int add_name(struct making *making, const char *text, const char **out)
{
	struct nbt_name name;
	char *to = making->out->texts[making->used++];

	if (!charset_make_name(&name, text, 0))
		return refuse(making, "the name", text, "15 bytes");
	text_of_name(to, &name);
	*out = to;
	return 0;
}

static int add_names(struct making *making, const struct conf_strings *texts, const char **out)
{
	int ret = 0;

	for (size_t i = 0; i < texts->count && ret == 0; i++)
		ret = add_name(making, texts->items[i], &out[i]);
	return ret;
}

static int add_remotes(struct making *making, const struct conf_strings *entries)
{
	int ret = 0;

	for (size_t i = 0; i < entries->count && ret == 0; i++) {
		struct browser_remote *remote = &making->out->remotes[i];
		const char *workgroup;

		(void)conf_remote(entries->items[i], &remote->address, &workgroup);
		if (workgroup != NULL)
			ret = add_name(making, workgroup, &remote->workgroup);
	}
	return ret;
}

static int add_comment(struct making *making, const char *text)
{
	size_t len;

	if (!charset_to_wire(text, making->out->comment, NBT_BROWSE_COMMENT_MAX + 1, &len) ||
	    len > NBT_BROWSE_COMMENT_MAX)
		return refuse(making, "the comment", text, "42 bytes");
	making->out->comment[len] = '\0';
	return 0;
}

/* The first workgroup is the one of programs that know only one. */
static struct conf_strings workgroups_of(const struct browserd_settings *in, char *only[1])
{
	only[0] = in->global.workgroup;
	return in->browserd.workgroups.count > 0 ? in->browserd.workgroups
						 : (struct conf_strings){ only, 1 };
}

/* A name that is unique is no group's, and nothing is announced twice. */
static int refuse_doubles(const struct making *making, size_t count)
{
	char(*texts)[NBT_NAME_LEN] = making->out->texts;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(texts[i], texts[j]) == 0) {
				snprintf(making->error, CONF_ERROR_MAX,
					 "\"%s\" is there twice among netbios-name, aliases and "
					 "workgroups; allowed: names that differ",
					 texts[i]);
				return -EINVAL;
			}
	return 0;
}

static int set_texts(struct making *making, const struct browserd_settings *in,
		     const struct conf_strings *workgroups)
{
	struct effect *out = making->out;
	struct browser_settings *settings = &out->settings;
	int ret = add_name(making, in->global.netbios_name, &settings->name);

	if (ret == 0)
		ret = add_names(making, &in->global.aliases, out->names);
	if (ret == 0)
		ret = add_names(making, workgroups, out->workgroups);
	if (ret == 0)
		ret = refuse_doubles(making, making->used);
	if (ret == 0)
		ret = add_remotes(making, &in->browserd.remote_announce);
	if (ret == 0)
		ret = add_comment(making, in->browserd.comment);
	settings->aliases = out->names;
	settings->alias_count = in->global.aliases.count;
	settings->workgroups = out->workgroups;
	settings->workgroup_count = workgroups->count;
	settings->remotes = out->remotes;
	settings->remote_count = in->browserd.remote_announce.count;
	settings->comment = out->comment;
	if (ret == 0 && nbt_scope_from_text(&settings->scope, in->global.scope) != NBT_OK)
		return -EINVAL; /* it was checked */
	return ret;
}

/* false: out of memory. */
static bool copy_addresses(struct in_addr **out, size_t *count, const struct conf_addresses *in)
{
	*out = calloc(in->count + 1, sizeof(**out));
	*count = in->count;
	if (*out != NULL && in->count > 0)
		memcpy(*out, in->items, in->count * sizeof(**out));
	return *out != NULL;
}

static bool set_addresses(struct effect *out, const struct browserd_settings *in)
{
	bool ok = copy_addresses(&out->servers, &out->server_count, &in->global.wins_servers) &&
		  copy_addresses(&out->syncs, &out->settings.sync_count, &in->browserd.remote_sync);

	out->settings.syncs = out->syncs;
	return ok;
}

static bool make_room(struct effect *out, size_t names, size_t workgroups, size_t remotes)
{
	out->names = calloc(names + 1, sizeof(*out->names));
	out->workgroups = calloc(workgroups + 1, sizeof(*out->workgroups));
	out->remotes = calloc(remotes + 1, sizeof(*out->remotes));
	out->texts = calloc(names + workgroups + remotes + 1, sizeof(*out->texts));
	out->comment = calloc(1, NBT_BROWSE_COMMENT_MAX + 1);
	return out->comment != NULL && out->names != NULL && out->workgroups != NULL &&
	       out->remotes != NULL && out->texts != NULL;
}

int effect_make(struct effect *out, const struct browserd_settings *in, char error[CONF_ERROR_MAX])
{
	char *only[1];
	const struct conf_strings workgroups = workgroups_of(in, only);
	struct making making = { .out = out, .error = error };
	int ret = conf_global_check(&in->global, error);

	memset(out, 0, sizeof(*out));
	if (ret < 0)
		return ret;
	set_numbers(&out->settings, in);
	snprintf(error, CONF_ERROR_MAX, "%s", strerror(ENOMEM));
	ret = set_addresses(out, in) && make_room(out, in->global.aliases.count, workgroups.count,
						  in->browserd.remote_announce.count)
		      ? set_texts(&making, in, &workgroups)
		      : -ENOMEM;
	if (ret < 0)
		effect_free(out);
	return ret;
}

void effect_free(struct effect *effect)
{
	free(effect->names);
	free(effect->workgroups);
	free(effect->remotes);
	free(effect->texts);
	free(effect->comment);
	free(effect->syncs);
	free(effect->servers);
	memset(effect, 0, sizeof(*effect));
}

static bool are_same(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!text_equal(a[i], b[i]))
			return false;
	return true;
}

bool effect_keeps_roles(const struct effect *a, const struct effect *b)
{
	const struct browser_settings *x = &a->settings, *y = &b->settings;

	return text_equal(x->name, y->name) && x->local_master == y->local_master &&
	       x->virtual_lan == y->virtual_lan && nbt_scope_equal(&x->scope, &y->scope) &&
	       are_same(x->aliases, x->alias_count, y->aliases, y->alias_count) &&
	       are_same(x->workgroups, x->workgroup_count, y->workgroups, y->workgroup_count);
}
