/* Control commands that end later: when what they changed is on the disk, or a pass is over. */
#ifndef NBNSD_CONTROL_CONTROL_WAIT_H
#define NBNSD_CONTROL_CONTROL_WAIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ctl_request;
struct nbnsd;
struct service;

/* end() gets the request back; ctx is not called upon before. */
struct control_wait {
	bool (*is_over)(const struct service *service, uint64_t number);
	uint64_t number;
	void (*end)(struct nbnsd *nbnsd, struct ctl_request *rq, void *ctx);
	void (*release)(void *ctx); /* instead of end(), when the answer failed; may be NULL */
	void *ctx;
};
void control_wait(struct nbnsd *nbnsd, struct ctl_request *rq, const struct control_wait *wait);

/*
 * Ends the request with these rows, which it takes (NULL: out of memory), once all changes made
 * before are committed; while the database cannot be written with a sentence that says so.
 */
void control_answer_when_stored(struct nbnsd *nbnsd, struct ctl_request *rq, json_t *rows);

/* Whether changes can be made: if not, the request has been failed. */
bool control_can_change(const struct nbnsd *nbnsd, struct ctl_request *rq);

/* After each turn: ends what is over. */
void control_turn(struct nbnsd *nbnsd);

/* Fails what still waits. */
void control_wait_stop(struct nbnsd *nbnsd);

#endif
