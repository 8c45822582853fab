/*
 * A question by TCP to a name server: connects, asks, and takes one answer, each with its length in
 * front (RFC 1002 section 4.2.1). For what does not fit into an answer by UDP.
 */
#ifndef COMMON_TCP_ASK_H
#define COMMON_TCP_ASK_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/error.h>

struct loop;
struct tcp_ask;

/* Called once, from the loop. bytes: the answer, valid during the call; NULL: there was none in
 * time, or the connection failed. The question has ended. */
typedef void tcp_answer_fn(void *ctx, uint32_t token, const uint8_t *bytes, size_t len,
			   const struct nbt_env *env);

struct tcp_ask_options {
	struct sockaddr_in to;
	const uint8_t *bytes; /* the question, which is copied; 65,535 bytes at most */
	size_t len;
	uint64_t timeout_ms;
	tcp_answer_fn *told;
	void *ctx;
	uint32_t token;
};

/* 0 or a negative errno: it is not told then. */
int tcp_ask(struct tcp_ask **out, struct loop *loop,
	    const struct tcp_ask_options *options) NBT_MUSTCHECK;

/* Ends it without a word, before it is told. NULL is fine. */
void tcp_ask_cancel(struct tcp_ask *ask);

#endif
