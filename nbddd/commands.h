/* Tables of nbddd's control commands, one for each subject; see common/ctl.h. */
#ifndef NBDDD_COMMANDS_H
#define NBDDD_COMMANDS_H

#include <jansson.h>

#include <nbt/name.h>

#include "common/ctl.h"

extern const struct ctl_command commands_groups[];
extern const struct ctl_command commands_relay[];
extern const struct ctl_command commands_reload[];
extern const struct ctl_command commands_stats[];

/* The 16 bytes of a name in hex. */
json_t *commands_raw_name(const struct nbt_name *name);

#endif
