#include "config.h"

#include "tools/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/charset.h"
#include "common/iface.h"
#include "tools/clock.h"
#include "tools/doctor_ask.h"
#include "tools/doctor_plan.h"
#include "tools/hostconf.h"
#include "tools/picture.h"

#define NETMASK_MAX    0xFFFFFFFC /* a network of two hosts has no broadcast address */
#define WHOLE_TIMEOUTS 24 /* all of it takes so many timeouts at most, and what is begun then */

static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "nbtbrowse: %s: %s\n", what, why);
	return false;
}

/*
 * Where to look.
 */

static bool read_subnets(struct doctor_facts *f, const struct conf_global *conf)
{
	struct iface_list list;
	int ret = iface_list_read(&list);

	if (ret < 0)
		return complain("interfaces", strerror(-ret));
	for (size_t i = 0; i < list.count && f->subnet_count < DOCTOR_SUBNETS; i++) {
		const struct iface *iface = &list.items[i];
		struct doctor_subnet *subnet = &f->subnets[f->subnet_count];

		if (iface->is_loopback || ntohl(iface->netmask.s_addr) > NETMASK_MAX ||
		    !iface_is_selected(iface, (const char *const *)conf->interfaces.items))
			continue;
		memcpy(subnet->interface, iface->name, sizeof(subnet->interface));
		subnet->address = iface->address;
		subnet->netmask = iface->netmask;
		f->subnet_count++;
	}
	iface_list_free(&list);
	return f->subnet_count > 0 || complain("interfaces", "none that can broadcast");
}

static void read_nbdds(struct doctor_facts *f, const struct doctor_options *options)
{
	f->nbdd_count = hostconf_nbdds(options->conf, f->nbdds, DOCTOR_NBDDS);
}

static void read_servers(struct doctor_facts *f, const struct conf_global *conf,
			 const struct doctor_options *options)
{
	if (options->server.s_addr != INADDR_ANY)
		f->servers[f->server_count++] = options->server;
	for (size_t i = 0; options->server.s_addr == INADDR_ANY && i < conf->wins_servers.count &&
			   f->server_count < DOCTOR_SERVERS;
	     i++)
		f->servers[f->server_count++] = conf->wins_servers.items[i];
}

/* false: it is no name of a workgroup. */
static bool add_workgroup(struct doctor_facts *f, const char *text)
{
	struct nbt_name name;
	char wire[DOCTOR_NAME_SIZE];

	if (!charset_make_name(&name, text, NBT_SUFFIX_LMB))
		return complain(text, "no name of a workgroup");
	doctor_text(wire, &name);
	return doctor_add_workgroup(f, wire);
}

/* Without a file the workgroup there is nobody's. */
static bool read_workgroups(struct doctor_facts *f, const struct conf_global *conf,
			    const struct doctor_options *options)
{
	const char *own = options->workgroup;

	for (size_t i = 0; i < options->workgroup_count; i++)
		if (!add_workgroup(f, options->workgroups[i]))
			return false;
	f->wanted_count = f->workgroup_count;
	if (own == NULL && hostconf_is_there(options->conf))
		own = conf->workgroup;
	if (f->wanted_count > 0 || own == NULL)
		return true;
	if (!add_workgroup(f, own))
		return false;
	memcpy(f->own, f->workgroups[0], sizeof(f->own));
	return true;
}

/*
 * Looking.
 */

static bool make_names(struct doctor_ask_options *out, const struct conf_global *conf,
		       const struct doctor_options *options)
{
	const char *name = options->name != NULL ? options->name : conf->netbios_name;
	const char *scope = options->scope != NULL ? options->scope : conf->scope;

	if (!charset_make_name(&out->own_name, name, NBT_SUFFIX_WORKSTATION))
		return complain(name, "no NetBIOS name");
	return nbt_scope_from_text(&out->scope, scope) == NBT_OK || complain(scope, "not a scope");
}

static bool look(struct doctor_facts *f, const struct conf_global *conf,
		 const struct doctor_options *options)
{
	struct doctor_ask_options ask = { .timeout_s = options->timeout_s,
					  .at_once = options->at_once };
	struct doctor_asker *asker;
	int ret;

	if (!make_names(&ask, conf, options))
		return false;
	ask.until_ms = clock_ms() + WHOLE_TIMEOUTS * UINT64_C(1000) * options->timeout_s;
	ret = doctor_asker_open(&asker, f, &ask);
	if (ret < 0)
		return complain("sockets", strerror(-ret));
	(void)doctor_ask_browser(f, conf->run_directory);
	while (doctor_plan(f) && doctor_ask(asker))
		;
	doctor_asker_close(asker);
	return true;
}

/* Where and when: a picture on a wall is of a day. */
static void say_seen(const struct doctor_facts *f, const struct conf_global *conf,
		     char out[PICTURE_TEXT_SIZE])
{
	time_t now = time(NULL);
	struct tm local;
	char date[32];

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M", localtime_r(&now, &local));
	snprintf(out, PICTURE_TEXT_SIZE, "seen from %.40s (%s), %s", conf->netbios_name,
		 inet_ntoa(f->subnets[0].address), date);
}

static int draw(const struct doctor_facts *f, const struct conf_global *conf,
		void (*print)(const struct picture *, FILE *))
{
	static struct picture picture;
	char seen[PICTURE_TEXT_SIZE];

	say_seen(f, conf, seen);
	picture_make(f, seen, &picture);
	print(&picture, stdout);
	if (picture.host_count == 0)
		fprintf(stderr, "nbtbrowse: no master browser has answered; \"nbtbrowse --doctor\" "
				"says why\n");
	return picture.host_count > 0 ? DOCTOR_HEALTHY : DOCTOR_ILL;
}

static int examine(struct doctor_facts *f, const struct conf_global *conf,
		   const struct doctor_options *options)
{
	static struct doctor_report report;

	read_servers(f, conf, options);
	read_nbdds(f, options);
	if (!read_subnets(f, conf) || !read_workgroups(f, conf, options) || !look(f, conf, options))
		return DOCTOR_CANNOT_LOOK;
	if (options->form == DOCTOR_DOT || options->form == DOCTOR_SVG)
		return draw(f, conf, options->form == DOCTOR_SVG ? picture_svg : picture_dot);
	doctor_judge(f, &report);
	doctor_say(f, &report, options->form == DOCTOR_JSON);
	return report.count > 0 ? DOCTOR_ILL : DOCTOR_HEALTHY;
}

int doctor_run(const struct doctor_options *options)
{
	struct doctor_facts facts = { .subnet_count = 0 };
	struct conf_global conf;
	char error[CONF_ERROR_MAX];
	int status;

	if (hostconf_load(&conf, options->conf, error) < 0) {
		fprintf(stderr, "nbtbrowse: %s\n", error);
		return DOCTOR_CANNOT_LOOK;
	}
	status = examine(&facts, &conf, options);
	doctor_facts_free(&facts);
	hostconf_free(&conf);
	return status;
}
