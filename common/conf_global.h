/* The settings that the three daemons share, at the top level of the file. */
#ifndef COMMON_CONF_GLOBAL_H
#define COMMON_CONF_GLOBAL_H

#include "common/conf.h"
#include "common/log.h"

enum conf_node_type { CONF_NODE_AUTO, CONF_NODE_B, CONF_NODE_P, CONF_NODE_M, CONF_NODE_H };

struct conf_global {
	char *netbios_name; /* 1 to 15 characters in any case, UTF-8; default: the host's name */
	char *workgroup;    /* the same */
	struct conf_strings aliases;
	char *scope;                    /* text form, see nbt_scope_from_text(); "": none */
	int node_type;                  /* enum conf_node_type */
	struct conf_strings interfaces; /* see iface_is_selected() */
	struct conf_addresses wins_servers;
	char *run_directory;
	char *user; /* see priv_drop() */
	char *dos_charset;
	int log_level;      /* enum log_level */
	int64_t time_scale; /* see conf_scale() */
};

/* Rows of the group whose name is NULL. */
extern const struct conf_item conf_global_items[];

/* For rows that hold a NetBIOS name in UTF-8, as conf_item.check. Whether the wire has its
 * characters is seen when its character set is known. */
const char *conf_check_name(const char *value);

/* What no row by itself can know: whether the names are there in the character set of the wire,
 * which the first call chooses. 0 or -EINVAL, with error as conf_load() has it. */
int conf_global_check(const struct conf_global *conf, char error[CONF_ERROR_MAX]);

#endif
