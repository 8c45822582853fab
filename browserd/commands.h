/* Tables of browserd's control commands, one for each subject; see common/ctl.h. */
#ifndef BROWSERD_COMMANDS_H
#define BROWSERD_COMMANDS_H

#include "common/ctl.h"

extern const struct ctl_command commands_lists[];
extern const struct ctl_command commands_reload[];
extern const struct ctl_command commands_roles[];
extern const struct ctl_command commands_stats[];

#endif
