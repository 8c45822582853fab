/* browserd's control socket: which commands there are, and the socket as a stage of the start; ctx
 * is the struct browserd. */
#ifndef BROWSERD_CONTROL_H
#define BROWSERD_CONTROL_H

struct ctl_command;

extern const struct ctl_command *const control_commands[]; /* NULL-terminated */

int control_open(void *ctx);
void control_close(void *ctx);

#endif
