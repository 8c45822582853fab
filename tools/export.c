#include "tools/export.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/array.h"
#include "common/charset.h"
#include "tools/report.h"

/*
 * Rows.
 */

static const char *text_of(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

static bool is(json_t *row, const char *key, const char *text)
{
	return strcmp(text_of(row, key), text) == 0;
}

static bool has_scope(json_t *row)
{
	return text_of(row, "scope")[0] != '\0';
}

static bool is_host(json_t *row)
{
	return is(row, "kind", "unique") || is(row, "kind", "multihomed");
}

/*
 * Names of hosts, in small letters.
 */

#define LABEL_MAX 16

static bool read_label(json_t *row, const char *others, char label[LABEL_MAX])
{
	const char *name = text_of(row, "name");
	size_t len = strlen(name);

	if (len == 0 || len >= LABEL_MAX || name[0] == '-' || name[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c >= 0x80 || (!isalnum(c) && (c == '\0' || strchr(others, c) == NULL)))
			return false;
		label[i] = (char)tolower(c);
	}
	label[len] = '\0';
	return true;
}

static bool is_label(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80 ||
		    (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_'))
			return false;
	return len > 0 && len <= 63;
}

bool export_domain(const char *text, char domain[EXPORT_DOMAIN_MAX])
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len >= EXPORT_DOMAIN_MAX)
		return false;
	memcpy(domain, text, len);
	domain[len] = '\0';
	for (const char *label = domain;; label++) {
		size_t label_len = strcspn(label, ".");

		if (!is_label(label, label_len))
			return false;
		label += label_len;
		if (*label == '\0')
			return true;
	}
}

static void no_head(FILE *out, const struct export_options *options)
{
	(void)out, (void)options;
}

static bool hosts_row(FILE *out, json_t *row, const struct export_options *options)
{
	json_t *addresses = json_object_get(row, "addresses"), *address;
	char label[LABEL_MAX];
	size_t i;

	if (has_scope(row) || !is_host(row) || !read_label(row, "-_", label))
		return false;
	json_array_foreach(addresses, i, address)
	{
		fprintf(out, "%s\t", json_string_value(address));
		if (options->domain != NULL)
			fprintf(out, "%s.%s ", label, options->domain);
		fprintf(out, "%s\n", label);
	}
	return true;
}

static void zone_head(FILE *out, const struct export_options *options)
{
	fputs("; The names of nbnsd, for $INCLUDE in a zone.\n", out);
	if (options->domain != NULL)
		fprintf(out, "$ORIGIN %s.\n", options->domain);
}

static bool zone_row(FILE *out, json_t *row, const struct export_options *options)
{
	json_t *addresses = json_object_get(row, "addresses"), *address;
	char label[LABEL_MAX];
	size_t i;

	(void)options;
	if (has_scope(row) || !is_host(row) || !read_label(row, "-", label))
		return false;
	json_array_foreach(addresses, i, address)
		fprintf(out, "%s\t3600\tIN\tA\t%s\n", label, json_string_value(address));
	return true;
}

/*
 * LMHOSTS.
 */

static bool is_plain(const uint8_t bytes[NBT_NAME_LEN])
{
	size_t len = NBT_NAME_LEN - 1;

	while (len > 0 && bytes[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++)
		if (!isdigit(bytes[i]) && (bytes[i] < 'A' || bytes[i] > 'Z') &&
		    (bytes[i] == '\0' || strchr("-_.$!@", bytes[i]) == NULL))
			return false;
	return len > 0;
}

/* FRED#20, or with all bytes in quotes. */
static void print_lmhosts_name(FILE *out, const uint8_t bytes[NBT_NAME_LEN])
{
	if (is_plain(bytes)) {
		for (size_t i = 0; i < NBT_NAME_LEN - 1 && bytes[i] != ' '; i++)
			fputc(bytes[i], out);
		fprintf(out, "#%02x", bytes[NBT_NAME_LEN - 1]);
		return;
	}
	fputc('"', out);
	for (size_t i = 0; i < NBT_NAME_LEN; i++)
		if (i == NBT_NAME_LEN - 1 || bytes[i] < ' ' || bytes[i] > '~' || bytes[i] == '"' ||
		    bytes[i] == '\\')
			fprintf(out, "\\0x%02x", bytes[i]);
		else
			fputc(bytes[i], out);
	fputc('"', out);
}

static void print_lmhosts(FILE *out, const char *address, const uint8_t bytes[NBT_NAME_LEN],
			  const char *tag)
{
	fprintf(out, "%s\t", address);
	print_lmhosts_name(out, bytes);
	fprintf(out, "%s\n", tag);
}

static bool lmhosts_row(FILE *out, json_t *row, const struct export_options *options)
{
	json_t *addresses = json_object_get(row, "addresses"), *address;
	struct nbt_name name;
	const char *tag = "";
	size_t i;

	(void)options;
	if (has_scope(row) || !report_read_name(row, &name))
		return false;
	if (is(row, "kind", "group")) {
		print_lmhosts(out, "0.0.0.0", name.bytes, "\t#NG");
		return true;
	}
	if (is(row, "kind", "multihomed"))
		tag = "\t#MH";
	else if (is(row, "kind", "internet") && nbt_name_suffix(&name) != NBT_SUFFIX_DC)
		tag = "\t#SG";
	json_array_foreach(addresses, i, address)
		print_lmhosts(out, json_string_value(address), name.bytes, tag);
	return true;
}

/*
 * wins.dat: names in UTF-8.
 */

static void wins_dat_head(FILE *out, const struct export_options *options)
{
	(void)options;
	fputs("VERSION 1 0\n", out);
}

static int flags_of(json_t *row)
{
	static const char types[] = "BPMH";
	const char *type = strchr(types, text_of(row, "node_type")[0]);
	bool is_group = is(row, "kind", "group") || is(row, "kind", "internet");

	return (is_group ? 0x80 : 0) |
	       (type != NULL && *type != '\0' ? (int)(type - types) << 5 : 0) | 0x04;
}

/* As nmbd has it: without what cannot be printed. Of other names that would make another one. */
static const char *visible_name(json_t *row)
{
	const char *name = text_of(row, "name");

	if (strcmp(name, "\x01\x02__MSBROWSE__\x02") == 0)
		return "__MSBROWSE__";
	for (const char *p = name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "";
	return name;
}

static bool wins_dat_row(FILE *out, json_t *row, const struct export_options *options)
{
	json_t *addresses = json_object_get(row, "addresses"), *address;
	json_t *expires_in = json_object_get(row, "expires_in");
	const char *name = visible_name(row);
	long suffix = strtol(text_of(row, "suffix"), NULL, 16);
	size_t i;

	if (has_scope(row) || *name == '\0')
		return false;
	fprintf(out, "\"%s#%02lx\" %lld", name, suffix,
		json_is_integer(expires_in)
			? (long long)(options->now + json_integer_value(expires_in))
			: 0LL);
	json_array_foreach(addresses, i, address) fprintf(out, " %s", json_string_value(address));
	if (is(row, "kind", "group"))
		fputs(" 0.0.0.0", out);
	fprintf(out, " %2xR\n", (unsigned)flags_of(row));
	return true;
}

bool export_changes(const struct export_format *format, json_t *row)
{
	return format->row == wins_dat_row && is(row, "kind", "internet") &&
	       strtol(text_of(row, "suffix"), NULL, 16) != NBT_SUFFIX_DC;
}

static const struct export_format formats[] = {
	{ "hosts", true, "groups, scopes, and characters that host names do not have", no_head,
	  hosts_row },
	{ "zone", true, "groups, scopes, and characters that host names in DNS do not have",
	  zone_head, zone_row },
	{ "lmhosts", false, "scopes", no_head, lmhosts_row },
	{ "wins.dat", false, "scopes, and characters that cannot be printed", wins_dat_head,
	  wins_dat_row },
};

const struct export_format *export_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
