/* browserd's settings, as the file has them. What they come to is in browserd/effect.h. */
#ifndef BROWSERD_CONF_H
#define BROWSERD_CONF_H

#include "common/conf.h"
#include "common/conf_global.h"

enum conf_preferred { CONF_PREFERRED_AUTO, CONF_PREFERRED_NO, CONF_PREFERRED_YES };

/* Who gives the lists to the SMB clients of the network. */
enum conf_export {
	CONF_EXPORT_AUTO,       /* browse.dat where another server has the ports, else we */
	CONF_EXPORT_OWN,        /* we */
	CONF_EXPORT_BROWSE_DAT, /* smbd, by its file browse.dat */
	CONF_EXPORT_OFF
};

/* The group "browserd" of the file; durations in milliseconds. */
struct conf_browserd {
	/* What is told of this host. */
	struct conf_strings workgroups; /* empty: the global one */
	char *comment;
	struct conf_strings server_type; /* words, see conf_server_type() */
	char *os_version;                /* "6.1" */
	int lm_announce;                 /* enum browser_lanman */
	struct conf_strings remote_announce;
	struct conf_addresses remote_sync;

	/* Elections. */
	int64_t os_level;
	bool local_master, obey_reset;
	int preferred_master, domain_master; /* enum conf_preferred */
	int64_t election_frames, election_frames_max;
	uint64_t election_repeat, election_quiet;
	uint64_t election_master;
	uint64_t election_backup_min, election_backup_max;
	uint64_t election_potential_min, election_potential_max;
	uint64_t rival_gap;

	/* Announcements. */
	uint64_t announce_first, announce_interval, domain_announce_interval;
	uint64_t announce_delay, announce_gap;
	uint64_t lm_announce_interval, remote_announce_interval;

	/* The master. */
	uint64_t find_master_timeout, master_check_interval, master_check_spread;
	uint64_t election_wait, claim_retry, name_retry, keep_roles;
	int64_t find_master_tries;

	/* Lists, of backups and masters. */
	uint64_t backup_pull_interval, pull_retry, pull_timeout, pull_reply_timeout;
	uint64_t backups_first, backups_interval;
	uint64_t announce_period, announce_period_max;
	int64_t pull_failures, max_pulls, few_servers, backup_list_limit;
	int64_t max_servers, max_workgroups, max_per_source;

	/* Beyond the subnet. */
	uint64_t sync_interval, probe_interval, change_delay, change_gap;
	uint64_t domain_retry, stand_in_delay, domain_overlap, enhanced_interval;
	bool enhanced_browsing;
	int64_t max_peers;

	/* For others. */
	int smb_export; /* enum conf_export */
	char *browse_dat;
	uint64_t browse_dat_interval;
	int64_t session_port, smb_port; /* 0: not served */
	uint64_t smb_port_retry;
	struct conf_networks allow_smb, allow_smb1;
	bool strict_called_names;
	int64_t smb_connections, smb_connections_per_source, smb_memory;
	uint64_t smb_settle_timeout, smb_idle_timeout;
	int64_t metrics_port;
};

struct browserd_settings {
	struct conf_global global;
	struct conf_browserd browserd;
};

extern const struct conf_schema browserd_schema;

/* The bits NBT_SV_* of a word of server-type; 0: there is no such word. */
uint32_t conf_server_type(const char *word);

/* Reads "6.1". false: it is no version. */
bool conf_version(const char *text, uint8_t *major, uint8_t *minor);

/* Reads an entry of remote-announce, "10.1.2.255" or "10.1.2.255/OFFICE". *workgroup: where its
 * name begins in text, or NULL. false: it is none. */
bool conf_remote(const char *text, struct in_addr *address, const char **workgroup);

#endif
