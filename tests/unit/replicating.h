/* A name server under test as a partner: replicas from other servers, as text (replica_text.h), and
 * what it offers. It is C of the texts, 10.0.0.100. */
#ifndef TESTS_REPLICATING_H
#define TESTS_REPLICATING_H

#include "nbns.h"
#include "nbnsd/service/replicas.h"
#include "replica_text.h"

struct nbns *replicating_new(void); /* to be started */
struct nbns *replicating_run(void);

/* The address by which the messages name a server. */
struct in_addr server_outside(char letter);

/* "B:7 U active b1" comes, of this name, from its owner; then the server does what is due. */
enum replica_check arrive(struct nbns *ns, const char *name, const char *text);

/* The server's records up to this version have come. */
bool set_version(struct nbns *ns, char server, uint64_t version);

/* The same without what is due, for many. */
enum replica_check bring(struct nbns *ns, const char *name, const char *text);

/* The record is as the text says, with its version; NULL: it is not there. */
#define expect_record(ns, name, text) expect_record_at((ns), (name), (text), __LINE__)
void expect_record_at(const struct nbns *ns, const char *name, const char *text, int line);

/* Puts a record there that is active, with a lease, behind the service's back. */
void plant_text(struct nbns *ns, const char *name, const char *text);

/* The client of "c1". */
struct client client_of(const char *address);

/* What a reading of a server's versions gives, "FRED<20>:7 DOM<1C>:9", or "" for nothing. */
#define READ_MAX 4096
const char *read_all(struct nbns *ns, char server, uint64_t min, uint64_t max, bool dynamic_only,
		     char out[READ_MAX]);

/* The highest version offered of a server; 0: none. */
uint64_t offered(const struct nbns *ns, char server);

/* The next packet is a release demand for the name, to this client. */
#define expect_demand(ns, to, name) expect_demand_at((ns), (to), (name), __LINE__)
void expect_demand_at(struct nbns *ns, const struct client *to, const char *name, int line);

#endif
