/* Filters: each is a question about a packet, and all must be answered with yes. */
#include "config.h"

#include "tools/nbtdump_filter.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/charset.h"

#define NO_SUFFIX -1

bool dump_filter_kinds(struct dump_filter *filter, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ","), i = 0;

		while (i < DUMP_KINDS &&
		       (strlen(dump_kind_word((enum dump_kind_number)i)) != len ||
			strncmp(dump_kind_word((enum dump_kind_number)i), text, len) != 0))
			i++;
		if (i == DUMP_KINDS)
			return false;
		filter->kinds |= 1u << i;
		text += len + (text[len] == ',');
	}
	return filter->kinds != 0;
}

bool dump_filter_host(struct dump_filter *filter, const char *text)
{
	const char *slash = strchr(text, '/');
	char address[INET_ADDRSTRLEN];
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned long bits = 32;
	char *end;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (slash != NULL) {
		bits = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > 32)
			return false;
	}
	filter->has_host = inet_pton(AF_INET, address, &filter->host) == 1;
	filter->mask.s_addr = bits == 0 ? 0 : htonl(UINT32_MAX << (32 - bits));
	return filter->has_host;
}

bool dump_filter_name(struct dump_filter *filter, const char *text)
{
	filter->suffix = NO_SUFFIX;
	return text[0] != '\0' &&
	       charset_read_pattern(text, filter->name, sizeof(filter->name), &filter->suffix);
}

bool dump_filter_workgroup(struct dump_filter *filter, const char *text)
{
	int suffix = NO_SUFFIX;

	return text[0] != '\0' &&
	       charset_read_pattern(text, filter->workgroup, sizeof(filter->workgroup), &suffix) &&
	       suffix == NO_SUFFIX;
}

bool dump_filter_is_open(const struct dump_filter *f)
{
	return f->kinds == 0 && !f->has_host && f->name[0] == '\0' && f->workgroup[0] == '\0';
}

static bool matches(const char *pattern, const struct nbt_name *name)
{
	char text[CHARSET_TEXT_MAX];

	return fnmatch(pattern, charset_name_text(name, text), FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

static bool is_name(void *ctx, const struct nbt_name *name, int suffix)
{
	const struct dump_filter *f = ctx;

	return (f->suffix == NO_SUFFIX || suffix == NO_SUFFIX || f->suffix == suffix) &&
	       matches(f->name, name);
}

/* Names that workgroups and domains have; in frames any name may be one. */
static bool is_workgroup(void *ctx, const struct nbt_name *name, int suffix)
{
	const struct dump_filter *f = ctx;

	return (suffix == NO_SUFFIX || suffix == NBT_SUFFIX_WORKSTATION ||
		(suffix >= NBT_SUFFIX_DMB && suffix <= NBT_SUFFIX_ELECTION)) &&
	       matches(f->workgroup, name);
}

static bool is_at(const struct dump_filter *f, struct in_addr address)
{
	return ((address.s_addr ^ f->host.s_addr) & f->mask.s_addr) == 0;
}

static bool is_host(const struct dump_filter *f, const struct dump_packet *p)
{
	return is_at(f, p->source.address) || is_at(f, p->destination.address) ||
	       ((p->kinds & DUMP_KIND_DATAGRAM) && is_at(f, p->datagram.source_address));
}

bool dump_filter_wants(const struct dump_filter *f, const struct dump_packet *p)
{
	struct dump_filter *ctx = (struct dump_filter *)f;

	return (f->kinds == 0 || (f->kinds & p->kinds) != 0) && (!f->has_host || is_host(f, p)) &&
	       (f->name[0] == '\0' || dump_packet_names(p, is_name, ctx)) &&
	       (f->workgroup[0] == '\0' || dump_packet_names(p, is_workgroup, ctx));
}
