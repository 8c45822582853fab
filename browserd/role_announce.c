/* The frames that a role sends of itself. */
#include "browserd/role_inner.h"

/*
 * Sending.
 */

void role_send_to_name(struct role *role, const struct nbt_name *to, bool is_group,
		       const struct nbt_browse *frame)
{
	const struct browser_send send = { .to = *to,
					   .is_group = is_group,
					   .interface = role->interface.address };

	browser_send_frame(role->service, &send, frame);
}

/* The subnet hears it, also what goes to the unique <1D>: that is a group on the wire. In a virtual
 * LAN it is one host: the master that we know, or the one that the name server knows. */
static void broadcast(struct role *role, const char *from, uint8_t suffix,
		      const struct nbt_browse *frame)
{
	struct browser_send send = { .from = from,
				     .to = browser_name(role->workgroup, suffix),
				     .is_group = true,
				     .interface = role->interface.address };

	if (role->service->settings->virtual_lan && suffix == NBT_SUFFIX_LMB) {
		send.is_group = false;
		if (role->master[0] != '\0')
			send.address = role->master_address;
	}
	browser_send_frame(role->service, &send, frame);
}

static uint64_t interval(const uint8_t *steps, size_t count, unsigned sent, uint64_t first,
			 uint64_t max)
{
	return nbt_earlier(first * steps[sent < count ? sent : count - 1], max);
}

/*
 * Announcements. MS-BRWS section 3.2.6 and 3.3.6: in multiples of the first interval.
 */

static const uint8_t host_steps[] = { 1, 1, 2, 4, 8, 12 };
static const uint8_t master_steps[] = { 2, 2, 4, 8, 12 };
static const uint8_t domain_steps[] = { 1, 1, 5, 5, 10, 10, 15 };
#define STEPS(steps) (steps), sizeof(steps) / sizeof((steps)[0])

uint32_t role_bits(const struct role *role)
{
	static const uint32_t bits[BROWSER_ROLES] = {
		[BROWSER_ROLE_POTENTIAL] = NBT_SV_POTENTIAL_BROWSER,
		[BROWSER_ROLE_BACKUP] = NBT_SV_POTENTIAL_BROWSER | NBT_SV_BACKUP_BROWSER,
		[BROWSER_ROLE_CLAIMING] = NBT_SV_POTENTIAL_BROWSER,
		[BROWSER_ROLE_MASTER] = NBT_SV_POTENTIAL_BROWSER | NBT_SV_MASTER_BROWSER,
	};

	return bits[role->state] |
	       (browser_is_domain_master(role->service, role->workgroup) ? NBT_SV_DOMAIN_MASTER
									 : 0);
}

static struct nbt_browse announcement(const struct role *role, unsigned opcode, const char *name,
				      uint32_t bits, uint64_t period_ms)
{
	const struct browser_settings *settings = role->service->settings;
	struct nbt_browse frame = { .opcode = opcode,
				    .period_ms = (uint32_t)nbt_earlier(period_ms, UINT32_MAX),
				    .os_major = settings->os_major,
				    .os_minor = settings->os_minor,
				    .server_type = settings->server_type | bits,
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), name);
	text_copy(frame.comment, NBT_BROWSE_COMMENT_MAX + 1, settings->comment);
	return frame;
}

static void announce_hosts(struct role *role, uint64_t period_ms)
{
	const struct browser_settings *settings = role->service->settings;
	struct nbt_browse frame = announcement(role, NBT_BROWSE_HOST_ANNOUNCEMENT, settings->name,
					       role_bits(role), period_ms);

	broadcast(role, NULL, NBT_SUFFIX_LMB, &frame);
	for (size_t i = 0; i < settings->alias_count; i++) {
		frame = announcement(role, NBT_BROWSE_HOST_ANNOUNCEMENT, settings->aliases[i], 0,
				     period_ms);
		broadcast(role, settings->aliases[i], NBT_SUFFIX_LMB, &frame);
	}
}

void role_announce(struct role *role, const struct nbt_env *env)
{
	const struct browser_times *times = times_of(role);
	uint64_t period = interval(STEPS(host_steps), role->announced, times->announce_first,
				   times->announce_max);

	announce_hosts(role, period);
	role->announced++;
	set_timer(role, ROLE_ANNOUNCE_DUE, env->now_ms + period);
}

/* Many are asked at once. */
void role_announce_soon(struct role *role, uint64_t within_ms, const struct nbt_env *env)
{
	uint64_t at = env->now_ms + random_ms(env, within_ms);

	set_timer(role, ROLE_ANNOUNCE_DUE, nbt_earlier(timer_of(role, ROLE_ANNOUNCE_DUE), at));
}

void role_announce_lanman(struct role *role, const struct nbt_env *env)
{
	uint64_t period = times_of(role)->lanman_announce;
	struct nbt_browse frame =
		announcement(role, NBT_BROWSE_LANMAN_ANNOUNCEMENT, role->service->settings->name,
			     role_bits(role), period < 1000 ? 1000 : period);

	frame.period_ms -= frame.period_ms % 1000;
	broadcast(role, NULL, NBT_SUFFIX_WORKSTATION, &frame);
	set_timer(role, ROLE_LANMAN_DUE, env->now_ms + period);
}

void role_announce_master(struct role *role, const struct nbt_env *env)
{
	const struct browser_times *times = times_of(role);
	uint64_t period = interval(STEPS(master_steps), role->master_announced,
				   times->announce_first, times->announce_max);
	struct nbt_browse frame =
		announcement(role, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT,
			     role->service->settings->name, role_bits(role), period);

	broadcast(role, NULL, NBT_SUFFIX_ELECTION, &frame);
	role->master_announced++;
	role->master_announced_ms = env->now_ms;
	set_timer(role, ROLE_MASTER_ANNOUNCE_DUE, env->now_ms + period);
}

void role_announce_domain(struct role *role, const struct nbt_env *env)
{
	const struct browser_times *times = times_of(role);
	const struct nbt_name masters = browser_msbrowse();
	uint64_t period = interval(STEPS(domain_steps), role->domain_announced,
				   times->announce_first, times->domain_announce_max);
	struct nbt_browse frame =
		announcement(role, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, role->workgroup, 0, period);

	frame.server_type = NBT_SV_DOMAIN_ENUM | NBT_SV_NT;
	text_copy(frame.comment, sizeof(frame.comment), role->service->settings->name);
	role_send_to_name(role, &masters, true, &frame);
	role->domain_announced++;
	set_timer(role, ROLE_DOMAIN_ANNOUNCE_DUE, env->now_ms + period);
}

static void say_nothing_is_here(struct role *role, unsigned opcode, const char *name,
				uint8_t suffix)
{
	struct nbt_browse frame = announcement(role, opcode, name, 0, 0);

	frame.server_type = 0;
	broadcast(role, name, suffix, &frame);
}

/* Type 0: remove us. A master's goodbye is an election in which it does not stand. */
void role_goodbye(struct role *role, bool is_master)
{
	static const struct election_criteria nobody = { .version = 0 };
	const struct browser_settings *settings = role->service->settings;

	if (is_master)
		say_nothing_is_here(role, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, settings->name,
				    NBT_SUFFIX_ELECTION);
	say_nothing_is_here(role, NBT_BROWSE_HOST_ANNOUNCEMENT, settings->name, NBT_SUFFIX_LMB);
	for (size_t i = 0; i < settings->alias_count; i++)
		say_nothing_is_here(role, NBT_BROWSE_HOST_ANNOUNCEMENT, settings->aliases[i],
				    NBT_SUFFIX_LMB);
	if (is_master)
		role_send_election(role, &nobody);
}

/*
 * Elections and requests.
 */

/* A master counts as a backup, too, as nmbd has it: else of two masters of one level the one that
 * knows of this bit would always win. */
struct election_criteria role_criteria(const struct role *role, const struct nbt_env *env)
{
	static const uint32_t bits[BROWSER_ROLES] = {
		[BROWSER_ROLE_BACKUP] = NBT_ELECTION_BACKUP,
		[BROWSER_ROLE_MASTER] = NBT_ELECTION_LMB | NBT_ELECTION_BACKUP,
	};
	const struct browser_settings *settings = role->service->settings;
	struct election_criteria own = {
		.version = 1,
		.criteria = (uint32_t)settings->os_level << 24 | NBT_BROWSER_VERSION << 8 |
			    NBT_ELECTION_DC | bits[role->state],
		.uptime_ms = (uint32_t)(env->now_ms - role->service->started_ms),
	};

	if (settings->preferred_master)
		own.criteria |= NBT_ELECTION_PREFERRED;
	if (browser_is_domain_master(role->service, role->workgroup))
		own.criteria |= NBT_ELECTION_DMB;
	if (settings->wins_client || role->service->has_nbns)
		own.criteria |= NBT_ELECTION_WINS;
	text_copy(own.name, sizeof(own.name), settings->name);
	return own;
}

void role_send_election(struct role *role, const struct election_criteria *criteria)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
				    .election_version = criteria->version,
				    .criteria = criteria->criteria,
				    .uptime_ms = criteria->uptime_ms };

	text_copy(frame.name, sizeof(frame.name), criteria->name);
	broadcast(role, NULL, NBT_SUFFIX_ELECTION, &frame);
}

/* suffix NBT_SUFFIX_BROWSE: the masters of all workgroups. */
void role_request_announcements(struct role *role, uint8_t suffix)
{
	struct nbt_name to = suffix == NBT_SUFFIX_BROWSE ? browser_msbrowse()
							 : browser_name(role->workgroup, suffix);
	struct nbt_browse frame = { .opcode = NBT_BROWSE_ANNOUNCEMENT_REQUEST };

	text_copy(frame.name, sizeof(frame.name), role->service->settings->name);
	role_send_to_name(role, &to, true, &frame);
}
