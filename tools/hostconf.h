/* What nbt.conf says of this host: the settings that the daemons share, for tools. */
#ifndef TOOLS_HOSTCONF_H
#define TOOLS_HOSTCONF_H

#include "common/conf_global.h"

/*
 * path NULL: the daemons' own, which need not be there: every setting has its default then. The
 * character set of the wire is chosen with it. As conf_load(); free with hostconf_free().
 */
int hostconf_load(struct conf_global *out, const char *path,
		  char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

/* Whether there is a file at all. */
bool hostconf_is_there(const char *path);

/* The addresses of NBDDs that nbddd is told of, of a file that hostconf_load() has taken; at most
 * max. Returns how many. */
size_t hostconf_nbdds(const char *path, struct in_addr *out, size_t max);

/* Without a file: the defaults. */
int hostconf_defaults(struct conf_global *out, char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;

void hostconf_free(struct conf_global *conf);

#endif
