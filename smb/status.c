/* Errors in both encodings: MS-CIFS section 2.2.2.4. */
#include "smb/status.h"

#define ROW(name, nt, klass, code) [name] = { nt, SMB_DOS_ERROR(klass, code) },
static const struct {
	uint32_t nt, dos;
} codes[] = { SMB_STATUS_MAP(ROW) };
#undef ROW

bool smb_status_is_nt(enum smb_status status)
{
	return status == SMB_OK || codes[status].nt != codes[status].dos;
}

uint32_t smb_status_code(enum smb_status status, bool nt)
{
	return nt ? codes[status].nt : codes[status].dos;
}
