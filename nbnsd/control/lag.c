#include "nbnsd/control/lag.h"

#include "nbnsd/partners/partners.h"
#include "nbnsd/registry/owners.h"

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

uint64_t lag_behind_partner(const struct partners *partners, size_t i,
			    const struct registry *registry)
{
	uint64_t behind = 0;

	for (uint32_t number = 0; number < registry_owner_bound(registry); number++) {
		struct registry_owner owner;
		uint64_t shown;

		if (!registry_owner_get(registry, number, &owner) ||
		    owner.address.s_addr == OWNER_SELF.s_addr)
			continue;
		shown = partners_shown(partners, i, owner.address);
		if (shown > owner.highest)
			behind += shown - owner.highest;
	}
	return behind;
}
