/* The configuration: what is accepted is printed, and read again to the same. */
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

static char *printed(const struct nbnsd_settings *settings)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must(out != NULL);
	conf_print(out, &nbnsd_schema, settings);
	fclose(out);
	return text;
}

static void check_round_trip(const struct nbnsd_settings *first)
{
	char error[CONF_ERROR_MAX], *once = printed(first), *twice;
	struct nbnsd_settings second;

	must(conf_parse(&second, &nbnsd_schema, once, "nbt.conf", error) == 0);
	twice = printed(&second);
	must(strcmp(once, twice) == 0);
	conf_free(&second, &nbnsd_schema);
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), error[CONF_ERROR_MAX];
	struct nbnsd_settings settings;

	must(text != NULL);
	if (strstr(text, "@include") != NULL) {
		/* Other files are not part of the input. */
	} else if (conf_parse(&settings, &nbnsd_schema, text, "nbt.conf", error) == 0) {
		check_round_trip(&settings);
		conf_free(&settings, &nbnsd_schema);
	} else {
		must(strncmp(error, "nbt.conf:", strlen("nbt.conf:")) == 0);
	}
	free(text);
	return 0;
}
