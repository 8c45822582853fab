#include "nbnsd/schema.h"

#include "common/array.h"

/*
 * IPv4 addresses are numbers (10.1.0.5 is 0x0a010005), an owner of 0 is this server. Times are
 * leases (record.h): seconds of service, 4294967295 for ever.
 *
 * names.id is the registry's id, so that a change touches no index and a new name is appended.
 * Nothing is looked up here: the index is the registry, which also refuses doubles when it loads.
 */
static const char version_1[] =
	"CREATE TABLE names ("
	"  id INTEGER PRIMARY KEY,"
	"  name BLOB NOT NULL,"         /* 16 bytes */
	"  scope BLOB NOT NULL,"        /* wire labels; empty: none */
	"  kind INTEGER NOT NULL,"      /* enum record_kind */
	"  state INTEGER NOT NULL,"     /* enum record_state */
	"  node_type INTEGER NOT NULL," /* 0 B, 1 P, 2 M, 3 H */
	"  static INTEGER NOT NULL,"    /* 0 or 1 */
	"  owner INTEGER NOT NULL,"
	"  version INTEGER NOT NULL,"
	"  expiry INTEGER NOT NULL,"
	"  registered_by INTEGER NOT NULL,"
	"  addresses BLOB NOT NULL);" /* of 12 bytes: address, owner, expiry */
	"CREATE TABLE members ("      /* of normal groups */
	"  group_id INTEGER NOT NULL,"
	"  address INTEGER NOT NULL,"
	"  expiry INTEGER NOT NULL,"
	"  PRIMARY KEY (group_id, address)) WITHOUT ROWID;"
	"CREATE TABLE owners (" /* other servers whose records are here */
	"  address INTEGER PRIMARY KEY,"
	"  highest_version INTEGER NOT NULL);"
	"CREATE TABLE service (" /* one row */
	"  lease_clock INTEGER NOT NULL,"
	"  version INTEGER NOT NULL," /* highest given out */
	"  clean INTEGER NOT NULL);"  /* 1: the last run ended in order */
	"INSERT INTO service VALUES (0, 0, 1);"
	"PRAGMA application_id = 0x4e424e53;"
	"PRAGMA user_version = 1;";

const char *const schema_migrations[] = { version_1 };
const int schema_version = ARRAY_SIZE(schema_migrations);
