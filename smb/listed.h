/* One entry of a browse list, as servers and clients hand it on. */
#ifndef SMB_LISTED_H
#define SMB_LISTED_H

#include <stdbool.h>
#include <stdint.h>

/* Texts in the OEM character set; borrowed for the call. */
struct smb_listed {
	const char *name;
	uint32_t type; /* of a share: its own types */
	uint8_t major, minor;
	const char *comment; /* of a group: its master */
};

#endif
