/* Walks over a schema, for conf.c. */
#ifndef COMMON_CONF_SCHEMA_H
#define COMMON_CONF_SCHEMA_H

#include "common/conf.h"

/* inside: the group that it is in, or NULL; both NULL: the top level. NULL: there is none. */
const struct conf_group *conf_find_group(const struct conf_schema *schema, const char *inside,
					 const char *name);
const struct conf_item *conf_find_item(const struct conf_group *group, const char *name);

/* Where the value of a row is. */
void *conf_slot(void *settings, const struct conf_group *group, const struct conf_item *item);

/* Gives every setting its default. The settings are zero or have values. -ENOMEM. */
int conf_set_defaults(void *settings, const struct conf_schema *schema) NBT_MUSTCHECK;

/* The same for a group of CONF_GROUPS, which is zero. -ENOMEM. */
int conf_set_entry_defaults(const struct conf_entry *entry, void *slot) NBT_MUSTCHECK;

#endif
