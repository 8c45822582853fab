/* Tables of nbnsd's control commands, one for each subject; see common/ctl.h. */
#ifndef NBNSD_CONTROL_COMMANDS_H
#define NBNSD_CONTROL_COMMANDS_H

#include "common/ctl.h"

extern const struct ctl_command commands_audit[];
extern const struct ctl_command commands_backup[];
extern const struct ctl_command commands_change[];
extern const struct ctl_command commands_check[];
extern const struct ctl_command commands_events[];
extern const struct ctl_command commands_intake[];
extern const struct ctl_command commands_names[];
extern const struct ctl_command commands_node[];
extern const struct ctl_command commands_owners[];
extern const struct ctl_command commands_partners[];
extern const struct ctl_command commands_reload[];
extern const struct ctl_command commands_stats[];
extern const struct ctl_command commands_sweep[];

#endif
