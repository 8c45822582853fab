/* What browserd's settings come to: those of the cores, with names as the wire has them. */
#ifndef BROWSERD_EFFECT_H
#define BROWSERD_EFFECT_H

#include "browserd/conf.h"
#include "browserd/settings.h"

/* Owns what settings point at, which stays where it is when this is copied. */
struct effect {
	struct browser_settings settings;
	const char **names, **workgroups; /* the lists */
	char (*texts)[NBT_NAME_LEN];      /* what their entries point at */
	struct browser_remote *remotes;
	struct in_addr *syncs;
	struct in_addr *servers; /* name servers of this host */
	size_t server_count;
	char *comment;
};

/* The character set of the wire is that of the first call. 0; -EINVAL: error holds a sentence as
 * conf_load() has it; -ENOMEM. */
int effect_make(struct effect *out, const struct browserd_settings *in,
		char error[CONF_ERROR_MAX]) NBT_MUSTCHECK;
void effect_free(struct effect *effect); /* zeroed is fine */

/* Whether names, workgroups and what is claimed for them are the same, so that roles can stay. */
bool effect_keeps_roles(const struct effect *a, const struct effect *b);

#endif
