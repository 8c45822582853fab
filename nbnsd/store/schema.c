#include "nbnsd/store/schema.h"

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
	"  static INTEGER NOT NULL,"    /* 0; 1; 2: of a file of static-mappings; 3 to 5: not, but
					 * changed_hands, is_untold, both */
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

/*
 * Who uses the server (audit.h), and what happened to names that two wanted (conflicts.h). Times
 * are seconds since 1970, 0: never; lists of clients are addresses of four bytes each, the highest
 * first. The key is that of the hash by which missing names have their places.
 */
static const char version_2[] =
	"CREATE TABLE audit ("
	"  key BLOB NOT NULL);" /* one row */
	"INSERT INTO audit VALUES (randomblob(16));"
	"CREATE TABLE audit_clients ("
	"  address INTEGER PRIMARY KEY,"
	"  node_type INTEGER NOT NULL," /* 0 B, 1 P, 2 M, 3 H, 255 unknown */
	"  queries INTEGER NOT NULL,"
	"  first_query INTEGER NOT NULL,"
	"  last_query INTEGER NOT NULL,"
	"  registrations INTEGER NOT NULL,"
	"  first_registration INTEGER NOT NULL,"
	"  last_registration INTEGER NOT NULL,"
	"  asked BLOB NOT NULL,"       /* of 21 bytes: name, 1: in vain, number of queries */
	"  registered BLOB NOT NULL);" /* of 16 bytes: names */
	"CREATE TABLE audit_names ("
	"  id INTEGER PRIMARY KEY," /* names.id */
	"  queries INTEGER NOT NULL,"
	"  last_query INTEGER NOT NULL,"
	"  clients BLOB NOT NULL);"
	"CREATE TABLE audit_missing ("
	"  place INTEGER PRIMARY KEY,"
	"  name BLOB NOT NULL," /* 16 bytes */
	"  queries INTEGER NOT NULL,"
	"  first_query INTEGER NOT NULL,"
	"  last_query INTEGER NOT NULL,"
	"  clients BLOB NOT NULL);"
	"CREATE TABLE conflicts ("
	"  place INTEGER PRIMARY KEY," /* in the ring */
	"  number INTEGER NOT NULL,"   /* counts up */
	"  name BLOB NOT NULL,"        /* 16 bytes */
	"  scope BLOB NOT NULL,"       /* wire labels; empty: none */
	"  outcome INTEGER NOT NULL,"  /* enum conflict_outcome */
	"  is_group INTEGER NOT NULL," /* 1: it was claimed as a group */
	"  claimant INTEGER NOT NULL,"
	"  holders BLOB NOT NULL,"         /* addresses that the name had, the first few */
	"  holder_count INTEGER NOT NULL," /* all of them */
	"  first INTEGER NOT NULL,"        /* when */
	"  last INTEGER NOT NULL,"
	"  times INTEGER NOT NULL);" /* how often the same happened again at once */
	"PRAGMA user_version = 2;";

/* The column static may be 2. */
static const char version_3[] = "PRAGMA user_version = 3;";

/* And 3. */
static const char version_4[] = "PRAGMA user_version = 4;";

/* Which of an owner's versions partners may know of, also where it is asked for again. The column
 * static may be 4 and 5. */
static const char version_5[] =
	"ALTER TABLE owners ADD COLUMN offered_version INTEGER NOT NULL DEFAULT 0;"
	"UPDATE owners SET offered_version = highest_version WHERE address <> 0;"
	"PRAGMA user_version = 5;";

const char *const schema_migrations[] = { version_1, version_2, version_3, version_4, version_5 };
const int schema_version = ARRAY_SIZE(schema_migrations);
