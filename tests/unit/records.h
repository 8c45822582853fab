/* Records for the tests of registry, changes and store: drawn by lot from a seed, and compared. */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

#include "nbnsd/registry/record.h"

/* A generator of its own, so that a run can be repeated on any machine. */
struct lots {
	uint64_t state;
};

uint32_t lots_draw(struct lots *lots, uint32_t below);

/* The name and scope with this number: every third has a scope, one of five. */
void record_set_name(struct record *record, uint32_t number);

/* Everything but name and scope by lot: any kind with the addresses that it may have. */
void record_draw(struct record *record, struct lots *lots);

/* Fails with what and the first member that differs. */
void assert_record(const char *what, const struct record *got, const struct record *want);

#endif
