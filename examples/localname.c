/*
 * Claims a NetBIOS name of this host through nbnsd's name.sock, says what becomes of it, and keeps
 * it, also when nbnsd is started anew, until SIGINT or SIGTERM.
 *
 *	localname [-g] NAME
 *
 * NAME is "FRED", "FRED#20" or "FRED<20>"; -g: a group. Exit status: 0 released, 1 refused or lost,
 * 2 misuse. To build it outside of this tree:
 *
 *	cc localname.c $(pkg-config --cflags --libs libnbt)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nbt/nbt.h>

#define DELAY_MIN_MS 100
#define DELAY_MAX_MS 5000
#define LOOK_MS      100 /* how often we look whether we are to stop */

enum outcome { OUTCOME_DOWN, OUTCOME_NOT_OURS, OUTCOME_STOP };

struct task {
	struct nbt_local *local;
	struct nbt_local_claim claim;
	char text[NBT_NAME_TEXT_MAX]; /* the name, printed */
	int is_held;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void nap(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL); /* a signal ends it */
}

/* Until nbnsd is there. 0: we are to stop. */
static int connect_again(struct task *task)
{
	unsigned delay = DELAY_MIN_MS;

	while (!stop) {
		if (nbt_local_open(&task->local, NULL) == NBT_OK) {
			printf("up\n");
			return 1;
		}
		if (delay == DELAY_MIN_MS)
			printf("down: %s\n", strerror(errno));
		fflush(stdout);
		nap(delay);
		delay = 2 * delay < DELAY_MAX_MS ? 2 * delay : DELAY_MAX_MS;
	}
	return 0;
}

/* The answer to the claim, or that the name is lost. 0: it is not ours. */
static int take_message(struct task *task, const struct nbt_local_message *m)
{
	const struct nbt_packet *p = &m->packet;
	const char *rcode = nbt_rcode_name(p->rcode);
	char who[INET_ADDRSTRLEN];

	if (p->opcode != NBT_OP_REGISTRATION)
		return 1;
	if (p->rcode == NBT_RCODE_OK) {
		task->is_held = 1;
		printf("claimed %s\n", task->text);
		return 1;
	}
	inet_ntop(AF_INET, &m->envelope.peer, who, sizeof(who)); /* 0.0.0.0: not known */
	if (task->is_held)
		printf("lost %s to %s\n", task->text, who);
	else
		printf("refused %s: %s by %s\n", task->text, rcode != NULL ? rcode : "?", who);
	return 0;
}

/* Until the connection ends, the name is not ours, or we are to stop. */
static enum outcome hold(struct task *task)
{
	struct nbt_local_message message;
	uint16_t id;
	enum nbt_error err = nbt_local_claim(task->local, &task->claim, &id);

	task->is_held = 0;
	while (err != NBT_ESYSTEM && !stop) {
		fflush(stdout);
		err = nbt_local_next(task->local, LOOK_MS, &message);
		if (err == NBT_OK && !take_message(task, &message))
			return OUTCOME_NOT_OURS;
	}
	return stop ? OUTCOME_STOP : OUTCOME_DOWN;
}

/* The end of the connection would release it too; this waits for the answer. */
static void release(struct task *task)
{
	struct nbt_local_message answer;
	uint16_t id;

	if (nbt_local_release(task->local, &task->claim, &id) == NBT_OK &&
	    nbt_local_answer(task->local, id, DELAY_MAX_MS, &answer) == NBT_OK)
		printf("released %s\n", task->text);
}

static enum outcome run(struct task *task)
{
	enum outcome outcome = OUTCOME_DOWN;

	while (outcome == OUTCOME_DOWN && connect_again(task)) {
		outcome = hold(task);
		if (outcome == OUTCOME_STOP)
			release(task);
		if (outcome == OUTCOME_DOWN)
			printf("down: %s\n", strerror(errno));
		nbt_local_close(task->local);
		fflush(stdout);
		if (outcome == OUTCOME_DOWN)
			nap(DELAY_MIN_MS);
	}
	return outcome;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct task task = { .is_held = 0 };

	task.claim.is_group = argc == 3 && strcmp(argv[1], "-g") == 0;
	if (argc != 2 + task.claim.is_group ||
	    nbt_name_from_text(&task.claim.name, argv[argc - 1], NBT_SUFFIX_SERVER) != NBT_OK) {
		fprintf(stderr, "usage: localname [-g] NAME\n");
		return 2;
	}
	nbt_name_print(&task.claim.name, task.text, sizeof(task.text));
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return run(&task) == OUTCOME_NOT_OURS ? 1 : 0;
}
