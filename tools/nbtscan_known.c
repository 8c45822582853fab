/*
 * nbtscan --nbns: what a name server knows of targets that did not answer.
 *
 * nbnsd of this host lists all its names. Another server can only be asked for names that are known
 * already: those of hosts that answered, whose other addresses come so to light, their workgroups'
 * controllers and masters, and "*", for which nbnsd gives the address of everybody, if it may.
 */
#include "config.h"

#include "tools/nbtscan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/client.h>

#include "common/array.h"
#include "common/ctl_client.h"
#include "tools/report.h"

/* A name at an address. */
struct pair {
	struct in_addr address;
	struct nbt_name name;
	bool has_name;
};

struct known {
	struct nbt_name *names; /* to be asked for */
	size_t name_count, name_room;
	struct pair *pairs; /* what is known of silent targets */
	size_t pair_count, pair_room;
	const struct nbtscan_options *options;
	const struct scan *scan;
};

struct known *known_create(void)
{
	return calloc(1, sizeof(struct known));
}

void known_destroy(struct known *known)
{
	if (known == NULL)
		return;
	free(known->names);
	free(known->pairs);
	free(known);
}

/* One more of an array; what finds no memory is left out. */
static void *grow(void **items, size_t *count, size_t *room, size_t size)
{
	if (*count == *room) {
		size_t more = *room > 0 ? 2 * *room : 64;
		void *moved = realloc(*items, more * size);

		if (moved == NULL)
			return NULL;
		*items = moved;
		*room = more;
	}
	return (char *)*items + size * (*count)++;
}

static void add_name(struct known *known, const struct nbt_name *name, uint8_t suffix)
{
	void *items = known->names;
	struct nbt_name wanted = *name, *entry;

	wanted.bytes[NBT_NAME_LEN - 1] = suffix;
	for (size_t i = 0; i < known->name_count; i++)
		if (nbt_name_equal(&known->names[i], &wanted))
			return;
	entry = grow(&items, &known->name_count, &known->name_room, sizeof(*entry));
	known->names = items;
	if (entry != NULL)
		*entry = wanted;
}

void known_add(struct known *known, const struct scan_host *host)
{
	if (host->name != NULL)
		add_name(known, host->name, NBT_SUFFIX_WORKSTATION);
	if (host->workgroup != NULL) {
		add_name(known, host->workgroup, NBT_SUFFIX_DMB);
		add_name(known, host->workgroup, NBT_SUFFIX_DC);
	}
}

/* name: NULL: only the address is known, which another name says better. */
static void add_pair(struct known *known, struct in_addr address, const struct nbt_name *name)
{
	void *items = known->pairs;
	struct pair *pair;

	if (!scan_is_silent(known->scan, address))
		return;
	pair = grow(&items, &known->pair_count, &known->pair_room, sizeof(*pair));
	known->pairs = items;
	if (pair != NULL)
		*pair = (struct pair){ address, name != NULL ? *name : (struct nbt_name){ "" },
				       name != NULL };
}

/*
 * A server, by packets.
 */

static enum nbt_error ask_name(struct known *known, struct nbt_client *client,
			       const struct sockaddr_in *server, const struct nbt_name *name)
{
	static struct nbt_answers answers;
	const struct nbt_query_request request = {
		.to = { .name = *name, .servers = server, .server_count = 1 },
		.recursion = true,
	};
	bool is_everybody = name->bytes[0] == '*';
	enum nbt_error err = nbt_client_query(client, &request, &answers);

	for (size_t i = 0; err == NBT_OK && i < answers.count; i++)
		add_pair(known, answers.addresses[i].address, is_everybody ? NULL : name);
	return err;
}

static bool ask_server(struct known *known, struct in_addr address)
{
	static const struct nbt_name everybody = { "*" };
	const struct sockaddr_in server = { .sin_family = AF_INET,
					    .sin_port = htons((uint16_t)known->options->port),
					    .sin_addr = address };
	struct nbt_client *client;
	enum nbt_error err = nbt_client_open(&client, NULL);

	for (size_t i = 0; i < known->name_count && (err == NBT_OK || err == NBT_ENEGATIVE); i++)
		err = ask_name(known, client, &server, &known->names[i]);
	if (err == NBT_OK || err == NBT_ENEGATIVE)
		err = ask_name(known, client, &server, &everybody);
	nbt_client_close(client);
	if (err == NBT_OK || err == NBT_ENEGATIVE)
		return true;
	fprintf(stderr, "nbtscan: the name server %s: %s\n", known->options->nbns,
		nbt_strerror(err));
	return false;
}

/*
 * nbnsd of this host, by its control socket.
 */

static const char *text_at(json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

/* Computers' names only: each has others, and those say no more. */
static int take_row(void *ctx, json_t *row)
{
	struct known *known = ctx;
	json_t *addresses = json_object_get(row, "addresses"), *item;
	struct nbt_name name;
	size_t i;

	if (!report_read_name(row, &name) || nbt_name_suffix(&name) != NBT_SUFFIX_WORKSTATION ||
	    strcmp(text_at(row, "kind"), "group") == 0)
		return 0;
	json_array_foreach(addresses, i, item)
	{
		struct in_addr address;

		if (inet_pton(AF_INET, json_string_value(item), &address) == 1)
			add_pair(known, address, &name);
	}
	return 0;
}

static bool ask_daemon(struct known *known)
{
	static const char *const words[] = { "names", "list", "--state", "active" };
	struct ctl_client *client;
	char path[4096], error[CTL_CLIENT_ERROR_MAX] = "";
	int ret;

	snprintf(path, sizeof(path), "%s/nbnsd.ctl", known->options->nbns);
	ret = ctl_client_open(&client, path);
	if (ret == 0)
		ret = ctl_client_send(client, ARRAY_SIZE(words), words);
	if (ret == 0)
		ret = ctl_client_receive(client, take_row, known, error);
	ctl_client_close(client);
	if (ret < 0)
		ctl_client_explain(ret, path, error);
	if (ret != 0)
		fprintf(stderr, "nbtscan: %s: %s\n", path, error);
	return ret == 0;
}

/*
 * What is said.
 */

/* By address, and the nameless last. */
static int compare(const void *a, const void *b)
{
	const struct pair *first = a, *second = b;
	uint32_t left = ntohl(first->address.s_addr), right = ntohl(second->address.s_addr);

	if (left != right)
		return left > right ? 1 : -1;
	if (first->has_name != second->has_name)
		return first->has_name ? -1 : 1;
	return memcmp(&first->name, &second->name, sizeof(first->name));
}

static bool is_said(const struct pair *pair, const struct pair *last)
{
	return last != NULL && last->address.s_addr == pair->address.s_addr &&
	       (!pair->has_name || nbt_name_equal(&last->name, &pair->name));
}

static void say_pairs(const struct known *known)
{
	const struct pair *last = NULL;

	if (known->pair_count > 1)
		qsort(known->pairs, known->pair_count, sizeof(known->pairs[0]), compare);
	for (size_t i = 0; i < known->pair_count; i++) {
		const struct pair *pair = &known->pairs[i];

		if (!is_said(pair, last))
			say_known(known->options, pair->address,
				  pair->has_name ? &pair->name : NULL);
		last = pair;
	}
	fflush(stdout);
}

bool known_ask(struct known *known, const struct nbtscan_options *options, const struct scan *scan)
{
	struct in_addr address;
	bool is_done;

	known->options = options;
	known->scan = scan;
	if (inet_pton(AF_INET, options->nbns, &address) == 1)
		is_done = ask_server(known, address);
	else
		is_done = ask_daemon(known);
	say_pairs(known);
	return is_done;
}
