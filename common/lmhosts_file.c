#include "common/lmhosts_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/charset.h"

/*
 * Files.
 */

static int size_of(int fd, size_t *size)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return -errno;
	if (!S_ISREG(info.st_mode))
		return -EINVAL;
	if (info.st_size > LMHOSTS_FILE_MAX)
		return -EFBIG;
	*size = (size_t)info.st_size;
	return 0;
}

/* *len: how much of it there is. */
static int read_all(int fd, char *text, size_t *len)
{
	size_t size = *len;
	ssize_t got;

	for (*len = 0; *len < size; *len += (size_t)got) {
		got = read(fd, text + *len, size - *len);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			return -errno;
		else if (got == 0)
			break; /* it has become shorter */
	}
	return 0;
}

static int read_fd(int fd, const char **out, size_t *len)
{
	char *text;
	int ret = size_of(fd, len);

	if (ret < 0)
		return ret;
	text = malloc(*len + 1);
	if (text == NULL)
		return -ENOMEM;
	ret = read_all(fd, text, len);
	if (ret < 0)
		free(text);
	else
		*out = text;
	return ret;
}

/* A FIFO would not let us go. */
static int read_file(void *ctx, const char *path, const char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	(void)ctx;
	if (fd < 0)
		return -errno;
	ret = read_fd(fd, text, len);
	close(fd);
	return ret;
}

static void release_file(void *ctx, const char *text)
{
	(void)ctx;
	free((char *)(uintptr_t)text);
}

/*
 * Names.
 */

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

static int encode_ascii(const char *text, size_t len, bool upper, uint8_t *out)
{
	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)text[i];
		if (upper && out[i] >= 'a' && out[i] <= 'z')
			out[i] = (uint8_t)(out[i] - 'a' + 'A');
	}
	return (int)len;
}

/* What is quoted stands for its bytes, whatever they are. */
static int encode(void *ctx, const char *text, size_t len, bool upper, uint8_t *out, size_t size)
{
	char copy[CHARSET_TEXT_MAX];
	struct nbt_name name;
	size_t count;

	(void)ctx;
	if (!upper || is_ascii(text, len))
		return len <= size ? encode_ascii(text, len, upper, out) : -ENAMETOOLONG;
	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return -ENAMETOOLONG;
	memcpy(copy, text, len);
	copy[len] = '\0';
	count = count_characters(copy);
	if (!charset_make_name(&name, copy, 0))
		return -EILSEQ;
	if (count > size || count >= NBT_NAME_LEN)
		return -ENAMETOOLONG;
	memcpy(out, name.bytes, count);
	return (int)count;
}

struct lmhosts_source lmhosts_file_source(void)
{
	return (struct lmhosts_source){ .read = read_file,
					.release = release_file,
					.encode = encode };
}

/*
 * Entries.
 */

static int add(struct lmhosts_entries *entries, const struct lmhosts_entry *entry)
{
	if (entries->count == LMHOSTS_ENTRIES_MAX)
		return -E2BIG;
	if ((entries->count & (entries->count - 1)) == 0) { /* room doubles */
		size_t space = entries->count > 0 ? 2 * entries->count : 1;
		struct lmhosts_entry *items =
			realloc(entries->items, space * sizeof(*entries->items));

		if (items == NULL)
			return -ENOMEM;
		entries->items = items;
	}
	entries->items[entries->count] = *entry;
	entries->items[entries->count++].file = NULL;
	return 0;
}

static int load(struct lmhosts_reader *reader, struct lmhosts_entries *out,
		lmhosts_complain_fn *complain, void *ctx)
{
	char error[LMHOSTS_ERROR_MAX];
	struct lmhosts_entry entry;
	int ret = 0;

	while (ret == 0) {
		switch (lmhosts_next(reader, &entry, error)) {
		case LMHOSTS_ENTRY:
			ret = add(out, &entry);
			break;
		case LMHOSTS_WRONG:
			complain(ctx, error);
			break;
		case LMHOSTS_BROKEN:
			complain(ctx, error);
			return -EINVAL;
		case LMHOSTS_END:
			return 0;
		}
	}
	return ret;
}

int lmhosts_entries_load(struct lmhosts_entries *out, const char *path,
			 lmhosts_complain_fn *complain, void *ctx)
{
	const struct lmhosts_source source = lmhosts_file_source();
	struct lmhosts_reader *reader;
	int ret;

	*out = (struct lmhosts_entries){ .count = 0 };
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return -ENOENT;
	reader = malloc(sizeof(*reader));
	if (reader == NULL)
		return -ENOMEM;
	lmhosts_open(reader, &source, path);
	ret = load(reader, out, complain, ctx);
	lmhosts_close(reader);
	free(reader);
	if (ret < 0)
		lmhosts_entries_free(out);
	return ret;
}

void lmhosts_entries_free(struct lmhosts_entries *entries)
{
	free(entries->items);
	*entries = (struct lmhosts_entries){ .count = 0 };
}
