#include "common/session_frames.h"

size_t session_frame_missing(const uint8_t *bytes, size_t len, size_t max)
{
	size_t whole;

	if (len < SESSION_FRAME_HEADER)
		return SESSION_FRAME_HEADER - len;
	whole = SESSION_FRAME_HEADER + ((size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3]);
	if (whole > max)
		return SESSION_FRAME_LONG;
	return len < whole ? whole - len : 0;
}
