/* Samba's smb.conf as an nbt.conf: what nmbd and browsing need is carried over, setting by setting,
 * and of the rest it is said why not. */
#ifndef TOOLS_IMPORT_SMB_CONF_H
#define TOOLS_IMPORT_SMB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct smb_conf;

struct smb_conf *smb_conf_create(void); /* NULL: out of memory */
void smb_conf_destroy(struct smb_conf *conf);

/* One line of smb.conf without its end. */
void smb_conf_line(struct smb_conf *conf, const char *line, size_t len);

/* After the last line: a parameter of the table was in it: sections are in many files. */
bool smb_conf_is_one(const struct smb_conf *conf);

/* After the last line: the nbt.conf, with remarks. false: out of memory meanwhile. */
bool smb_conf_print(const struct smb_conf *conf, FILE *out);

/*
 * The table: a row for each parameter that nmbd looks at.
 */

/* Writes the value as nbt.conf has it. false: it cannot be. */
typedef bool smb_conf_convert(const char *value, FILE *out);

struct smb_conf_row {
	const char *parameter; /* small letters, single blanks */
	const char *synonym;   /* NULL: none */
	const char *group;     /* of nbt.conf; "": the top level; NULL: it has no counterpart */
	const char *key;
	smb_conf_convert *convert;
	const char *fallback; /* Samba's default where it is another than ours, else NULL */
	const char *remark;   /* why it is not carried over, if it is not */
};
extern const struct smb_conf_row smb_conf_rows[];
extern const size_t smb_conf_row_count;

#endif
