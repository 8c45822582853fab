/* What nbtscan prints: nbtscan 1.7.2's formats, byte for byte, and ours. */
#include "config.h"

#include "tools/nbtscan.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/charset.h"

#define ADDRESS_WIDTH 17
#define NAME_WIDTH    17
#define SERVER_WIDTH  10
#define MAC_WIDTH     19
#define NO_ANSWER     "no answer"
#define UNKNOWN       "<unknown>"

static const char *address_text(struct in_addr address, char text[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

const char *nbtscan_mac(const struct found *found, char text[NBTSCAN_MAC_MAX])
{
	const uint8_t *id = found->node->unit_id;

	text[0] = '\0';
	if (found->has_mac)
		snprintf(text, NBTSCAN_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", id[0], id[1],
			 id[2], id[3], id[4], id[5]);
	return text;
}

const char *nbtscan_name(const struct nbtscan_options *options, const struct nbt_name *name,
			 char text[NBTSCAN_NAME_MAX])
{
	if (name == NULL)
		return UNKNOWN;
	if (!options->is_terminal) {
		snprintf(text, NBTSCAN_NAME_MAX, "%.*s", NBT_NAME_LEN - 1,
			 (const char *)name->bytes);
		return text;
	}
	charset_name_text(name, text);
	for (char *at = text; *at != '\0'; at++)
		memset(at, '.', charset_is_control(at));
	return text;
}

/* With blanks up to a column; a character in UTF-8 is one, whatever its bytes. */
static void print_column(const struct nbtscan_options *options, const char *text, int width)
{
	int characters = 0;

	for (const char *at = text; *at != '\0'; at++)
		characters += !options->is_terminal || ((unsigned char)*at & 0xC0) != 0x80;
	printf("%s%*s", text, characters < width ? width - characters : 0, "");
}

static void print_name(const struct nbtscan_options *options, const struct nbt_name *name)
{
	char text[NBTSCAN_NAME_MAX];

	print_column(options, nbtscan_name(options, name, text), NAME_WIDTH);
}

/*
 * The table.
 */

static void head_of_table(const struct nbtscan_options *options)
{
	if (options->wide)
		printf("%-*s%-*s%-*s%-*s%-*s%s\n", ADDRESS_WIDTH, "IP address", NAME_WIDTH,
		       "NetBIOS Name", NAME_WIDTH, "Workgroup", NAME_WIDTH, "User", MAC_WIDTH,
		       "MAC address", "Kind");
	else
		printf("%-*s%-*s%-*s%-*s%-*s\n", ADDRESS_WIDTH, "IP address", NAME_WIDTH,
		       "NetBIOS Name", SERVER_WIDTH, "Server", NAME_WIDTH, "User", NAME_WIDTH,
		       "MAC address");
	for (int i = options->wide ? -16 : 0; i < 78; i++)
		putchar('-');
	putchar('\n');
}

/* Behind the row: who was asked, if it is another. */
static void end_row(const struct found *found)
{
	char text[INET_ADDRSTRLEN];

	if (found->asked.s_addr != found->address.s_addr)
		printf(" (asked: %s)", address_text(found->asked, text));
	putchar('\n');
}

static void say_row(const struct nbtscan_options *options, const struct found *found)
{
	const struct scan_host *host = &found->host;
	char address[INET_ADDRSTRLEN], mac[NBTSCAN_MAC_MAX], kinds[SCAN_KINDS_TEXT_MAX];

	printf("%-*s", ADDRESS_WIDTH, address_text(found->address, address));
	print_name(options, host->name);
	if (options->wide) {
		print_name(options, host->workgroup);
		print_name(options, host->user);
		printf("%-*s%s", MAC_WIDTH, nbtscan_mac(found, mac),
		       scan_kinds_text(host->kinds, kinds));
	} else {
		printf("%-*s", SERVER_WIDTH, host->is_server ? "<server>" : "");
		print_name(options, host->user);
		printf("%s", nbtscan_mac(found, mac));
	}
	end_row(found);
}

static void known_row(const struct nbtscan_options *options, const char *address,
		      const struct nbt_name *name)
{
	printf("%-*s", ADDRESS_WIDTH, address);
	print_name(options, name);
	printf("%*s%s\n", (options->wide ? NAME_WIDTH : SERVER_WIDTH) + NAME_WIDTH, "", NO_ANSWER);
}

/*
 * All names: -v.
 */

static void say_service(const struct nbt_status_name *entry)
{
	const char *service = scan_service(entry);

	if (service != NULL)
		printf("%s\n", service);
	else
		printf("Unknown service (code %x)\n", nbt_name_suffix(&entry->name));
}

static void say_name(const struct nbtscan_options *options, const struct nbt_status_name *entry)
{
	print_name(options, &entry->name);
	if (options->human)
		say_service(entry);
	else
		printf("<%02x>%s\n", nbt_name_suffix(&entry->name),
		       entry->flags & NBT_STATUS_GROUP ? "              GROUP"
						       : "             UNIQUE");
}

static void say_all_names(const struct nbtscan_options *options, const struct found *found)
{
	char address[INET_ADDRSTRLEN], mac[NBTSCAN_MAC_MAX];

	printf("\nNetBIOS Name Table for Host %s:", address_text(found->address, address));
	end_row(found);
	printf("\n%-*s%-*s%-*s\n----------------------------------------\n", NAME_WIDTH, "Name",
	       NAME_WIDTH, "Service", NAME_WIDTH, "Type");
	for (size_t i = 0; i < found->node->count; i++)
		say_name(options, &found->node->names[i]);
	if (found->has_mac)
		printf("\nAdapter address: %s\n", nbtscan_mac(found, mac));
	printf("----------------------------------------\n");
}

static void known_table(const struct nbtscan_options *options, const char *address,
			const struct nbt_name *name)
{
	char text[NBTSCAN_NAME_MAX];

	printf("\n%s: %s, registered, " NO_ANSWER "\n", address, nbtscan_name(options, name, text));
}

/*
 * For scripts: -s, with -v all names.
 */

static void say_fields(const struct nbtscan_options *options, const struct found *found)
{
	const char *between = options->separator;
	char address[INET_ADDRSTRLEN], mac[NBTSCAN_MAC_MAX], name[NBTSCAN_NAME_MAX],
		user[NBTSCAN_NAME_MAX];

	printf("%s%s%s%s%s%s%s%s%s\n", address_text(found->address, address), between,
	       nbtscan_name(options, found->host.name, name), between,
	       found->host.is_server ? "<server>" : "", between,
	       nbtscan_name(options, found->host.user, user), between, nbtscan_mac(found, mac));
}

static void say_all_fields(const struct nbtscan_options *options, const struct found *found)
{
	const char *between = options->separator;
	char address[INET_ADDRSTRLEN], mac[NBTSCAN_MAC_MAX], text[NBTSCAN_NAME_MAX];

	address_text(found->address, address);
	for (size_t i = 0; i < found->node->count; i++) {
		const struct nbt_status_name *entry = &found->node->names[i];

		printf("%s%s%s%s", address, between, nbtscan_name(options, &entry->name, text),
		       between);
		if (options->human)
			say_service(entry);
		else
			printf("%02x%c\n", nbt_name_suffix(&entry->name),
			       entry->flags & NBT_STATUS_GROUP ? 'G' : 'U');
	}
	if (found->has_mac)
		printf("%s%sMAC%s%s\n", address, between, between, nbtscan_mac(found, mac));
}

static void known_fields(const struct nbtscan_options *options, const char *address,
			 const struct nbt_name *name)
{
	const char *between = options->separator;
	char text[NBTSCAN_NAME_MAX];

	printf("%s%s%s%s", address, between, nbtscan_name(options, name, text), between);
	printf(options->verbose ? "%s" NO_ANSWER "\n" : "%s%s" NO_ANSWER "\n",
	       options->verbose ? "" : between, between);
}

/*
 * Files for hosts: -e, -l. What did not answer is a comment.
 */

static void say_line(const struct nbtscan_options *options, const struct found *found)
{
	char address[INET_ADDRSTRLEN], text[NBTSCAN_NAME_MAX];

	printf("%s\t%s%s\n", address_text(found->address, address),
	       nbtscan_name(options, found->host.name, text), options->lmhosts ? "\t#PRE" : "");
}

static void known_line(const struct nbtscan_options *options, const char *address,
		       const struct nbt_name *name)
{
	char text[NBTSCAN_NAME_MAX];

	printf("# %s\t%s\t" NO_ANSWER "\n", address, nbtscan_name(options, name, text));
}

/*
 * Which of them.
 */

struct format {
	void (*found)(const struct nbtscan_options *options, const struct found *found);
	void (*known)(const struct nbtscan_options *options, const char *address,
		      const struct nbt_name *name);
	bool has_banner;
	void (*head)(const struct nbtscan_options *options); /* NULL: there is none */
};

static const struct format *format_of(const struct nbtscan_options *options)
{
	static const struct format table = { say_row, known_row, true, head_of_table },
				   terminal = { terminal_found, terminal_known, true,
						terminal_head },
				   names = { say_all_names, known_table, true, NULL },
				   fields = { say_fields, known_fields, false, NULL },
				   all_fields = { say_all_fields, known_fields, false, NULL },
				   lines = { say_line, known_line, false, NULL },
				   dump = { say_dump, known_table, true, NULL },
				   json = { say_json, say_known_json, false, NULL };

	if (options->json)
		return &json;
	if (options->dump)
		return &dump;
	if (options->hosts || options->lmhosts)
		return &lines;
	if (options->separator != NULL)
		return options->verbose ? &all_fields : &fields;
	if (options->verbose)
		return &names;
	return options->is_terminal ? &terminal : &table;
}

void say_head(const struct nbtscan_options *options, const char *what)
{
	const struct format *format = format_of(options);

	if (format->has_banner && !options->quiet)
		printf("Doing NBT name scan for addresses from %s\n\n", what);
	if (format->head != NULL && !options->quiet)
		format->head(options);
	fflush(stdout);
}

void say_found(const struct nbtscan_options *options, const struct found *found)
{
	format_of(options)->found(options, found);
}

void say_known(const struct nbtscan_options *options, struct in_addr address,
	       const struct nbt_name *name)
{
	char text[INET_ADDRSTRLEN];

	format_of(options)->known(options, address_text(address, text), name);
}
