/* Points of time as LDAP writes them (RFC 4517 section 3.3.13), always in UTC here. */
#ifndef TOOLS_IMPORT_WHEN_H
#define TOOLS_IMPORT_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/* "20261129215036.0Z" to Unix time; "0": never, which is 0. false: it is no such time. */
bool when_read(const char *text, int64_t *out);

#endif
