/* What a client reads of a server's answer, as lines "field=value": two servers say the same to it
 * if the lines are the same. */
#ifndef TESTS_SMB_DESCRIBE_H
#define TESTS_SMB_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	const uint8_t *bytes; /* with the four bytes of session header */
	size_t len;
};

/* Describes all frames that answer the request. Returns text, which is always terminated. */
const char *smb_describe(const struct frame *request, const struct frame *answers, size_t count,
			 char *text, size_t size);

/* What the client will use of it: zeros where there is none. */
struct smb_ids {
	uint32_t tree;
	uint64_t session; /* UID in SMB1 */
	uint64_t file[2]; /* FID in SMB1: the first */
};

void smb_ids_of(const struct frame *answer, struct smb_ids *ids);

/* Puts the ids of an answer into a request that has others of the same kind there. */
void smb_ids_replace(uint8_t *request, size_t len, const struct smb_ids *from,
		     const struct smb_ids *to);

#endif
