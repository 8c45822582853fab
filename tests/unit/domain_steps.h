/* Steps of the tests of domain.h: what a browser is told, and what it is then. */
#ifndef TESTS_DOMAIN_STEPS_H
#define TESTS_DOMAIN_STEPS_H

#include "browser_bench.h"

#define DMB         "10.3.0.9"
#define LMB         "10.2.0.5"

#define ALONE(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)

const struct act *next_lookup(struct bench *bench, size_t *at, enum browser_lookup_type type);

/* Answers to the look-up that is waiting: there is none for certain, there is no answer, an
 * address, a name with which the host is the domain master of LAB, the host is there. */
void say_nobody(struct bench *bench);
void say_nothing(struct bench *bench);
void say_address(struct bench *bench, const char *address);
void say_name(struct bench *bench, const char *name);
void say_here(struct bench *bench);

/* A local master; what it looks up first is not answered yet. */
void be_local_master(struct bench *bench);

/* A local master that knows the domain master BOSS at DMB. */
void know_the_master(struct bench *bench);

/* The same; it is a browserd, and all that is said at first has been said. */
void know_the_quick_master(struct bench *bench);

void be_domain_master(struct bench *bench);
void hear_master(struct bench *bench, const char *address, const char *name, const char *to);

size_t count_acts(const struct bench *bench, size_t at, enum deed deed);
uint32_t own_type(const struct bench *bench);

/* How many others lists are fetched from; synced is the last one of them. */
size_t count_syncs(const struct bench *bench);
extern struct browser_sync_view synced;

#endif
