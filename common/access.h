/* Who may do what, by IPv4 address. Pure. */
#ifndef COMMON_ACCESS_H
#define COMMON_ACCESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

/* An entry of a list in the configuration: "10.1.0.0/16", "10.1.2.3", or "private". */
struct access_network {
	struct in_addr address;
	unsigned char bits; /* of the prefix, 0 to 32 */
	/* Loopback, RFC 1918, link-local, and the networks of this host's interfaces. */
	bool is_private;
};

#define ACCESS_TEXT_MAX 19 /* "255.255.255.255/32" and NUL */

/* -EINVAL: not a network. Bits of the address behind the prefix must be 0. */
int access_network_parse(struct access_network *out, const char *text) NBT_MUSTCHECK;

/* Writes what access_network_parse() reads; a whole address without "/32". Returns buf. */
char *access_network_print(const struct access_network *network, char buf[ACCESS_TEXT_MAX]);

bool access_network_holds(const struct access_network *network, struct in_addr address);

/* The networks of one rule, such as a setting's list. */
struct access_rule {
	const struct access_network *networks; /* borrowed during access_list_create() */
	size_t count;
};

#define ACCESS_RULES_MAX 32

/* Rules as sorted ranges: one short search answers all of them. */
struct access_list;

/*
 * own: the networks of this host's interfaces, for "private". NULL: out of memory. A rule without
 * networks allows nobody.
 */
struct access_list *access_list_create(const struct access_rule *rules, size_t count,
				       const struct access_network *own, size_t own_count);
void access_list_destroy(struct access_list *list); /* NULL is fine */

/* Bit i is set when rule i holds the address. */
uint32_t access_rights(const struct access_list *list, struct in_addr address);

#endif
