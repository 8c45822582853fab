#include "tools/scan.h"

#include <stdlib.h>

#include <nbt/env.h>

/* What a driver that wakes up late may catch up on, and how long its packets are on their way to
 * the wire; the rate is lowered by as much, so that no second has more requests than it may. */
#define CATCH_UP_MS 10
#define ON_WAY_MS   10
#define PAUSE_MS    20 /* when this host has no room for packets */
#define IDS         65536U
#define MS_NS       UINT64_C(1000000)

/* What is known of a target; 0: nothing, and if it was asked it is waited for. */
enum state { STATE_ANSWERED = 1 << 0, STATE_NO_WAY = 1 << 1, STATE_SILENT = 1 << 2 };

/* An address that was asked, until its last timeout. */
struct open_request {
	uint32_t index; /* of the target */
	uint32_t tries_left;
	uint64_t sent_ms;
};

struct scan {
	struct scan_plan plan;
	uint8_t *states; /* of the targets: bits of enum state */
	uint32_t next;   /* the first target that was never asked */

	/* In the order of their timeouts, which are equally long: a ring. What is over stays in it
	 * until it comes to the front, and is not waited for. */
	struct open_request *ring;
	uint32_t size, first, count, waiting;

	/* What could not be sent. */
	struct open_request again;
	bool has_again;

	uint64_t slot_ns; /* when the next request may leave */
	uint64_t interval_ns;
	struct scan_counts counts;
};

/* A second, and what was said above, shared among the requests of a second; rounded up. */
static uint64_t interval_of(uint32_t rate)
{
	return (MS_NS * (1000 + CATCH_UP_MS + ON_WAY_MS) + rate - 1) / rate;
}

/* As many as can leave before the first of them is over. */
static uint32_t ring_size(const struct scan_plan *plan)
{
	uint64_t size =
		(uint64_t)plan->rate * (plan->timeout_ms + 2 * CATCH_UP_MS + PAUSE_MS) / 1000 + 2;
	uint32_t targets = plan->targets->count + 1;

	return size < targets ? (uint32_t)size : targets;
}

struct scan *scan_create(const struct scan_plan *plan, uint64_t now_ms)
{
	struct scan *scan = calloc(1, sizeof(*scan));

	if (scan == NULL)
		return NULL;
	scan->plan = *plan;
	scan->size = ring_size(plan);
	scan->ring = calloc(scan->size, sizeof(scan->ring[0]));
	scan->states = calloc((size_t)plan->targets->count + 1, sizeof(scan->states[0]));
	scan->interval_ns = interval_of(plan->rate);
	scan->slot_ns = now_ms * MS_NS;
	scan->counts.targets = plan->targets->count;
	if (scan->ring == NULL || scan->states == NULL) {
		scan_destroy(scan);
		return NULL;
	}
	return scan;
}

void scan_destroy(struct scan *scan)
{
	if (scan == NULL)
		return;
	free(scan->ring);
	free(scan->states);
	free(scan);
}

/*
 * The ring.
 */

static struct open_request *oldest(const struct scan *scan)
{
	return &scan->ring[scan->first];
}

static bool is_waited_for(const struct scan *scan, const struct open_request *request)
{
	return scan->states[request->index] == 0;
}

static uint64_t timeout_of(const struct scan *scan, const struct open_request *request)
{
	return request->sent_ms + scan->plan.timeout_ms;
}

static struct open_request take_oldest(struct scan *scan)
{
	struct open_request request = *oldest(scan);

	scan->first = (scan->first + 1) % scan->size;
	scan->count--;
	return request;
}

static void put_newest(struct scan *scan, const struct open_request *request)
{
	scan->ring[(scan->first + scan->count) % scan->size] = *request;
	scan->count++;
}

static struct open_request take_newest(struct scan *scan)
{
	scan->count--;
	return scan->ring[(scan->first + scan->count) % scan->size];
}

/* Nothing more is expected of the target; but what comes late counts. */
static void finish(struct scan *scan, uint32_t index, enum state state)
{
	if (scan->states[index] == 0)
		scan->waiting--;
	scan->states[index] |= (uint8_t)state;
}

/* What is at the front, and over. */
static void retire(struct scan *scan, uint64_t now_ms)
{
	while (scan->count > 0) {
		const struct open_request *request = oldest(scan);

		if (is_waited_for(scan, request)) {
			if (request->tries_left > 0 || timeout_of(scan, request) > now_ms)
				return;
			finish(scan, request->index, STATE_SILENT);
		}
		take_oldest(scan);
	}
}

/*
 * Sending.
 */

static bool can_begin(const struct scan *scan)
{
	return scan->next < scan->plan.targets->count && scan->waiting < scan->plan.window &&
	       scan->count < scan->size;
}

/* false: there is none to be sent. What comes again is first, then what nobody has answered. */
static bool choose(struct scan *scan, uint64_t now_ms, struct open_request *out)
{
	if (scan->has_again) {
		*out = scan->again;
		scan->has_again = false;
		return is_waited_for(scan, out) || choose(scan, now_ms, out);
	}
	if (scan->count > 0 && timeout_of(scan, oldest(scan)) <= now_ms) {
		*out = take_oldest(scan);
		out->tries_left--;
		return true;
	}
	if (!can_begin(scan))
		return false;
	*out = (struct open_request){ .index = scan->next++, .tries_left = scan->plan.tries - 1 };
	scan->waiting++;
	return true;
}

static void use_slot(struct scan *scan, uint64_t now_ms)
{
	if (now_ms > CATCH_UP_MS && scan->slot_ns < (now_ms - CATCH_UP_MS) * MS_NS)
		scan->slot_ns = (now_ms - CATCH_UP_MS) * MS_NS;
	scan->slot_ns += scan->interval_ns;
}

bool scan_next(struct scan *scan, uint64_t now_ms, struct scan_request *out)
{
	struct open_request request;

	retire(scan, now_ms);
	if (scan->slot_ns > now_ms * MS_NS || !choose(scan, now_ms, &request))
		return false;
	use_slot(scan, now_ms);
	request.sent_ms = now_ms;
	put_newest(scan, &request);
	scan->counts.sent++;
	out->to = targets_at(scan->plan.targets, request.index);
	out->id = (uint16_t)(scan->plan.first_id + request.index);
	return true;
}

void scan_is_full(struct scan *scan, uint64_t now_ms)
{
	scan->again = take_newest(scan);
	scan->has_again = true;
	scan->counts.sent--;
	scan->slot_ns = (now_ms + PAUSE_MS) * MS_NS;
}

void scan_has_no_way(struct scan *scan)
{
	struct open_request request = take_newest(scan);

	finish(scan, request.index, STATE_NO_WAY);
	scan->counts.unreachable++;
	scan->counts.sent--;
}

/*
 * What comes back.
 */

static uint16_t id_of(const struct scan *scan, uint32_t index)
{
	return (uint16_t)(scan->plan.first_id + index);
}

/* An address that was asked with this id, and may be where the answer comes from. */
static bool find_asked(const struct scan *scan, uint16_t id, uint32_t *index)
{
	for (*index = (uint16_t)(id - scan->plan.first_id); *index < scan->next; *index += IDS)
		if ((scan->states[*index] & (STATE_ANSWERED | STATE_NO_WAY)) == 0)
			return true;
	return false;
}

enum scan_answer scan_answered(struct scan *scan, struct in_addr from, uint16_t id,
			       struct in_addr *asked)
{
	uint32_t index;
	bool is_itself = targets_find(scan->plan.targets, from, &index) && index < scan->next &&
			 id_of(scan, index) == id;

	if (!is_itself && !find_asked(scan, id, &index))
		return SCAN_UNASKED;
	if (scan->states[index] & STATE_ANSWERED)
		return SCAN_AGAIN;
	finish(scan, index, STATE_ANSWERED);
	scan->counts.answered++;
	*asked = targets_at(scan->plan.targets, index);
	return SCAN_FIRST;
}

void scan_unreachable(struct scan *scan, struct in_addr address)
{
	uint32_t index;

	if (!targets_find(scan->plan.targets, address, &index) || index >= scan->next ||
	    scan->states[index] != 0)
		return;
	finish(scan, index, STATE_NO_WAY);
	scan->counts.unreachable++;
}

/*
 * Time.
 */

static uint64_t slot_ms(const struct scan *scan)
{
	return (scan->slot_ns + MS_NS - 1) / MS_NS;
}

uint64_t scan_deadline(const struct scan *scan)
{
	uint64_t deadline = NBT_NEVER;

	if (scan_is_over(scan))
		return NBT_NEVER;
	if (scan->has_again || can_begin(scan))
		deadline = slot_ms(scan);
	if (scan->count > 0) {
		uint64_t due =
			is_waited_for(scan, oldest(scan)) ? timeout_of(scan, oldest(scan)) : 0;

		if (oldest(scan)->tries_left > 0 && due < slot_ms(scan))
			due = slot_ms(scan); /* it is due, but may not leave yet */
		deadline = nbt_earlier(deadline, due);
	}
	return deadline;
}

bool scan_is_over(const struct scan *scan)
{
	return scan->waiting == 0 && scan->next == scan->plan.targets->count;
}

bool scan_is_silent(const struct scan *scan, struct in_addr address)
{
	uint32_t index;

	return targets_find(scan->plan.targets, address, &index) &&
	       (scan->states[index] & STATE_ANSWERED) == 0;
}

struct scan_counts scan_counts(const struct scan *scan)
{
	struct scan_counts counts = scan->counts;

	counts.asked = scan->next;
	return counts;
}
