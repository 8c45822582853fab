#include "doctored.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smb/rap.h"
#include "support.h"

#define WORDS 16

static struct in_addr address_of(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		fail_msg("%s: no address", text);
	return address;
}

/* "LAB#1d", with "g" behind it for a group and "!" for a conflict. */
static struct nbt_name flagged_name(const char *text, uint16_t *flags)
{
	struct nbt_name name;
	char copy[64];
	const char *hash = strchr(text, '#');

	assert_non_null(hash);
	snprintf(copy, sizeof(copy), "%.*s", (int)(hash + 3 - text), text);
	assert_int_equal(nbt_name_from_text(&name, copy, 0), NBT_OK);
	if (flags != NULL && strchr(hash + 3, 'g') != NULL)
		*flags |= NBT_STATUS_GROUP;
	if (flags != NULL && strchr(hash + 3, '!') != NULL)
		*flags |= NBT_STATUS_CONFLICT;
	return name;
}

/* There already, or new. */
static struct doctor_question *question(struct doctor_facts *f, enum doctor_kind kind,
					const struct nbt_name *name, struct in_addr at,
					uint16_t port)
{
	(void)doctor_want(f, kind, name, at, port);
	return &f->questions[doctor_asked(f, kind, name, at, port) - f->questions];
}

static void add_net(struct doctor_facts *f, char **words)
{
	struct doctor_subnet *subnet = &f->subnets[f->subnet_count++];
	char *slash = strchr(words[2], '/');

	*slash = '\0';
	strcpy(subnet->interface, words[1]);
	subnet->address = address_of(words[2]);
	subnet->netmask.s_addr = htonl(~(0xFFFFFFFFu >> atoi(slash + 1)));
}

static void add_answer(struct doctor_facts *f, enum doctor_kind kind, const char *text,
		       struct in_addr at, char *word)
{
	struct doctor_answer answer = { .kind = kind, .at = at };
	struct doctor_question *q;
	char *slash = strchr(word, '/');

	answer.name = flagged_name(text, &answer.flags);
	q = question(f, kind, &answer.name, at, 0);
	q->flags = NBT_FLAG_RA;
	if (*word == '-' || *word == '?') {
		q->outcome = kind == DOCTOR_SERVER && *word == '-' ? DOCTOR_DENIED : DOCTOR_SILENT;
		return;
	}
	if (*word == '@') {
		q->flags = 0;
		word++;
	}
	q->outcome = DOCTOR_ANSWERED;
	if (slash != NULL)
		*slash = '\0';
	answer.from = kind == DOCTOR_SERVER ? at : address_of(word);
	answer.address = address_of(slash != NULL ? slash + 1 : word);
	assert_true(doctor_add_answer(f, &answer));
}

static void add_host(struct doctor_facts *f, char **words, size_t count)
{
	static const char types[] = "BPMH";
	struct nbt_node_status node = { .count = 0 };
	struct in_addr address = address_of(words[1]);

	if (*words[2] == '?') {
		question(f, DOCTOR_STATUS, NULL, address, 0)->outcome = DOCTOR_SILENT;
		return;
	}
	for (size_t i = 3; i < count; i++) {
		struct nbt_status_name *entry = &node.names[node.count++];

		entry->flags =
			(uint16_t)(NBT_STATUS_ACTIVE | (strchr(types, *words[2]) - types) << 13);
		entry->name = flagged_name(words[i], &entry->flags);
	}
	assert_true(doctor_add_status(f, address, &node));
}

static void add_port(struct doctor_facts *f, char **words)
{
	struct doctor_question *q =
		question(f, DOCTOR_PORT, NULL, address_of(words[1]), (uint16_t)atoi(words[2]));

	q->outcome = *words[3] == 'o'   ? DOCTOR_ANSWERED
		     : *words[3] == 'r' ? DOCTOR_DENIED
					: DOCTOR_SILENT;
}

static void add_lists(struct doctor_facts *f, char **words)
{
	const struct nbt_name name = doctor_name(words[2], NBT_SUFFIX_LMB);
	struct doctor_question *q = question(f, DOCTOR_LISTS, &name, address_of(words[1]), 0);

	q->outcome = strcmp(words[3], "ok") == 0 ? DOCTOR_ANSWERED : DOCTOR_FAILED;
	strcpy(q->why, words[3]);
}

static void add_entry(struct doctor_facts *f, char **words, size_t count)
{
	struct doctor_entry entry = { .from = address_of(words[1]) };

	strcpy(entry.workgroup, words[2]);
	strcpy(entry.name, words[3]);
	entry.type = count > 4 ? RAP_TYPE_DOMAIN_ENUM : 3;
	assert_true(doctor_add_entry(f, &entry));
}

static void add_sync(struct doctor_facts *f, char **words)
{
	struct doctor_sync sync = { .address = address_of(words[3]) };

	strcpy(sync.workgroup, words[1]);
	strcpy(sync.peer, words[2]);
	sync.is_never = *words[4] == '-';
	sync.age_ms = strtoull(words[4] + sync.is_never, NULL, 10) * 60000;
	sync.failures = (unsigned)atoi(words[5]);
	assert_true(doctor_add_sync(f, &sync));
}

static void add_distribution(struct doctor_facts *f, char **words)
{
	const struct nbt_name name = flagged_name(words[2], NULL);
	struct doctor_question *q = question(f, DOCTOR_NBDD, &name, address_of(words[1]), 0);

	q->outcome = *words[3] == 'y'   ? DOCTOR_ANSWERED
		     : *words[3] == 'n' ? DOCTOR_DENIED
					: DOCTOR_SILENT;
}

static bool is(char *const *words, const char *what)
{
	return strcmp(words[0], what) == 0;
}

static void add_line(struct doctor_facts *f, char **words, size_t count)
{
	if (is(words, "net"))
		add_net(f, words);
	else if (is(words, "wins"))
		f->servers[f->server_count++] = address_of(words[1]);
	else if (is(words, "nbdd"))
		f->nbdds[f->nbdd_count++] = address_of(words[1]);
	else if (is(words, "distributes"))
		add_distribution(f, words);
	else if (is(words, "group"))
		assert_true(doctor_add_workgroup(f, words[1]));
	else if (is(words, "own"))
		assert_true(doctor_add_workgroup(f, strcpy(f->own, words[1])));
	else if (is(words, "cast"))
		add_answer(f, DOCTOR_SUBNET, words[1], f->subnets[0].address, words[2]);
	else if (is(words, "limited"))
		add_answer(f, DOCTOR_LIMITED, words[1], f->subnets[0].address, words[2]);
	else if (is(words, "server"))
		add_answer(f, DOCTOR_SERVER, words[2], address_of(words[1]), words[3]);
	else if (is(words, "host"))
		add_host(f, words, count);
	else if (is(words, "mac"))
		((struct nbt_node_status *)doctor_status_of(f, address_of(words[1])))->unit_id[5] =
			(uint8_t)atoi(words[2]);
	else if (is(words, "port"))
		add_port(f, words);
	else if (is(words, "lists"))
		add_lists(f, words);
	else if (is(words, "entry"))
		add_entry(f, words, count);
	else if (is(words, "sync"))
		add_sync(f, words);
	else
		fail_msg("%s: no such fact", words[0]);
}

void doctored(struct doctor_facts *f, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	assert_non_null(copy);
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *words[WORDS] = { NULL }, *word;
		size_t count = 0;

		while ((word = strsep(&line, " ")) != NULL && count < WORDS)
			if (*word != '\0')
				words[count++] = word;
		if (count > 0)
			add_line(f, words, count);
	}
	free(copy);
}
