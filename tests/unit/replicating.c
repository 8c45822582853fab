#include "replicating.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbnsd/replication/translate.h"

static struct in_addr self(void)
{
	return (struct in_addr){ inet_addr(NS_ADDRESS) };
}

struct nbns *replicating_new(void)
{
	struct nbns *ns = nbns_new();

	ns->settings.replication_address = self();
	return ns;
}

struct nbns *replicating_run(void)
{
	struct nbns *ns = replicating_new();

	nbns_start(ns);
	return ns;
}

struct in_addr server_outside(char letter)
{
	return letter == 'C' ? self() : server_of(letter);
}

bool set_version(struct nbns *ns, char server, uint64_t version)
{
	const struct nbt_owner_versions range = { server_outside(server), version, 0 };

	return service_set_version(ns->service, &range);
}

enum replica_check bring(struct nbns *ns, const char *name, const char *text)
{
	struct record record = record_read(text);
	const struct replica_question question = { .owner = server_outside(text[0]) };
	struct nbt_replica replica;

	record.name = name_of(name);
	translate_out(&replica, &record, self());
	return service_replica(ns->service, &replica, &question, &ns->env);
}

enum replica_check arrive(struct nbns *ns, const char *name, const char *text)
{
	enum replica_check check = bring(ns, name, text);

	nbns_pass_ms(ns, 0);
	if (!ns->stalled)
		nbns_commit(ns);
	return check;
}

void expect_record_at(const struct nbns *ns, const char *name, const char *text, int line)
{
	char what[64];
	struct record record;

	snprintf(what, sizeof(what), "line %d", line);
	if (text == NULL) {
		if (has_record(ns, name))
			fail_msg("%s: the record is there", what);
		return;
	}
	record = record_named(ns, name);
	assert_replica(what, &record, text);
}

void plant_text(struct nbns *ns, const char *name, const char *text)
{
	struct record record = record_read(text);

	record.name = name_of(name);
	record.expiry = record.is_static
				? LEASE_FOREVER
				: service_lease_now(ns->service, &ns->env) + ns->settings.renewal_s;
	for (size_t i = 0; i < record.address_count; i++)
		record.address[i].expiry = record.expiry;
	plant(ns, &record);
}

struct client client_of(const char *address)
{
	return (struct client){ .address = address_read(address), .port = NBT_NAME_PORT };
}

/* Through the codec, as a partner sees them. */
static void print_records(const uint8_t *bytes, size_t len, size_t count, char out[READ_MAX])
{
	struct nbt_replication_list list = { bytes, len, (uint32_t)count };
	struct nbt_replica replica;
	char name[NBT_NAME_TEXT_MAX];
	size_t at = 0;

	out[0] = '\0';
	while (nbt_replication_next_record(&list, &replica))
		at += (size_t)snprintf(out + at, READ_MAX - at, "%s%s:%llu", at > 0 ? " " : "",
				       nbt_name_print(&replica.name, name, sizeof(name)),
				       (unsigned long long)replica.version);
	assert_int_equal(list.count, 0);
	assert_int_equal(list.len, 0);
}

const char *read_all(struct nbns *ns, char server, uint64_t min, uint64_t max, bool dynamic_only,
		     char out[READ_MAX])
{
	const struct nbt_owner_versions range = { server_outside(server), max, min };
	struct service_reading *reading = service_read(ns->service, &range, dynamic_only);
	const uint8_t *bytes;
	size_t len;

	assert_non_null(reading);
	while (service_read_on(reading))
		;
	assert_false(service_reading_failed(reading));
	bytes = service_reading_bytes(reading, &len);
	print_records(bytes, len, service_reading_count(reading), out);
	service_read_end(reading);
	return out;
}

uint64_t offered(const struct nbns *ns, char server)
{
	struct nbt_owner_versions rows[16];
	size_t count = service_versions(ns->service, rows, ARRAY_SIZE(rows));

	assert_true(count > 0 && count <= ARRAY_SIZE(rows));
	assert_int_equal(rows[0].owner.s_addr, self().s_addr);
	for (size_t i = 0; i < count; i++)
		if (rows[i].owner.s_addr == server_outside(server).s_addr)
			return rows[i].max;
	return 0;
}

void expect_demand_at(struct nbns *ns, const struct client *to, const char *name, int line)
{
	struct nbt_packet packet;
	const struct outgoing *out = next_packet(ns, &packet, line);
	struct nbt_name want = name_of(name);

	if (packet.flags & NBT_FLAG_R || packet.opcode != NBT_OP_RELEASE ||
	    packet.question_count != 1 || packet.additional_count != 1 ||
	    !nbt_name_equal(&packet.question[0].name, &want))
		fail_msg("line %d: no release demand", line);
	assert_int_equal(out->to.sin_addr.s_addr, to->address.s_addr);
	assert_int_equal(ntohs(out->to.sin_port), NBT_NAME_PORT);
	assert_int_equal(nbt_record_address(&packet.record[0], 0).address.s_addr,
			 to->address.s_addr);
}
