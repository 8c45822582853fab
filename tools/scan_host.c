#include "tools/scan_host.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/array.h"

#define MSBROWSE  "\x01\x02__MSBROWSE__\x02"
#define NAME_ONLY (NBT_NAME_LEN - 1)

enum entry_kind { UNIQUE, GROUP };

static bool is_group(const struct nbt_status_name *entry)
{
	return (entry->flags & NBT_STATUS_GROUP) != 0;
}

static bool begins(const struct nbt_name *name, const char *text)
{
	return strncasecmp((const char *)name->bytes, text, strlen(text)) == 0;
}

/*
 * Services: MS-NBTE footnotes 2 and 3, in the words of nbtscan -v -h.
 */

/* Several with one suffix: the first that fits. */
static const struct service {
	uint8_t suffix;
	enum entry_kind kind;
	const char *begins; /* of the name; "": any */
	const char *text;
} services[] = {
	{ 0x00, UNIQUE, "IS~", "IIS" },
	{ 0x00, UNIQUE, "", "Workstation Service" },
	{ 0x00, GROUP, "", "Domain Name" },
	{ 0x01, UNIQUE, "", "Messenger Service" },
	{ 0x01, GROUP, MSBROWSE, "Master Browser" },
	{ 0x03, UNIQUE, "", "Messenger Service" },
	{ 0x06, UNIQUE, "", "RAS Server Service" },
	{ 0x1B, UNIQUE, "", "Domain Master Browser" },
	{ 0x1C, GROUP, "INet~Services", "IIS" },
	{ 0x1C, GROUP, "", "Domain Controllers" },
	{ 0x1D, UNIQUE, "", "Master Browser" },
	{ 0x1E, GROUP, "", "Browser Service Elections" },
	{ 0x1F, UNIQUE, "", "NetDDE Service" },
	{ 0x20, UNIQUE, "", "File Server Service" },
	{ 0x21, UNIQUE, "", "RAS Client Service" },
	{ 0x22, UNIQUE, "", "Microsoft Exchange Interchange(MSMail Connector)" },
	{ 0x23, UNIQUE, "", "Microsoft Exchange Store" },
	{ 0x24, UNIQUE, "", "Microsoft Exchange Directory" },
	{ 0x2B, UNIQUE, "", "Lotus Notes Server Service" },
	{ 0x30, UNIQUE, "", "Modem Sharing Server Service" },
	{ 0x31, UNIQUE, "", "Modem Sharing Client Service" },
	{ 0x43, UNIQUE, "", "SMS Clients Remote Control" },
	{ 0x44, UNIQUE, "", "SMS Administrators Remote Control Tool" },
	{ 0x45, UNIQUE, "", "SMS Clients Remote Chat" },
	{ 0x46, UNIQUE, "", "SMS Clients Remote Transfer" },
	{ 0x4C, UNIQUE, "", "DEC Pathworks TCPIP service on Windows NT" },
	{ 0x52, UNIQUE, "", "DEC Pathworks TCPIP service on Windows NT" },
	{ 0x6A, UNIQUE, "", "Microsoft Exchange IMC" },
	{ 0x87, UNIQUE, "", "Microsoft Exchange MTA" },
	{ 0xBE, UNIQUE, "", "Network Monitor Agent" },
	{ 0xBF, UNIQUE, "", "Network Monitor Application" },
};

const char *scan_service(const struct nbt_status_name *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		const struct service *s = &services[i];

		if (s->suffix == nbt_name_suffix(&entry->name) &&
		    (s->kind == GROUP) == is_group(entry) && begins(&entry->name, s->begins))
			return s->text;
	}
	return NULL;
}

/*
 * Kinds of machines.
 */

/* What a name tells of its machine. */
static const struct sign {
	uint8_t suffix;
	enum entry_kind kind;
	const char *begins, *not ; /* of the name; not NULL: but not this */
	enum scan_kind tells;
} signs[] = {
	{ NBT_SUFFIX_DMB, UNIQUE, "", NULL, SCAN_DOMAIN_MASTER },
	{ NBT_SUFFIX_DC, GROUP, "", "INet~Services", SCAN_DOMAIN_CONTROLLER },
	{ NBT_SUFFIX_LMB, UNIQUE, "", NULL, SCAN_MASTER_BROWSER },
	{ NBT_SUFFIX_BROWSE, GROUP, MSBROWSE, NULL, SCAN_MASTER_BROWSER },
	{ NBT_SUFFIX_SERVER, UNIQUE, "", NULL, SCAN_FILE_SERVER },
	{ NBT_SUFFIX_DC, GROUP, "INet~Services", NULL, SCAN_WEB_SERVER },
	{ 0x00, UNIQUE, "IS~", NULL, SCAN_WEB_SERVER },
	{ 0x23, UNIQUE, "", NULL, SCAN_MAIL_SERVER }, /* Exchange: store, directory, IMC, MTA */
	{ 0x24, UNIQUE, "", NULL, SCAN_MAIL_SERVER },
	{ 0x6A, UNIQUE, "", NULL, SCAN_MAIL_SERVER },
	{ 0x87, UNIQUE, "", NULL, SCAN_MAIL_SERVER },
	{ 0x2B, UNIQUE, "", NULL, SCAN_MAIL_SERVER }, /* Lotus Notes */
	{ 0x06, UNIQUE, "", NULL, SCAN_DIAL_IN },
};

/* Names that printers, and their print servers, have from the factory: digits of the adapter's
 * address in hex behind these letters. */
static const struct printer {
	const char *begins;
	size_t digits;
} printers[] = {
	{ "NPI", 6 },                                  /* HP JetDirect */
	{ "HP", 12 },                                  /* HP, later ones */
	{ "BRN", 12 },                                 /* Brother, by cable and by radio */
	{ "BRW", 12 },  { "EPSON", 6 }, { "RNP", 12 }, /* Ricoh */
	{ "RNP", 6 },   { "KMBT", 6 },                 /* Konica Minolta */
	{ "CANON", 6 }, { "SEC", 12 },                 /* Samsung */
	{ "XRX", 12 },                                 /* Xerox */
	{ "ET", 12 },                                  /* Lexmark */
	{ "OKI", 6 },   { "KM", 6 },                   /* Kyocera */
};

static bool is_padding(uint8_t byte)
{
	return byte == ' ' || byte == '\0';
}

static bool has_printers_name(const struct nbt_name *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(printers); i++) {
		const char *text = (const char *)name->bytes;
		size_t len = strlen(printers[i].begins), digits = 0;

		if (!begins(name, printers[i].begins))
			continue;
		while (len + digits < NAME_ONLY && text[len + digits] != '\0' &&
		       strchr("0123456789ABCDEF", text[len + digits]) != NULL)
			digits++;
		if (digits == printers[i].digits &&
		    (len + digits == NAME_ONLY || is_padding((uint8_t)text[len + digits])))
			return true;
	}
	return false;
}

static unsigned signs_of(const struct nbt_status_name *entry)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const struct sign *s = &signs[i];

		if (s->suffix == nbt_name_suffix(&entry->name) &&
		    (s->kind == GROUP) == is_group(entry) && begins(&entry->name, s->begins) &&
		    (s->not == NULL || !begins(&entry->name, s->not )))
			kinds |= 1U << s->tells;
	}
	return kinds;
}

static void read_name(struct scan_host *host, const struct nbt_status_name *entry)
{
	switch (nbt_name_suffix(&entry->name)) {
	case NBT_SUFFIX_WORKSTATION:
		if (is_group(entry) && host->workgroup == NULL)
			host->workgroup = &entry->name;
		if (!is_group(entry) && host->name == NULL)
			host->name = &entry->name;
		break;
	case NBT_SUFFIX_MESSENGER:
		if (!is_group(entry))
			host->user = &entry->name;
		break;
	case NBT_SUFFIX_SERVER:
		host->is_server |= !is_group(entry);
		break;
	default:
		break;
	}
}

void scan_host_read(struct scan_host *out, const struct nbt_node_status *node, bool has_mac)
{
	static const uint8_t none[sizeof(node->unit_id)];

	*out = (struct scan_host){ 0 };
	for (size_t i = 0; i < node->count; i++) {
		read_name(out, &node->names[i]);
		out->kinds |= signs_of(&node->names[i]);
	}
	if (out->name != NULL && has_printers_name(out->name))
		out->kinds |= 1U << SCAN_PRINTER;
	if (has_mac && memcmp(node->unit_id, none, sizeof(none)) == 0)
		out->kinds |= 1U << SCAN_SAMBA;
	if (out->kinds == 0 && out->name != NULL)
		out->kinds = 1U << SCAN_WORKSTATION;
}

const char *scan_kind_word(enum scan_kind kind)
{
	static const char *const words[SCAN_KINDS] = {
		[SCAN_DOMAIN_MASTER] = "domain master",
		[SCAN_DOMAIN_CONTROLLER] = "domain controller",
		[SCAN_MASTER_BROWSER] = "master browser",
		[SCAN_PRINTER] = "printer",
		[SCAN_FILE_SERVER] = "file server",
		[SCAN_SAMBA] = "Samba",
		[SCAN_WEB_SERVER] = "web server",
		[SCAN_MAIL_SERVER] = "mail server",
		[SCAN_DIAL_IN] = "dial-in server",
		[SCAN_WORKSTATION] = "workstation",
	};

	return words[kind];
}

char *scan_kinds_text(unsigned kinds, char text[SCAN_KINDS_TEXT_MAX])
{
	size_t len = 0;

	text[0] = '\0';
	for (unsigned kind = 0; kind < SCAN_KINDS; kind++)
		if (kinds & 1U << kind)
			len += (size_t)snprintf(text + len, SCAN_KINDS_TEXT_MAX - len, "%s%s",
						len > 0 ? ", " : "", scan_kind_word(kind));
	return text;
}
