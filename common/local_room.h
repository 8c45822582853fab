/*
 * Who may still connect to a local socket: no user keeps all others out, not even root. Pure.
 */
#ifndef COMMON_LOCAL_ROOM_H
#define COMMON_LOCAL_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/* STRANGER: of those for whom the socket is only since it is for everybody; MEMBER: of its group;
 * OWNER: root, or the user that the daemon is or becomes. */
enum local_rank { LOCAL_STRANGER, LOCAL_MEMBER, LOCAL_OWNER, LOCAL_RANKS };

struct local_room {
	size_t connections;        /* at once */
	size_t taken[LOCAL_RANKS]; /* of them */
};

/* of_user: how many of those taken are this user's. */
bool local_room_has(const struct local_room *room, enum local_rank rank, size_t of_user);

#endif
