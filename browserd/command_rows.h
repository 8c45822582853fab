/* Values that control commands of browserd show and take. */
#ifndef BROWSERD_COMMAND_ROWS_H
#define BROWSERD_COMMAND_ROWS_H

#include <jansson.h>
#include <netinet/in.h>

#include <nbt/name.h>

#include "common/ctl.h"

/* A text of the wire. */
json_t *command_text(const char *text);

/* null: 0.0.0.0. */
json_t *command_address(struct in_addr address);

/* Reads a workgroup's name. false: the request has been failed with a sentence. */
bool command_workgroup(struct ctl_request *rq, const char *text, char out[NBT_NAME_LEN]);

#endif
