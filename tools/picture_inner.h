/* The steps in which a picture is made. */
#ifndef TOOLS_PICTURE_INNER_H
#define TOOLS_PICTURE_INNER_H

#include "tools/picture.h"

#define PICTURE_NONE SIZE_MAX

/*
 * picture_places.c: found or added. They keep the order of addresses: numbers of subnets and hosts
 * are good until the next. PICTURE_NONE: there is no room.
 */
size_t picture_place_subnet(struct picture *p, const struct doctor_facts *f,
			    struct in_addr address);

/* For hosts whose address is not known. */
size_t picture_place_nowhere(struct picture *p);

/* name: as on the wire, in case it has not said it itself; may be NULL. */
size_t picture_place_host(struct picture *p, const struct doctor_facts *f, struct in_addr address,
			  const char *name);

/* Only found. */
size_t picture_find_host(const struct picture *p, struct in_addr address);

/*
 * picture_roles.c
 */
void picture_add_roles(struct picture *p, const struct doctor_facts *f);

/* role_count: it has none in this workgroup. */
size_t picture_role_in(const struct picture_host *host, const char *workgroup);

/* Whether a server is in the list that this host gives of a workgroup. */
bool picture_is_listed(const struct doctor_entry *entry, const char *workgroup,
		       struct in_addr address);

/*
 * picture_members.c, picture_arrows.c: between hosts that are there.
 */
void picture_add_members(struct picture *p, const struct doctor_facts *f);
void picture_add_arrows(struct picture *p, const struct doctor_facts *f);

#endif
