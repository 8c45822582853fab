/* What a host says of itself by its node status: its name, its user, what kind of machine it is.
 * Pure. */
#ifndef TOOLS_SCAN_HOST_H
#define TOOLS_SCAN_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include <nbt/packet.h>

struct scan_host {
	const struct nbt_name *name;      /* the first unique <00>; NULL: none */
	const struct nbt_name *workgroup; /* the first group <00>; NULL */
	const struct nbt_name *user;      /* the last unique <03>, as nbtscan has it; NULL */
	bool is_server;                   /* there is a unique <20> */
	unsigned kinds;                   /* 1 << enum scan_kind */
};

/* Roughly the more telling first. */
enum scan_kind {
	SCAN_DOMAIN_MASTER,
	SCAN_DOMAIN_CONTROLLER,
	SCAN_MASTER_BROWSER,
	SCAN_PRINTER,
	SCAN_FILE_SERVER,
	SCAN_SAMBA,
	SCAN_WEB_SERVER,
	SCAN_MAIL_SERVER,
	SCAN_DIAL_IN,
	SCAN_WORKSTATION, /* no more than a name */
	SCAN_KINDS
};

/* Borrows from node. has_mac: the answer had an address of an adapter, be it all zero as Samba's.
 */
void scan_host_read(struct scan_host *out, const struct nbt_node_status *node, bool has_mac);

/* "domain controller" */
const char *scan_kind_word(enum scan_kind kind);

#define SCAN_KINDS_TEXT_MAX 160

/* "domain controller, file server"; returns text. */
char *scan_kinds_text(unsigned kinds, char text[SCAN_KINDS_TEXT_MAX]);

/* What a name is there for, in nbtscan's words: "File Server Service"; NULL: unknown. */
const char *scan_service(const struct nbt_status_name *entry);

#endif
