/*
 * Frames of the session service on ports 139 and 445 in a stream of bytes (RFC 1002 section 4.3.1;
 * MS-SMB2 section 2.1): a type, three bytes of length. Pure.
 */
#ifndef COMMON_SESSION_FRAMES_H
#define COMMON_SESSION_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define SESSION_FRAME_HEADER 4
#define SESSION_FRAME_LONG   SIZE_MAX

/*
 * How many bytes are missing from the frame that begins here, as far as can be told from those
 * that are there; 0: it is whole. SESSION_FRAME_LONG: longer than max with its header, and nothing
 * sensible can follow. On port 139 seven of the bits must be zero: with one of them it is too long
 * as well.
 */
size_t session_frame_missing(const uint8_t *bytes, size_t len, size_t max);

#endif
