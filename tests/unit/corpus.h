/*
 * Real captures, and what they must decode to: X.expect.jsonl beside X.pcap, written by tshark. A
 * test says what its decoder makes of a capture, the rest is here. Speaks TAP: a test per capture.
 */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include <jansson.h>
#include <stdbool.h>

#include <nbt/browse.h>

#define CORPUS_FRAMES_MAX 100000

struct corpus {
	/*
	 * Fills got, by frame, from 1; NULL: nothing for us in it. Members are those of
	 * nbt_dump_packet() and its sisters, "mailslot", and "browser" by corpus_browse().
	 * "refused": why it does not decode. Session packets are in "messages" of their frame.
	 * Returns NULL, or what is wrong with the file.
	 */
	const char *(*read)(const char *path, json_t **got);
	bool has_frames; /* and what the frame says: addresses, ports, lengths, commands of SMB */
};

/* Compares all captures in tests/data, and in $CORPUS where that is set. The exit status. */
int corpus_run(const struct corpus *corpus);

/* What tshark has of a frame; its criteria and versions are ours, cut into bytes. */
json_t *corpus_browse(const struct nbt_browse *f);

#endif
