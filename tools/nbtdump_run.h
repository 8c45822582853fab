/* A capture from its first frame to its last, and what is made of it. */
#ifndef TOOLS_NBTDUMP_RUN_H
#define TOOLS_NBTDUMP_RUN_H

#include "tools/nbtdump_capture.h"
#include "tools/nbtdump_filter.h"

struct dump_options {
	struct capture_request capture;
	const char *name, *workgroup, *kind, *host; /* as they were given */
	struct dump_filter filter;                  /* as they were read */
	unsigned number, timeout;                   /* 0: no end */
	bool tree, json, summary;
};

/* The exit status. */
int dump_run(const struct dump_options *options);

#endif
