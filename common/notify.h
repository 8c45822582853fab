/* What the service manager is told (sd_notify(3)): ready, stopping, still alive. Without systemd,
 * at build time or at run time, nothing. */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <nbt/error.h>

struct loop;
struct notify_watchdog;

void notify_ready(void);
void notify_stopping(void);

/* A reload begins; notify_ready() ends it. */
void notify_reloading(void);

/* Says that the loop is alive, as often as the service manager wants to hear it (WatchdogSec=); if
 * it doesn't, *out is NULL. 0 or a negative errno. */
int notify_watchdog_open(struct notify_watchdog **out, struct loop *loop) NBT_MUSTCHECK;
void notify_watchdog_close(struct notify_watchdog *watchdog); /* NULL is fine */

#endif
