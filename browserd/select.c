#include "browserd/select.h"

struct selection {
	uint32_t types; /* any of these */
	bool only_local;
	select_fn *each;
	void *ctx;
};

static bool offer(void *ctx, const struct lists_view *view)
{
	const struct selection *selection = ctx;

	if ((selection->only_local && !view->is_local) ||
	    (view->record->type & selection->types) == 0)
		return true;
	return selection->each(selection->ctx, view->record);
}

/* ALL means servers, not everything; with LOCAL_LIST_ONLY the other bits of servers don't count,
 * which is how nmbd pulls from a local master. */
void select_entries(const struct lists *lists, const char *own_workgroup,
		    const struct select_question *question, select_fn *each, void *ctx)
{
	const bool is_all = question->types == NBT_SV_ALL;
	const bool of_workgroups = !is_all && (question->types & NBT_SV_DOMAIN_ENUM) != 0;
	struct selection selection = {
		.types = question->types,
		.only_local = !is_all && (question->types & NBT_SV_LOCAL_LIST_ONLY) != 0,
		.each = each,
		.ctx = ctx,
	};
	const char *workgroup = question->workgroup;

	if (of_workgroups) {
		selection.types = NBT_SV_DOMAIN_ENUM;
		lists_each(lists, LISTS_WORKGROUPS, NULL, question->first, offer, &selection);
		return;
	}
	if (is_all || selection.only_local)
		selection.types = NBT_SV_ALL;
	if (workgroup == NULL || *workgroup == '\0')
		workgroup = own_workgroup;
	lists_each(lists, LISTS_SERVERS, workgroup, question->first, offer, &selection);
}
