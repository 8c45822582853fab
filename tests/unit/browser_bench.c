/* A browser alone on a bench. */
#include "browser_bench.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include <nbt/mailslot.h>

#include "browserd/text.h"

static uint32_t draw(void *ctx, uint32_t below)
{
	const struct bench *bench = ctx;

	return bench->is_late ? below - 1 : 0;
}

struct in_addr address_of(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static struct act *note(struct bench *bench, enum deed deed)
{
	struct act *act = &bench->acts[bench->count];

	assert_true(bench->count < ARRAY_SIZE(bench->acts));
	bench->count++;
	*act = (struct act){ .deed = deed, .at_ms = bench->env.now_ms };
	return act;
}

static void on_send(void *ctx, const struct nbt_envelope *envelope,
		    const struct nbt_datagram *datagram)
{
	struct act *act = note(ctx, SENT);
	struct nbt_mailslot mailslot;
	enum nbt_error err;

	act->name = datagram->destination;
	act->type = datagram->type;
	act->envelope = *envelope;
	act->interface = envelope->interface;
	assert_error("mailslot", nbt_mailslot_decode(&mailslot, datagram->data, datagram->data_len),
		     NBT_OK);
	act->is_quick = mailslot.priority == 2;
	act->version = mailslot.timeout_ms;
	err = nbt_mailslot_is(&mailslot, NBT_MAILSLOT_LANMAN)
		      ? nbt_lanman_decode(&act->frame, mailslot.data, mailslot.data_len)
		      : nbt_browse_decode(&act->frame, mailslot.data, mailslot.data_len);
	assert_error("frame", err, NBT_OK);
}

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct bench *bench = ctx;
	struct act *act = note(bench, CLAIMED);

	act->name = claim->name;
	act->interface = claim->interface;
	act->is_local = claim->broadcast_only;
	assert_true(bench->pending_count < ARRAY_SIZE(bench->pending));
	bench->pending[bench->pending_count++] = *claim;
	bench->pending_ms = bench->env.now_ms + 750;
	return true;
}

static void on_release(void *ctx, const struct nbt_local_claim *claim)
{
	struct act *act = note(ctx, RELEASED);

	act->name = claim->name;
	act->interface = claim->interface;
}

static void on_pull(void *ctx, const struct browser_pull *pull)
{
	struct bench *bench = ctx;

	struct act *act = note(bench, PULLED);

	act->interface = pull->interface;
	act->address = pull->address;
	act->is_local = pull->is_local;
	act->is_workgroups_only = pull->is_workgroups_only;
	text_copy(act->peer, sizeof(act->peer), pull->name);
	assert_true(bench->pulling_count < ARRAY_SIZE(bench->pulling));
	bench->pulling[bench->pulling_count++] = pull->token;
}

static bool on_lookup(void *ctx, const struct browser_lookup *lookup)
{
	struct bench *bench = ctx;
	struct act *act;

	if (bench->lookups_fail)
		return false;
	act = note(bench, LOOKED);

	act->name = lookup->name;
	act->address = lookup->address;
	act->lookup = lookup->type;
	if (lookup->type == BROWSER_LOOKUP_NODE)
		bench->node = lookup->token;
	else if (lookup->type == BROWSER_LOOKUP_MASTERS)
		bench->masters = lookup->token;
	else
		bench->looking = lookup->token;
	return true;
}

void bench_answer_node(struct bench *bench, bool has_nbns)
{
	const struct browser_found found = { .is_there = has_nbns };

	browser_lookup_end(bench->service, bench->node, &found, &bench->env);
}

void bench_answer_masters(struct bench *bench, const struct browser_found *found)
{
	browser_lookup_end(bench->service, bench->masters, found, &bench->env);
}

void bench_answer(struct bench *bench, const struct browser_found *found)
{
	uint32_t token = bench->looking;

	assert_int_not_equal(token, 0);
	bench->looking = 0;
	browser_lookup_end(bench->service, token, found, &bench->env);
}

static void on_news(void *ctx, const struct browser_news *news)
{
	(void)ctx;
	(void)news;
}

static void decide_names(struct bench *bench)
{
	struct nbt_local_claim pending[ARRAY_SIZE(bench->pending)];
	size_t count = bench->pending_count;

	memcpy(pending, bench->pending, sizeof(pending));
	bench->pending_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct local_event event = { .type = LOCAL_CLAIMED, .claim = &pending[i] };
		struct nbt_name refused =
			name_of(bench->refused != NULL ? bench->refused : "NOBODY<00>");

		if (nbt_name_equal(&refused, &pending[i].name))
			event.type = LOCAL_REFUSED;
		browser_event(bench->service, &event, &bench->env);
	}
}

static void bring(struct bench *bench)
{
	uint32_t token = bench->pulling[--bench->pulling_count];

	for (size_t i = 0; i < bench->pull_records; i++) {
		struct lists_record record = { .name = "P00", .type = 0x1003 };

		record.name[1] = (char)('0' + i / 10);
		record.name[2] = (char)('0' + i % 10);
		browser_pull_record(bench->service, token, LISTS_SERVERS, &record, &bench->env);
	}
	if (bench->pull_workgroup != NULL) {
		struct lists_record record = { .type = NBT_SV_DOMAIN_ENUM, .comment = "SOMEONE" };

		text_copy(record.name, sizeof(record.name), bench->pull_workgroup);
		browser_pull_record(bench->service, token, LISTS_WORKGROUPS, &record, &bench->env);
	}
	browser_pull_end(bench->service, token, !bench->pulls_fail, &bench->env);
}

void bench_pass_ms(struct bench *bench, uint64_t ms)
{
	uint64_t until = bench->env.now_ms + ms;

	for (;;) {
		uint64_t due = browser_deadline(bench->service);
		uint64_t names = bench->pending_count > 0 ? bench->pending_ms : NBT_NEVER;

		if (bench->pulling_count > 0) {
			bring(bench);
			continue;
		}
		if (nbt_earlier(due, names) > until)
			break;
		if (nbt_earlier(due, names) > bench->env.now_ms)
			bench->env.now_ms = nbt_earlier(due, names);
		if (names <= due)
			decide_names(bench);
		else
			browser_wake(bench->service, &bench->env);
	}
	bench->env.now_ms = until;
}

void bench_set_interfaces(struct bench *bench, const char *first, const char *second)
{
	const struct browser_interface items[] = {
		{ address_of(first), address_of("255.255.255.0") },
		{ address_of(second != NULL ? second : first), address_of("255.255.255.0") },
	};

	assert_true(
		browser_set_interfaces(bench->service, items, second != NULL ? 2 : 1, &bench->env));
}

void bench_start(struct bench *bench)
{
	static const struct browser_sinks sinks = { on_send, on_claim,  on_release,
						    on_pull, on_lookup, on_news };
	const struct local_event up = { .type = LOCAL_UP };

	bench->service = browser_create(&bench->settings, &sinks, bench, &bench->env);
	assert_non_null(bench->service);
	browser_event(bench->service, &up, &bench->env);
	bench_set_interfaces(bench, HOME, NULL);
	bench_pass_ms(bench, 760);
}

void bench_hear_from(struct bench *bench, const char *interface, const char *address,
		     const char *from, const char *to, const struct nbt_browse *frame)
{
	uint8_t bytes[NBT_BROWSE_FRAME_MAX], data[700], wire[900];
	struct nbt_mailslot mailslot = { .name = nbt_browse_mailslot(frame->opcode),
					 .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
					 .priority = bench->is_quick ? 2 : 1,
					 .timeout_ms = bench->version,
					 .data = bytes };
	struct nbt_datagram datagram = { .type = NBT_DGM_DIRECT_GROUP,
					 .flags = NBT_DGM_FLAG_FIRST,
					 .source_address = address_of(address),
					 .source_port = 1138,
					 .source = name_of(from),
					 .destination = name_of(to),
					 .data = data };
	const struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM,
					       .interface = address_of(interface),
					       .peer = datagram.source_address };
	struct local_event event = { .type = LOCAL_DATAGRAM,
				     .envelope = &envelope,
				     .datagram = wire };

	assert_error("frame", nbt_browse_encode(frame, bytes, sizeof(bytes), &mailslot.data_len),
		     NBT_OK);
	assert_error("mailslot",
		     nbt_mailslot_encode(&mailslot, data, sizeof(data), &datagram.data_len),
		     NBT_OK);
	assert_error("datagram",
		     nbt_datagram_encode(&datagram, wire, sizeof(wire), &event.datagram_len),
		     NBT_OK);
	browser_event(bench->service, &event, &bench->env);
}

void bench_hear(struct bench *bench, const char *to, const struct nbt_browse *frame)
{
	bench_hear_from(bench, HOME, PEER, "PEER<00>", to, frame);
}

void bench_elect(struct bench *bench, uint8_t version, uint32_t criteria)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
					  .election_version = version,
					  .criteria = criteria,
					  .uptime_ms = version };

	bench_hear(bench, "LAB<1E>", &frame);
}

void bench_announce(struct bench *bench, unsigned opcode, const char *to, const char *name,
		    uint32_t type)
{
	struct nbt_browse frame = { .opcode = opcode,
				    .period_ms = 12 * MINUTE,
				    .server_type = type,
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), name);
	bench_hear(bench, to, &frame);
}

void bench_reset(struct bench *bench, const char *address, const char *to, uint8_t what)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_RESET_STATE, .reset = what };

	bench_hear_from(bench, HOME, address, "ADMIN<00>", to, &frame);
}

void bench_promote(struct bench *bench, const char *to)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_BECOME_BACKUP, .name = "US" };

	bench_hear(bench, to, &frame);
	bench_pass_ms(bench, 1);
}

const struct act *bench_next(const struct bench *bench, size_t *at, enum deed deed, unsigned opcode)
{
	while (*at < bench->count) {
		const struct act *act = &bench->acts[(*at)++];

		if (act->deed == deed && (deed != SENT || act->frame.opcode == opcode))
			return act;
	}
	fail_msg("there is no such deed: %d, opcode %u", (int)deed, opcode);
	return NULL;
}

size_t bench_count_sent(const struct bench *bench, size_t at, unsigned opcode)
{
	size_t count = 0;

	for (; at < bench->count; at++)
		count += bench->acts[at].deed == SENT && bench->acts[at].frame.opcode == opcode;
	return count;
}

void assert_name(const struct act *act, const char *want)
{
	const struct nbt_name name = name_of(want);

	if (!nbt_name_equal(&act->name, &name))
		fail_msg("%.15s<%02X>, wanted %s", (const char *)act->name.bytes,
			 act->name.bytes[15], want);
}

struct looking {
	struct in_addr interface;
	const char *workgroup;
	enum browser_role role;
};

static void look(void *ctx, const struct browser_role_view *view)
{
	struct looking *looking = ctx;

	if (view->interface.s_addr == looking->interface.s_addr &&
	    text_equal(view->workgroup, looking->workgroup))
		looking->role = view->role;
}

enum browser_role bench_role_at(const struct bench *bench, const char *interface,
				const char *workgroup)
{
	struct looking looking = { address_of(interface), workgroup, BROWSER_ROLE_OFF };

	browser_each_role(bench->service, look, &looking);
	return looking.role;
}

enum browser_role bench_role(const struct bench *bench)
{
	return bench_role_at(bench, HOME, "LAB");
}

bool bench_lists_it(const struct bench *bench, const char *name, struct lists_view *view)
{
	return lists_find(browser_lists(bench->service), LISTS_SERVERS, "LAB", name, view);
}

struct bench *bench_create(void)
{
	const struct browser_settings defaults = BROWSER_SETTINGS_DEFAULT;
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->env = (struct nbt_env){ .now_ms = HOUR, .random = draw, .random_ctx = bench };
	bench->started_ms = bench->env.now_ms;
	bench->workgroups[0] = "LAB";
	bench->workgroups[1] = "SHOP";
	bench->aliases[0] = "OLDBOX";
	bench->settings = defaults;
	bench->settings.name = "US";
	bench->settings.workgroups = bench->workgroups;
	bench->settings.workgroup_count = 1;
	bench->settings.aliases = bench->aliases;
	return bench;
}

int bench_set_up(void **state)
{
	*state = bench_create();
	return 0;
}

int bench_tear_down(void **state)
{
	struct bench *bench = *state;

	browser_destroy(bench->service);
	free(bench);
	return 0;
}

void bench_be_master(struct bench *bench)
{
	bench_start(bench);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

void bench_be_potential(struct bench *bench)
{
	bench_start(bench);
	bench_announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER", 0x00051003);
	bench_pass_ms(bench, 1);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
}

void bench_be_backup(struct bench *bench)
{
	bench_be_potential(bench);
	bench_promote(bench, "LAB<1E>");
	assert_int_equal(bench_role(bench), BROWSER_ROLE_BACKUP);
}
