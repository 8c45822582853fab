/*
 * nbtbrowse --dot and --svg: the neighbourhood as a picture: subnets, the masters in them, and
 * whose lists come to whom. Made of what the doctor knows; pure, but for the stream that is
 * written.
 */
#ifndef TOOLS_PICTURE_H
#define TOOLS_PICTURE_H

#include <stdio.h>

#include "tools/doctor_facts.h"

#define PICTURE_SUBNETS   64
#define PICTURE_HOSTS     256
#define PICTURE_ROLES     8
#define PICTURE_ARROWS    1024
#define PICTURE_TEXT_SIZE 128

/* Texts in UTF-8, without control characters. */
struct picture_role {
	char workgroup[DOCTOR_NAME_SIZE]; /* as on the wire */
	bool is_domain_master;
	char text[PICTURE_TEXT_SIZE]; /* "LAB: domain master, 3 servers" */
};

struct picture_host {
	char name[PICTURE_TEXT_SIZE]; /* or its address, if it did not say */
	struct in_addr address;
	size_t subnet;
	bool is_domain_master;
	struct picture_role roles[PICTURE_ROLES];
	size_t role_count;
};

enum picture_state {
	PICTURE_SYNCED, /* the lists came */
	PICTURE_FAILED, /* they do not */
	PICTURE_UNKNOWN
};

/* The way lists go. */
struct picture_arrow {
	size_t from, to; /* hosts */
	bool both_ways;
	enum picture_state state;
	char label[PICTURE_TEXT_SIZE]; /* "3 min ago" */
};

struct picture {
	char subnets[PICTURE_SUBNETS][PICTURE_TEXT_SIZE];
	size_t subnet_count;
	struct picture_host hosts[PICTURE_HOSTS];
	size_t host_count;
	struct picture_arrow arrows[PICTURE_ARROWS];
	size_t arrow_count;
	bool is_cut; /* there was no room for all of it */
};

void picture_make(const struct doctor_facts *f, struct picture *out);

/* For Graphviz. */
void picture_dot(const struct picture *picture, FILE *to);
void picture_svg(const struct picture *picture, FILE *to);

#endif
