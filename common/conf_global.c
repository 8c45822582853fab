/* The settings that the three daemons share. */
#include "common/conf_global.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nbt/name.h>

#include "common/charset.h"

const char *conf_check_name(const char *value)
{
	size_t len = 0;

	for (const char *c = value; *c != '\0'; c++)
		len += ((unsigned char)*c & 0xC0) != 0x80;
	return len >= 1 && len < NBT_NAME_LEN && value[0] != '*'
		       ? NULL
		       : "1 to 15 characters, the first not \"*\"";
}

static const char *check_scope(const char *value)
{
	struct nbt_scope scope;

	if (nbt_scope_from_text(&scope, value) == NBT_OK &&
	    nbt_scope_length(&scope) < NBT_SCOPE_MAX)
		return NULL;
	return "labels of 1 to 63 bytes with dots between them, 237 bytes in all";
}

/* On the wire these are what ASCII has for them. */
static bool keeps_ascii(iconv_t converter)
{
	char ascii[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.", text[2 * sizeof(ascii)];
	char *in = ascii, *out = text;
	size_t in_left = strlen(ascii), out_left = sizeof(text);

	return iconv(converter, &in, &in_left, &out, &out_left) == 0 &&
	       (size_t)(out - text) == strlen(ascii) && memcmp(text, ascii, strlen(ascii)) == 0;
}

/* To iconv "" is the locale's. */
static const char *check_charset(const char *value)
{
	iconv_t converter = *value != '\0' ? iconv_open("UTF-8", value) : (iconv_t)-1;
	bool is_fit = converter != (iconv_t)-1 && keeps_ascii(converter);

	if (converter != (iconv_t)-1)
		iconv_close(converter);
	return is_fit ? NULL
		      : "a character set with ASCII in it that iconv knows, such as \"CP850\"";
}

/* What is no address at all is told by its type. */
static const char *check_server(const char *value)
{
	return strcmp(value, "0.0.0.0") != 0 && strcmp(value, "255.255.255.255") != 0
		       ? NULL
		       : "addresses of hosts, which 0.0.0.0 and 255.255.255.255 are not";
}

static const char *check_path(const char *value)
{
	return *value == '/' ? NULL : "a path that begins with \"/\"";
}

/* The first label of the host's name, upper case, cut to 15. */
static char *host_name(void)
{
	char name[256] = "";

	(void)gethostname(name, sizeof(name) - 1);
	name[strcspn(name, ".")] = '\0';
	name[NBT_NAME_LEN - 1] = '\0';
	for (char *c = name; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	return strdup(name[0] != '\0' ? name : "LOCALHOST");
}

static const char *const node_types[] = {
	[CONF_NODE_AUTO] = "auto", [CONF_NODE_B] = "b", [CONF_NODE_P] = "p",
	[CONF_NODE_M] = "m",       [CONF_NODE_H] = "h", NULL,
};

static const char *const log_levels[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVELS] = NULL,
};

#define ITEM(member) offsetof(struct conf_global, member)
const struct conf_item conf_global_items[] = {
	{ "netbios-name", CONF_STRING, ITEM(netbios_name), "", .check = conf_check_name,
	  .derive = host_name, .help = "name of this host; \"\": its host name, cut to 15" },
	{ "workgroup", CONF_STRING, ITEM(workgroup), "WORKGROUP", .check = conf_check_name,
	  .help = "workgroup or domain that this host belongs to" },
	{ "aliases", CONF_STRINGS, ITEM(aliases), "", .check = conf_check_name,
	  .help = "further names of this host" },
	{ "scope", CONF_STRING, ITEM(scope), "", .check = check_scope,
	  .help = "NetBIOS scope of this host's names" },
	{ "node-type", CONF_WORD, ITEM(node_type), "auto", .words = node_types,
	  .help = "b, p, m or h; auto: h with wins-servers or a server role, else b" },
	{ "interfaces", CONF_STRINGS, ITEM(interfaces), "",
	  .help = "names, addresses or networks; []: all that can broadcast, without containers'" },
	{ "wins-servers", CONF_ADDRESSES, ITEM(wins_servers), "", .check = check_server,
	  .help = "name servers of this host's own names" },
	{ "run-directory", CONF_STRING, ITEM(run_directory), "/run/nbt", .check = check_path,
	  .help = "where the local sockets are", .at_start = true },
	{ "user", CONF_STRING, ITEM(user), "auto",
	  .help = "run as this user; auto: the daemon's own, if there is one; \"\": do not change",
	  .at_start = true },
	{ "dos-charset", CONF_STRING, ITEM(dos_charset), "CP850", .check = check_charset,
	  .help = "character set of names on the wire", .at_start = true },
	{ "log-level", CONF_WORD, ITEM(log_level), "info", .words = log_levels,
	  .help = "error, warning, info or debug" },
	{ "time-scale", CONF_INT, ITEM(time_scale), "1", .min = 1, .max = 1000000,
	  .at_start = true },
	{ .name = NULL },
};

static bool is_on_wire(const char *text)
{
	struct nbt_name name;

	return charset_make_name(&name, text, 0);
}

int conf_global_check(const struct conf_global *conf, char error[CONF_ERROR_MAX])
{
	const char *wrong = NULL;

	charset_choose(conf->dos_charset);
	if (!is_on_wire(conf->netbios_name))
		wrong = conf->netbios_name;
	if (!is_on_wire(conf->workgroup))
		wrong = conf->workgroup;
	for (size_t i = 0; i < conf->aliases.count; i++)
		if (!is_on_wire(conf->aliases.items[i]))
			wrong = conf->aliases.items[i];
	if (wrong == NULL)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
		 "the name \"%.80s\" cannot be written in the character set %.80s; allowed: "
		 "15 bytes of characters that it has, see dos-charset",
		 wrong, conf->dos_charset);
	return -EINVAL;
}
