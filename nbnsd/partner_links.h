/* TCP connections of replication: carries bytes between them and the machine of partners. */
#ifndef NBNSD_PARTNER_LINKS_H
#define NBNSD_PARTNER_LINKS_H

#include <netinet/in.h>

#include <nbt/error.h>

#include "nbnsd/partners/partners.h"

struct loop;
struct partner_links;

struct partner_links_options {
	struct in_addr address; /* ours: where we listen, and connect from */
	uint16_t port;          /* here and there */
};

/* 0 or a negative errno. Nothing is accepted before partner_links_begin(). */
int partner_links_open(struct partner_links **out, struct loop *loop,
		       const struct partner_links_options *options) NBT_MUSTCHECK;

/* For partners_create(). */
struct partners_sinks partner_links_sinks(struct partner_links *links);

/* Accepts connections for the machine; where the port cannot be had it is tried again. */
void partner_links_begin(struct partner_links *links, struct partners *partners);

/* The machine must be gone, or not be called any more. NULL is fine. */
void partner_links_close(struct partner_links *links);

#endif
