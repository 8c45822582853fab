/* Datagrams in: whose they are, what they are, and which roles they are for. */
#include "browserd/domain.h"
#include "browserd/role.h"

#include <string.h>

#include <nbt/mailslot.h>

#include "browserd/text.h"
#include "common/array.h"

/* What a frame is to a role, and to which names it may have been sent. */
#define TO(destination) (1u << TO_##destination)
#define TO_GROUP        (TO(MEMBERS) | TO(MASTER) | TO(BROWSERS))
static const struct frame_kind {
	unsigned opcode;
	enum role_event_type event;
	unsigned to;
} frame_kinds[] = {
	{ NBT_BROWSE_HOST_ANNOUNCEMENT, ROLE_HOST_ANNOUNCED, TO_GROUP },
	{ NBT_BROWSE_ANNOUNCEMENT_REQUEST, ROLE_ANNOUNCEMENT_REQUESTED, TO_GROUP | TO(MASTERS) },
	{ NBT_BROWSE_ELECTION, ROLE_ELECTION_HEARD, TO(BROWSERS) },
	{ NBT_BROWSE_GET_BACKUP_LIST_REQUEST, ROLE_BACKUPS_ASKED, TO(MASTER) },
	{ NBT_BROWSE_GET_BACKUP_LIST_RESPONSE, ROLE_BACKUPS_TOLD, TO(HOST) },
	{ NBT_BROWSE_BECOME_BACKUP, ROLE_BACKUP_MADE, TO(BROWSERS) | TO(HOST) },
	{ NBT_BROWSE_DOMAIN_ANNOUNCEMENT, ROLE_DOMAIN_ANNOUNCED, TO(MASTERS) },
	{ NBT_BROWSE_RESET_STATE, ROLE_RESET, TO(HOST) | TO(MASTER) },
	{ NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, ROLE_MASTER_ANNOUNCED, TO(BROWSERS) },
	{ NBT_BROWSE_LANMAN_ANNOUNCEMENT, ROLE_HOST_ANNOUNCED, TO(MEMBERS) },
	{ NBT_BROWSE_LANMAN_REQUEST, ROLE_ANNOUNCEMENT_REQUESTED, TO(MEMBERS) },
};

static const struct frame_kind *kind_of(unsigned opcode)
{
	for (size_t i = 0; i < ARRAY_SIZE(frame_kinds); i++)
		if (frame_kinds[i].opcode == opcode)
			return &frame_kinds[i];
	return NULL;
}

/* false: to none that is a browser's. */
static bool find_destination(const struct nbt_name *name, enum role_destination *out,
			     bool *of_workgroup)
{
	static const struct {
		uint8_t suffix;
		enum role_destination destination;
	} groups[] = {
		{ NBT_SUFFIX_WORKSTATION, TO_MEMBERS },
		{ NBT_SUFFIX_LMB, TO_MASTER },
		{ NBT_SUFFIX_ELECTION, TO_BROWSERS },
		{ NBT_SUFFIX_DMB, TO_DOMAIN },
	};
	static const struct nbt_name anybody = { .bytes = { '*' } };
	const struct nbt_name masters = browser_msbrowse();

	*of_workgroup = false;
	*out = TO_MASTERS;
	if (nbt_name_equal(name, &masters))
		return true;
	*out = TO_ANYBODY;
	if (nbt_name_equal(name, &anybody))
		return true;
	*of_workgroup = true;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (nbt_name_suffix(name) == groups[i].suffix) {
			*out = groups[i].destination;
			return true;
		}
	return false;
}

/* Of LAN Manager only OS/2's own versions are announcements of hosts that send no others. */
static bool is_taken(const struct nbt_browse *frame)
{
	if (frame->opcode == NBT_BROWSE_LANMAN_ANNOUNCEMENT)
		return frame->os_major >= 36 && frame->os_major <= 38;
	return true;
}

static bool is_lanman(const struct nbt_browse *frame)
{
	return frame->opcode == NBT_BROWSE_LANMAN_ANNOUNCEMENT ||
	       frame->opcode == NBT_BROWSE_LANMAN_REQUEST;
}

static bool is_in_subnet(const struct role *role, struct in_addr address)
{
	return ((role->interface.address.s_addr ^ address.s_addr) &
		role->interface.netmask.s_addr) == 0;
}

/* In a virtual LAN the master of a backup may be anywhere. */
static bool is_master(const struct role *role, struct in_addr address)
{
	return role->service->settings->virtual_lan && role->master[0] != '\0' &&
	       role->master_address.s_addr == address.s_addr;
}

/* Anybody can send a reset: those of other subnets are not even looked at. */
static bool may_reset(struct browser_service *service, const struct role *role,
		      struct in_addr sender)
{
	if (service->settings->obey_reset &&
	    (is_in_subnet(role, sender) || is_master(role, sender)))
		return true;
	browser_count(service, BROWSER_RESETS_IGNORED);
	return false;
}

/* A frame on its way to the roles that it is for. */
struct arrival {
	const struct nbt_envelope *envelope;
	const struct nbt_datagram *datagram;
	const struct nbt_browse *frame;
	const struct frame_kind *kind;
	bool of_workgroup; /* else for all of the interface */
	char name[NBT_BROWSE_NAME_SIZE];
	struct role_event event;
};

static bool is_for(const struct arrival *arrival, const struct role *role)
{
	return (role->service->settings->virtual_lan ||
		role->interface.address.s_addr == arrival->envelope->interface.s_addr) &&
	       (!arrival->of_workgroup || text_equal(role->workgroup, arrival->name));
}

static void hand_over(struct browser_service *service, const struct arrival *arrival,
		      const struct nbt_env *env)
{
	bool is_for_any = false;

	for (size_t i = 0; i < service->role_count; i++) {
		struct role *role = &service->roles[i];

		if (!is_for(arrival, role))
			continue;
		is_for_any = true;
		if (arrival->kind->event == ROLE_RESET &&
		    !may_reset(service, role, arrival->envelope->peer))
			continue;
		if (is_lanman(arrival->frame) && service->settings->lanman == BROWSER_LANMAN_AUTO)
			role_say_lanman(role, env);
		role_event(role, &arrival->event, env);
	}
	if (!is_for_any)
		browser_count(service, BROWSER_NOT_FOR_US);
}

/*
 * What goes beyond the subnets is no role's. A MasterAnnouncement does not say of which workgroup:
 * all take it. false: it is none of these.
 */
static bool hand_to_domain(struct domain *domain, const struct arrival *arrival,
			   const struct nbt_env *env)
{
	switch (arrival->frame->opcode) {
	case NBT_BROWSE_MASTER_ANNOUNCEMENT:
		return domain_hear_master(domain, &arrival->event, env);
	case NBT_BROWSE_HOST_ANNOUNCEMENT:
		return domain_hear_end(domain, &arrival->event, env);
	case NBT_BROWSE_ELECTION:
		return domain_hear_contest(domain, &arrival->event, env);
	case NBT_BROWSE_GET_BACKUP_LIST_REQUEST:
		return text_equal(domain->workgroup, arrival->name) &&
		       domain_answer_backups(domain, &arrival->event, env);
	default:
		return false;
	}
}

static bool is_for_domains(const struct arrival *arrival)
{
	unsigned to = 1U << arrival->event.to;

	switch (arrival->frame->opcode) {
	case NBT_BROWSE_MASTER_ANNOUNCEMENT:
		return (to & (TO(HOST) | TO(ANYBODY))) != 0;
	case NBT_BROWSE_HOST_ANNOUNCEMENT:
	case NBT_BROWSE_ELECTION:
		return (to & TO(HOST)) != 0;
	case NBT_BROWSE_GET_BACKUP_LIST_REQUEST:
		return (to & TO(DOMAIN)) != 0;
	default:
		return false;
	}
}

static void hand_to_domains(struct browser_service *service, const struct arrival *arrival,
			    const struct nbt_env *env)
{
	bool is_taken_by_any = false;

	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		is_taken_by_any |= hand_to_domain(&service->domains[i], arrival, env);
	if (!is_taken_by_any)
		browser_count(service, BROWSER_UNEXPECTED);
}

/* What we are sent by broadcast comes back to us, from one of our addresses. */
static bool is_echo(const struct browser_service *service, const char *sender,
		    const struct nbt_datagram *datagram)
{
	if (!browser_is_own(service, sender))
		return false;
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].interface.address.s_addr == datagram->source_address.s_addr)
			return true;
	return false;
}

/* Some send the announcement of a host to LAN Manager's mailslot (browser.md section 12), where it
 * begins as LAN Manager's own does; its signature tells it apart. */
static enum nbt_error decode_at_lanman(const struct nbt_mailslot *mailslot,
				       struct nbt_browse *frame)
{
	if (nbt_browse_decode(frame, mailslot->data, mailslot->data_len) == NBT_OK &&
	    frame->opcode == NBT_BROWSE_HOST_ANNOUNCEMENT &&
	    frame->signature == NBT_BROWSE_SIGNATURE)
		return NBT_OK;
	return nbt_lanman_decode(frame, mailslot->data, mailslot->data_len);
}

static bool decode(struct browser_service *service, const struct nbt_datagram *datagram,
		   struct nbt_browse *frame, struct role_event *event)
{
	struct nbt_mailslot mailslot;
	enum nbt_error err = NBT_EVALUE;

	if (nbt_mailslot_decode(&mailslot, datagram->data, datagram->data_len) != NBT_OK) {
		browser_count(service, BROWSER_MALFORMED);
		return false;
	}
	event->is_quick = mailslot.priority == BROWSER_QUICK_PRIORITY;
	event->version = event->is_quick ? mailslot.timeout_ms : 0;
	if (nbt_mailslot_is(&mailslot, NBT_MAILSLOT_BROWSE))
		err = nbt_browse_decode(frame, mailslot.data, mailslot.data_len);
	else if (nbt_mailslot_is(&mailslot, NBT_MAILSLOT_LANMAN))
		err = decode_at_lanman(&mailslot, frame);
	else {
		browser_count(service, BROWSER_NOT_FOR_US);
		return false;
	}
	if (err != NBT_OK)
		browser_count(service, BROWSER_MALFORMED);
	return err == NBT_OK;
}

/* To whom it is: a browser's name, or this host's. */
static bool find_receiver(struct browser_service *service, struct arrival *arrival)
{
	const struct nbt_name *to = &arrival->datagram->destination;

	text_of_name(arrival->name, to);
	if (nbt_name_suffix(to) == NBT_SUFFIX_WORKSTATION &&
	    browser_is_own(service, arrival->name)) {
		arrival->event.to = TO_HOST;
		arrival->of_workgroup = false;
		return true;
	}
	return find_destination(to, &arrival->event.to, &arrival->of_workgroup);
}

static void receive(struct browser_service *service, const struct nbt_envelope *envelope,
		    const struct nbt_datagram *datagram, const struct nbt_env *env)
{
	char sender[NBT_BROWSE_NAME_SIZE];
	struct nbt_browse frame;
	struct arrival arrival = { .envelope = envelope, .datagram = datagram, .frame = &frame };

	if (!decode(service, datagram, &frame, &arrival.event))
		return;
	text_of_name(sender, &datagram->source);
	arrival.kind = kind_of(frame.opcode);
	if (is_echo(service, sender, datagram)) {
		browser_count(service, BROWSER_OWN);
		return;
	}
	if (!find_receiver(service, &arrival)) {
		browser_count(service, BROWSER_NOT_FOR_US);
		return;
	}
	arrival.event.frame = &frame;
	arrival.event.sender = sender;
	arrival.event.from = (struct sockaddr_in){ .sin_family = AF_INET,
						   .sin_addr = datagram->source_address,
						   .sin_port = htons(datagram->source_port) };
	if (is_for_domains(&arrival)) {
		hand_to_domains(service, &arrival, env);
		return;
	}
	if (arrival.kind == NULL || (arrival.kind->to & 1u << arrival.event.to) == 0 ||
	    !is_taken(&frame)) {
		browser_count(service, BROWSER_NOT_FOR_US);
		return;
	}
	arrival.event.type = arrival.kind->event;
	hand_over(service, &arrival, env);
}

void browser_receive(struct browser_service *service, const struct local_event *event,
		     const struct nbt_env *env)
{
	struct nbt_datagram datagram;

	browser_count(service, BROWSER_FRAMES);
	if (nbt_datagram_decode(&datagram, event->datagram, event->datagram_len) != NBT_OK ||
	    nbt_datagram_is_rest(&datagram)) {
		browser_count(service, BROWSER_MALFORMED);
		return;
	}
	if (datagram.type == NBT_DGM_DIRECT_UNIQUE || datagram.type == NBT_DGM_DIRECT_GROUP ||
	    datagram.type == NBT_DGM_BROADCAST)
		receive(service, event->envelope, &datagram, env);
}
