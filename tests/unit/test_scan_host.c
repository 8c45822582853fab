/* What machines say of themselves. */
#include "tools/scan_host.h"

#include "support.h"

#define NAMES_MAX 6

/* Names as "G:LAB<00>" for groups and "FRED<00>" for others. */
static void make_node(struct nbt_node_status *node, const char *const *names, uint8_t mac)
{
	memset(node, 0, sizeof(*node));
	memset(node->unit_id, mac, sizeof(node->unit_id));
	for (; *names != NULL; names++) {
		struct nbt_status_name *entry = &node->names[node->count++];
		bool is_group = strncmp(*names, "G:", 2) == 0;

		entry->name = name_of(*names + (is_group ? 2 : 0));
		entry->flags = NBT_STATUS_ACTIVE;
		if (is_group)
			entry->flags |= NBT_STATUS_GROUP;
	}
}

static const struct row {
	const char *names[NAMES_MAX + 1];
	uint8_t mac; /* every byte of it */
	const char *kinds;
} rows[] = {
	{ { NULL }, 1, "" },
	{ { "G:LAB<00>" }, 1, "" },
	{ { "FRED<00>" }, 1, "workstation" },
	{ { "FRED<00>" }, 0, "Samba" },
	{ { "FRED<00>", "FRED<20>" }, 0, "file server, Samba" },
	{ { "FRED<00>", "G:FRED<20>" }, 1, "workstation" },
	{ { "DC<00>", "LAB<1b>", "G:LAB<1c>", "DC<20>" },
	  1,
	  "domain master, domain controller, file server" },
	{ { "M<00>", "LAB<1d>", "G:<01><02>__MSBROWSE__<02><01>" }, 1, "master browser" },
	{ { "M<00>", "G:LAB<01>", "G:LAB<1e>", "LAB<1e>" }, 1, "workstation" },
	{ { "W<00>", "G:INet~Services<1c>", "IS~W<00>" }, 1, "web server" },
	{ { "X<00>", "X<23>" }, 1, "mail server" },
	{ { "X<00>", "X<06>" }, 1, "dial-in server" },
	{ { "NPI0A1B2C<00>" }, 1, "printer" },
	{ { "NPI0A1B2<00>" }, 1, "workstation" },
	{ { "NPI0A1B2CD<00>" }, 1, "workstation" },
	{ { "NPI0A1B2X<00>" }, 1, "workstation" },
	{ { "BRN001BA9123456<00>", "BRN001BA9123456<20>" }, 1, "printer, file server" },
	{ { "BRNO<00>" }, 1, "workstation" },
};

static void kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static struct nbt_node_status node;
		struct scan_host host;
		char text[SCAN_KINDS_TEXT_MAX];

		make_node(&node, rows[i].names, rows[i].mac);
		scan_host_read(&host, &node, true);
		if (strcmp(scan_kinds_text(host.kinds, text), rows[i].kinds) != 0)
			fail_msg("row %zu: %s, wanted %s", i, text, rows[i].kinds);
	}
}

static void what_is_cut_is_no_samba(void **state)
{
	static const char *const names[] = { "FRED<00>", NULL };
	static struct nbt_node_status node;
	struct scan_host host;

	(void)state;
	make_node(&node, names, 0);
	scan_host_read(&host, &node, false);
	assert_int_equal(host.kinds, 1U << SCAN_WORKSTATION);
}

static void names_of_a_host(void **state)
{
	static const char *const names[] = { "G:LAB<00>", "FIRST<00>",  "G:OTHER<00>", "NEXT<00>",
					     "FIRST<03>", "G:NONE<03>", "BERTA<03>",   NULL };
	static struct nbt_node_status node;
	struct scan_host host;

	(void)state;
	make_node(&node, names, 1);
	scan_host_read(&host, &node, true);
	assert_ptr_equal(host.workgroup, &node.names[0].name);
	assert_ptr_equal(host.name, &node.names[1].name);
	assert_ptr_equal(host.user, &node.names[6].name);
	assert_false(host.is_server);

	node.count = 0;
	scan_host_read(&host, &node, true);
	assert_null(host.name);
	assert_null(host.workgroup);
	assert_null(host.user);
}

/* Every word together fits its room. */
static void all_kinds_fit(void **state)
{
	char text[SCAN_KINDS_TEXT_MAX];

	(void)state;
	assert_true(strlen(scan_kinds_text((1U << SCAN_KINDS) - 1, text)) < sizeof(text) - 1);
	assert_non_null(strstr(text, "workstation"));
}

static const struct service_row {
	const char *name;
	uint16_t flags;
	const char *want;
} service_rows[] = {
	{ "FRED<00>", 0, "Workstation Service" },
	{ "IS~FRED<00>", 0, "IIS" },
	{ "LAB<00>", NBT_STATUS_GROUP, "Domain Name" },
	{ "LAB<1c>", NBT_STATUS_GROUP, "Domain Controllers" },
	{ "LAB<1c>", 0, NULL },
	{ "INet~Services<1c>", NBT_STATUS_GROUP, "IIS" },
	{ "<01><02>__MSBROWSE__<02><01>", NBT_STATUS_GROUP, "Master Browser" },
	{ "LAB<01>", NBT_STATUS_GROUP, NULL },
	{ "FRED<01>", 0, "Messenger Service" },
	{ "FRED<be>", 0, "Network Monitor Agent" },
	{ "FRED<ff>", 0, NULL },
};

static void services(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(service_rows); i++) {
		const struct service_row *row = &service_rows[i];
		struct nbt_status_name entry = { name_of(row->name), row->flags };
		const char *got = scan_service(&entry);

		if ((got == NULL) != (row->want == NULL) ||
		    (got != NULL && strcmp(got, row->want) != 0))
			fail_msg("%s: %s, wanted %s", row->name, got, row->want);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),           cmocka_unit_test(what_is_cut_is_no_samba),
		cmocka_unit_test(names_of_a_host), cmocka_unit_test(all_kinds_fit),
		cmocka_unit_test(services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
