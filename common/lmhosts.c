#include "common/lmhosts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "common/lmhosts_line.h"

/*
 * Errors.
 */
static void say(const struct lmhosts_file *file, char error[LMHOSTS_ERROR_MAX],
		struct lmhosts_text what, const char *why)
{
	int len = what.len < 80 ? (int)what.len : 80;

	snprintf(error, LMHOSTS_ERROR_MAX, "%.*s:%u: \"%.*s\" %s", LMHOSTS_PATH_MAX, file->path,
		 file->line, len, what.at, why);
	for (char *c = error; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = '?'; /* it goes to the log */
}

/* What can't be used for one line; whether that is the end of all depends. */
static enum lmhosts_result wrong(const struct lmhosts_reader *reader, char error[LMHOSTS_ERROR_MAX],
				 struct lmhosts_text what, const char *why)
{
	say(&reader->files[reader->depth - 1], error, what, why);
	return LMHOSTS_WRONG;
}

static enum lmhosts_result broken(struct lmhosts_reader *reader, char error[LMHOSTS_ERROR_MAX],
				  struct lmhosts_text what, const char *why)
{
	(void)wrong(reader, error, what, why);
	lmhosts_close(reader);
	return LMHOSTS_BROKEN;
}

/*
 * Files.
 */
static int push(struct lmhosts_reader *reader, const char *path)
{
	struct lmhosts_file *file = &reader->files[reader->depth];
	int ret;

	reader->files_read++;
	*file = (struct lmhosts_file){ .line = 0 };
	snprintf(file->path, sizeof(file->path), "%s", path);
	ret = reader->source.read(reader->source.ctx, path, &file->text, &file->len);
	if (ret < 0)
		return ret;
	if (file->len >= 3 && memcmp(file->text, "\xEF\xBB\xBF", 3) == 0)
		file->pos = 3; /* Notepad's mark of UTF-8 */
	reader->depth++;
	return 0;
}

static void pop(struct lmhosts_reader *reader)
{
	const struct lmhosts_file *file = &reader->files[--reader->depth];

	if (reader->source.release != NULL)
		reader->source.release(reader->source.ctx, file->text);
}

void lmhosts_open(struct lmhosts_reader *reader, const struct lmhosts_source *source,
		  const char *path)
{
	reader->source = *source;
	reader->depth = 0;
	reader->files_read = 0;
	reader->failure = strlen(path) < LMHOSTS_PATH_MAX ? push(reader, path) : -ENAMETOOLONG;
	if (reader->failure < 0)
		snprintf(reader->files[0].path, LMHOSTS_PATH_MAX, "%s", path);
}

void lmhosts_close(struct lmhosts_reader *reader)
{
	while (reader->depth > 0)
		pop(reader);
}

/*
 * #INCLUDE and alternates.
 */

/* Of an included file: absolute, or beside the file that includes it. false: too long. */
static bool resolve_path(const struct lmhosts_file *file, struct lmhosts_text word,
			 char path[LMHOSTS_PATH_MAX])
{
	const char *slash = strrchr(file->path, '/');
	int directory = slash != NULL && *word.at != '/' ? (int)(slash - file->path) + 1 : 0;

	return word.len < LMHOSTS_PATH_MAX &&
	       snprintf(path, LMHOSTS_PATH_MAX, "%.*s%.*s", directory, file->path, (int)word.len,
			word.at) < LMHOSTS_PATH_MAX;
}

static bool is_open(const struct lmhosts_reader *reader, const char *path)
{
	for (size_t i = 0; i < reader->depth; i++)
		if (strcmp(reader->files[i].path, path) == 0)
			return true;
	return false;
}

static const char *why_not(int failure)
{
	switch (failure) {
	case -ENOENT:
		return "is not there; allowed: a file of this host";
	case -EACCES:
		return "may not be read; allowed: a file that its reader may read";
	case -EFBIG:
		return "is too large";
	default:
		return "cannot be read; allowed: a text file of this host";
	}
}

/* LMHOSTS_ENTRY stands for: go on. */
static enum lmhosts_result include(struct lmhosts_reader *reader, struct lmhosts_text word,
				   char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_file *file = &reader->files[reader->depth - 1];
	char path[LMHOSTS_PATH_MAX];
	int ret;

	if (file->alternate == ALTERNATE_FOUND)
		return LMHOSTS_ENTRY;
	if (memchr(word.at, '\\', word.len) != NULL || memchr(word.at, '\0', word.len) != NULL)
		return wrong(reader, error, word,
			     "is a path of Windows; allowed: a path of this host with /");
	if (!resolve_path(file, word, path))
		return wrong(reader, error, word, "is too long a path");
	if (is_open(reader, path))
		return broken(reader, error, word, "includes itself in a circle");
	if (reader->depth == LMHOSTS_DEPTH_MAX)
		return broken(reader, error, word, "is too deep; allowed: 8 files in each other");
	if (reader->files_read == LMHOSTS_FILES_MAX)
		return broken(reader, error, word, "is one too many; allowed: 1000 files in all");
	ret = push(reader, path);
	if (ret == 0 && file->alternate == ALTERNATE_SEEKING)
		file->alternate = ALTERNATE_FOUND;
	if (ret == 0 || file->alternate == ALTERNATE_SEEKING)
		return LMHOSTS_ENTRY;
	return wrong(reader, error, word, why_not(ret));
}

static enum lmhosts_result read_include(struct lmhosts_reader *reader, struct lmhosts_text line,
					char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_text word;

	if (!lmhosts_word(&line, &word))
		return wrong(reader, error, line, "names no file; allowed: #INCLUDE PATH");
	if (*word.at == '"' && word.len >= 2 && word.at[word.len - 1] == '"')
		word = (struct lmhosts_text){ word.at + 1, word.len - 2 };
	if (word.len == 0)
		return wrong(reader, error, word, "names no file; allowed: #INCLUDE PATH");
	return include(reader, word, error);
}

static enum lmhosts_result begin_alternate(struct lmhosts_reader *reader, struct lmhosts_text line,
					   char error[LMHOSTS_ERROR_MAX])
{
	(void)line, (void)error;
	reader->files[reader->depth - 1].alternate = ALTERNATE_SEEKING;
	return LMHOSTS_ENTRY;
}

static enum lmhosts_result end_alternate(struct lmhosts_reader *reader, struct lmhosts_text line,
					 char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_file *file = &reader->files[reader->depth - 1];
	bool was_seeking = file->alternate == ALTERNATE_SEEKING;

	(void)line;
	file->alternate = ALTERNATE_NONE;
	if (!was_seeking)
		return LMHOSTS_ENTRY;
	return wrong(reader, error, (struct lmhosts_text){ "#END_ALTERNATE", 14 },
		     "ends a block of which no file could be read");
}

static const struct {
	const char *word;
	enum lmhosts_result (*read)(struct lmhosts_reader *reader, struct lmhosts_text line,
				    char error[LMHOSTS_ERROR_MAX]);
} directives[] = {
	{ "#INCLUDE", read_include },
	{ "#BEGIN_ALTERNATE", begin_alternate },
	{ "#END_ALTERNATE", end_alternate },
};

/* What begins with # is a comment, if it is none of them. */
static enum lmhosts_result read_directive(struct lmhosts_reader *reader, struct lmhosts_text line,
					  char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_text word = { NULL, 0 };

	(void)lmhosts_word(&line, &word);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (lmhosts_word_is(&word, directives[i].word))
			return directives[i].read(reader, line, error);
	return LMHOSTS_ENTRY;
}

/*
 * Lines.
 */

/* false: the file has no more. */
static bool take_line(struct lmhosts_file *file, struct lmhosts_text *line)
{
	const char *end;

	if (file->pos == file->len)
		return false;
	line->at = file->text + file->pos;
	end = memchr(line->at, '\n', file->len - file->pos);
	line->len = end != NULL ? (size_t)(end - line->at) : file->len - file->pos;
	file->pos += line->len + (end != NULL);
	file->line++;
	return true;
}

static bool is_directive(struct lmhosts_text line, bool *is_empty)
{
	struct lmhosts_text word;

	*is_empty = !lmhosts_word(&line, &word);
	return !*is_empty && *word.at == '#';
}

static enum lmhosts_result read_entry(struct lmhosts_reader *reader, struct lmhosts_text line,
				      struct lmhosts_entry *entry, char error[LMHOSTS_ERROR_MAX])
{
	const struct lmhosts_file *file = &reader->files[reader->depth - 1];
	struct lmhosts_text bad;
	const char *why = lmhosts_line_read(&reader->source, line, entry, &bad);

	entry->file = file->path;
	entry->line = file->line;
	return why == NULL ? LMHOSTS_ENTRY : wrong(reader, error, bad, why);
}

/* The first file cannot be read: that is no trouble of a line. */
static enum lmhosts_result fail(struct lmhosts_reader *reader, char error[LMHOSTS_ERROR_MAX])
{
	snprintf(error, LMHOSTS_ERROR_MAX, "%.*s: %s", LMHOSTS_PATH_MAX, reader->files[0].path,
		 why_not(reader->failure));
	reader->failure = 0;
	return LMHOSTS_BROKEN;
}

enum lmhosts_result lmhosts_next(struct lmhosts_reader *reader, struct lmhosts_entry *entry,
				 char error[LMHOSTS_ERROR_MAX])
{
	if (reader->failure < 0)
		return fail(reader, error);
	while (reader->depth > 0) {
		enum lmhosts_result result;
		struct lmhosts_text line;
		bool is_empty;

		if (!take_line(&reader->files[reader->depth - 1], &line)) {
			pop(reader);
			continue;
		}
		if (!is_directive(line, &is_empty)) {
			if (!is_empty)
				return read_entry(reader, line, entry, error);
			continue;
		}
		result = read_directive(reader, line, error);
		if (result != LMHOSTS_ENTRY)
			return result;
	}
	return LMHOSTS_END;
}
