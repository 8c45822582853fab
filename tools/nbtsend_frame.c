/* Kinds of frames and their members as tables. Keys and units are those of nbt_dump_browse(). */
#include "config.h"

#include "tools/nbtsend_frame.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/datagram.h>
#include <nbt/name.h>

#include "common/charset.h"

#define ARRAY_SIZE(a)     (sizeof(a) / sizeof((a)[0]))
#define ANNOUNCE_EVERY_MS 720000

/* What a frame has. */
enum members {
	NAME = 1 << 0,
	ANNOUNCED = 1 << 1,
	BROWSER = 1 << 2, /* an announcement of a browser */
	ELECTION = 1 << 3,
	BACKUP = 1 << 4,
	BACKUP_LIST = 1 << 5,
	RESET = 1 << 6
};

#define ANNOUNCEMENT (NAME | ANNOUNCED | BROWSER)
#define UNIQUE       NBT_DGM_DIRECT_UNIQUE
#define GROUP        NBT_DGM_DIRECT_GROUP

static const struct frame_kind kinds[] = {
	{ "host", NBT_BROWSE_HOST_ANNOUNCEMENT, GROUP, NBT_SUFFIX_LMB, ANNOUNCEMENT,
	  "a host announces itself to its master browser" },
	{ "request", NBT_BROWSE_ANNOUNCEMENT_REQUEST, GROUP, NBT_SUFFIX_WORKSTATION, NAME,
	  "all hosts of a workgroup are to announce themselves" },
	{ "election", NBT_BROWSE_ELECTION, GROUP, NBT_SUFFIX_ELECTION, NAME | ELECTION,
	  "a master browser is to be elected; without more, the sender stands not" },
	{ "backup-request", NBT_BROWSE_GET_BACKUP_LIST_REQUEST, GROUP, NBT_SUFFIX_LMB, BACKUP,
	  "who are the backup browsers?" },
	{ "backup-list", NBT_BROWSE_GET_BACKUP_LIST_RESPONSE, UNIQUE, NBT_SUFFIX_WORKSTATION,
	  BACKUP | BACKUP_LIST, "the answer" },
	{ "become-backup", NBT_BROWSE_BECOME_BACKUP, GROUP, NBT_SUFFIX_ELECTION, NAME,
	  "a potential browser is to become a backup browser" },
	{ "domain", NBT_BROWSE_DOMAIN_ANNOUNCEMENT, GROUP, NBT_SUFFIX_BROWSE, ANNOUNCEMENT,
	  "a master browser announces its workgroup to the others" },
	{ "master", NBT_BROWSE_MASTER_ANNOUNCEMENT, UNIQUE, NBT_SUFFIX_WORKSTATION, NAME,
	  "a master browser announces itself to the domain master browser" },
	{ "reset", NBT_BROWSE_RESET_STATE, UNIQUE, NBT_SUFFIX_WORKSTATION, RESET,
	  "a browser is to stop being the master (1), forget its lists (2), stop browsing (4)" },
	{ "local-master", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, GROUP, NBT_SUFFIX_ELECTION,
	  ANNOUNCEMENT, "a master browser announces itself to its workgroup" },
	{ "lanman", NBT_BROWSE_LANMAN_ANNOUNCEMENT, GROUP, NBT_SUFFIX_WORKSTATION, NAME | ANNOUNCED,
	  "a host announces itself as LAN Manager has it" },
	{ "lanman-request", NBT_BROWSE_LANMAN_REQUEST, GROUP, NBT_SUFFIX_WORKSTATION, NAME,
	  "all hosts are to do that" },
};

#define AT(member) offsetof(struct nbt_browse, member), sizeof(((struct nbt_browse *)0)->member)

static const struct member {
	const char *key;
	unsigned members; /* frames with one of these have it */
	bool is_text;
	size_t offset, size;
} members[] = {
	{ "name", NAME, true, AT(name) },
	{ "comment", ANNOUNCED, true, AT(comment) },
	{ "master", BROWSER, true, AT(comment) },
	{ "period", ANNOUNCED, false, AT(period_ms) },
	{ "server_type", ANNOUNCED, false, AT(server_type) },
	{ "os_major", ANNOUNCED, false, AT(os_major) },
	{ "os_minor", ANNOUNCED, false, AT(os_minor) },
	{ "update_count", BROWSER, false, AT(update_count) },
	{ "browser_version", BROWSER, false, AT(browser_version) },
	{ "signature", BROWSER, false, AT(signature) },
	{ "election_version", ELECTION, false, AT(election_version) },
	{ "criteria", ELECTION, false, AT(criteria) },
	{ "uptime", ELECTION, false, AT(uptime_ms) },
	{ "count", BACKUP, false, AT(count) },
	{ "token", BACKUP, false, AT(token) },
	{ "reset", RESET, false, AT(reset) },
};

const struct frame_kind *frame_kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *frame_kind_name(size_t i)
{
	return i < ARRAY_SIZE(kinds) ? kinds[i].name : NULL;
}

void frame_kinds_print(FILE *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		fprintf(to, "  %-16s%s\n", kinds[i].name, kinds[i].help);
}

static void announcement_defaults(struct nbt_browse *f, const char *host)
{
	f->period_ms = ANNOUNCE_EVERY_MS;
	f->os_major = 6;
	f->os_minor = 1;
	f->server_type = NBT_SV_WORKSTATION | NBT_SV_SERVER | NBT_SV_NT;
	f->browser_version = NBT_BROWSER_VERSION;
	f->signature = NBT_BROWSE_SIGNATURE;
	if (f->opcode == NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT)
		f->server_type |= NBT_SV_POTENTIAL_BROWSER | NBT_SV_MASTER_BROWSER;
	if (f->opcode != NBT_BROWSE_DOMAIN_ANNOUNCEMENT)
		return;
	f->server_type = NBT_SV_DOMAIN_ENUM | NBT_SV_NT;
	snprintf(f->comment, sizeof(f->comment), "%s", host);
}

void frame_defaults(struct nbt_browse *frame, const struct frame_kind *kind, const char *host,
		    const char *workgroup)
{
	memset(frame, 0, sizeof(*frame));
	frame->opcode = kind->opcode;
	if (kind->members & ANNOUNCED)
		announcement_defaults(frame, host);
	if ((kind->members & NAME) != 0 && (kind->members & ELECTION) == 0)
		snprintf(frame->name, sizeof(frame->name), "%s",
			 kind->opcode == NBT_BROWSE_DOMAIN_ANNOUNCEMENT ? workgroup : host);
	if (kind->opcode == NBT_BROWSE_GET_BACKUP_LIST_REQUEST)
		frame->count = 4; /* as Windows has it */
	frame->token = kind->members & BACKUP ? 1 : 0;
	frame->reset = kind->members & RESET ? NBT_RESET_STOP_MASTER : 0;
}

static bool store_number(void *at, size_t size, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);
	uint32_t word = (uint32_t)value;
	uint16_t half = (uint16_t)value;
	uint8_t byte = (uint8_t)value;

	if (*text < '0' || *text > '9' || *end != '\0' || value > UINT32_MAX ||
	    value > UINT32_MAX >> (32 - 8 * size))
		return false;
	memcpy(at, size == 4 ? (void *)&word : size == 2 ? (void *)&half : (void *)&byte, size);
	return true;
}

static bool store_text(char *at, size_t size, const char *text, bool is_name)
{
	struct nbt_name name;
	size_t len, end = NBT_NAME_LEN - 1;

	if (!is_name) {
		bool fits = charset_to_wire(text, at, size - 1, &len);

		at[fits ? len : 0] = '\0';
		return fits;
	}
	if (!charset_make_name(&name, text, 0))
		return false;
	while (end > 0 && name.bytes[end - 1] == ' ')
		end--;
	memcpy(at, name.bytes, end);
	at[end] = '\0';
	return true;
}

/* "A,B,C" */
static bool store_backups(struct nbt_browse *frame, const char *text)
{
	char name[NBT_NAME_TEXT_MAX];
	size_t len;

	for (frame->count = 0; *text != '\0'; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (frame->count == NBT_BROWSE_BACKUP_MAX || len >= sizeof(name))
			return false;
		memcpy(name, text, len);
		name[len] = '\0';
		if (!store_text(frame->backup[frame->count++], NBT_BROWSE_NAME_SIZE, name, true))
			return false;
	}
	return true;
}

static bool store(struct nbt_browse *frame, const struct member *m, const char *value)
{
	char *at = (char *)frame + m->offset;

	if (m->is_text)
		return store_text(at, m->size, value, m->size == NBT_BROWSE_NAME_SIZE);
	return store_number(at, m->size, value);
}

static const struct member *find_member(const char *key, size_t len, unsigned of_frame)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strlen(members[i].key) == len && strncmp(members[i].key, key, len) == 0 &&
		    (members[i].members & of_frame) != 0)
			return &members[i];
	return NULL;
}

bool frame_set(struct nbt_browse *frame, const struct frame_kind *kind, const char *assignment,
	       char *error, size_t size)
{
	size_t len = strcspn(assignment, "=");
	const struct member *m = find_member(assignment, len, kind->members);
	bool is_list = len == 6 && strncmp(assignment, "backup", len) == 0 &&
		       (kind->members & BACKUP_LIST) != 0;

	if (assignment[len] == '\0')
		snprintf(error, size, "%s: KEY=VALUE is wanted", assignment);
	else if (m == NULL && !is_list)
		snprintf(error, size, "%.*s: a frame of kind %s has no such member", (int)len,
			 assignment, kind->name);
	else if (is_list ? !store_backups(frame, assignment + len + 1)
			 : !store(frame, m, assignment + len + 1))
		snprintf(error, size, "%s: the value is not possible", assignment);
	else
		return true;
	return false;
}
