/* nbtscan's table on a terminal: with workgroup and kind, in colours, and as wide as there is room.
 */
#include "config.h"

#include "tools/nbtscan.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "tools/columns.h"
#include "tools/paint.h"
#include "tools/screen.h"

#define FIELDS      6
#define TEXT_MAX    (SCAN_KINDS_TEXT_MAX + 32)
#define TABLE_WIDTH 94 /* of the line below the head, where there is room */

/* As the terminal is when the first row comes. */
static const struct columns *table(void)
{
	static struct columns columns;

	if (columns.count == 0) {
		columns = (struct columns){ .room = screen_columns(),
					    .count = FIELDS,
					    .widths = { 15, 15, 15, 15, 17, 60 } };
		columns_fit(&columns);
	}
	return &columns;
}

void terminal_head(const struct nbtscan_options *options)
{
	static const char *const heads[FIELDS] = { "IP address", "NetBIOS Name", "Workgroup",
						   "User",       "MAC address",  "Kind" };
	static const enum paint meanings[FIELDS] = { PAINT_HEADING, PAINT_HEADING, PAINT_HEADING,
						     PAINT_HEADING, PAINT_HEADING, PAINT_HEADING };
	size_t width = TABLE_WIDTH;

	(void)options;
	if (table()->room > 0 && table()->room < width)
		width = table()->room;
	columns_row(table(), meanings, heads, stdout);
	while (width-- > 0)
		putchar('-');
	putchar('\n');
}

static enum paint meaning_of(const struct nbt_name *name)
{
	return name != NULL ? PAINT_PLAIN : PAINT_DIM;
}

/* Behind the kinds: who was asked, if it is another. */
static void make_kinds(const struct found *found, char text[TEXT_MAX])
{
	char kinds[SCAN_KINDS_TEXT_MAX], address[INET_ADDRSTRLEN];

	scan_kinds_text(found->host.kinds, kinds);
	if (found->asked.s_addr == found->address.s_addr)
		snprintf(text, TEXT_MAX, "%s", kinds);
	else
		snprintf(text, TEXT_MAX, "%s (asked: %s)", kinds,
			 inet_ntop(AF_INET, &found->asked, address, sizeof(address)));
}

void terminal_found(const struct nbtscan_options *options, const struct found *found)
{
	const struct scan_host *host = &found->host;
	char address[INET_ADDRSTRLEN], mac[NBTSCAN_MAC_MAX], kinds[TEXT_MAX];
	char name[NBTSCAN_NAME_MAX], workgroup[NBTSCAN_NAME_MAX], user[NBTSCAN_NAME_MAX];
	const char *const texts[FIELDS] = { inet_ntop(AF_INET, &found->address, address,
						      sizeof(address)),
					    nbtscan_name(options, host->name, name),
					    nbtscan_name(options, host->workgroup, workgroup),
					    nbtscan_name(options, host->user, user),
					    nbtscan_mac(found, mac),
					    kinds };
	const enum paint meanings[FIELDS] = { PAINT_PLAIN,
					      meaning_of(host->name),
					      meaning_of(host->workgroup),
					      meaning_of(host->user),
					      PAINT_PLAIN,
					      PAINT_PLAIN };

	make_kinds(found, kinds);
	columns_row(table(), meanings, texts, stdout);
}

void terminal_known(const struct nbtscan_options *options, const char *address,
		    const struct nbt_name *name)
{
	char text[NBTSCAN_NAME_MAX];
	const char *const texts[FIELDS] = { address,     nbtscan_name(options, name, text),
					    "",          "",
					    "no answer", "" };
	static const enum paint meanings[FIELDS] = { [4] = PAINT_DIM };

	columns_row(table(), meanings, texts, stdout);
}
