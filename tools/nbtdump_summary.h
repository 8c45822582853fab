/*
 * What a capture tells about a network: who talks to whom, names asked for in vain, elections,
 * rival masters, conflicts. Pure, with tables of fixed size: what finds no room is counted.
 */
#ifndef TOOLS_NBTDUMP_SUMMARY_H
#define TOOLS_NBTDUMP_SUMMARY_H

#include <stdio.h>

#include <jansson.h>

#include "tools/nbtdump_packet.h"

struct dump_summary;

/* NULL: no memory. */
struct dump_summary *dump_summary_create(void);
void dump_summary_destroy(struct dump_summary *summary);

void dump_summary_add(struct dump_summary *summary, const struct dump_packet *packet);

/* For people. */
void dump_summary_print(const struct dump_summary *summary, FILE *to);

/* One object; members are in nbtdump(1). */
json_t *dump_summary_json(const struct dump_summary *summary);

#endif
