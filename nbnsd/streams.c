#include "nbnsd/streams.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/tcp.h"
#include "nbnsd/service/whole.h"

#define PREFIX 2 /* RFC 1002 section 4.2.1 */

/* An answer that is being put together. */
struct job {
	struct job *next;
	struct tcp_connection *connection;
	struct whole *whole;
};

struct listening {
	struct in_addr address; /* INADDR_ANY: nothing */
	struct tcp_listener *listener;
	int error; /* that was logged */
};

struct streams {
	struct streams_options options;
	struct service *service;
	struct tcp *tcp;

	struct loop_timer *work; /* goes on with the first job */
	struct job *jobs, **jobs_end;

	struct listening *listening; /* by the number of the socket */
	size_t count;
};

/*
 * Jobs: each turn of the loop takes one a step further, so that packets come in between.
 */

static void plan_work(struct streams *streams)
{
	loop_timer_set(streams->work, streams->jobs != NULL ? 0 : NBT_NEVER, 0);
}

static void append(struct streams *streams, struct job *job)
{
	job->next = NULL;
	*streams->jobs_end = job;
	streams->jobs_end = &job->next;
}

static struct job *take_first(struct streams *streams)
{
	struct job *job = streams->jobs;

	streams->jobs = job->next;
	if (streams->jobs == NULL)
		streams->jobs_end = &streams->jobs;
	return job;
}

static void job_free(struct job *job)
{
	whole_destroy(job->whole);
	free(job);
}

static void step(struct streams *streams, struct job *job, const struct nbt_env *env)
{
	const uint8_t *bytes;
	size_t len;

	if (!whole_step(job->whole, env)) {
		append(streams, job);
		return;
	}
	bytes = whole_answer(job->whole, &len);
	tcp_send(job->connection, bytes, len);
	job_free(job);
}

static void work(void *ctx, const struct nbt_env *env)
{
	struct streams *streams = ctx;

	if (streams->jobs != NULL)
		step(streams, take_first(streams), env);
	plan_work(streams);
}

/*
 * Connections.
 */

static bool may_connect(void *ctx, struct in_addr source)
{
	const struct streams *streams = ctx;

	return service_may(streams->service, source, MAY_HAVE_MEMBERS);
}

/* What is no question, or has no answer, ends the connection. */
static void message(void *ctx, struct tcp_connection *connection, const uint8_t *bytes, size_t len,
		    const struct nbt_env *env)
{
	struct streams *streams = ctx;
	const struct incoming in = { .bytes = bytes,
				     .len = len,
				     .from = tcp_peer(connection),
				     .socket = tcp_number(connection) };
	struct job *job = calloc(1, sizeof(*job));

	if (job != NULL)
		job->whole = whole_begin(streams->service, &in, WHOLE_MAX, env);
	if (job == NULL || job->whole == NULL) {
		free(job);
		tcp_close(connection);
		return;
	}
	job->connection = connection;
	step(streams, job, env);
	plan_work(streams);
}

static void closed(void *ctx, struct tcp_connection *connection)
{
	struct streams *streams = ctx;
	struct job *kept = streams->jobs, *job;

	streams->jobs = NULL;
	streams->jobs_end = &streams->jobs;
	while ((job = kept) != NULL) {
		kept = job->next;
		if (job->connection == connection)
			job_free(job);
		else
			append(streams, job);
	}
}

static const struct tcp_events events = { may_connect, message, closed };

/*
 * Listeners.
 */

static bool grow(struct streams *streams, size_t count)
{
	struct listening *more;

	if (count <= streams->count)
		return true;
	more = realloc(streams->listening, count * sizeof(*more));
	if (more == NULL)
		return false;
	memset(more + streams->count, 0, (count - streams->count) * sizeof(*more));
	streams->listening = more;
	streams->count = count;
	return true;
}

static void log_error_once(struct streams *streams, struct listening *here, int error)
{
	char address[INET_ADDRSTRLEN];

	if (error != 0 && error != here->error)
		log_warning(
			"TCP port %u of %s cannot be had (%s): no lists of members by TCP there",
			streams->options.port,
			inet_ntop(AF_INET, &here->address, address, sizeof(address)),
			strerror(-error));
	here->error = error;
}

static bool bring_in_line(struct streams *streams, uint16_t number, struct in_addr address)
{
	struct listening *here = &streams->listening[number];
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(streams->options.port),
					   .sin_addr = address };

	if (here->address.s_addr != address.s_addr) {
		tcp_listener_close(here->listener);
		*here = (struct listening){ .address = address };
	}
	if (address.s_addr == INADDR_ANY || here->listener != NULL)
		return true;
	log_error_once(streams, here, tcp_listen(&here->listener, streams->tcp, &local, number));
	return here->listener != NULL;
}

bool streams_update(struct streams *streams, const struct served_socket *table, size_t count)
{
	bool all = grow(streams, count), wanted = streams->options.connections > 0;

	for (size_t i = 0; i < streams->count; i++) {
		struct in_addr none = { INADDR_ANY };

		if (!bring_in_line(streams, (uint16_t)i,
				   wanted && i < count ? table[i].address : none))
			all = false;
	}
	return all;
}

/* A quarter. */
static size_t per_source(size_t connections)
{
	return (connections + 3) / 4;
}

void streams_set_limits(struct streams *streams, size_t connections, uint64_t idle_ms)
{
	streams->options.connections = connections;
	streams->options.idle_ms = idle_ms;
	tcp_set_limits(streams->tcp, connections, per_source(connections), idle_ms);
}

int streams_open(struct streams **out, struct loop *loop, const struct streams_options *options,
		 struct service *service)
{
	const struct tcp_options tcp_options = {
		.prefix = PREFIX,
		.message_max = OUTGOING_MAX,
		.connections = options->connections,
		.per_source = per_source(options->connections),
		.idle_ms = options->idle_ms,
	};
	struct streams *streams = calloc(1, sizeof(*streams));
	int ret;

	*out = streams;
	if (streams == NULL)
		return -ENOMEM;
	streams->options = *options;
	streams->service = service;
	streams->jobs_end = &streams->jobs;
	ret = loop_timer_open(&streams->work, loop, work, streams);
	if (ret == 0)
		ret = tcp_create(&streams->tcp, loop, &tcp_options, &events, streams);
	if (ret < 0) {
		streams_close(streams);
		*out = NULL;
	}
	return ret;
}

struct stats *streams_stats(struct streams *streams)
{
	return tcp_stats(streams->tcp);
}

void streams_close(struct streams *streams)
{
	if (streams == NULL)
		return;
	tcp_destroy(streams->tcp);
	loop_timer_close(streams->work);
	free(streams->listening);
	free(streams);
}
