#include "browserd/browse_dat.h"

#include <stdio.h>

#include "browserd/text.h"

#define GROUP_TYPE (NBT_SV_DOMAIN_ENUM | NBT_SV_NT)

struct writing {
	const char *own_workgroup;
	bool of_self; /* which pass it is */
	browse_dat_fn *each;
	void *ctx;
};

/* A quoted word: there is no way to write a quote or the end of a line into one. */
static const char *quote(char out[NBT_BROWSE_COMMENT_SIZE + 2], const char *text)
{
	char *at = out;

	*at++ = '"';
	for (; *text != '\0'; text++)
		if (*text != '"' && *text != '\r' && *text != '\n')
			*at++ = *text;
	*at++ = '"';
	*at = '\0';
	return out;
}

static void write_line(const struct writing *w, const struct lists_record *record, bool is_local)
{
	char name[NBT_BROWSE_COMMENT_SIZE + 2], comment[NBT_BROWSE_COMMENT_SIZE + 2];
	char workgroup[NBT_BROWSE_COMMENT_SIZE + 2], line[BROWSE_DAT_LINE_MAX];
	uint32_t type = record->type;
	int len;

	if ((type & NBT_SV_DOMAIN_ENUM) != 0)
		type = GROUP_TYPE;
	if (is_local)
		type |= NBT_SV_LOCAL_LIST_ONLY;
	len = snprintf(line, sizeof(line), "%-25s %08x %-30s %s\n", quote(name, record->name),
		       (unsigned)type, quote(comment, record->comment),
		       quote(workgroup, record->workgroup));
	if (len > 0 && (size_t)len < sizeof(line))
		w->each(w->ctx, line, (size_t)len);
}

static bool write_server(void *ctx, const struct lists_view *view)
{
	const struct writing *w = ctx;

	if ((view->source.origin == LISTS_SELF) == w->of_self)
		write_line(w, view->record, view->is_local);
	return true;
}

static bool write_workgroup(void *ctx, const struct lists_view *view)
{
	const struct writing *w = ctx;

	if (!text_equal(view->record->name, w->own_workgroup))
		write_line(w, view->record, view->is_local);
	return true;
}

static void write_own_workgroup(const struct lists *lists, const struct writing *w)
{
	struct lists_record own = { .type = GROUP_TYPE };
	struct lists_view view;

	if (lists_find(lists, LISTS_WORKGROUPS, w->own_workgroup, w->own_workgroup, &view))
		own = *view.record;
	text_copy(own.name, sizeof(own.name), w->own_workgroup);
	text_copy(own.workgroup, sizeof(own.workgroup), w->own_workgroup);
	write_line(w, &own, true);
}

void browse_dat_write(const struct lists *lists, const char *own_workgroup, browse_dat_fn *each,
		      void *ctx)
{
	struct writing w = { .own_workgroup = own_workgroup, .each = each, .ctx = ctx };

	write_own_workgroup(lists, &w);
	w.of_self = true;
	lists_each(lists, LISTS_SERVERS, NULL, NULL, write_server, &w);
	lists_each(lists, LISTS_WORKGROUPS, NULL, NULL, write_workgroup, &w);
	w.of_self = false;
	lists_each(lists, LISTS_SERVERS, NULL, NULL, write_server, &w);
}
