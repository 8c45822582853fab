/*
 * libnbt's blocking client in three calls: registers a name at a name server, looks it up there,
 * and releases it again.
 *
 *	claim [-k] [-p PORT] SERVER NAME ADDRESS
 *
 * NAME is "FRED", "FRED#20" or "FRED<20>"; -k keeps it registered. Exit status: 0 done, 1 refused
 * or unanswered, 2 misuse. To build it outside of this tree:
 *
 *	cc claim.c $(pkg-config --cflags --libs libnbt)
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <nbt/nbt.h>

struct task {
	struct nbt_client *client;
	struct sockaddr_in server;
	struct nbt_name name;
	struct in_addr address;
	char text[NBT_NAME_TEXT_MAX]; /* the name, printed */
};

static int failed(const struct task *task, const char *what, enum nbt_error err)
{
	printf("%s: %s: %s\n", task->text, what, nbt_strerror(err));
	return 1;
}

/* A registration and a release differ in the opcode and what the answer is good for. */
static enum nbt_error claim(const struct task *task, enum nbt_opcode opcode,
			    struct nbt_claim_answer *answer)
{
	const struct nbt_claim_request request = {
		.to = { .name = task->name, .servers = &task->server, .server_count = 1 },
		.opcode = opcode,
		.ttl = 300000, /* what Windows proposes; the server decides */
		.address = { .flags = NBT_NB_H, .address = task->address },
	};

	return nbt_client_claim(task->client, &request, answer);
}

static int register_name(const struct task *task)
{
	struct nbt_claim_answer answer;
	enum nbt_error err = claim(task, NBT_OP_REGISTRATION, &answer);

	if (err != NBT_OK)
		return failed(task, "not registered", err);
	printf("%s is registered for %u seconds\n", task->text, (unsigned)answer.ttl);
	return 0;
}

static int look_up(const struct task *task)
{
	const struct nbt_query_request request = {
		.to = { .name = task->name, .servers = &task->server, .server_count = 1 },
		.recursion = true, /* in the server's database, not among its own names */
	};
	struct nbt_answers answers;
	enum nbt_error err = nbt_client_query(task->client, &request, &answers);
	char address[INET_ADDRSTRLEN];

	for (size_t i = 0; i < answers.count; i++)
		printf("%s is at %s\n", task->text,
		       inet_ntop(AF_INET, &answers.addresses[i].address, address, sizeof(address)));
	return err == NBT_OK ? 0 : failed(task, "not found", err);
}

static int release_name(const struct task *task)
{
	enum nbt_error err = claim(task, NBT_OP_RELEASE, NULL);

	if (err != NBT_OK)
		return failed(task, "not released", err);
	printf("%s is released\n", task->text);
	return 0;
}

static int misuse(void)
{
	fprintf(stderr, "usage: claim [-k] [-p PORT] SERVER NAME ADDRESS\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct task task = { .server = { .sin_family = AF_INET,
					 .sin_port = htons(NBT_NAME_PORT) } };
	bool keep = false;
	int letter, status;

	while ((letter = getopt(argc, argv, "kp:")) != -1) {
		if (letter == 'k')
			keep = true;
		else if (letter == 'p')
			task.server.sin_port = htons((uint16_t)strtoul(optarg, NULL, 10));
		else
			return misuse();
	}
	if (argc - optind != 3 || inet_pton(AF_INET, argv[optind], &task.server.sin_addr) != 1 ||
	    nbt_name_from_text(&task.name, argv[optind + 1], NBT_SUFFIX_SERVER) != NBT_OK ||
	    inet_pton(AF_INET, argv[optind + 2], &task.address) != 1)
		return misuse();
	nbt_name_print(&task.name, task.text, sizeof(task.text));
	if (nbt_client_open(&task.client, NULL) != NBT_OK) {
		perror("claim");
		return 1;
	}
	status = register_name(&task);
	if (status == 0)
		status = look_up(&task);
	if (status == 0 && !keep)
		status = release_name(&task);
	nbt_client_close(task.client);
	return status;
}
