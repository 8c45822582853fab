/*
 * How SMB clients get the lists: from our own ports 139 and 445, or from an smbd which has them and
 * reads a file of ours. Which of both it is may change while browserd runs.
 */
#ifndef BROWSERD_EXPORTING_H
#define BROWSERD_EXPORTING_H

#include "browserd/conf.h"
#include "browserd/service.h"
#include "common/iface.h"

struct exporting;
struct loop;
struct metrics_visitor;

struct exporting_settings {
	const struct conf_browserd *conf;
	const char *run_directory;
	const struct browser_settings *browser;
	const struct lists *lists;
	const struct browser_service *service; /* whose lists they are; NULL: given to anyone */
};

/* Neither of both yet. */
int exporting_open(struct exporting **out, struct loop *loop,
		   const struct exporting_settings *settings) NBT_MUSTCHECK;
void exporting_close(struct exporting *exporting); /* NULL is fine */

/* Other settings, or other lists; all are borrowed. */
int exporting_set(struct exporting *exporting,
		  const struct exporting_settings *settings) NBT_MUSTCHECK;

/* Ports are on all addresses of those wanted (as iface_is_selected()), and on 127.0.0.1; the
 * networks of all are ours. false: out of memory, and it is to be called again. */
bool exporting_set_interfaces(struct exporting *exporting, const struct iface_list *all,
			      const char *const *wanted);

/* "own", "browse.dat" or "off", as it is now. */
const char *exporting_state(const struct exporting *exporting);

void exporting_metrics(const struct exporting *exporting, const struct metrics_visitor *to);

#endif
