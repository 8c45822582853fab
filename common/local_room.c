#include "common/local_room.h"

/* A user has a quarter, strangers together a half; an eighth is kept for the owners, and one for
 * all others. */
bool local_room_has(const struct local_room *room, enum local_rank rank, size_t of_user)
{
	size_t all = room->connections, most = all - all / 8;
	size_t strangers = room->taken[LOCAL_STRANGER],
	       others = strangers + room->taken[LOCAL_MEMBER];
	size_t owners = room->taken[LOCAL_OWNER];

	if (others + owners >= all)
		return false;
	if (rank == LOCAL_OWNER)
		return owners < most;
	if (rank == LOCAL_STRANGER && strangers >= (all + 1) / 2)
		return false;
	return others < most && of_user < (all + 3) / 4;
}
