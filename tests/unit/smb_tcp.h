/* The SMB server on loopback, asked one frame at a time, for tests. Knows no cmocka. */
#ifndef TESTS_SMB_TCP_H
#define TESTS_SMB_TCP_H

#include <netinet/in.h>

#include "smb_host.h"

struct smb_tcp;

/* Serves what test has; borrowed. Ends the process when it cannot. */
struct smb_tcp *smb_tcp_create(struct smb_host_test *test);
void smb_tcp_destroy(struct smb_tcp *tcp);

/* Connects to what 139 or 445 is here: a socket, the caller's to close. */
int smb_tcp_connect(struct smb_tcp *tcp, in_port_t port);

/* Sends a frame, in two pieces; when it has been dealt with, what came back is in test's frames.
 * SMB_CLOSE: the server has closed the connection after that. */
enum smb_after smb_tcp_ask(struct smb_tcp *tcp, int fd, const uint8_t *frame, size_t len);

#endif
