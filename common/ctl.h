/*
 * The control socket: a line in, lines out, from a table of commands.
 *
 * A request is a line with a JSON array of words: ["names","list","--suffix","20"]. The answer is a
 * JSON object per line for each row, and at last {"ok":true} or {"error":"sentence","status":N}.
 * Requests on one connection are answered in their order.
 *
 *	static void run_version(void *daemon, struct ctl_request *rq, int argc, char **argv)
 *	{
 *		ctl_row(rq, json_pack("{s:s}", "version", PACKAGE_VERSION));
 *		ctl_end(rq);
 *	}
 */
#ifndef COMMON_CTL_H
#define COMMON_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <nbt/error.h>

struct ctl;
struct ctl_request;
struct loop;

/* How a command ends; also the exit status of nbtctl. */
enum ctl_status { CTL_OK = 0, CTL_FAILED = 1, CTL_MISUSE = 2 };

/*
 * One command. A table of them ends with a row without name. run() gets the words behind the name,
 * and ends the request now, or later, or makes it a stream.
 */
struct ctl_command {
	const char *name;      /* of one word or two: "stats", "names list" */
	const char *arguments; /* "[--suffix XX] [PATTERN]", for help */
	const char *help;      /* one sentence */
	bool changes_state;    /* is logged */
	void (*run)(void *daemon, struct ctl_request *rq, int argc, char **argv);
};

struct ctl_options {
	const char *directory; /* the run directory */
	const char *name;      /* of the socket: "nbnsd.ctl" */
	const char *owner;     /* the user that the daemon becomes, see local_socket.h */
	/* NULL-terminated; help, version, log and stop are there besides. Borrowed. */
	const struct ctl_command *const *tables;
	void *daemon; /* for run() */
};

/* A line for each command, with tabs between its fields: name, arguments, help. tables: as in
 * ctl_options; NULL: none but those that are there besides. */
void ctl_print_commands(FILE *to, const struct ctl_command *const *tables);

/* Listens, before root is given up. 0, or a negative errno. */
int ctl_open(struct ctl **out, struct loop *loop, const struct ctl_options *options) NBT_MUSTCHECK;

/* While the daemon is not whole, at its end or when it begins anew: what is being answered goes on,
 * but no further request is taken. NULL is fine. */
void ctl_stop_taking(struct ctl *ctl);
void ctl_go_on_taking(struct ctl *ctl);

/* Ends all streams with this sentence: what they tell of is no more. Nothing may be taken
 * meanwhile. NULL is fine. */
void ctl_fail_streams(struct ctl *ctl, const char *error);

/* Requests that have not ended are forgotten, those of streams too. NULL is fine. */
void ctl_close(struct ctl *ctl);

/*
 * Answers. A request stays valid until it has ended, also when whoever asked is gone.
 */

/* Takes the row; NULL (out of memory, or text that is no UTF-8) ends up as an error. */
void ctl_row(struct ctl_request *rq, json_t *row);
void ctl_end(struct ctl_request *rq);
void ctl_fail(struct ctl_request *rq, enum ctl_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A long answer: more() makes the next rows, in a fraction of a millisecond, and is called again
 * when they have been taken, once a turn; false: that was all, and it has not ended the request.
 * release() is called at the end, however it comes; may be NULL.
 */
struct ctl_stream {
	bool (*more)(void *ctx, struct ctl_request *rq);
	void (*release)(void *ctx);
	void *ctx;
};
void ctl_start_stream(struct ctl_request *rq, const struct ctl_stream *stream);

/* A stream whose more() had nothing to say is asked again only after this; more() itself may call
 * it: it has not found anything yet, but goes on looking. */
void ctl_wake_stream(struct ctl_request *rq);

/* The process and user who asked. */
pid_t ctl_asker(const struct ctl_request *rq, uid_t *uid);

/* Whoever asked has gone: nobody hears the answer. */
bool ctl_is_gone(const struct ctl_request *rq);

/* Bytes of answers that wait to be taken, of this request. */
size_t ctl_waiting(const struct ctl_request *rq);

#endif
