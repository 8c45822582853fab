/* Names of nbnsd's in the forms of others: each row of "names list" becomes lines. */
#ifndef TOOLS_EXPORT_H
#define TOOLS_EXPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct export_options {
	const char *domain; /* of host names; NULL: none */
	int64_t now;        /* Unix time */
};

struct export_format {
	const char *name;
	bool for_hosts;     /* it has names of hosts only: one suffix is enough */
	const char *cannot; /* what it has no form for, for the remark at the end */
	void (*begin)(FILE *out, const struct export_options *options);
	/* One row; false: it has no form there. */
	bool (*row)(FILE *out, json_t *row, const struct export_options *options);
};

#define EXPORT_DOMAIN_MAX 237 /* a name of 15 characters still fits before it */

/* The domain, without a dot at its end. false: text is none. */
bool export_domain(const char *text, char domain[EXPORT_DOMAIN_MAX]);

/* Whether a row that has a form becomes a plain group: an Internet group other than <1C> in
 * wins.dat, of which nmbd knows no kind. */
bool export_changes(const struct export_format *format, json_t *row);

/* NULL: there is none of this name. */
const struct export_format *export_find(const char *name);

#endif
