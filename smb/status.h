/* The errors of the SMB server, each in both encodings: an NTSTATUS, and DOS class and code. */
#ifndef SMB_STATUS_H
#define SMB_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#define SMB_CLASS_DOS              1
#define SMB_CLASS_SRV              2

/* A DOS error as the four bytes of the header: class, 0, code. */
#define SMB_DOS_ERROR(klass, code) ((uint32_t)(klass) | (uint32_t)(code) << 16)

/* Errors that servers had before NTSTATUS are DOS errors for all clients: it is said in the header
 * which it is (captured from smbd). */
#define SMB_STATUS_MAP(X)                                                                          \
	X(SMB_OK, 0, 0, 0)                                                                         \
	X(SMB_BUFFER_OVERFLOW, 0x80000005, SMB_CLASS_DOS, 234)                                     \
	X(SMB_MORE_PROCESSING, 0xC0000016, SMB_CLASS_DOS, 158)                                     \
	X(SMB_INVALID_HANDLE, 0xC0000008, SMB_CLASS_DOS, 6)                                        \
	X(SMB_INVALID_PARAMETER, 0xC000000D, SMB_CLASS_DOS, 87)                                    \
	X(SMB_INVALID_DEVICE_REQUEST, 0xC0000010, SMB_CLASS_DOS, 1)                                \
	X(SMB_END_OF_FILE, 0xC0000011, SMB_CLASS_DOS, 38)                                          \
	X(SMB_ACCESS_DENIED, 0xC0000022, SMB_CLASS_DOS, 5)                                         \
	X(SMB_NO_SUCH_PIPE, 0xC0000034, SMB_CLASS_DOS, 230)                                        \
	X(SMB_NOT_SUPPORTED, 0xC00000BB, SMB_CLASS_DOS, 50)                                        \
	X(SMB_TREE_GONE, 0xC00000C9, SMB_CLASS_SRV, 5)                                             \
	X(SMB_BAD_SERVICE, 0xC00000CB, SMB_CLASS_DOS, 66)                                          \
	X(SMB_NO_SUCH_SHARE, 0xC00000CC, SMB_CLASS_DOS, 67)                                        \
	X(SMB_FILE_CLOSED, 0xC0000128, SMB_CLASS_DOS, 6)                                           \
	X(SMB_NOT_FOUND, 0xC0000225, SMB_CLASS_DOS, 2)                                             \
	X(SMB_NO_REFERRAL, 0xC000019C, SMB_CLASS_DOS, 50)                                          \
	X(SMB_SESSION_GONE, 0xC0000203, SMB_CLASS_SRV, 91)                                         \
	X(SMB_NO_RESOURCES, 0xC0000205, SMB_CLASS_DOS, 8)                                          \
	X(SMB_BAD_TID, SMB_DOS_ERROR(SMB_CLASS_SRV, 5), SMB_CLASS_SRV, 5)                          \
	X(SMB_BAD_UID, SMB_DOS_ERROR(SMB_CLASS_SRV, 91), SMB_CLASS_SRV, 91)                        \
	X(SMB_BAD_COMMAND, SMB_DOS_ERROR(SMB_CLASS_SRV, 22), SMB_CLASS_SRV, 22)

#define SMB_STATUS_NAME(name, nt, klass, code) name,
enum smb_status { SMB_STATUS_MAP(SMB_STATUS_NAME) SMB_STATUS_COUNT };
#undef SMB_STATUS_NAME

/* Whether it goes out as an NTSTATUS to a client that asked for those. */
bool smb_status_is_nt(enum smb_status status);

/* What goes into the header. nt: the client asked for NTSTATUS. */
uint32_t smb_status_code(enum smb_status status, bool nt);

#endif
