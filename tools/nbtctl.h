/* What nbtctl does by itself with what the daemon has and gets: commands that read or write files.
 */
#ifndef TOOLS_NBTCTL_H
#define TOOLS_NBTCTL_H

#include "common/ctl_client.h"
#include "tools/rows.h"
#include "tools/tool.h"

/* Where and how to ask, and how to print. */
struct nbtctl {
	const char *socket;
	enum rows_form form;
};

/* Their tables. */
extern const struct tool nbtctl_import_tool, nbtctl_export_tool;

/* argv[0] is the command. They return the exit status; what is wrong has been said. */
int nbtctl_import(const struct nbtctl *ctl, int argc, char **argv);
int nbtctl_export(const struct nbtctl *ctl, int argc, char **argv);

/* "stats", of whom ever, again and again; without --watch. */
int nbtctl_watch(const struct nbtctl *ctl, int argc, char **argv);

/* Says why ctl->socket cannot be asked, and what to do; returns the status. */
int nbtctl_say_unreachable(const struct nbtctl *ctl, int error);

/* Says "nbtctl: WHAT: WHY" and returns the status. */
int nbtctl_say(const char *what, const char *why, int status);

#endif
