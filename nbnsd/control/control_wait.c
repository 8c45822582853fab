#include "nbnsd/control/control_wait.h"

#include <stdlib.h>

#include "common/ctl.h"
#include "nbnsd/nbnsd.h"

struct control_waiting {
	struct control_waiting *next;
	struct ctl_request *rq;
	struct control_wait wait;
};

static void release(const struct control_wait *wait)
{
	if (wait->release != NULL)
		wait->release(wait->ctx);
}

void control_wait(struct nbnsd *nbnsd, struct ctl_request *rq, const struct control_wait *wait)
{
	struct control_waiting *waiting = malloc(sizeof(*waiting));
	struct control_waiting **end = &nbnsd->waiting;

	if (waiting == NULL) {
		release(wait);
		ctl_fail(rq, CTL_FAILED, "done, but out of memory to wait for its end");
		return;
	}
	*waiting = (struct control_waiting){ NULL, rq, *wait };
	while (*end != NULL)
		end = &(*end)->next;
	*end = waiting;
}

static void fail(const struct control_waiting *waiting, const char *sentence)
{
	release(&waiting->wait);
	ctl_fail(waiting->rq, CTL_FAILED, "%s", sentence);
}

/* Whether it was over. */
static bool end_one(struct nbnsd *nbnsd, const struct control_waiting *waiting)
{
	const struct control_wait *wait = &waiting->wait;

	if (wait->is_over(nbnsd->service, wait->number))
		wait->end(nbnsd, waiting->rq, wait->ctx);
	else if (ctl_is_gone(waiting->rq))
		fail(waiting, "nobody hears this");
	else if (!service_is_storing(nbnsd->service))
		fail(waiting, "the database cannot be written (see the log): what has been changed "
			      "is written as soon as it can");
	else
		return false;
	return true;
}

/* Whether there was one. What ends may wait anew, behind the others. */
static bool end_what_is_over(struct nbnsd *nbnsd)
{
	struct control_waiting *waiting = nbnsd->waiting, *next;
	bool found = false;

	nbnsd->waiting = NULL;
	for (; waiting != NULL; waiting = next) {
		next = waiting->next;
		if (end_one(nbnsd, waiting)) {
			free(waiting);
			found = true;
			continue;
		}
		waiting->next = nbnsd->waiting;
		nbnsd->waiting = waiting;
	}
	return found;
}

/* Until nothing is over: who knows when the next turn comes. */
void control_turn(struct nbnsd *nbnsd)
{
	while (end_what_is_over(nbnsd))
		continue;
}

void control_wait_stop(struct nbnsd *nbnsd)
{
	struct control_waiting *waiting = nbnsd->waiting, *next;

	nbnsd->waiting = NULL;
	for (; waiting != NULL; waiting = next) {
		next = waiting->next;
		fail(waiting, "the service stops");
		free(waiting);
	}
}

/*
 * Changes.
 */

bool control_can_change(const struct nbnsd *nbnsd, struct ctl_request *rq)
{
	if (nbnsd->store == NULL)
		ctl_fail(rq, CTL_FAILED, "this is no name server: server = false");
	else if (!service_is_storing(nbnsd->service))
		ctl_fail(rq, CTL_FAILED,
			 "the database cannot be written (see the log): nothing is changed");
	else
		return true;
	return false;
}

static void release_rows(void *ctx)
{
	json_decref(ctx);
}

static void answer(struct nbnsd *nbnsd, struct ctl_request *rq, void *ctx)
{
	json_t *rows = ctx, *row;
	size_t i;

	(void)nbnsd;
	json_array_foreach(rows, i, row) ctl_row(rq, json_incref(row));
	json_decref(rows);
	ctl_end(rq);
}

void control_answer_when_stored(struct nbnsd *nbnsd, struct ctl_request *rq, json_t *rows)
{
	const struct control_wait wait = {
		.is_over = service_is_committed,
		.number = service_batch(nbnsd->service),
		.end = answer,
		.release = release_rows,
		.ctx = rows,
	};

	control_wait(nbnsd, rq, &wait);
}
