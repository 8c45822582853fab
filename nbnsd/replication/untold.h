/*
 * What partners would not hear of: they have passed the version by under which a record is here
 * now, or have more of it than there is, or have it as ours and it has ended. It is told as ours
 * after a pause (service/insist.c). Pure.
 */
#ifndef NBNSD_REPLICATION_UNTOLD_H
#define NBNSD_REPLICATION_UNTOLD_H

#include "nbnsd/replication/replica.h"

/* What is known of those who pull from us. */
struct untold_facts {
	bool is_offered;    /* they may have asked for versions up to that of the record now here */
	bool was_recovered; /* what was here came back from a partner after a loss */
	bool is_between;    /* there are two of them or more */
};

/* before: what was here, NULL: nothing; after: what the verdict about the replica made of it. */
bool untold_follows(enum replica_verdict verdict, const struct record *before,
		    const struct record *after, const struct record *replica,
		    const struct untold_facts *facts);

#endif
