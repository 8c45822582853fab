/* A client of the server's session that keeps its ids, in SMB1 and SMB2: each function sends a
 * frame, and what came back is in test->frames. */
#ifndef TESTS_SMB_TALK_H
#define TESTS_SMB_TALK_H

#include "support.h"

#include "smb/rap.h"
#include "smb/smb1.h"
#include "smb/smb1_setup.h"
#include "smb/smb2.h"
#include "smb_host.h"

#define TALK_ALL (SMB_MAY_SMB1 | SMB_MAY_SMB2 | SMB_MAY_SPNEGO)

/* A bind to srvsvc, and NetrServerGetInfo at level 101 without a server name. */
#define TALK_BIND                                                                                  \
	"05000b03100000004800000001000000b810b810000000000100000000000100c84f324b7016d30112785a47" \
	"bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000"
#define TALK_INFO "05000003100000002000000002000000080000000000150000000000 65000000"

struct talk {
	struct smb_host_test *test;
	struct smb_session session;
	uint16_t tid, uid, flags2;
	uint32_t tree;
	uint64_t session_id, message_id;
	uint16_t credits;
	uint8_t frame[70000];
	struct nbt_writer w;
	enum smb_after after;
	struct smb1_header header; /* of the last answer read */
};

/* Fixtures of cmocka. */
int talk_create(void **state);
int talk_destroy(void **state);

/* Hosts of TESTGRP. */
void talk_fill_list(struct talk *t, unsigned count);

/* A new connection, which may do that. */
void talk_connect(struct talk *t, unsigned may);

/* Any frame, with its session header; or one that is begun by a header, written to w, and sent. */
void talk_send_raw(struct talk *t, const void *frame, size_t len);
void talk_begin(struct talk *t, uint8_t command);
void talk_send(struct talk *t);

/* Block i of answer n, along the chain; the status of the first answer. */
struct smb1_block talk_block(struct talk *t, size_t n, unsigned i);
uint32_t talk_status(struct talk *t);

/* SMB1: our client's dialects, or others, each after a byte 02; the way to the tree, with an own
 * buffer of so many bytes. */
void talk_negotiate(struct talk *t);
void talk_offer(struct talk *t, const char *dialects, size_t len);
void talk_setup(struct talk *t, const struct smb1_setup *setup);
void talk_log_in(struct talk *t, uint16_t max_buffer);
void talk_tree_connect(struct talk *t);
void talk_reach_ipc(struct talk *t, uint16_t max_buffer);

/* A transaction of RAP, and the parts of its answer put together: how many bytes of data. */
void talk_ask_rap(struct talk *t, const struct rap_request *rap, uint16_t max_data);
size_t talk_put_together(struct talk *t, uint8_t *data, size_t size, const char *params,
			 struct rap_reply *reply);

/* A pipe as a file: its number or 0; how many bytes were read. */
uint16_t talk_open_pipe(struct talk *t);
void talk_write_pipe(struct talk *t, uint16_t fid, const char *hex);
size_t talk_read_pipe(struct talk *t, uint16_t fid, uint16_t max, uint8_t *out);

/* SMB2: begin2 adds a request to a compound, start2 begins a frame. */
void talk_begin2(struct talk *t, uint16_t command, uint32_t flags);
void talk_start2(struct talk *t, uint16_t command);
struct smb2_header talk_answer2(struct talk *t, size_t n, struct nbt_reader *body);
void talk_negotiate2(struct talk *t, uint16_t dialect);
void talk_log_in2(struct talk *t, const uint8_t *message, size_t len);
void talk_tree_connect2(struct talk *t, const char *path);
void talk_reach_ipc2(struct talk *t);

#endif
