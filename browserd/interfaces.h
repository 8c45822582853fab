/* The subnets of this host that browserd is a browser in, as they come and go. */
#ifndef BROWSERD_INTERFACES_H
#define BROWSERD_INTERFACES_H

#include "browserd/service.h"
#include "common/iface.h"

struct loop;
struct interfaces;

/* Those that the configuration means (as iface_is_selected()) and that can broadcast, one of each
 * subnet: the first, which is where nbddd hears its broadcasts. out has room for all. Returns how
 * many. Pure. */
size_t interfaces_choose(const struct iface_list *list, const char *const *wanted,
			 struct browser_interface *out);

/* chosen: those of all that interfaces_choose() chooses. false: out of memory, and it is to be
 * called again in a while. */
typedef bool interfaces_fn(void *ctx, const struct browser_interface *chosen, size_t count,
			   const struct iface_list *all);

/* Calls changed() from within interfaces_want() and whenever something changes. wanted is borrowed
 * until the next interfaces_want(). 0 or a negative errno. */
int interfaces_open(struct interfaces **out, struct loop *loop, interfaces_fn *changed,
		    void *ctx) NBT_MUSTCHECK;
void interfaces_want(struct interfaces *interfaces, const char *const *wanted);
void interfaces_close(struct interfaces *interfaces); /* NULL is fine */

#endif
