#include "tools/import/smb_conf_values.h"

#include <arpa/inet.h>
#include <iconv.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "common/charset.h"

#define WORDS_MAX 64
#define WORD_MAX  256

/*
 * Words: separated by blanks or commas, in quotes or not.
 */

struct words {
	size_t count;
	char items[WORDS_MAX][WORD_MAX];
};

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

static bool split(const char *value, struct words *words)
{
	words->count = 0;
	for (;;) {
		char quote;
		size_t len;

		while (is_separator(*value))
			value++;
		if (*value == '\0')
			return true;
		quote = *value == '"' ? *value++ : '\0';
		len = quote != '\0' ? strcspn(value, "\"") : strcspn(value, " \t,");
		if (words->count == WORDS_MAX || len >= WORD_MAX ||
		    (quote != '\0' && value[len] == '\0'))
			return false;
		memcpy(words->items[words->count], value, len);
		words->items[words->count++][len] = '\0';
		value += len + (quote != '\0');
	}
}

static void print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void print_list(const struct words *words, FILE *out)
{
	fputc('[', out);
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			fputs(", ", out);
		print_quoted(words->items[i], out);
	}
	fputc(']', out);
}

/* Each word by the rule, which changes it in place, or empties it: then it is left out. */
static bool print_each(const char *value, bool (*rule)(char *word), FILE *out)
{
	struct words words;
	size_t kept = 0;

	if (!split(value, &words))
		return false;
	for (size_t i = 0; i < words.count; i++) {
		if (!rule(words.items[i]))
			return false;
		if (words.items[i][0] != '\0' && kept++ != i)
			memcpy(words.items[kept - 1], words.items[i], WORD_MAX);
	}
	words.count = kept;
	if (kept > 0)
		print_list(&words, out);
	return kept > 0;
}

/*
 * Simple values. What holds % is made anew for each client, or by host name.
 */

bool smb_string(const char *value, FILE *out)
{
	if (strchr(value, '%') != NULL || *value == '\0')
		return false;
	print_quoted(value, out);
	return true;
}

static bool without_macro(char *word)
{
	return strchr(word, '%') == NULL;
}

bool smb_strings(const char *value, FILE *out)
{
	return print_each(value, without_macro, out);
}

/* By itself: the character set of the wire is not known here. */
static bool name(char *word)
{
	size_t count = 0;

	for (const char *p = word; *p != '\0'; p++)
		count += ((unsigned char)*p & 0xc0) != 0x80;
	return count > 0 && count < NBT_NAME_LEN && *word != '*' && without_macro(word);
}

bool smb_name(const char *value, FILE *out)
{
	char word[WORD_MAX];

	return strlen(value) < sizeof(word) && name(strcpy(word, value)) && smb_string(word, out);
}

bool smb_names(const char *value, FILE *out)
{
	return print_each(value, name, out);
}

bool smb_scope(const char *value, FILE *out)
{
	struct nbt_scope scope;

	return nbt_scope_from_text(&scope, value) == NBT_OK &&
	       nbt_scope_length(&scope) < NBT_SCOPE_MAX && smb_string(value, out);
}

bool smb_charset(const char *value, FILE *out)
{
	iconv_t converter = iconv_open(value, "UTF-8");

	if (converter == (iconv_t)-1)
		return false;
	iconv_close(converter);
	return strlen(value) < CHARSET_NAME_MAX && smb_string(value, out);
}

/* 1 yes, 0 no, -1 neither. */
static int truth(const char *value)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1", "off", "on" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return (int)(i % 2);
	return -1;
}

bool smb_yes(const char *value, FILE *out)
{
	int is_true = truth(value);

	if (is_true >= 0)
		fputs(is_true ? "true" : "false", out);
	return is_true >= 0;
}

bool smb_yes_or_auto(const char *value, FILE *out)
{
	int is_true = truth(value);

	if (is_true < 0 && strcasecmp(value, "auto") != 0)
		return false;
	fputs(is_true < 0 ? "\"auto\"" : is_true ? "\"yes\"" : "\"no\"", out);
	return true;
}

static bool is_number(const char *text)
{
	return *text != '\0' && strlen(text) < 10 && text[strspn(text, "0123456789")] == '\0';
}

static bool print_number(const char *value, unsigned long min, unsigned long max, FILE *out)
{
	unsigned long number = is_number(value) ? strtoul(value, NULL, 10) : ULONG_MAX;

	if (number < min || number > max)
		return false;
	fprintf(out, "%lu", number);
	return true;
}

bool smb_number(const char *value, FILE *out)
{
	return print_number(value, 0, ULONG_MAX - 1, out);
}

bool smb_port(const char *value, FILE *out)
{
	return print_number(value, 0, UINT16_MAX, out);
}

/* What the intervals of WINS allow: 999 hours. */
bool smb_interval(const char *value, FILE *out)
{
	return print_number(value, 1, 999 * 3600, out);
}

/* What browserd allows. */
bool smb_lm_interval(const char *value, FILE *out)
{
	return print_number(value, 1, 3600, out);
}

bool smb_cache_time(const char *value, FILE *out)
{
	return print_number(value, 0, 24 * 3600, out);
}

/* "1 passdb:5 all:2": the first number. */
bool smb_log_level(const char *value, FILE *out)
{
	struct words words;

	if (!split(value, &words) || words.count == 0 || !is_number(words.items[0]))
		return false;
	fputs(strtoul(words.items[0], NULL, 10) < 3 ? "\"info\"" : "\"debug\"", out);
	return true;
}

/*
 * Addresses.
 */

static bool is_address(const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1;
}

/* An address of this host with its mask is that interface. */
static bool interface(char *word)
{
	char *slash = strchr(word, '/');
	struct in_addr address;

	word[strcspn(word, ";")] = '\0'; /* speed, capability */
	if (strchr(word, '*') != NULL || strchr(word, ':') != NULL)
		return false;
	if (strcmp(word, "lo") == 0 || strncmp(word, "127.", 4) == 0)
		word[0] = '\0'; /* it is always served */
	if (slash == NULL || *word == '\0')
		return true;
	*slash = '\0';
	if (inet_pton(AF_INET, word, &address) != 1)
		return false;
	if ((ntohl(address.s_addr) & 0xff) == 0)
		*slash = '/'; /* a network, not an address in it */
	return *slash == '\0' || is_number(slash + 1);
}

bool smb_interfaces(const char *value, FILE *out)
{
	return print_each(value, interface, out);
}

static bool server(char *word)
{
	char *tag = strchr(word, ':');

	if (tag != NULL)
		memmove(word, tag + 1, strlen(tag));
	if (strcmp(word, "127.0.0.1") == 0)
		word[0] = '\0';
	return *word == '\0' || is_address(word);
}

bool smb_servers(const char *value, FILE *out)
{
	return print_each(value, server, out);
}

static bool address(char *word)
{
	return is_address(word);
}

bool smb_addresses(const char *value, FILE *out)
{
	return print_each(value, address, out);
}

bool smb_listen(const char *value, FILE *out)
{
	if (!is_address(value) || strcmp(value, "0.0.0.0") == 0)
		return false;
	fprintf(out, "[\"%s\"]", value);
	return true;
}

/*
 * name resolve order
 */

bool smb_order(const char *value, FILE *out)
{
	size_t wins = 0, bcast = 0;
	struct words words;

	if (!split(value, &words))
		return false;
	for (size_t i = 0; i < words.count; i++) {
		if (strcasecmp(words.items[i], "wins") == 0)
			wins = i + 1;
		if (strcasecmp(words.items[i], "bcast") == 0)
			bcast = i + 1;
	}
	if (wins == 0 && bcast == 0)
		return false;
	if (wins == 0 || bcast == 0)
		fputs(wins != 0 ? "\"p\"" : "\"b\"", out);
	else
		fputs(wins < bcast ? "\"h\"" : "\"m\"", out);
	return true;
}
