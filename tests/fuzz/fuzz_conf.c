/* The configuration: what is accepted is printed, and read again to the same. By nbnsd's tables,
 * and by one with lists of groups. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "nbnsd/conf.h"

const char *__lsan_default_suppressions(void);

/* At a syntax error libconfig 1.5 forgets the string that it has just read. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

struct peer {
	struct in_addr address;
	bool pull;
	uint64_t every;
	struct conf_strings names;
	struct conf_groups peers;
};

struct lists {
	struct conf_groups peers;
};

static const struct conf_item inner_items[] = {
	{ "pull", CONF_BOOL, offsetof(struct peer, pull), "true", .min = 0 },
	{ "names", CONF_STRINGS, offsetof(struct peer, names), "a b", .min = 0 },
	{ .name = NULL },
};

static const struct conf_entry inner_entry = { inner_items, sizeof(struct peer), NULL };

static const struct conf_item peer_items[] = {
	{ "address", CONF_ADDRESS, offsetof(struct peer, address), "0.0.0.0", .min = 0 },
	{ "pull", CONF_BOOL, offsetof(struct peer, pull), "true", .min = 0 },
	{ "every", CONF_DURATION, offsetof(struct peer, every), "30m", .min = 1000,
	  .max = 86400000 },
	{ "names", CONF_STRINGS, offsetof(struct peer, names), "", .min = 0 },
	{ "peers", CONF_GROUPS, offsetof(struct peer, peers), "", .entry = &inner_entry },
	{ .name = NULL },
};

static const struct conf_entry peer_entry = { peer_items, sizeof(struct peer), "address" };

static const struct conf_item lists_items[] = {
	{ "peers", CONF_GROUPS, offsetof(struct lists, peers), "", .entry = &peer_entry },
	{ .name = NULL },
};

static const struct conf_group lists_groups[] = { { NULL, lists_items, 0, NULL } };
static const struct conf_schema lists_schema = { lists_groups, 1, sizeof(struct lists) };

static char *printed(const struct conf_schema *schema, const void *settings)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must(out != NULL);
	conf_print(out, schema, settings);
	fclose(out);
	return text;
}

static void check_round_trip(const struct conf_schema *schema, const void *first, void *second)
{
	char error[CONF_ERROR_MAX], *once = printed(schema, first), *twice;

	must(conf_parse(second, schema, once, "nbt.conf", error) == 0);
	twice = printed(schema, second);
	must(strcmp(once, twice) == 0);
	conf_free(second, schema);
	free(once);
	free(twice);
}

static void read_text(const struct conf_schema *schema, const char *text, void *first, void *second)
{
	char error[CONF_ERROR_MAX];

	if (conf_parse(first, schema, text, "nbt.conf", error) == 0) {
		check_round_trip(schema, first, second);
		conf_scale(first, schema);
		conf_free(first, schema);
	} else {
		must(strncmp(error, "nbt.conf:", strlen("nbt.conf:")) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct nbnsd_settings settings[2];
	struct lists lists[2];

	must(text != NULL);
	if (strstr(text, "@include") == NULL) { /* other files are not part of the input */
		read_text(&nbnsd_schema, text, &settings[0], &settings[1]);
		read_text(&lists_schema, text, &lists[0], &lists[1]);
	}
	free(text);
	return 0;
}
