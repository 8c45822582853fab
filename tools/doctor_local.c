/* What the browser of this host says of the lists that it fetches from others ("nbtctl browse
 * peers"). Without one, or without the right to ask it, the doctor knows nothing of them. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/charset.h"
#include "common/ctl_client.h"
#include "tools/doctor.h"

/* A name, as it is on the wire. */
static void read_name(json_t *row, const char *key, char out[DOCTOR_NAME_SIZE])
{
	const char *text = json_string_value(json_object_get(row, key));
	struct nbt_name name;

	if (text != NULL && charset_make_name(&name, text, NBT_SUFFIX_WORKSTATION))
		doctor_text(out, &name);
}

static uint64_t read_number(json_t *row, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(row, key));

	return number > 0 ? (uint64_t)number : 0;
}

static int take_row(void *ctx, json_t *row)
{
	const char *address = json_string_value(json_object_get(row, "address"));
	struct doctor_sync sync = { .failures = (unsigned)read_number(row, "failures") };

	read_name(row, "workgroup", sync.workgroup);
	read_name(row, "name", sync.peer);
	sync.is_never = !json_is_integer(json_object_get(row, "synced_ms_ago"));
	sync.age_ms = read_number(row, sync.is_never ? "known_ms_ago" : "synced_ms_ago");
	if (address != NULL && inet_pton(AF_INET, address, &sync.address) == 1)
		(void)doctor_add_sync(ctx, &sync);
	return 0;
}

bool doctor_ask_browser(struct doctor_facts *f, const char *run_directory)
{
	static const char *const words[] = { "browse", "peers" };
	char path[4096], error[CTL_CLIENT_ERROR_MAX];
	struct ctl_client *client;
	int ret;

	snprintf(path, sizeof(path), "%s/browserd.ctl", run_directory);
	if (ctl_client_open(&client, path) < 0)
		return false;
	ret = ctl_client_send(client, 2, words);
	if (ret == 0)
		ret = ctl_client_receive(client, take_row, f, error);
	ctl_client_close(client);
	return ret == 0;
}
