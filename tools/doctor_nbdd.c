/* The doctor's probe of an NBDD: the question that a P node has before it sends to a group, RFC
 * 1002 section 4.4.4. */
#include "config.h"

#include <sys/socket.h>

#include <nbt/datagram.h>

#include "common/loop.h"
#include "tools/doctor_asking.h"

#define TRIES      3
#define TIMEOUT_MS 500
#define QUERY_MAX  576

bool is_nbdd(const struct asking *asking)
{
	return asking->is_busy && question_of(asking)->kind == DOCTOR_NBDD;
}

/* The last outlet is for what is no broadcast. The answer goes to where the question came from. */
static void ask(struct asking *asking)
{
	struct doctor_asker *asker = asking->asker;
	const struct doctor_question *q = question_of(asking);
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(NBT_DATAGRAM_PORT),
					.sin_addr = q->at };
	const struct nbt_datagram query = { .type = NBT_DGM_QUERY_REQUEST,
					    .flags = NBT_DGM_FLAG_FIRST,
					    .id = asking->nbdd_id,
					    .source_address = asker->facts->subnets[0].address,
					    .source_port = NBT_DATAGRAM_PORT,
					    .destination = q->name,
					    .destination_scope = asker->options.scope };
	uint8_t bytes[QUERY_MAX];
	size_t len;

	if (nbt_datagram_encode(&query, bytes, sizeof(bytes), &len) == NBT_OK)
		(void)sendto(asker->outlets[asker->outlet_count - 1].fd, bytes, len, 0,
			     (const struct sockaddr *)&to, sizeof(to));
	asking->nbdd_tries++;
	asking->nbdd_ms = loop_env(asker->loop).now_ms + TIMEOUT_MS;
}

void nbdd_start(struct asking *asking)
{
	asking->nbdd_id = asking->asker->id++;
	asking->nbdd_tries = 0;
	ask(asking);
}

void nbdd_wake(struct asking *asking)
{
	if (asking->nbdd_tries < TRIES)
		ask(asking);
	else
		asking_end(asking, DOCTOR_SILENT);
}

static bool is_answer_to(const struct asking *asking, const struct nbt_datagram *answer,
			 const struct sockaddr_in *from)
{
	return is_nbdd(asking) && asking->nbdd_id == answer->id &&
	       from->sin_addr.s_addr == question_of(asking)->at.s_addr;
}

bool nbdd_take(struct doctor_asker *asker, const uint8_t *bytes, size_t len,
	       const struct sockaddr_in *from)
{
	struct nbt_datagram answer;

	if (from->sin_port != htons(NBT_DATAGRAM_PORT))
		return false;
	if (nbt_datagram_decode(&answer, bytes, len) != NBT_OK ||
	    (answer.type != NBT_DGM_POSITIVE_RESPONSE && answer.type != NBT_DGM_NEGATIVE_RESPONSE))
		return true;
	for (size_t i = 0; i < asker->options.at_once; i++)
		if (is_answer_to(&asker->askings[i], &answer, from))
			asking_end(&asker->askings[i], answer.type == NBT_DGM_POSITIVE_RESPONSE
							       ? DOCTOR_ANSWERED
							       : DOCTOR_DENIED);
	return true;
}
