#include "common/reload.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"

#define KEPT_MAX 512

/* Who waits to hear how it ended. */
struct waiter {
	struct waiter *next;
	reload_done_fn *done;
	void *ctx;
};

struct reload {
	struct reload_options options;
	struct loop_wakeup *read;

	bool is_reading;
	bool is_wanted; /* again: the file may have changed since it was opened */
	struct waiter *present, *next;

	/* The thread's, while it reads. */
	pthread_t thread;
	int ret;
	void *fresh, *prepared;
	char error[CONF_ERROR_MAX];
};

static void *read_all(void *ctx)
{
	struct reload *reload = ctx;
	const struct reload_options *options = &reload->options;

	reload->ret = daemon_read_conf(options->program, options->options, reload->fresh,
				       &reload->prepared, reload->error);
	loop_wakeup_send(reload->read);
	return NULL;
}

static void tell(struct waiter *waiters, const struct reload_result *result)
{
	while (waiters != NULL) {
		struct waiter *waiter = waiters;

		waiters = waiter->next;
		if (result != NULL)
			waiter->done(waiter->ctx, result);
		free(waiter);
	}
}

static void log_result(const struct reload *reload, const struct reload_result *result)
{
	const char *path = reload->options.options->conf_path;

	if (result->error != NULL)
		log_error("%s; the configuration in force stays", result->error);
	else
		log_info("%s is in force", path);
	if (*result->kept != '\0')
		log_warning("%s: a change of %s takes a restart", path, result->kept);
}

static void end(struct reload *reload, const struct reload_result *result)
{
	struct waiter *waiters = reload->present;

	reload->present = NULL;
	free(reload->fresh);
	reload->fresh = NULL;
	log_result(reload, result);
	notify_ready();
	tell(waiters, result);
}

/* pthread_create() or calloc() fails when resources are short: then it ends at once. */
static void begin(struct reload *reload)
{
	const struct reload_result failed = { "not enough memory to read the configuration", "" };

	reload->present = reload->next;
	reload->next = NULL;
	reload->is_wanted = false;
	notify_reloading();
	reload->fresh = calloc(1, reload->options.program->schema->size);
	reload->is_reading = reload->fresh != NULL &&
			     pthread_create(&reload->thread, NULL, read_all, reload) == 0;
	if (!reload->is_reading)
		end(reload, &failed);
}

static void replace(void *settings, void *fresh, size_t size)
{
	char *a = settings, *b = fresh;

	for (size_t i = 0; i < size; i++) {
		char byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

static void apply_parts(const struct reload_options *options, const void *old)
{
	for (size_t i = 0; i < options->part_count; i++) {
		const struct reload_part *part = &options->parts[i];
		int ret;

		if (part->group != NULL &&
		    conf_group_is_same(options->settings, old, options->program->schema,
				       part->group))
			continue;
		ret = part->apply(options->daemon);
		if (ret < 0 && ret != -ECANCELED)
			log_error("%s: the new settings do not apply: %s", part->name,
				  strerror(-ret));
	}
}

static void apply(struct reload *reload, char kept[KEPT_MAX])
{
	const struct reload_options *options = &reload->options;
	const struct conf_schema *schema = options->program->schema;

	conf_keep(reload->fresh, options->settings, schema, kept, KEPT_MAX);
	replace(options->settings, reload->fresh, schema->size);
	if (options->adopt != NULL)
		options->adopt(options->daemon, reload->prepared);
	apply_parts(options, reload->fresh);
	conf_free(reload->fresh, schema);
}

static void has_read(void *ctx)
{
	struct reload *reload = ctx;
	char kept[KEPT_MAX] = "";
	struct reload_result result = { NULL, kept };

	if (!reload->is_reading)
		return;
	(void)pthread_join(reload->thread, NULL);
	reload->is_reading = false;
	if (reload->ret == 0)
		apply(reload, kept);
	else
		result.error = reload->error;
	end(reload, &result);
	if (reload->is_wanted)
		begin(reload);
}

int reload_open(struct reload **out, struct loop *loop, const struct reload_options *options)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	int ret;

	if (reload == NULL)
		return -ENOMEM;
	reload->options = *options;
	ret = loop_wakeup_open(&reload->read, loop, has_read, reload);
	if (ret < 0) {
		free(reload);
		return ret;
	}
	*out = reload;
	return 0;
}

/* Without memory for it nobody waits, but the reload takes place. */
static void add_waiter(struct reload *reload, reload_done_fn *done, void *ctx)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	struct waiter **last = &reload->next;
	const struct reload_result failed = { "out of memory", "" };

	if (waiter == NULL) {
		done(ctx, &failed);
		return;
	}
	*waiter = (struct waiter){ .done = done, .ctx = ctx };
	while (*last != NULL)
		last = &(*last)->next;
	*last = waiter;
}

void reload_start(struct reload *reload, reload_done_fn *done, void *ctx)
{
	if (done != NULL)
		add_waiter(reload, done, ctx);
	reload->is_wanted = true;
	if (!reload->is_reading)
		begin(reload);
}

void reload_close(struct reload *reload)
{
	if (reload == NULL)
		return;
	if (reload->is_reading) {
		const struct daemon_program *program = reload->options.program;

		(void)pthread_join(reload->thread, NULL);
		if (reload->ret == 0) {
			if (program->discard != NULL)
				program->discard(reload->prepared);
			conf_free(reload->fresh, program->schema);
		}
	}
	free(reload->fresh);
	tell(reload->present, NULL);
	tell(reload->next, NULL);
	loop_wakeup_close(reload->read);
	free(reload);
}
