#include "common/lmhosts_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/array.h"

#define TEXT_LEN (NBT_NAME_LEN - 1)

/*
 * Words.
 */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t quoted_length(const struct lmhosts_text *line)
{
	const char *end = memchr(line->at + 1, '"', line->len - 1);

	return end != NULL ? (size_t)(end - line->at) + 1 : line->len;
}

static size_t plain_length(const struct lmhosts_text *line)
{
	size_t len = 0;

	while (len < line->len && !is_blank(line->at[len]))
		len++;
	return len;
}

static void skip(struct lmhosts_text *text, size_t len)
{
	text->at += len;
	text->len -= len;
}

bool lmhosts_word(struct lmhosts_text *line, struct lmhosts_text *word)
{
	while (line->len > 0 && is_blank(*line->at))
		skip(line, 1);
	if (line->len == 0)
		return false;
	word->at = line->at;
	word->len = *line->at == '"' ? quoted_length(line) : plain_length(line);
	skip(line, word->len);
	return true;
}

bool lmhosts_word_is(const struct lmhosts_text *word, const char *keyword)
{
	return word->len == strlen(keyword) && memcmp(word->at, keyword, word->len) == 0;
}

static bool word_begins(const struct lmhosts_text *word, const char *prefix)
{
	return word->len >= strlen(prefix) && memcmp(word->at, prefix, strlen(prefix)) == 0;
}

/*
 * Names.
 */
static const char not_a_name[] = "is no name; allowed: 1 to 15 characters that the wire has";
static const char not_a_quoted_name[] =
	"is no name; allowed: 15 characters, padded with spaces, and \\0xNN, in quotes";

/* Where the character set is not known: bytes as they are. */
static int encode_ascii(const char *text, size_t len, bool upper, uint8_t *out, size_t size)
{
	if (len > size)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(upper && text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A'
									     : text[i]);
	return (int)len;
}

static int encode(const struct lmhosts_source *source, struct lmhosts_text text, bool upper,
		  uint8_t *out, size_t size)
{
	if (source->encode == NULL)
		return encode_ascii(text.at, text.len, upper, out, size);
	return source->encode(source->ctx, text.at, text.len, upper, out, size);
}

static bool has_control(struct lmhosts_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7F)
			return true;
	return false;
}

static bool make_name(const struct lmhosts_source *source, struct lmhosts_text text, uint8_t suffix,
		      struct nbt_name *out)
{
	int len;

	memset(out->bytes, ' ', TEXT_LEN);
	out->bytes[TEXT_LEN] = suffix;
	if (text.len == 0 || has_control(text) || lmhosts_word_is(&text, "*"))
		return false;
	len = encode(source, text, true, out->bytes, TEXT_LEN);
	return len > 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	return found != NULL ? (int)(found - digits) & 15 : -1;
}

/* Two hex digits at the beginning of text. */
static bool read_hex(struct lmhosts_text text, uint8_t *byte)
{
	if (text.len < 2 || hex_digit(text.at[0]) < 0 || hex_digit(text.at[1]) < 0)
		return false;
	*byte = (uint8_t)(hex_digit(text.at[0]) << 4 | hex_digit(text.at[1]));
	return true;
}

/* "\0xNN" at the beginning of text. */
static bool read_escape(struct lmhosts_text text, uint8_t *byte)
{
	if (!word_begins(&text, "\\0x") && !word_begins(&text, "\\0X"))
		return false;
	skip(&text, 3);
	return read_hex(text, byte);
}

#define ESCAPE_LEN 5

/* Characters before the next escape. */
static size_t run_length(struct lmhosts_text text)
{
	size_t len = 0;
	uint8_t byte;

	while (text.len > 0 && !read_escape(text, &byte)) {
		skip(&text, 1);
		len++;
	}
	return len;
}

/* The bytes between quotes; how many, or a negative errno. Case is kept. */
static int unquote(const struct lmhosts_source *source, struct lmhosts_text text,
		   uint8_t out[NBT_NAME_LEN], bool *has_escape)
{
	size_t count = 0;

	*has_escape = false;
	while (text.len > 0) {
		size_t run = run_length(text);
		int len = 1;

		if (run > 0)
			len = encode(source, (struct lmhosts_text){ text.at, run }, false,
				     out + count, NBT_NAME_LEN - count);
		else if (count == NBT_NAME_LEN)
			len = -EINVAL;
		else
			*has_escape = read_escape(text, &out[count]);
		if (len < 0)
			return len;
		count += (size_t)len;
		skip(&text, run > 0 ? run : ESCAPE_LEN);
	}
	return (int)count;
}

/* "FRED           \0x1b": that name and no other. Without an escape it is a name with blanks in
 * it, as every other. */
static const char *read_quoted(const struct lmhosts_source *source, struct lmhosts_text word,
			       struct lmhosts_entry *entry)
{
	const struct lmhosts_text text = { word.at + 1, word.len >= 2 ? word.len - 2 : 0 };
	bool has_escape;
	int len;

	if (word.len < 2 || word.at[word.len - 1] != '"' || has_control(text))
		return not_a_quoted_name;
	len = unquote(source, text, entry->name.bytes, &has_escape);
	if (len == NBT_NAME_LEN)
		return NULL;
	if (has_escape || len <= 0)
		return not_a_quoted_name;
	entry->any_suffix = true;
	return make_name(source, text, 0, &entry->name) ? NULL : not_a_quoted_name;
}

/* Samba: NAME#XX. */
static bool take_suffix(struct lmhosts_text *word, uint8_t *suffix)
{
	if (word->len < 4 || word->at[word->len - 3] != '#' ||
	    !read_hex((struct lmhosts_text){ word->at + word->len - 2, 2 }, suffix))
		return false;
	word->len -= 3;
	return true;
}

static const char *read_name(const struct lmhosts_source *source, struct lmhosts_text word,
			     struct lmhosts_entry *entry)
{
	uint8_t suffix = 0;

	if (*word.at == '"')
		return read_quoted(source, word, entry);
	entry->any_suffix = !take_suffix(&word, &suffix);
	return make_name(source, word, suffix, &entry->name) ? NULL : not_a_name;
}

/*
 * Tags.
 */
typedef const char *tag_fn(const struct lmhosts_source *source, struct lmhosts_text value,
			   struct lmhosts_entry *entry);

static const char *tag_pre(const struct lmhosts_source *source, struct lmhosts_text value,
			   struct lmhosts_entry *entry)
{
	(void)source, (void)value;
	entry->is_preloaded = true;
	return NULL;
}

static const char *tag_multihomed(const struct lmhosts_source *source, struct lmhosts_text value,
				  struct lmhosts_entry *entry)
{
	(void)source, (void)value;
	entry->is_multihomed = true;
	return NULL;
}

static const char *tag_domain(const struct lmhosts_source *source, struct lmhosts_text value,
			      struct lmhosts_entry *entry)
{
	entry->has_domain = make_name(source, value, NBT_SUFFIX_DC, &entry->domain);
	return entry->has_domain ? NULL : not_a_name;
}

/* The line's name is that of the group. */
static const char *tag_special_group(const struct lmhosts_source *source, struct lmhosts_text value,
				     struct lmhosts_entry *entry)
{
	(void)source, (void)value;
	entry->has_group = true;
	entry->is_host = false;
	entry->internet_group = entry->name;
	if (entry->any_suffix)
		entry->internet_group.bytes[TEXT_LEN] = NBT_SUFFIX_SERVER;
	return NULL;
}

static const char *tag_special_group_of(const struct lmhosts_source *source,
					struct lmhosts_text value, struct lmhosts_entry *entry)
{
	entry->has_group = make_name(source, value, NBT_SUFFIX_SERVER, &entry->internet_group);
	return entry->has_group ? NULL : not_a_name;
}

static const char *tag_normal_group(const struct lmhosts_source *source, struct lmhosts_text value,
				    struct lmhosts_entry *entry)
{
	(void)source, (void)value;
	entry->is_group = true;
	entry->is_host = false;
	return NULL;
}

static const char *tag_ignored(const struct lmhosts_source *source, struct lmhosts_text value,
			       struct lmhosts_entry *entry)
{
	(void)source, (void)value, (void)entry;
	return NULL;
}

static const struct {
	const char *word;
	bool has_value, is_extension;
	tag_fn *apply;
} tags[] = {
	{ "#PRE", false, false, tag_pre },
	{ "#MH", false, false, tag_multihomed },
	{ "#DOM:", true, false, tag_domain },
	{ "#SG", false, false, tag_special_group },
	{ "#SG:", true, false, tag_special_group_of },
	{ "#NOFNR", false, false, tag_ignored }, /* LAN Manager: how to ask, not what */
	{ "#NG", false, true, tag_normal_group },
};

/* The row of this word, or the number of rows: a comment begins. */
static size_t find_tag(const struct lmhosts_source *source, const struct lmhosts_text *word)
{
	size_t i = 0;

	for (; i < ARRAY_SIZE(tags); i++)
		if ((tags[i].has_value ? word_begins : lmhosts_word_is)(word, tags[i].word) &&
		    (!tags[i].is_extension || source->extended))
			break;
	return i;
}

static const char *read_tags(const struct lmhosts_source *source, struct lmhosts_text line,
			     struct lmhosts_entry *entry, struct lmhosts_text *bad)
{
	while (lmhosts_word(&line, bad)) {
		struct lmhosts_text value = *bad;
		size_t tag = find_tag(source, bad);
		const char *error;

		if (*bad->at != '#')
			return "is not understood; allowed: tags and comments, which begin with #";
		if (tag == ARRAY_SIZE(tags))
			return NULL;
		skip(&value, strlen(tags[tag].word));
		error = tags[tag].apply(source, value, entry);
		if (error != NULL)
			return error;
	}
	return NULL;
}

static bool read_address(struct lmhosts_text word, struct in_addr *out)
{
	char text[INET_ADDRSTRLEN] = "";

	if (word.len >= sizeof(text))
		return false;
	memcpy(text, word.at, word.len);
	return inet_pton(AF_INET, text, out) == 1;
}

const char *lmhosts_line_read(const struct lmhosts_source *source, struct lmhosts_text line,
			      struct lmhosts_entry *entry, struct lmhosts_text *bad)
{
	const char *error;

	*entry = (struct lmhosts_entry){ .is_host = true };
	*bad = line;
	if (!lmhosts_word(&line, bad) || !read_address(*bad, &entry->address))
		return "is no address; allowed: ADDRESS NAME [TAG]..., such as 10.1.0.5 FRED";
	if (!lmhosts_word(&line, bad))
		return "stands alone; allowed: ADDRESS NAME [TAG]...";
	error = read_name(source, *bad, entry);
	return error != NULL ? error : read_tags(source, line, entry, bad);
}
