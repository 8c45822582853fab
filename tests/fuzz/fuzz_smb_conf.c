/* smb.conf as nbt.conf: whatever is in it, nbnsd takes the result. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "nbnsd/conf.h"
#include "tools/import/smb_conf.h"

static char *converted(const uint8_t *data, size_t size)
{
	struct smb_conf *conf = smb_conf_create();
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must(conf != NULL && out != NULL);
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t line = end != NULL ? (size_t)(end - data) : size;

		smb_conf_line(conf, (const char *)data, line);
		data += line + (end != NULL);
		size -= line + (end != NULL);
	}
	smb_conf_line(conf, "", 0);
	must(smb_conf_print(conf, out));
	fclose(out);
	smb_conf_destroy(conf);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = converted(data, size), error[CONF_ERROR_MAX];
	struct nbnsd_settings settings;

	must(conf_parse(&settings, &nbnsd_schema, text, "nbt.conf", error) == 0);
	conf_free(&settings, &nbnsd_schema);
	free(text);
	return 0;
}
