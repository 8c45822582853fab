/* The tables of the database, and how an older one becomes a present one. */
#ifndef NBNSD_STORE_SCHEMA_H
#define NBNSD_STORE_SCHEMA_H

/* Row i makes version i + 1 of version i; version 0 is an empty file. Each sets user_version. */
extern const char *const schema_migrations[];
extern const int schema_version; /* number of rows */

#define SCHEMA_APPLICATION_ID 0x4e424e53 /* "NBNS", SQLite's application_id */

#endif
