/*
 * The name server as a whole: the bytes are a story of packets from several clients, of records
 * from partners, of time, and of a store that commits now and then. After every step what the
 * server sent is looked at; in the end the store must have what the registry has.
 */
#include "fuzz.h"

#include <string.h>

#include "common/access.h"
#include "common/array.h"
#include "nbnsd/audit/audit.h"
#include "nbnsd/audit/conflicts.h"
#include "nbnsd/service/name_event.h"
#include "nbnsd/service/replicas.h"
#include "nbnsd/service/service.h"

#define IDS_MAX     512 /* more records than a story can make */
#define MEMBERS_MAX 64  /* of a group */
#define BATCHES_MAX 32
#define PARTNERS    3 /* the last one is ourselves */

/* What is on disk. */
struct disk_record {
	bool exists;
	struct record record;
	size_t member_count;
	struct in_addr member[MEMBERS_MAX];
	lease_time expiry[MEMBERS_MAX];
};

static struct disk_record disk[IDS_MAX];

struct story {
	struct fuzz_input in;

	struct registry *registry;
	struct service *service;
	struct access_list *everybody;
	struct nbt_env env;
	uint32_t lots;
	struct changes *batches[BATCHES_MAX];
	size_t batch_count;
	uint16_t last_id, asked_id; /* of a request, of the server's last question */
	struct in_addr asked;
	struct nbt_name asked_name;
	uint64_t highest; /* version committed */
	uint64_t versions[PARTNERS];
	struct service_verification *verification; /* of the first partner, or NULL */
};

static struct outbox out;

/*
 * The disk.
 */

static size_t find_member(const struct disk_record *on_disk, struct in_addr member)
{
	size_t i = 0;

	while (i < on_disk->member_count && on_disk->member[i].s_addr != member.s_addr)
		i++;
	return i;
}

static void put_member(struct disk_record *on_disk, const struct change *change)
{
	size_t i = find_member(on_disk, change->member);

	must(on_disk->exists && on_disk->record.kind == RECORD_GROUP && i < MEMBERS_MAX);
	on_disk->member[i] = change->member;
	on_disk->expiry[i] = change->member_expiry;
	on_disk->member_count += i == on_disk->member_count;
}

static void delete_member(struct disk_record *on_disk, const struct change *change)
{
	size_t i = find_member(on_disk, change->member);

	if (i == on_disk->member_count)
		return;
	on_disk->member_count--;
	on_disk->member[i] = on_disk->member[on_disk->member_count];
	on_disk->expiry[i] = on_disk->expiry[on_disk->member_count];
}

static void write_change(struct story *story, const struct change *change,
			 const struct record *record)
{
	struct disk_record *on_disk = &disk[change->id];

	must(change->id < IDS_MAX);
	switch (change->type) {
	case CHANGE_PUT:
		if (!on_disk->exists || record->kind != RECORD_GROUP)
			on_disk->member_count = 0;
		on_disk->exists = true;
		on_disk->record = *record;
		if (record_is_owned(record) && record->version > story->highest)
			story->highest = record->version;
		break;
	case CHANGE_DELETE:
		must(on_disk->exists);
		on_disk->exists = false;
		on_disk->member_count = 0;
		break;
	case CHANGE_MEMBER_PUT:
		put_member(on_disk, change);
		break;
	case CHANGE_MEMBER_DELETE:
		delete_member(on_disk, change);
		break;
	case CHANGE_AUDIT:
		must(change->note_len == sizeof(struct audit_row));
		break;
	case CHANGE_EVENT:
		must(change->note_len <= sizeof(struct name_event));
		break;
	case CHANGE_CONFLICT:
		must(change->note_len == sizeof(struct conflict_row));
		break;
	case CHANGE_OWNER:
		must(change->note_len == sizeof(struct owner_row));
		break;
	}
}

static void take_batch(struct story *story)
{
	struct changes *changes;

	if (story->batch_count == BATCHES_MAX)
		return;
	changes = service_take_changes(story->service);
	if (changes != NULL)
		story->batches[story->batch_count++] = changes;
}

static void look_at_outbox(struct story *story);

static void commit_one(struct story *story)
{
	struct changes *changes = story->batches[0];
	struct change change;
	struct record record;
	size_t cursor = 0;

	if (story->batch_count == 0)
		return;
	while (changes_next(changes, &cursor, &change, &record))
		write_change(story, &change, &record);
	story->batch_count--;
	memmove(story->batches, story->batches + 1, story->batch_count * sizeof(story->batches[0]));
	service_committed(story->service, changes);
	while (service_answers(story->service, &out, &story->env))
		look_at_outbox(story);
	look_at_outbox(story);
}

/*
 * What must hold.
 */

static void look_at_packet(struct story *story, const struct outgoing *sent)
{
	static struct nbt_packet packet;

	must(sent->len <= OUTGOING_MAX && sent->to.sin_family == AF_INET);
	must(nbt_packet_decode(&packet, sent->bytes, sent->len) == NBT_OK);
	if (packet.flags & NBT_FLAG_R)
		return;
	must(ntohs(sent->to.sin_port) == NBT_NAME_PORT);
	if (packet.opcode == NBT_OP_RELEASE)
		return; /* a demand */
	must(packet.opcode == NBT_OP_QUERY);
	story->asked_id = packet.id;
	story->asked = sent->to.sin_addr;
	story->asked_name = packet.question[0].name;
}

static void look_at_outbox(struct story *story)
{
	must(out.count <= OUTBOX_SIZE);
	for (size_t i = 0; i < out.count; i++)
		look_at_packet(story, &out.packet[i]);
	out.count = 0;
}

static void check_record(const struct story *story, uint32_t id, const struct record *record)
{
	must(registry_find(story->registry, &record->name, &record->scope) == id);
	must(service_find_fault(story->service, id) == NULL);
	must(record->kind <= RECORD_MULTIHOMED && record->state <= RECORD_TOMBSTONE);
	must(record->address_count <= RECORD_MAX_ADDRESSES);
	must(record->kind != RECORD_GROUP || record->address_count == 0);
	must(record->kind != RECORD_UNIQUE || record->address_count == 1);
	must(record->is_static == (record->expiry == LEASE_FOREVER));
	must(record->state == RECORD_ACTIVE || !record->is_static);
	if (record->kind == RECORD_GROUP && record->state != RECORD_ACTIVE)
		must(registry_member_count(story->registry, id) == 0);
	for (size_t i = 0; i < record->address_count; i++)
		for (size_t j = 0; j < i; j++)
			must(record->address[i].address.s_addr !=
			     record->address[j].address.s_addr);
}

/* But for the time stamps of a renewal that is not written yet. */
static void check_on_disk(const struct story *story, uint32_t id, const struct record *record)
{
	const struct record *on_disk = &disk[id].record;
	bool unsaved = registry_is_unsaved(story->registry, id);

	must(disk[id].exists && nbt_name_equal(&on_disk->name, &record->name) &&
	     nbt_scope_equal(&on_disk->scope, &record->scope));
	must(on_disk->kind == record->kind && on_disk->state == record->state &&
	     on_disk->is_static == record->is_static && on_disk->version == record->version &&
	     on_disk->owner.s_addr == record->owner.s_addr);
	must(unsaved ||
	     (on_disk->expiry == record->expiry && on_disk->node_type == record->node_type &&
	      on_disk->address_count == record->address_count));
	for (size_t i = 0; !unsaved && i < record->address_count; i++)
		must(memcmp(&on_disk->address[i], &record->address[i],
			    sizeof(record->address[i])) == 0);
}

static void check_members(const struct story *story, uint32_t id)
{
	struct in_addr member;
	lease_time expiry;
	uint32_t cursor = 0;
	size_t i;

	must(registry_member_count(story->registry, id) == disk[id].member_count);
	while (registry_member_next(story->registry, id, &cursor, &member, &expiry)) {
		i = find_member(&disk[id], member);
		must(i < disk[id].member_count && disk[id].expiry[i] == expiry);
	}
}

static void check_all(const struct story *story, bool all_committed)
{
	static struct record record;

	for (uint32_t id = 0; id < IDS_MAX; id++) {
		if (!registry_has(story->registry, id)) {
			must(!all_committed || !disk[id].exists);
			continue;
		}
		registry_get(story->registry, id, &record);
		check_record(story, id, &record);
		if (!all_committed)
			continue;
		check_on_disk(story, id, &record);
		if (record.kind == RECORD_GROUP)
			check_members(story, id);
	}
}

/*
 * Steps.
 */

static const char *const name_texts[] = { "FRED<20>", "FRED<00>", "LAB<1B>",     "LAB<1C>",
					  "LAB<1D>",  "LAB<1E>",  "OFFICE1<20>", "WORK<00>" };

static struct nbt_name take_name(struct story *story)
{
	struct nbt_name name;

	if (nbt_name_from_text(&name, name_texts[fuzz_take(&story->in) % ARRAY_SIZE(name_texts)],
			       0) != NBT_OK)
		abort();
	return name;
}

/* 10.0.0.n, one of 32; in lists there is room for 25. */
static struct in_addr take_address(struct story *story)
{
	return (struct in_addr){ htonl(0x0A000000u + fuzz_take(&story->in) % 32) };
}

static void receive(struct story *story, const uint8_t *bytes, size_t len, struct in_addr from,
		    bool to_broadcast)
{
	const struct incoming in = { .bytes = bytes,
				     .len = len,
				     .from = { .sin_family = AF_INET,
					       .sin_port = htons(NBT_NAME_PORT),
					       .sin_addr = from },
				     .to_broadcast = to_broadcast };

	service_receive(story->service, &in, &out, &story->env);
	must(out.count <= OUTBOX_PER_PACKET);
	look_at_outbox(story);
}

static void receive_packet(struct story *story, const struct nbt_packet *packet,
			   struct in_addr from)
{
	uint8_t bytes[OUTGOING_MAX];
	size_t len;

	must(nbt_packet_encode(packet, bytes, sizeof(bytes), &len) == NBT_OK);
	receive(story, bytes, len, from, false);
}

static void step_raw(struct story *story)
{
	struct in_addr from = take_address(story);
	bool to_broadcast = fuzz_take(&story->in) % 4 == 0;
	size_t len = fuzz_take(&story->in);
	uint8_t *exact;

	if (len > story->in.left)
		len = story->in.left;
	exact = malloc(len > 0 ? len : 1);
	must(exact != NULL);
	memcpy(exact, story->in.bytes, len);
	story->in.bytes += len;
	story->in.left -= len;
	receive(story, exact, len, from, to_broadcast);
	free(exact);
}

static void step_claim(struct story *story)
{
	static const uint8_t opcodes[] = { 5, 5, 6, 6, 8, 9, 15, 15 };
	uint8_t how = fuzz_take(&story->in);
	struct in_addr from = take_address(story);
	struct nbt_name name = take_name(story);
	struct nbt_scope scope = { .len = how & 8 ? 2 : 0, .labels = { 1, 'X' } };
	struct nbt_address address = { (uint16_t)(how & 16 ? NBT_NB_GROUP : NBT_NB_H), from };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	if (how & 32)
		address.address = take_address(story);
	if (!(how & 64))
		story->last_id++;
	nbt_make_claim(&packet, (enum nbt_opcode)opcodes[how % 8], story->last_id,
		       how & 128 ? NBT_FLAG_B : NBT_FLAG_RD, &name, &scope, 300000, &address,
		       rdata);
	receive_packet(story, &packet, from);
}

static void step_query(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	struct nbt_name name = take_name(story);
	const struct nbt_scope scope = { .len = 0 };
	struct nbt_packet packet;

	if (how & 1)
		name = (struct nbt_name){ "*              \x1B" };
	if (how & 2)
		name = (struct nbt_name){ "*" };
	nbt_make_query(&packet, ++story->last_id,
		       (uint16_t)((how & 4 ? 0 : NBT_FLAG_RD) | (how & 8 ? NBT_FLAG_B : 0)), &name,
		       &scope, how & 16 ? NBT_TYPE_NBSTAT : NBT_TYPE_NB);
	receive_packet(story, &packet, take_address(story));
}

/* To the server's last question. */
static void step_testify(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	const struct nbt_scope scope = { .len = how & 8 ? 2 : 0, .labels = { 1, 'X' } };
	const struct nbt_address list[2] = { { NBT_NB_H, story->asked },
					     { NBT_NB_H, take_address(story) } };
	bool is_positive = how & 1;
	uint8_t rdata[2 * NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, list, 2);
	nbt_make_response(&packet, NBT_OP_QUERY, story->asked_id, NBT_FLAG_AA,
			  is_positive ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR, &story->asked_name,
			  &scope, is_positive ? NBT_TYPE_NB : NBT_TYPE_NULL, 0, rdata,
			  (uint16_t)(is_positive ? sizeof(rdata) : 0));
	receive_packet(story, &packet, story->asked);
}

static void wake(struct story *story)
{
	while (service_wake(story->service, &out, &story->env))
		look_at_outbox(story);
	look_at_outbox(story);
}

static void step_time(struct story *story)
{
	static const uint32_t seconds[] = { 0, 1, 3, 60, 3600, 20000, 90000, 300000 };

	story->env.now_ms += seconds[fuzz_take(&story->in) % 8] * UINT64_C(1000) + 250;
	wake(story);
}

static void step_store(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);

	take_batch(story);
	for (size_t i = how % 4; i > 0; i--)
		commit_one(story);
	if (how & 64)
		service_set_storing(story->service, how & 128);
}

static void step_static(struct story *story)
{
	struct record record = { .name = take_name(story),
				 .kind = fuzz_take(&story->in) % 4,
				 .is_static = true,
				 .expiry = LEASE_FOREVER };

	if (record.kind != RECORD_GROUP)
		record.address_count = record.kind == RECORD_UNIQUE ? 1 : 2;
	for (uint32_t i = 0; i < record.address_count; i++)
		record.address[i] = (struct record_address){
			.address = { htonl(0x0A000000u + fuzz_take(&story->in) % 16 + 16 * i) },
			.expiry = LEASE_FOREVER
		};
	must(service_put(story->service, &record) == 0);
}

/*
 * Partners.
 */

static const struct in_addr self = { 0x6400000A };

static struct in_addr partner(unsigned number)
{
	return number % PARTNERS == PARTNERS - 1
		       ? self
		       : (struct in_addr){ htonl(0x0A010000u + number % PARTNERS) };
}

/* Any kind and state, also such as there are none; versions go up, mostly. */
static unsigned take_replica(struct story *story, struct nbt_replica *replica)
{
	uint8_t how = fuzz_take(&story->in), more = fuzz_take(&story->in);
	unsigned owner = fuzz_take(&story->in);

	owner = owner < 250 ? owner % 2 : PARTNERS - 1;
	story->versions[owner] += more % 4;
	*replica = (struct nbt_replica){ .name = take_name(story),
					 .scope = { .len = how & 8 ? 2 : 0, .labels = { 1, 'X' } },
					 .version = story->versions[owner],
					 .type = how & 3,
					 .state = how >> 4 & 3,
					 .node = how >> 6,
					 .is_static = (more & 0x1C) == 0,
					 .member_count = more >> 5 };
	if ((replica->type & 2) == 0)
		replica->member_count = 1;
	if (replica->member_count == 7)
		replica->member_count = 27;
	for (unsigned i = 0; i < replica->member_count; i++)
		replica->member[i] = (struct nbt_replica_member){
			.owner = i < 3 ? partner(fuzz_take(&story->in)) : partner(owner),
			.address = take_address(story),
		};
	return owner;
}

static void wake(struct story *story);

static void step_replica(struct story *story)
{
	struct replica_question question = { .max = 0 };
	struct nbt_replica replica;

	question.owner = partner(take_replica(story, &replica));
	service_replica(story->service, &replica, &question, &story->env);
}

static void step_replica_and_time(struct story *story)
{
	step_replica(story);
	wake(story);
}

static void read_some(struct story *story, const struct nbt_owner_versions *range)
{
	struct service_reading *reading = service_read(story->service, range, range->min % 2);
	struct nbt_replication_list list;
	struct nbt_replica replica;
	uint64_t last = 0;
	size_t len;

	must(reading != NULL);
	while (service_read_on(reading))
		;
	must(!service_reading_failed(reading));
	list.bytes = service_reading_bytes(reading, &len);
	list.len = len;
	list.count = (uint32_t)service_reading_count(reading);
	while (nbt_replication_next_record(&list, &replica)) {
		must(replica.version >= last && replica.version >= range->min);
		must(range->max == 0 || replica.version <= range->max);
		must(replica.state != NBT_REPLICA_RELEASED);
		last = replica.version;
	}
	must(list.count == 0 && list.len == 0);
	service_read_end(reading);
}

static void verify(struct story *story, uint8_t how)
{
	struct nbt_replica replica;

	if (story->verification == NULL) {
		story->verification =
			service_verify(story->service, partner(0),
				       service_verify_highest(story->service, partner(0)));
	} else if (how & 128) {
		service_verify_end(story->verification, how & 64, how & 32);
		story->verification = NULL;
	} else {
		take_replica(story, &replica);
		service_verify_record(story->verification, &replica, &story->env);
	}
}

static void step_owner(struct story *story)
{
	struct nbt_owner_versions rows[PARTNERS + 2];
	uint8_t what = fuzz_take(&story->in), how = fuzz_take(&story->in);
	struct in_addr owner = partner(how);

	switch (what % 8) {
	case 0:
	case 1:
		must(service_set_version(
			story->service,
			&(struct nbt_owner_versions){ owner, story->versions[how % PARTNERS],
						      how >> 4 }));
		break;
	case 2:
		service_forget_owner(story->service, owner);
		break;
	case 3:
		service_bury_owner(story->service, owner);
		break;
	case 4:
		must(service_raise_version(story->service, how));
		break;
	case 5:
		verify(story, how);
		break;
	default:
		must(service_versions(story->service, rows, ARRAY_SIZE(rows)) <= ARRAY_SIZE(rows));
		must(rows[0].max <= story->highest || rows[0].max <= story->versions[PARTNERS - 1]);
		read_some(story, &(struct nbt_owner_versions){ owner, what >> 3, how >> 2 });
	}
}

static void (*const steps[])(struct story *story) = {
	step_raw,   step_claim,  step_claim,   step_query, step_testify, step_time,
	step_store, step_static, step_replica, step_owner, step_replica, step_replica_and_time,
};

/*
 * The story.
 */

static void begin(struct story *story, uint8_t how)
{
	static const struct access_network all = { .bits = 0 };
	static const uint8_t key[16];
	static const struct served_socket socket = { .address = { 0x6400000A } };
	struct service_settings settings = {
		.netbios_name = "OFFICE1",
		.workgroup = "WORK",
		.node_type = how & 3,
		.server = true,
		.node = { .is_server = how & 128 }, /* its own names are records */
		.renewal_s = 518400,
		.extinction_s = 345600,
		.extinction_timeout_s = 518400,
		.verify_s = 2073600,
		.scavenge_s = 259200,
		.deletion_uptime_s = how & 4 ? 0 : 259200,
		.migrate = how & 8,
		.prepend_1b = true,
		.wildcard_1b = true,
		.keep_master_names = how & 8,
		.challenge_retry_ms = 500,
		.challenge_tries = 3,
		.max_challenges = 3,
		.max_waiting = how & 16 ? 5 : 100,
		.burst_limit = how & 32 ? 4 : 0,
		.rate_limit = how & 64 ? 10 : 0,
		.audit_clients = 2, /* of a few more */
		.audit_save_s = 900,
		.conflict_history = 4,
		.replication_address = how & 16 ? self : OWNER_SELF,
	};

	const struct access_rule rules[SERVICE_RULES] = {
		[MAY_QUERY] = { &all, 1 },
		[MAY_REGISTER] = { &all, 1 },
		[MAY_HAVE_MEMBERS] = { &all, how & 128 ? 1 : 0 },
	};

	story->env =
		(struct nbt_env){ .now_ms = 1000, .random = fuzz_draw, .random_ctx = &story->lots };
	story->registry = registry_create(key);
	story->everybody = access_list_create(rules, SERVICE_RULES, NULL, 0);
	settings.access = story->everybody;
	story->service = service_create(&settings, story->registry, 1, 1000, &story->env);
	must(story->service != NULL);
	service_set_sockets(story->service, &socket, 1);
	for (size_t i = 0; i < IDS_MAX; i++)
		disk[i].exists = false;
}

static void end(struct story *story)
{
	service_set_storing(story->service, true);
	if (story->verification != NULL)
		service_verify_end(story->verification, true, true);
	do {
		take_batch(story);
		commit_one(story);
	} while (story->batch_count > 0);
	wake(story);
	take_batch(story);
	while (story->batch_count > 0)
		commit_one(story);
	check_all(story, true);

	service_save_renewals(story->service);
	take_batch(story);
	while (story->batch_count > 0)
		commit_one(story);
	check_all(story, true);
	must(registry_counts_agree(story->registry));
	service_destroy(story->service);
	registry_destroy(story->registry);
	access_list_destroy(story->everybody);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story story = { .in = { data, size } };

	begin(&story, fuzz_take(&story.in));
	while (story.in.left > 0) {
		steps[fuzz_take(&story.in) % ARRAY_SIZE(steps)](&story);
		if (story.in.left % 4 == 0)
			check_all(&story, false);
	}
	end(&story);
	return 0;
}
