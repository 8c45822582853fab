/* Inside nbtstat: what it learns from nbnsd of this host, by the control socket. */
#ifndef TOOLS_NBTSTAT_H
#define TOOLS_NBTSTAT_H

#include <stdbool.h>

#include <nbt/name.h>

#define NBTSTAT_DIRECTORY "/run/nbt"

/* The 15 bytes of a name, with dots for what cannot be printed. Returns text. */
char *nbtstat_name_text(const struct nbt_name *name, char text[NBT_NAME_LEN]);

/* -c, -r, -R and -RR; return the exit status, what had to be said has been said. */
int nbtstat_cache(const char *directory, bool json);
int nbtstat_resolved(const char *directory, bool json);
int nbtstat_purge(const char *directory, bool json);
int nbtstat_refresh(const char *directory, bool json);

#endif
