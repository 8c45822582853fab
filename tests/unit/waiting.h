/* A loop that runs until something is so, for tests of edges on loopback. A test whose end does not
 * come fails. */
#ifndef TESTS_WAITING_H
#define TESTS_WAITING_H

#include "support.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"

struct waiting {
	struct loop *loop;
	struct loop_timer *look;
	bool (*is_so)(void *ctx);
	void *ctx;
	bool is_late;
	size_t turns; /* of the loop */
};

void waiting_open(struct waiting *waiting, void *ctx); /* ctx: is_so()'s */
void waiting_close(struct waiting *waiting);

/* Looks every millisecond. */
void wait_until(struct waiting *waiting, bool (*is_so)(void *ctx));

/* A port of 127.0.0.1 that nobody else has; the socket that has it. */
int take_port(uint16_t *port);

#endif
