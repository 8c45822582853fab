#include "tools/import/smb_conf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 128
#define LINE_LEN_MAX 65536

/* What the file says about the parameter of a row; the last one counts. */
struct said {
	char *value;
	unsigned line;
};

struct smb_conf {
	struct said *said; /* for each row */
	char *others;      /* parameters without a row, as text */
	size_t others_len;
	FILE *others_out;
	bool is_one;    /* a parameter of the table was in it */
	bool is_global; /* the section: [global], or before the first */
	bool is_out_of_memory;
	unsigned line, first_line;
	size_t pending_len;
	char pending[LINE_LEN_MAX]; /* a line that goes on in the next one */
};

struct smb_conf *smb_conf_create(void)
{
	struct smb_conf *conf = calloc(1, sizeof(*conf));

	if (conf == NULL)
		return NULL;
	conf->said = calloc(smb_conf_row_count, sizeof(*conf->said));
	conf->others_out = open_memstream(&conf->others, &conf->others_len);
	conf->is_global = true;
	if (conf->said != NULL && conf->others_out != NULL)
		return conf;
	smb_conf_destroy(conf);
	return NULL;
}

void smb_conf_destroy(struct smb_conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; conf->said != NULL && i < smb_conf_row_count; i++)
		free(conf->said[i].value);
	free(conf->said);
	if (conf->others_out != NULL)
		fclose(conf->others_out);
	free(conf->others);
	free(conf);
}

/*
 * Parameters. Capitals and blanks in their names don't matter.
 */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (is_blank(*a))
			a++;
		while (is_blank(*b))
			b++;
		if (strncasecmp(a, b, 1) != 0)
			return false;
		if (*a == '\0')
			return true;
	}
}

static size_t find_row(const char *name)
{
	size_t i = 0;

	for (; i < smb_conf_row_count; i++)
		if (same_name(smb_conf_rows[i].parameter, name) ||
		    (smb_conf_rows[i].synonym != NULL && same_name(smb_conf_rows[i].synonym, name)))
			break;
	return i;
}

static void take(struct smb_conf *conf, const char *name, const char *value)
{
	size_t row = find_row(name);

	if (row == smb_conf_row_count) {
		fprintf(conf->others_out, "#   line %u: %s\n", conf->first_line, name);
		return;
	}
	conf->is_one = true;
	free(conf->said[row].value);
	conf->said[row].value = strdup(value);
	conf->said[row].line = conf->first_line;
	conf->is_out_of_memory |= conf->said[row].value == NULL;
}

/*
 * Lines.
 */

static char *trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len > 0 && is_blank(text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* In comments of what is printed, no line may be forged. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

static void whole_line(struct smb_conf *conf, char *line)
{
	char *equals;

	make_printable(line);
	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return;
	if (*line == '[') {
		line[strcspn(line, "]")] = '\0';
		conf->is_global = same_name(line + 1, "global");
		return;
	}
	equals = strchr(line, '=');
	if (!conf->is_global)
		return; /* a share */
	if (equals == NULL) {
		fprintf(conf->others_out, "#   line %u: %s (no \"=\")\n", conf->first_line, line);
		return;
	}
	*equals = '\0';
	take(conf, trim(line), trim(equals + 1));
}

static void skip_blanks(const char **line, size_t *len)
{
	while (*len > 0 && is_blank(**line)) {
		++*line;
		--*len;
	}
}

void smb_conf_line(struct smb_conf *conf, const char *line, size_t len)
{
	bool goes_on;

	conf->line++;
	if (conf->pending_len == 0)
		conf->first_line = conf->line;
	else
		skip_blanks(&line, &len);
	if (len > 0 && line[len - 1] == '\r')
		len--;
	goes_on = len > 0 && line[len - 1] == '\\';
	if (goes_on)
		len--;
	if (len >= sizeof(conf->pending) - conf->pending_len ||
	    (len > 0 && memchr(line, '\0', len) != NULL)) {
		fprintf(conf->others_out, "#   line %u: too long, or no text\n", conf->line);
		conf->pending_len = 0;
		return;
	}
	memcpy(conf->pending + conf->pending_len, line, len);
	conf->pending_len += len;
	if (goes_on)
		return;
	conf->pending[conf->pending_len] = '\0';
	conf->pending_len = 0;
	whole_line(conf, conf->pending);
}

/*
 * The nbt.conf.
 */

static const char *value_of(const struct smb_conf *conf, size_t row)
{
	if (conf->said[row].value != NULL)
		return conf->said[row].value;
	return smb_conf_rows[row].fallback;
}

/* As nbt.conf has it, to be freed; NULL: it is not carried over. */
static char *converted(const struct smb_conf *conf, size_t row)
{
	const struct smb_conf_row *r = &smb_conf_rows[row];
	char *text = NULL;
	bool done = false;
	size_t len;
	FILE *out;

	if (r->group == NULL || value_of(conf, row) == NULL)
		return NULL;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return NULL;
	done = r->convert(value_of(conf, row), out);
	fclose(out);
	if (!done) {
		free(text);
		text = NULL;
	}
	return text;
}

static size_t print_group(const struct smb_conf *conf, const char *group, FILE *out)
{
	const char *indent = *group != '\0' ? "\t" : "";
	size_t count = 0;

	for (size_t i = 0; i < smb_conf_row_count; i++) {
		const struct smb_conf_row *row = &smb_conf_rows[i];
		char *value;

		if (row->group == NULL || strcmp(row->group, group) != 0)
			continue;
		value = converted(conf, i);
		if (value == NULL)
			continue;
		if (count++ == 0 && *group != '\0')
			fprintf(out, "\n%s = {\n", group);
		fprintf(out, "%s%s = %s;\n", indent, row->key, value);
		free(value);
	}
	if (count > 0 && *group != '\0')
		fputs("};\n", out);
	return count;
}

static void print_remarks(const struct smb_conf *conf, FILE *out)
{
	bool is_first = true;

	for (size_t i = 0; i < smb_conf_row_count; i++) {
		char *value;

		if (conf->said[i].value == NULL || *conf->said[i].value == '\0')
			continue;
		value = converted(conf, i);
		if (value == NULL) {
			fprintf(out, "%s#   line %u: %s = %s\n#       %s\n",
				is_first ? "\n# Not carried over:\n" : "", conf->said[i].line,
				smb_conf_rows[i].parameter, conf->said[i].value,
				smb_conf_rows[i].remark);
			is_first = false;
		}
		free(value);
	}
}

bool smb_conf_is_one(const struct smb_conf *conf)
{
	return conf->is_one;
}

bool smb_conf_print(const struct smb_conf *conf, FILE *out)
{
	static const char *const groups[] = { "", "nbnsd", "nbddd", "browserd" };

	fputs("# /etc/nbt/nbt.conf, made from smb.conf; see nbt.conf(5).\n\n", out);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		print_group(conf, groups[i], out);
	print_remarks(conf, out);
	if (fflush(conf->others_out) != 0)
		return false;
	if (conf->others_len > 0)
		fprintf(out, "\n# Not about names and browsing:\n%s", conf->others);
	return !conf->is_out_of_memory;
}
