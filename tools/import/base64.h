/* Base64 (RFC 4648 section 4), decoded in place. */
#ifndef TOOLS_IMPORT_BASE64_H
#define TOOLS_IMPORT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* *len bytes of text become *len bytes of data, and a NUL behind them. false: it is no Base64. */
bool base64_decode(char *text, size_t *len);

#endif
