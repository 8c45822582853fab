/* A server of browse lists for tests: what smb_session_receive() needs around it. Knows no cmocka,
 * so that fuzz targets have it too. */
#ifndef TESTS_SMB_HOST_H
#define TESTS_SMB_HOST_H

#include "smb/session.h"

#define SMB_HOST_LISTED_MAX 2000
#define SMB_HOST_FRAMES_MAX 256

struct listed {
	char name[16], comment[64];
	uint32_t type;
};

/* A list in its order, whatever the order in which it is put in. */
struct listing {
	size_t count;
	struct listed entries[SMB_HOST_LISTED_MAX + 1];
};

struct smb_host_test {
	struct smb_host host; /* ALPHA of TESTGRP, as in the captures */
	struct smb_io io;
	struct smb_workspace work;
	struct nbt_env env;
	uint32_t lots;
	struct listing servers, groups; /* of TESTGRP; groups */

	/* What was sent since smb_host_forget(). */
	size_t frame_count, used;
	struct {
		const uint8_t *bytes;
		size_t len;
	} frames[SMB_HOST_FRAMES_MAX];
	uint8_t sent[1 << 21];
};

/* NULL: no memory. The lists are empty. */
struct smb_host_test *smb_host_create(void);
void smb_host_destroy(struct smb_host_test *test);

void listing_add(struct listing *listing, const char *name, uint32_t type, const char *comment);
void smb_host_forget(struct smb_host_test *test);

/* A frame to the session; what it sends is in frames. */
enum smb_after smb_host_receive(struct smb_host_test *test, struct smb_session *session,
				const uint8_t *frame, size_t len);

#endif
