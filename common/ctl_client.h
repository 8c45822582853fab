/* The other end of a control socket, for tools; blocking. See ctl.h for what goes over it. */
#ifndef COMMON_CTL_CLIENT_H
#define COMMON_CTL_CLIENT_H

#include <jansson.h>
#include <stddef.h>

#include <nbt/error.h>

struct ctl_client;

#define CTL_CLIENT_ERROR_MAX 1024

/* 0, or a negative errno: -ENOENT, -ECONNREFUSED: the daemon does not run; -EACCES. */
int ctl_client_open(struct ctl_client **out, const char *path) NBT_MUSTCHECK;

/* Why ctl_client_open() failed on this path, and what to do, for people. Returns text. */
const char *ctl_client_explain(int error, const char *path, char text[CTL_CLIENT_ERROR_MAX]);

void ctl_client_close(struct ctl_client *client); /* NULL is fine */

/* Sends a request without waiting for the answer: several may be under way. 0 or a negative errno.
 */
int ctl_client_send(struct ctl_client *client, int argc, const char *const *argv) NBT_MUSTCHECK;

/*
 * Takes the answer to the first request under way: row() gets each row, which is borrowed; it
 * returns 0, or something else that ends the call and is returned. Returns the status of the answer
 * (enum ctl_status, 0: done) with the sentence in error, or a negative errno: -ECONNRESET: the
 * daemon ended; -EBADMSG: no answer as it must be.
 */
typedef int ctl_client_row_fn(void *ctx, json_t *row);
int ctl_client_receive(struct ctl_client *client, ctl_client_row_fn *row, void *ctx,
		       char error[CTL_CLIENT_ERROR_MAX]) NBT_MUSTCHECK;

#endif
