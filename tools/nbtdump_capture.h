/* Where frames come from and go to: libpcap, which is known to this file only. */
#ifndef TOOLS_NBTDUMP_CAPTURE_H
#define TOOLS_NBTDUMP_CAPTURE_H

#include "tools/nbtdump_stream.h"

struct capture_request {
	const char *file;       /* "-": standard input; NULL: live */
	const char *interface;  /* NULL: all of them */
	const char *expression; /* a filter in libpcap's language; NULL: none */
	const char *output;     /* "-": standard output; NULL: nothing is written */
	bool is_quiet;          /* no promiscuous mode */
};

/* The frame is lent for the call. false: no more. */
typedef bool capture_fn(void *ctx, const struct dump_mark *mark, const uint8_t *bytes);

struct capture;

/* NULL: what is wrong was said. */
struct capture *capture_open(const struct capture_request *request);
void capture_close(struct capture *capture);

/* enum dump_link_type. */
int capture_link(const struct capture *capture);

/*
 * Calls each for every frame up to the end of the file, or until capture_stop(); pause whenever
 * there is nothing to be read for a moment, and at least ten times a second. Returns false when it
 * broke off, or what was written could not be written; that was said.
 */
bool capture_run(struct capture *capture, capture_fn *each, bool (*pause)(void *ctx), void *ctx);

/* For signal handlers. */
void capture_stop(struct capture *capture);

/* A frame of this capture goes into the output; once, if that is soon after it was written. */
void capture_write(struct capture *capture, const struct dump_mark *mark, const uint8_t *bytes);

#endif
