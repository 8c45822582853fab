/* What nbnsd's control commands have in common: words read, and rows that begin with a name. */
#ifndef NBNSD_CONTROL_COMMAND_ROWS_H
#define NBNSD_CONTROL_COMMAND_ROWS_H

#include <nbt/env.h>

#include "common/ctl.h"
#include "nbnsd/registry/record.h"

struct nbnsd;

/* As enum record_kind and enum record_state; NULL at the end. */
extern const char *const command_kinds[];
extern const char *const command_states[];
extern const char *const command_node_types[]; /* by the number of the node type */

/* A row that begins with name, suffix, raw and scope. NULL: out of memory, like all of these. */
json_t *command_name_row(const struct nbt_name *name, const struct nbt_scope *scope);

void command_set(json_t *row, const char *key, json_t *value); /* takes the value */
json_t *command_address(struct in_addr address);
json_t *command_owner(struct in_addr owner);            /* "self", or an address */
json_t *command_asker(struct in_addr address);          /* null: 0.0.0.0, nobody */
json_t *command_addresses(const struct record *record); /* a list */

/* Seconds until the end of the lease, as of now; null: for ever. */
json_t *command_lease(lease_time expiry, lease_time now);

/* Seconds since then, and until then (env->now_ms); null: NBT_NEVER. */
json_t *command_since(uint64_t then_ms, const struct nbt_env *env);
json_t *command_until(uint64_t then_ms, const struct nbt_env *env);

/* Whether this host holds the name, on some interface. */
bool command_is_own(const struct nbnsd *nbnsd, const struct record *record);

#define COMMAND_NO_SUFFIX (-1)

/*
 * Reads a name and its scope (NULL: none). *suffix is the one in the text, or as it was before.
 * false: the request has been failed with a sentence.
 */
bool command_read_name(struct ctl_request *rq, const char *text, struct nbt_name *name,
		       int *suffix);

/* Room for a pattern of names. */
#define COMMAND_PATTERN_MAX 128

/* Reads "FR*" or "FR*<20>" for name_pattern_fits(); *suffix as above. */
bool command_read_pattern(struct ctl_request *rq, const char *text, char out[COMMAND_PATTERN_MAX],
			  int *suffix);

bool command_read_scope(struct ctl_request *rq, const char *text, struct nbt_scope *scope);
bool command_read_address(struct ctl_request *rq, const char *text, struct in_addr *address);

/* A number up to max. */
bool command_read_number(struct ctl_request *rq, const char *what, const char *text, uint64_t max,
			 uint64_t *number);

/* A suffix, as two hexadecimal digits. */
bool command_read_suffix(struct ctl_request *rq, const char *text, uint8_t *suffix);

#endif
