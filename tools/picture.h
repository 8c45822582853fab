/*
 * nbtbrowse --dot and --svg: the neighbourhood as a picture: subnets, the masters and name servers
 * in them, the other servers of the lists, and whose lists come to whom. Made of what the doctor
 * knows; pure, but for the stream that is written.
 */
#ifndef TOOLS_PICTURE_H
#define TOOLS_PICTURE_H

#include <stdio.h>

#include "tools/doctor_facts.h"

#define PICTURE_SUBNETS   64
#define PICTURE_HOSTS     256
#define PICTURE_ROLES     8
#define PICTURE_MEMBERS   DOCTOR_STATUSES
#define PICTURE_ARROWS    1024
#define PICTURE_TEXT_SIZE 128

/* Texts in UTF-8, without control characters. */
struct picture_subnet {
	char text[PICTURE_TEXT_SIZE];
	uint32_t network; /* in host order; UINT32_MAX: of hosts whose address is not known */
};

enum picture_fault {
	PICTURE_RIGHT,
	PICTURE_DENIED, /* it says that it is not */
	PICTURE_RIVAL,  /* another one is it, too */
	PICTURE_DEAF    /* it does not answer as such */
};

struct picture_role {
	char workgroup[DOCTOR_NAME_SIZE]; /* as on the wire; "": a name server */
	bool is_domain_master, is_local_master;
	enum picture_fault fault;
	char text[PICTURE_TEXT_SIZE]; /* "LAB: domain master, 3 servers" */
};

/* One that has a role. */
struct picture_host {
	char name[PICTURE_TEXT_SIZE]; /* or its address, if it did not say */
	struct in_addr address;
	size_t subnet;
	bool is_domain_master;
	bool is_silent;
	struct picture_role roles[PICTURE_ROLES];
	size_t role_count;
};

/* A server of the lists without one. */
struct picture_member {
	char name[PICTURE_TEXT_SIZE];
	size_t subnet;
	bool is_silent;
};

enum picture_state {
	PICTURE_SYNCED, /* the lists came */
	PICTURE_FAILED, /* they do not */
	PICTURE_UNKNOWN,
	PICTURE_STATES
};

/* The way lists go. */
struct picture_arrow {
	size_t from, to; /* hosts */
	bool both_ways;
	enum picture_state state;
	char label[PICTURE_TEXT_SIZE]; /* "3 min ago" */
};

/* What there is comes in the order of addresses, so that a network looks the same tomorrow. */
struct picture {
	char seen[PICTURE_TEXT_SIZE]; /* where and when; may be "" */
	struct picture_subnet subnets[PICTURE_SUBNETS];
	size_t subnet_count;
	struct picture_host hosts[PICTURE_HOSTS];
	size_t host_count;
	struct picture_member members[PICTURE_MEMBERS];
	size_t member_count;
	struct picture_arrow arrows[PICTURE_ARROWS];
	size_t arrow_count;
	bool is_cut; /* there was no room for all of it */
};

/* seen: of the picture; may be "". */
void picture_make(const struct doctor_facts *f, const char *seen, struct picture *out);

/* "10.0.0.1, does not answer"; "" if its name says it all. */
void picture_say_address(const struct picture_host *host, char out[PICTURE_TEXT_SIZE]);

/* The end of an arrow at which many may meet: the domain master. */
size_t picture_hub(const struct picture *p, const struct picture_arrow *arrow);

/* For Graphviz. */
void picture_dot(const struct picture *picture, FILE *to);
void picture_svg(const struct picture *picture, FILE *to);

#endif
