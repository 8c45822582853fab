/* nbtscan --json. */
#include "config.h"

#include "tools/nbtscan.h"

#include "common/charset.h"
#include "tools/report.h"

static json_t *name_text(const struct nbt_name *name)
{
	char text[CHARSET_TEXT_MAX];

	return name != NULL ? json_string(charset_name_text(name, text)) : json_null();
}

static json_t *kinds_of(unsigned kinds)
{
	json_t *list = json_array();

	for (unsigned kind = 0; kind < SCAN_KINDS; kind++)
		if (kinds & 1U << kind)
			json_array_append_new(list, json_string(scan_kind_word(kind)));
	return list;
}

void say_json(const struct nbtscan_options *options, const struct found *found)
{
	const struct scan_host *host = &found->host;
	json_t *status = report_status(found->node);

	(void)options;
	if (!found->has_mac)
		json_object_set_new(status, "mac", json_null());
	report_print(json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:b, s:o, s:o}", "address",
			       report_address(found->address), "asked",
			       report_address(found->asked), "answered", true, "name",
			       name_text(host->name), "workgroup", name_text(host->workgroup),
			       "user", name_text(host->user), "server", host->is_server, "kinds",
			       kinds_of(host->kinds), "status", status));
}

void say_known_json(const struct nbtscan_options *options, const char *address,
		    const struct nbt_name *name)
{
	(void)options;
	report_print(json_pack("{s:s, s:b, s:o}", "address", address, "answered", false, "name",
			       name_text(name)));
}
