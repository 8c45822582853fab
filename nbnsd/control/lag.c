#include "nbnsd/control/lag.h"

#include "nbnsd/partners/partners.h"

struct lag lag_of_owner(const struct partners *partners, struct in_addr owner, uint64_t highest)
{
	struct lag lag = { .behind = 0, .asked_ms = NBT_NEVER };
	size_t count = partners != NULL ? partners_count(partners) : 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t shown = partners_shown(partners, i, owner);
		struct partner_view view;

		if (shown == 0)
			continue;
		partners_view(partners, i, &view);
		if (shown > highest && shown - highest > lag.behind)
			lag.behind = shown - highest;
		if (view.last_pull_ms != NBT_NEVER &&
		    (lag.asked_ms == NBT_NEVER || view.last_pull_ms > lag.asked_ms))
			lag.asked_ms = view.last_pull_ms;
	}
	return lag;
}
