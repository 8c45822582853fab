/* The stage for datagrams that nobody took: DATAGRAM ERROR to who sent one to a unique name that
 * this host does not have (RFC 1001 section 17.2). Pure. */
#ifndef NBDDD_REFUSE_H
#define NBDDD_REFUSE_H

#include "nbddd/stages.h"

enum stage_verdict refuse_stage(struct dgram_service *service, const struct dgram_arrival *arrival,
				const struct nbt_env *env);

#endif
