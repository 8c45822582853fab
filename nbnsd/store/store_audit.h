/* The tables of the audit and of conflicts, for store.c: what goes there, and what comes back. */
#ifndef NBNSD_STORE_STORE_AUDIT_H
#define NBNSD_STORE_STORE_AUDIT_H

#include "nbnsd/registry/changes.h"
#include "nbnsd/store/store.h"

struct sqlite3;
struct store_audit;

/* These return SQLite's codes. */
int store_audit_prepare(struct store_audit **out, struct sqlite3 *db);
void store_audit_finish(struct store_audit *audit); /* NULL is fine */

/* A CHANGE_AUDIT or CHANGE_CONFLICT, within the transaction that is open. */
int store_audit_write(struct store_audit *audit, const struct change *change);

/* The record has gone, and what was known of its queries with it. */
int store_audit_forget(struct store_audit *audit, uint32_t id);

int store_audit_read_key(struct store_audit *audit, uint8_t key[AUDIT_KEY_LEN]);

/* Hands every row to the loader; what is no row of ours is left out. */
int store_audit_load(struct store_audit *audit, const struct store_audit_loader *loader);

#endif
