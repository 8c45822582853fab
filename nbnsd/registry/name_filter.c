#include "nbnsd/registry/name_filter.h"

#include <stddef.h>

#include "common/charset.h"

static int small(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* The next character of UTF-8. */
static const char *step(const char *text)
{
	do {
		text++;
	} while (((unsigned char)*text & 0xc0) == 0x80);
	return text;
}

/* Only the last * is gone back to: what fits an earlier one fits it, too. */
bool name_pattern_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *held = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			held = text;
		} else if (*pattern == '?') {
			pattern++;
			text = step(text);
		} else if (small(*pattern) == small(*text)) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = held = step(held);
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

void name_filter_init(struct name_filter *filter)
{
	*filter = (struct name_filter){
		.suffix = FILTER_ANY, .kind = FILTER_ANY, .state = FILTER_ANY, .origin = ORIGIN_ANY
	};
}

static bool is_of(const struct record *record, enum name_origin origin, bool is_own)
{
	switch (origin) {
	case ORIGIN_SELF:
		return is_own;
	case ORIGIN_REPLICA:
		return !record_is_owned(record);
	case ORIGIN_STATIC:
		return record->is_static;
	case ORIGIN_DYNAMIC:
		return record_is_owned(record) && !record->is_static && !is_own;
	case ORIGIN_ANY:
		break;
	}
	return true;
}

static bool has_address(const struct record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static bool fits_name(const struct name_filter *filter, const struct record *record)
{
	char text[CHARSET_TEXT_MAX];

	if (filter->suffix != FILTER_ANY && filter->suffix != nbt_name_suffix(&record->name))
		return false;
	if (filter->has_scope && !nbt_scope_equal(&filter->scope, &record->scope))
		return false;
	return filter->pattern == NULL ||
	       name_pattern_fits(filter->pattern, charset_name_text(&record->name, text));
}

bool name_filter_passes(const struct name_filter *filter, const struct record *record, bool is_own)
{
	if (filter->kind != FILTER_ANY && filter->kind != record->kind)
		return false;
	if (filter->state != FILTER_ANY && filter->state != record->state)
		return false;
	if (filter->has_owner && filter->owner.s_addr != record->owner.s_addr)
		return false;
	if (filter->has_address && !has_address(record, filter->address))
		return false;
	return is_of(record, filter->origin, is_own) && fits_name(filter, record);
}
