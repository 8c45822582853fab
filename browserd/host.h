/* What SMB clients are told: of this host, and the lists of the browser. Pure. */
#ifndef BROWSERD_HOST_H
#define BROWSERD_HOST_H

#include "browserd/service.h"
#include "smb/session.h"

struct host {
	const struct lists *lists;
	const struct browser_service *service;
	const struct browser_settings *settings;
	bool is_strict; /* clients that call somebody else are refused */
	struct smb_host smb;
};

/* What is given is borrowed, and host must stay where it is. service: whose lists they are, which
 * are given as long as it has a role to give them in; NULL: always, and it has no master's name.
 * guid: of this host, for SMB2.
 */
void host_init(struct host *host, const struct lists *lists, const struct browser_service *service,
	       const struct browser_settings *settings, bool is_strict, const uint8_t guid[16]);

#endif
