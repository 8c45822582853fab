/* The service manager, over libsystemd. */
#include "common/notify.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "common/loop.h"

struct notify_watchdog {
	struct loop_timer *timer;
};

#ifdef HAVE_SYSTEMD
static void tell(const char *state)
{
	(void)sd_notify(0, state); /* nobody may listen */
}

/* Milliseconds; 0: nobody watches. */
static uint64_t watchdog_interval(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}
#else
static void tell(const char *state)
{
	(void)state;
}

static uint64_t watchdog_interval(void)
{
	return 0;
}
#endif

void notify_ready(void)
{
	tell("READY=1");
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_reloading(void)
{
	char state[64];
	struct timespec now;

	/* For units of Type=notify-reload, who tell by the time which reload it is. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(state);
}

static void beat(void *ctx, const struct nbt_env *env)
{
	(void)ctx;
	(void)env;
	tell("WATCHDOG=1");
}

int notify_watchdog_open(struct notify_watchdog **out, struct loop *loop)
{
	uint64_t interval = watchdog_interval() / 2; /* one may be late */
	int ret;

	*out = NULL;
	if (interval == 0)
		return 0;
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return -ENOMEM;
	ret = loop_timer_open(&(*out)->timer, loop, beat, NULL);
	if (ret < 0) {
		free(*out);
		*out = NULL;
		return ret;
	}
	loop_timer_set((*out)->timer, loop_env(loop).now_ms, interval);
	return 0;
}

void notify_watchdog_close(struct notify_watchdog *watchdog)
{
	if (watchdog == NULL)
		return;
	loop_timer_close(watchdog->timer);
	free(watchdog);
}
