/* The doctor's probes: questions are asked over the network, several at once, and answers become
 * facts. Nothing is registered, and no conflict is demanded: it only looks. */
#ifndef TOOLS_DOCTOR_ASK_H
#define TOOLS_DOCTOR_ASK_H

#include <nbt/error.h>

#include "tools/doctor_facts.h"

struct loop;
struct doctor_asker;

struct doctor_ask_options {
	struct nbt_name own_name; /* as which we call others */
	struct nbt_scope scope;   /* of all names */
	unsigned timeout_s;       /* for a connection, and for each answer over it */
	unsigned at_once;
	uint64_t until_ms; /* of CLOCK_MONOTONIC: nothing is begun afterwards */
};

/* For these subnets; 0 or a negative errno. */
int doctor_asker_open(struct doctor_asker **out, struct doctor_facts *f,
		      const struct doctor_ask_options *options) NBT_MUSTCHECK;
void doctor_asker_close(struct doctor_asker *asker); /* NULL is fine */

/* Asks what is open. false: there is no more time, or something failed; errno then says what. */
bool doctor_ask(struct doctor_asker *asker);

/*
 * doctor_lists.c: the lists of a browser.
 */

struct doctor_lists;

struct doctor_lists_options {
	struct doctor_facts *facts;
	size_t question;
	struct nbt_name own_name;
	struct nbt_scope scope;
	unsigned timeout_s;
	void (*done)(void *ctx); /* the question has its outcome then; close */
	void *ctx;
};

int doctor_lists_open(struct doctor_lists **out, struct loop *loop,
		      const struct doctor_lists_options *options) NBT_MUSTCHECK;
void doctor_lists_close(struct doctor_lists *lists); /* NULL is fine */

#endif
