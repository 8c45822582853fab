#include "config.h"

#include "tools/doctor_ask.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/dial.h"
#include "common/loop.h"
#include "tools/doctor_asking.h"

void asking_end(struct asking *asking, enum doctor_outcome outcome)
{
	question_of(asking)->outcome = outcome;
	asking->is_busy = false;
	asking->asker->busy--;
}

/*
 * Ports.
 */

static void end_dial(struct asking *asking, enum doctor_outcome outcome)
{
	dial_close(asking->dial);
	asking->dial = NULL;
	asking_end(asking, outcome);
}

static void dial_connected(void *ctx)
{
	end_dial(ctx, DOCTOR_ANSWERED);
}

static void dial_received(void *ctx, const uint8_t *bytes, size_t len)
{
	(void)ctx;
	(void)bytes;
	(void)len;
}

static void dial_ended(void *ctx, int error)
{
	end_dial(ctx, error == -ECONNREFUSED ? DOCTOR_DENIED : DOCTOR_SILENT);
}

static const struct dial_events dial_events = { dial_connected, dial_received, dial_ended, NULL };

static void start_dial(struct asking *asking)
{
	const struct doctor_question *q = question_of(asking);
	const struct dial_options options = {
		.to = { .sin_family = AF_INET, .sin_port = htons(q->port), .sin_addr = q->at },
		.queue_max = 1,
		.events = &dial_events,
		.ctx = asking
	};

	asking->connect_ms =
		loop_env(asking->asker->loop).now_ms + asking->asker->options.timeout_s * 1000;
	if (dial(&asking->dial, asking->asker->loop, &options) < 0)
		asking_end(asking, DOCTOR_SILENT);
}

/*
 * Lists.
 */

static void lists_done(void *ctx)
{
	struct asking *asking = ctx;

	doctor_lists_close(asking->lists);
	asking->lists = NULL;
	asking_end(asking, question_of(asking)->outcome);
}

static void start_lists(struct asking *asking)
{
	const struct doctor_asker *asker = asking->asker;
	const struct doctor_lists_options options = { .facts = asker->facts,
						      .question = asking->question,
						      .own_name = asker->options.own_name,
						      .scope = asker->options.scope,
						      .timeout_s = asker->options.timeout_s,
						      .done = lists_done,
						      .ctx = asking };

	if (doctor_lists_open(&asking->lists, asker->loop, &options) < 0)
		asking_end(asking, DOCTOR_FAILED);
}

/*
 * Several at once.
 */

static void start(struct asking *asking, size_t question)
{
	struct doctor_asker *asker = asking->asker;

	asking->is_busy = true;
	asking->question = question;
	asker->busy++;
	if (question_of(asking)->kind == DOCTOR_PORT)
		start_dial(asking);
	else if (question_of(asking)->kind == DOCTOR_LISTS)
		start_lists(asking);
	else if (is_nbdd(asking))
		nbdd_start(asking);
	else
		exchange_start(asking);
}

static struct asking *find_idle(struct doctor_asker *asker)
{
	for (size_t i = 0; i < asker->options.at_once; i++)
		if (!asker->askings[i].is_busy)
			return &asker->askings[i];
	return NULL;
}

static uint64_t due_of(struct asking *asking)
{
	if (is_exchange(asking))
		return exchange_deadline(asking);
	if (is_nbdd(asking))
		return asking->nbdd_ms;
	return asking->is_busy && asking->dial != NULL ? asking->connect_ms : NBT_NEVER;
}

static void arm(struct doctor_asker *asker)
{
	uint64_t due = NBT_NEVER;

	for (size_t i = 0; i < asker->options.at_once; i++)
		due = nbt_earlier(due, due_of(&asker->askings[i]));
	loop_set_deadline(asker->loop, due);
}

/* The first one that is open, if there is time left. */
static bool take_question(struct doctor_asker *asker, size_t *question)
{
	const struct doctor_facts *f = asker->facts;

	while (asker->next < f->question_count && f->questions[asker->next].outcome != DOCTOR_OPEN)
		asker->next++;
	if (asker->next == f->question_count)
		return false;
	if (loop_env(asker->loop).now_ms >= asker->options.until_ms) {
		asker->is_late = true;
		return false;
	}
	*question = asker->next++;
	return true;
}

/* What cannot even begin has ended within start(). */
static void start_more(struct doctor_asker *asker)
{
	struct asking *idle;
	size_t question;

	while ((idle = find_idle(asker)) != NULL && take_question(asker, &question))
		start(idle, question);
}

static void deadline(void *ctx, const struct nbt_env *env)
{
	struct doctor_asker *asker = ctx;

	for (size_t i = 0; i < asker->options.at_once; i++) {
		struct asking *asking = &asker->askings[i];

		if (due_of(asking) > env->now_ms)
			continue;
		if (is_exchange(asking))
			exchange_wake(asking, env);
		else if (is_nbdd(asking))
			nbdd_wake(asking);
		else
			end_dial(asking, DOCTOR_SILENT);
	}
}

static void turn(void *ctx, const struct nbt_env *env)
{
	struct doctor_asker *asker = ctx;

	(void)env;
	start_more(asker);
	arm(asker);
	if (asker->busy == 0)
		loop_stop(asker->loop);
}

bool doctor_ask(struct doctor_asker *asker)
{
	int ret = 0;

	asker->next = 0;
	start_more(asker);
	arm(asker);
	if (asker->busy > 0)
		ret = loop_run(asker->loop);
	if (ret < 0)
		errno = -ret;
	asker->facts->is_cut |= asker->is_late;
	return ret == 0 && !asker->is_late;
}

/*
 * Opening.
 */

static const struct loop_events loop_events = { .deadline = deadline, .turn = turn };

static int open_outlet(struct doctor_asker *asker, struct in_addr address)
{
	struct outlet *outlet = &asker->outlets[asker->outlet_count];
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = address };
	int on = 1, ret;

	outlet->asker = asker;
	outlet->address = address;
	outlet->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (outlet->fd < 0)
		return -errno;
	asker->outlet_count++;
	if (setsockopt(outlet->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) != 0 ||
	    bind(outlet->fd, (const struct sockaddr *)&local, sizeof(local)) != 0)
		return -errno;
	ret = loop_poll_open(&outlet->poll, asker->loop, outlet->fd, LOOP_READABLE,
			     exchange_readable, outlet);
	return ret;
}

static int open_all(struct doctor_asker *asker)
{
	const struct doctor_facts *f = asker->facts;
	int ret = loop_create(&asker->loop, &loop_events, asker);

	for (size_t i = 0; i < f->subnet_count && ret == 0; i++)
		ret = open_outlet(asker, f->subnets[i].address);
	if (ret == 0)
		ret = open_outlet(asker, (struct in_addr){ INADDR_ANY });
	if (ret == 0 && getrandom(&asker->id, sizeof(asker->id), 0) != sizeof(asker->id))
		ret = -errno;
	return ret;
}

int doctor_asker_open(struct doctor_asker **out, struct doctor_facts *f,
		      const struct doctor_ask_options *options)
{
	struct doctor_asker *asker = calloc(1, sizeof(*asker));
	int ret = -ENOMEM;

	*out = NULL;
	if (asker == NULL)
		return -ENOMEM;
	asker->facts = f;
	asker->options = *options;
	asker->askings = calloc(options->at_once, sizeof(*asker->askings));
	for (size_t i = 0; asker->askings != NULL && i < options->at_once; i++)
		asker->askings[i].asker = asker;
	if (asker->askings != NULL)
		ret = open_all(asker);
	if (ret < 0)
		doctor_asker_close(asker);
	else
		*out = asker;
	return ret;
}

void doctor_asker_close(struct doctor_asker *asker)
{
	if (asker == NULL)
		return;
	for (size_t i = 0; i < asker->outlet_count; i++) {
		loop_poll_close(asker->outlets[i].poll);
		close(asker->outlets[i].fd);
	}
	loop_destroy(asker->loop);
	free(asker->askings);
	free(asker);
}
