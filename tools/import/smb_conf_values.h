/* Values of smb.conf as nbt.conf has them; see smb_conf_convert. */
#ifndef TOOLS_IMPORT_SMB_CONF_VALUES_H
#define TOOLS_IMPORT_SMB_CONF_VALUES_H

#include "tools/import/smb_conf.h"

smb_conf_convert smb_string, smb_strings, smb_yes, smb_yes_or_auto, smb_number;
smb_conf_convert smb_name, smb_names, smb_scope, smb_charset, smb_port;
smb_conf_convert smb_interval, smb_cache_time; /* seconds, as many as nbnsd allows */
smb_conf_convert smb_lm_interval;
smb_conf_convert smb_interfaces; /* names, addresses and networks, without their options */
smb_conf_convert smb_addresses;
smb_conf_convert smb_servers; /* addresses, without their tags */
smb_conf_convert smb_listen;  /* one address; 0.0.0.0 is none */
smb_conf_convert smb_order;   /* of name resolution: the node type */
smb_conf_convert smb_log_level;

#endif
