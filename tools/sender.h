/* Records on their way to nbnsd's command "names import": many in a request, several under way, in
 * bounded memory. */
#ifndef TOOLS_SENDER_H
#define TOOLS_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ctl_client.h"
#include "tools/import/import.h"

struct sender;

struct sender_options {
	const char *source; /* what nbnsd's log says of it */
	bool replace, dry_run;
	int64_t now; /* Unix time */
	/* What became of a record: "added", "kept" ..., and why, or NULL. */
	void (*answered)(void *ctx, unsigned line, const struct nbt_name *name, const char *change,
			 const char *why);
	void *ctx;
};

/* client is borrowed. NULL: out of memory. */
struct sender *sender_create(struct ctl_client *client, const struct sender_options *options);
void sender_destroy(struct sender *sender); /* NULL is fine */

/* After an error this does nothing. */
void sender_add(struct sender *sender, const struct import_record *record);
bool sender_failed(const struct sender *sender);

/* Sends what is left and takes all answers. 0; a status of the daemon's, or a negative errno, with
 * a sentence in error. */
int sender_end(struct sender *sender, char error[CTL_CLIENT_ERROR_MAX]);

#endif
