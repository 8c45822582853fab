/* Everything that one browserd has; its stages fill it. For the edge only: cores never see it. */
#ifndef BROWSERD_BROWSERD_H
#define BROWSERD_BROWSERD_H

#include "browserd/conf.h"
#include "browserd/effect.h"
#include "browserd/service.h"
#include "common/daemon.h"

#define BROWSERD_USER "browserd"

struct browserd {
	const struct daemon_program *program;
	struct daemon_options options;
	struct browserd_settings settings;
	struct effect effect; /* of the settings; the service borrows it */
	struct loop *loop;
	struct reload *reload;
	struct notify_watchdog *watchdog;
	struct metrics_http *metrics_http;
	uint64_t started_ms;
	struct ctl *ctl; /* NULL: it could not be had */

	struct interfaces *interfaces;
	struct local *datagrams; /* nbddd, as a program of this host has it */
	bool is_connected;       /* to it */
	uint64_t unsent;         /* datagrams that it did not take */
	struct pulls *pulls;
	struct lookups *lookups;
	const char *pull_failure; /* why the one that ends now has failed, for the log */
	struct browser_service *service;
	struct exporting *exporting;
};

#endif
