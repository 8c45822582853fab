/* Names and node status as JSON (jansson): the same in every tool. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <netinet/in.h>
#include <stdbool.h>

#include <jansson.h>

#include <nbt/packet.h>

/* {"name": in UTF-8 without padding, "suffix": number, "raw": 16 bytes in hex} */
json_t *report_name(const struct nbt_name *name);

/* And back, by "raw", which the rows of daemons have, too. false: there is none. */
bool report_read_name(json_t *object, struct nbt_name *name);

/* "10.0.0.1" */
json_t *report_address(struct in_addr address);

/* "B", "P", "M" or "H", from NB_FLAGS or NAME_FLAGS. */
const char *report_node_type(uint16_t flags);

/* {"names": [...], "mac": "00:11:22:33:44:55"} */
json_t *report_status(const struct nbt_node_status *node);

/* Prints it on a line of stdout and frees it. */
void report_print(json_t *object);

#endif
