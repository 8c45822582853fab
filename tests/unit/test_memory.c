/* The service out of memory: whichever allocation fails, nothing is acknowledged that is not
 * stored. */
#include "nbns.h"

#include <stdlib.h>

/*
 * The allocation that fails. The linker leads the service's calls here.
 */
static long left = -1; /* until it fails; negative: none does */

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

/*
 * What the store was told: who has which name, as often as it was said.
 */
#define HELD_MAX 64

struct disk {
	struct nbt_name names[HELD_MAX]; /* by id */
	struct {
		uint32_t id;
		struct in_addr address;
	} held[HELD_MAX];
	size_t count;
};

static void hold(struct disk *disk, uint32_t id, struct in_addr address)
{
	assert_true(disk->count < HELD_MAX && id < HELD_MAX);
	disk->held[disk->count].id = id;
	disk->held[disk->count++].address = address;
}

static void write_batch(struct disk *disk, const struct changes *changes)
{
	struct change change;
	struct record record;
	size_t cursor = 0;

	while (changes_next(changes, &cursor, &change, &record)) {
		if (change.type == CHANGE_MEMBER_PUT)
			hold(disk, change.id, change.member);
		if (change.type != CHANGE_PUT)
			continue;
		assert_true(change.id < HELD_MAX);
		disk->names[change.id] = record.name;
		for (size_t i = 0; i < record.address_count; i++)
			hold(disk, change.id, record.address[i].address);
	}
}

static bool has(const struct disk *disk, const struct nbt_name *name, struct in_addr address)
{
	for (size_t i = 0; i < disk->count; i++)
		if (nbt_name_equal(&disk->names[disk->held[i].id], name) &&
		    disk->held[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

/* Every positive answer that has arrived is about something on the disk. */
static void check_answers(struct nbns *ns, const struct disk *disk, long failed)
{
	while (ns->seen < ns->arrived) {
		struct nbt_packet answer;
		struct in_addr address;

		next_packet(ns, &answer, __LINE__);
		if (nbt_packet_flags_word(&answer) != 0xAD80)
			continue;
		address = nbt_record_address(&answer.record[0], 0).address;
		if (!has(disk, &answer.record[0].of.name, address))
			fail_msg("allocation %ld: acknowledged, and not stored", failed);
	}
	ns->seen = ns->arrived = 0;
}

static void claim_all(struct nbns *ns)
{
	struct client *const clients[] = { &ns->a, &ns->b, &ns->c };

	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		claim(ns, clients[i], REGISTER, "LAB<1E>", GROUP);
		claim(ns, clients[i], REGISTER, "LAB<1C>", GROUP);
	}
}

/* Returns whether there was an allocation of that number. */
static bool run_with_failure(long failed)
{
	struct nbns *ns = nbns_run();
	struct disk disk = { .count = 0 };
	bool was_there;

	ns->stalled = true;
	left = failed;
	for (int again = 0; again < 2; again++) { /* who has heard nothing asks again */
		claim_all(ns);
		nbns_has_changes(ns);
	}
	check_answers(ns, &disk, failed);
	was_there = left < 0;
	left = -1;

	for (int again = 0; again < 2; again++) {
		nbns_has_changes(ns);
		for (size_t i = 0; i < ns->batch_count; i++)
			write_batch(&disk, ns->batches[i]);
		nbns_commit(ns);
		check_answers(ns, &disk, failed);
		claim_all(ns);
		check_answers(ns, &disk, failed);
	}
	nbns_free(ns);
	return was_there;
}

static void nothing_is_acknowledged_that_is_not_stored(void **state)
{
	long failed = 0;

	(void)state;
	while (run_with_failure(failed))
		failed++;
	assert_true(failed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_acknowledged_that_is_not_stored),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
