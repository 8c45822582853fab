/* LMHOSTS files, also as static mappings: the input is one file, which may include itself under
 * other names. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "common/lmhosts.h"
#include "nbnsd/service/statics.h"

struct input {
	const char *text;
	size_t len;
	size_t open;
};

/* Files whose name ends in a digit are there. */
static int read_file(void *ctx, const char *path, const char **text, size_t *len)
{
	struct input *input = ctx;

	if (path[strlen(path) - 1] < '0' || path[strlen(path) - 1] > '9')
		return -ENOENT;
	*text = input->text;
	*len = input->len;
	input->open++;
	return 0;
}

static void release_file(void *ctx, const char *text)
{
	struct input *input = ctx;

	must(text == input->text && input->open > 0);
	input->open--;
}

static void check_error(const char *error)
{
	must(strlen(error) < LMHOSTS_ERROR_MAX);
	for (; *error != '\0'; error++)
		must((unsigned char)*error >= ' ');
}

static void check_entry(const struct lmhosts_entry *entry)
{
	must(entry->line > 0 && *entry->file != '\0');
	must(entry->is_host || entry->has_group || entry->is_group);
	must(!entry->any_suffix || nbt_name_suffix(&entry->name) == 0);
	must(!entry->has_domain || nbt_name_suffix(&entry->domain) == NBT_SUFFIX_DC);
}

static void read_through(struct input *input, bool extended)
{
	const struct lmhosts_source source = { read_file, release_file, NULL, input, extended };
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	struct lmhosts_lookup lookup;
	char error[LMHOSTS_ERROR_MAX];
	enum lmhosts_result result;
	struct nbt_name name;
	bool is_group;

	must(nbt_name_make(&name, "A", NBT_SUFFIX_DC) == NBT_OK);
	lmhosts_lookup_begin(&lookup, &name);
	lmhosts_open(&reader, &source, "/0");
	while ((result = lmhosts_next(&reader, &entry, error)) != LMHOSTS_END) {
		if (result != LMHOSTS_ENTRY) {
			check_error(error);
			continue;
		}
		check_entry(&entry);
		lmhosts_lookup_see(&lookup, &entry);
	}
	lmhosts_close(&reader);
	must(input->open == 0);
	must(lmhosts_lookup_end(&lookup, &is_group)->count <= LMHOSTS_ADDRESSES_MAX);
}

static void check_statics(const struct statics *statics)
{
	struct nbt_name last;

	for (size_t i = 0; i < statics_count(statics); i++) {
		struct record record;

		statics_get(statics, i, &record);
		must(statics_has(statics, &record.name));
		must(i == 0 || memcmp(last.bytes, record.name.bytes, NBT_NAME_LEN) < 0);
		must(record.kind == RECORD_GROUP ? record.address_count == 0
						 : record.address_count >= 1);
		must(record.kind != RECORD_UNIQUE || record.address_count == 1);
		last = record.name;
	}
}

/* As nbnsd does it: the first mistake ends it. */
static void map(struct input *input)
{
	const struct lmhosts_source source = { read_file, release_file, NULL, input, true };
	struct statics *statics = statics_create();
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	char error[LMHOSTS_ERROR_MAX] = "";
	int ret = 0;

	must(statics != NULL);
	lmhosts_open(&reader, &source, "/0");
	while (ret == 0 && lmhosts_next(&reader, &entry, error) == LMHOSTS_ENTRY)
		ret = statics_add(statics, &entry, error);
	lmhosts_close(&reader);
	if (ret == 0)
		ret = statics_finish(statics, error);
	check_error(error);
	must(ret == 0 || *error != '\0');
	if (ret == 0)
		check_statics(statics);
	statics_destroy(statics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .text = (const char *)data, .len = size };

	read_through(&input, false);
	read_through(&input, true);
	map(&input);
	return 0;
}
