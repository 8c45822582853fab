#include "tools/doctor_facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PLACES (2 * DOCTOR_QUESTIONS)

void doctor_facts_free(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->status_count; i++)
		free(f->statuses[i]);
	free(f->statuses);
	free(f->questions);
	free(f->places);
	free(f->answers);
	free(f->entries);
	free(f->syncs);
	*f = (struct doctor_facts){ 0 };
}

/* Room for one more, zeroed, in a list that is full at every power of two. NULL: there is none. */
static void *more(struct doctor_facts *f, void *list, size_t *count, size_t size, size_t max)
{
	uint8_t *grown = *(void **)list;

	if (*count >= max) {
		f->is_cut = true;
		return NULL;
	}
	if ((*count & (*count - 1)) == 0) {
		grown = realloc(grown, (*count > 0 ? 2 * *count : 1) * size);
		if (grown == NULL) {
			f->is_cut = true;
			return NULL;
		}
		*(void **)list = grown;
	}
	memset(grown + *count * size, 0, size);
	return grown + (*count)++ * size;
}

/*
 * Names and addresses.
 */

struct nbt_name doctor_name(const char *text, uint8_t suffix)
{
	struct nbt_name name;

	if (nbt_name_make_exact(&name, text, suffix) != NBT_OK)
		memset(&name, 0, sizeof(name));
	return name;
}

void doctor_text(char out[DOCTOR_NAME_SIZE], const struct nbt_name *name)
{
	size_t len = NBT_NAME_LEN - 1;

	while (len > 0 && name->bytes[len - 1] == ' ')
		len--;
	memcpy(out, name->bytes, len);
	out[len] = '\0';
}

struct nbt_name doctor_everybody(void)
{
	return (struct nbt_name){ "\x01\x02__MSBROWSE__\x02\x01" };
}

bool doctor_is_host(struct in_addr address)
{
	return address.s_addr != INADDR_ANY && !IN_MULTICAST(ntohl(address.s_addr)) &&
	       address.s_addr != INADDR_BROADCAST;
}

const struct doctor_subnet *doctor_subnet_of(const struct doctor_facts *f, struct in_addr address)
{
	for (size_t i = 0; i < f->subnet_count; i++)
		if (((f->subnets[i].address.s_addr ^ address.s_addr) &
		     f->subnets[i].netmask.s_addr) == 0)
			return &f->subnets[i];
	return NULL;
}

bool doctor_is_own(const struct doctor_facts *f, struct in_addr address)
{
	for (size_t i = 0; i < f->subnet_count; i++)
		if (f->subnets[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

/*
 * Workgroups and entries.
 */

bool doctor_add_workgroup(struct doctor_facts *f, const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= DOCTOR_NAME_SIZE)
		return false;
	for (size_t i = 0; i < f->workgroup_count; i++)
		if (strcasecmp(f->workgroups[i], name) == 0)
			return true;
	if (f->wanted_count > 0)
		return false;
	if (f->workgroup_count == DOCTOR_WORKGROUPS) {
		f->is_cut = true;
		return false;
	}
	memcpy(f->workgroups[f->workgroup_count++], name, len + 1);
	return true;
}

static bool is_listed(const struct doctor_facts *f, const struct doctor_entry *entry)
{
	for (size_t i = 0; i < f->entry_count; i++)
		if (strcasecmp(f->entries[i].name, entry->name) == 0 &&
		    f->entries[i].type >> 31 == entry->type >> 31)
			return true;
	return false;
}

bool doctor_add_entry(struct doctor_facts *f, const struct doctor_entry *entry)
{
	bool is_first = !is_listed(f, entry);
	struct doctor_entry *added;

	if (entry->name[0] == '\0')
		return false;
	added = more(f, &f->entries, &f->entry_count, sizeof(*added), DOCTOR_ENTRIES);
	if (added == NULL)
		return false;
	*added = *entry;
	added->is_first = is_first;
	return true;
}

bool doctor_add_sync(struct doctor_facts *f, const struct doctor_sync *sync)
{
	struct doctor_sync *added =
		more(f, &f->syncs, &f->sync_count, sizeof(*added), DOCTOR_SYNCS);

	if (added != NULL)
		*added = *sync;
	return added != NULL;
}

/*
 * Questions and answers.
 */

static uint32_t mix(uint32_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 16777619u; /* FNV-1a */
	return hash;
}

/* The place of a question, or the free one where it belongs. */
static size_t place_of(const struct doctor_facts *f, const struct doctor_question *wanted)
{
	uint32_t hash = mix(2166136261u, &wanted->name, sizeof(wanted->name));
	size_t place;

	hash = mix(hash, &wanted->at, sizeof(wanted->at));
	hash = mix(hash, &wanted->port, sizeof(wanted->port)) ^ (uint32_t)wanted->kind << 16;
	for (place = hash % PLACES; f->places[place] != 0; place = (place + 1) % PLACES) {
		const struct doctor_question *q = &f->questions[f->places[place] - 1];

		if (q->kind == wanted->kind && q->at.s_addr == wanted->at.s_addr &&
		    q->port == wanted->port && nbt_name_equal(&q->name, &wanted->name))
			break;
	}
	return place;
}

static struct doctor_question make_question(enum doctor_kind kind, const struct nbt_name *name,
					    struct in_addr at, uint16_t port)
{
	struct doctor_question q = { .kind = kind, .at = at, .port = port };

	if (name != NULL)
		q.name = *name;
	return q;
}

const struct doctor_question *doctor_asked(const struct doctor_facts *f, enum doctor_kind kind,
					   const struct nbt_name *name, struct in_addr at,
					   uint16_t port)
{
	const struct doctor_question wanted = make_question(kind, name, at, port);
	size_t place = f->places != NULL ? f->places[place_of(f, &wanted)] : 0;

	return place != 0 ? &f->questions[place - 1] : NULL;
}

enum doctor_outcome doctor_outcome_of(const struct doctor_facts *f, enum doctor_kind kind,
				      const struct nbt_name *name, struct in_addr at, uint16_t port)
{
	const struct doctor_question *q = doctor_asked(f, kind, name, at, port);

	return q != NULL ? q->outcome : DOCTOR_OPEN;
}

struct doctor_question *doctor_want(struct doctor_facts *f, enum doctor_kind kind,
				    const struct nbt_name *name, struct in_addr at, uint16_t port)
{
	const struct doctor_question wanted = make_question(kind, name, at, port);
	struct doctor_question *q;

	if (f->places == NULL)
		f->places = calloc(PLACES, sizeof(*f->places));
	if (f->places == NULL) {
		f->is_cut = true;
		return NULL;
	}
	if (f->places[place_of(f, &wanted)] != 0)
		return NULL;
	q = more(f, &f->questions, &f->question_count, sizeof(*q), DOCTOR_QUESTIONS);
	if (q == NULL)
		return NULL;
	f->places[place_of(f, &wanted)] = (uint32_t)f->question_count;
	*q = wanted;
	return q;
}

static bool is_same_answer(const struct doctor_answer *a, const struct doctor_answer *b)
{
	return a->kind == b->kind && a->at.s_addr == b->at.s_addr &&
	       a->from.s_addr == b->from.s_addr && a->address.s_addr == b->address.s_addr &&
	       nbt_name_equal(&a->name, &b->name);
}

bool doctor_add_answer(struct doctor_facts *f, const struct doctor_answer *answer)
{
	struct doctor_answer *added;

	for (size_t i = 0; i < f->answer_count; i++)
		if (is_same_answer(&f->answers[i], answer))
			return true;
	added = more(f, &f->answers, &f->answer_count, sizeof(*added), DOCTOR_ANSWERS);
	if (added != NULL)
		*added = *answer;
	return added != NULL;
}

/*
 * Node status.
 */

bool doctor_add_status(struct doctor_facts *f, struct in_addr address,
		       const struct nbt_node_status *node)
{
	struct doctor_status *status, **place;
	const struct doctor_question *asked;

	if (doctor_status_of(f, address) != NULL)
		return true;
	(void)doctor_want(f, DOCTOR_STATUS, NULL, address, 0);
	asked = doctor_asked(f, DOCTOR_STATUS, NULL, address, 0);
	status = asked != NULL ? malloc(sizeof(*status)) : NULL;
	place = status != NULL
			? more(f, &f->statuses, &f->status_count, sizeof(*place), DOCTOR_STATUSES)
			: NULL;
	if (place == NULL) {
		f->is_cut = true;
		free(status);
		return false;
	}
	*status = (struct doctor_status){ address, *node };
	*place = status;
	f->questions[asked - f->questions].status = &status->node;
	f->questions[asked - f->questions].outcome = DOCTOR_ANSWERED;
	return true;
}

const struct nbt_node_status *doctor_status_of(const struct doctor_facts *f, struct in_addr address)
{
	const struct doctor_question *q = doctor_asked(f, DOCTOR_STATUS, NULL, address, 0);

	return q != NULL ? q->status : NULL;
}

bool doctor_holds(const struct nbt_node_status *node, const struct nbt_name *name, bool as_group)
{
	for (size_t i = 0; node != NULL && i < node->count; i++)
		if (nbt_name_equal(&node->names[i].name, name) &&
		    ((node->names[i].flags & NBT_STATUS_GROUP) != 0) == as_group)
			return true;
	return false;
}

/* The first unique name with this suffix. */
static bool unique_name(const struct nbt_node_status *node, uint8_t suffix, struct nbt_name *out)
{
	for (size_t i = 0; node != NULL && i < node->count; i++) {
		const struct nbt_status_name *entry = &node->names[i];

		if ((entry->flags & NBT_STATUS_GROUP) != 0 ||
		    nbt_name_suffix(&entry->name) != suffix)
			continue;
		*out = entry->name;
		return true;
	}
	return false;
}

bool doctor_host_name(const struct nbt_node_status *node, struct nbt_name *out)
{
	return unique_name(node, NBT_SUFFIX_SERVER, out) ||
	       unique_name(node, NBT_SUFFIX_WORKSTATION, out);
}

uint16_t doctor_node_type(const struct nbt_node_status *node)
{
	return node != NULL && node->count > 0 ? node->names[0].flags & NBT_STATUS_ONT : NBT_NB_B;
}
