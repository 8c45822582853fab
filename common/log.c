/* Log lines, to stderr or syslog. */
#include "common/log.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#define LOG_LINE_MAX 1024

static const struct {
	const char *name;
	int priority;
} levels[LOG_LEVELS] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

static const char *log_program = "nbt";
static enum log_target log_target = LOG_TO_STDERR;
static enum log_level log_level = LOG_LEVEL_INFO;

static const struct ratelimit_rate packet_rate = { .burst = 5, .per_second = 1000 / 12 };

void log_open(const char *program, enum log_target target)
{
	log_program = program;
	log_target = target;
	if (target == LOG_TO_SYSLOG)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void log_close(void)
{
	if (log_target == LOG_TO_SYSLOG)
		closelog();
	log_target = LOG_TO_STDERR;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

bool log_wants(enum log_level level)
{
	return level <= log_level;
}

static void log_text(enum log_level level, const char *text)
{
	if (log_target == LOG_TO_SYSLOG)
		syslog(levels[level].priority, "%s", text);
	else
		fprintf(stderr, "%s: %s: %s\n", log_program, levels[level].name, text);
}

__attribute__((format(printf, 2, 0))) static void log_line(enum log_level level, const char *format,
							   va_list args)
{
	char text[LOG_LINE_MAX];

	if (!log_wants(level))
		return;
	vsnprintf(text, sizeof(text), format, args);
	log_text(level, text);
}

/* The four functions differ in the level only. */
#define LOG_FUNCTION(name, level)                                                                  \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, format);                                                            \
		log_line(level, format, args);                                                     \
		va_end(args);                                                                      \
	}
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
#undef LOG_FUNCTION

static void print_peer(const struct sockaddr_in *peer, char *buf, size_t size)
{
	char address[INET_ADDRSTRLEN];

	buf[0] = '\0';
	if (peer == NULL)
		return;
	inet_ntop(AF_INET, &peer->sin_addr, address, sizeof(address));
	snprintf(buf, size, "%s:%u: ", address, ntohs(peer->sin_port));
}

void log_packet_limited(struct log_limit *limit, const struct nbt_env *env,
			const struct sockaddr_in *peer, const char *format, ...)
{
	char from[INET_ADDRSTRLEN + sizeof(":65535: ")], more[32] = "", text[LOG_LINE_MAX];
	va_list args;

	if (!log_wants(LOG_LEVEL_WARNING))
		return;
	if (!ratelimit_bucket_take(&limit->bucket, &packet_rate, env->now_ms)) {
		limit->left_out++;
		return;
	}

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_peer(peer, from, sizeof(from));
	if (limit->left_out > 0)
		snprintf(more, sizeof(more), " (%u more)", limit->left_out);
	limit->left_out = 0;
	log_warning("%s%s%s", from, text, more);
}
