/*
 * Records of several WINS servers as text, for tests of replication: owner, kind, state, members.
 *
 *   "B:7 S active b1 a3(A)"    of server B, version 7, members 10.2.0.1 of B and 10.1.0.3 of A
 *   "C M tombstone c1 c2"      of this server, version 10
 *   "A U active static a1"
 *
 * Servers are letters, and C is this one. An address is a letter and a number.
 */
#ifndef TESTS_REPLICA_TEXT_H
#define TESTS_REPLICA_TEXT_H

#include "nbnsd/registry/record.h"

#define REPLICA_TEXT_MAX     1024
#define REPLICA_TEXT_VERSION 10

/* The test fails if the text is no record. The name is DOM<1C>. */
struct record record_read(const char *text);

/* Members in the order of their addresses, each with its owner; leases are left out. */
const char *record_write(const struct record *record, char out[REPLICA_TEXT_MAX]);

struct in_addr server_of(char letter);
struct in_addr address_read(const char *text); /* "a3" */

/* Fails with the sentence unless the record is as the text says. */
void assert_replica(const char *what, const struct record *record, const char *text);

#endif
