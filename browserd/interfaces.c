#include "browserd/interfaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/loop.h"

#define RETRY_MS 5000

static bool is_in_list(const struct browser_interface *items, size_t count,
		       const struct iface *iface)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].netmask.s_addr == iface->netmask.s_addr &&
		    ((items[i].address.s_addr ^ iface->address.s_addr) & iface->netmask.s_addr) ==
			    0)
			return true;
	return false;
}

size_t interfaces_choose(const struct iface_list *list, const char *const *wanted,
			 struct browser_interface *out)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct iface *iface = &list->items[i];

		if (iface->is_loopback || iface->broadcast.s_addr == INADDR_ANY ||
		    !iface_is_selected(iface, wanted) || is_in_list(out, count, iface))
			continue;
		out[count++] = (struct browser_interface){ iface->address, iface->netmask };
	}
	return count;
}

struct interfaces {
	struct loop *loop;
	struct iface_watch *watch;
	struct loop_timer *retry;
	interfaces_fn *changed;
	void *ctx;
	const char *const *wanted;
	bool is_blind; /* they could not be read */
};

static bool tell(const struct interfaces *interfaces, const struct iface_list *list)
{
	struct browser_interface *items = calloc(list->count + 1, sizeof(*items));
	bool is_done = false;

	if (items != NULL)
		is_done = interfaces->changed(interfaces->ctx, items,
					      interfaces_choose(list, interfaces->wanted, items),
					      list);
	free(items);
	return is_done;
}

static void look(void *ctx)
{
	struct interfaces *interfaces = ctx;
	struct iface_list list;
	int ret = iface_list_read(&list);
	bool is_done = false;

	if (ret < 0 && !interfaces->is_blind)
		log_warning("interfaces cannot be read (%s): roles stay as they are until they can",
			    strerror(-ret));
	interfaces->is_blind = ret < 0;
	if (ret == 0) {
		is_done = tell(interfaces, &list);
		iface_list_free(&list);
	}
	loop_timer_set(interfaces->retry,
		       is_done ? NBT_NEVER : loop_env(interfaces->loop).now_ms + RETRY_MS, 0);
}

static void retry_due(void *ctx, const struct nbt_env *env)
{
	(void)env;
	look(ctx);
}

int interfaces_open(struct interfaces **out, struct loop *loop, interfaces_fn *changed, void *ctx)
{
	struct interfaces *interfaces = calloc(1, sizeof(*interfaces));
	int ret;

	*out = NULL;
	if (interfaces == NULL)
		return -ENOMEM;
	interfaces->loop = loop;
	interfaces->changed = changed;
	interfaces->ctx = ctx;
	ret = loop_timer_open(&interfaces->retry, loop, retry_due, interfaces);
	if (ret == 0)
		ret = iface_watch_open(&interfaces->watch, loop, look, interfaces);
	if (ret < 0) {
		interfaces_close(interfaces);
		return ret;
	}
	*out = interfaces;
	return 0;
}

void interfaces_want(struct interfaces *interfaces, const char *const *wanted)
{
	interfaces->wanted = wanted;
	look(interfaces);
}

void interfaces_close(struct interfaces *interfaces)
{
	if (interfaces == NULL)
		return;
	iface_watch_close(interfaces->watch);
	loop_timer_close(interfaces->retry);
	free(interfaces);
}
