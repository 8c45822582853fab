/* Everything that one nbnsd has; its stages fill it. For the edge only: cores never see it. */
#ifndef NBNSD_NBNSD_H
#define NBNSD_NBNSD_H

#include "common/daemon.h"
#include "nbnsd/audit/audit.h"
#include "nbnsd/conf.h"
#include "nbnsd/service/service.h"

#define NBNSD_USER "nbnsd"

struct nbnsd {
	const struct daemon_program *program;
	struct daemon_options options;
	struct nbnsd_settings settings;
	struct loop *loop;
	struct reload *reload;
	struct notify_watchdog *watchdog;
	struct ctl *ctl;                 /* NULL: it could not be had */
	struct control_waiting *waiting; /* commands that end later */
	struct local_server *name_sock;  /* the same */
	struct clients *clients;         /* of it */
	struct files *files;             /* that the settings name */

	struct network *network;
	struct streams *streams;    /* TCP */
	struct dns *dns;            /* NULL: it is not asked */
	struct access_list *access; /* who may do what, on the networks of now */

	struct registry *registry;
	struct store *store;
	uint64_t next_version;             /* as the store left it */
	uint64_t seen_version, lost_below; /* the same */
	bool has_reserved;
	lease_time lease_start;
	uint8_t audit_key[AUDIT_KEY_LEN];

	struct metrics_http *metrics_http;
	struct backups *backups;     /* that are made by themselves */
	struct restoring *restoring; /* NULL: no restore is under way */

	struct in_addr replication_own;      /* our address for partners; 0.0.0.0: none */
	struct partners *partners;           /* NULL: no replication */
	struct partners_edge *partners_edge; /* of them */

	struct service *service; /* NULL: no database is left to go on with */
	struct watching *watching;
	uint64_t stop_ms; /* when to stop although names are still being released; NBT_NEVER: not
			   * stopping */
	struct outbox outbox;
};

#endif
