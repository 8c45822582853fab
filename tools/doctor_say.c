/* What the doctor found, for people and as JSON: an object on each line. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tools/columns.h"
#include "tools/doctor.h"
#include "tools/doctor_inner.h"
#include "tools/paint.h"
#include "tools/report.h"
#include "tools/screen.h"

static const char *const severities[] = { [DOCTOR_ERROR] = "error", [DOCTOR_WARNING] = "warning" };

static size_t count_of(const struct doctor_report *report, enum doctor_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->findings[i].severity == severity;
	return count;
}

/*
 * Text.
 */

static void say_master(const struct doctor_facts *f, const struct doctor_master *master)
{
	printf("%s%-15s%s  ", paint(PAINT_HEADING), text_words(master->workgroup).text,
	       paint(PAINT_PLAIN));
	if (master->is_domain_master)
		printf("domain master");
	else if (master->subnet != NULL)
		printf("master on %s", subnet_words(master->subnet).text);
	else
		printf("master elsewhere");
	printf(": %s\n", host_words(f, master->address).text);
}

static void say_finding(const struct doctor_finding *finding)
{
	bool is_error = finding->severity == DOCTOR_ERROR;
	char text[sizeof(finding->evidence) + 8];
	size_t room = screen_columns();

	putchar('\n');
	snprintf(text, sizeof(text), "%s [%s]", finding->what, finding->rule);
	columns_wrap(is_error ? PAINT_BAD : PAINT_WARNING, is_error ? "error: " : "warning: ", text,
		     2, room, stdout);
	snprintf(text, sizeof(text), "%s.", finding->evidence);
	columns_wrap(PAINT_DIM, "  seen: ", text, 4, room, stdout);
	columns_wrap(PAINT_HEADING, "  do: ", finding->cure, 4, room, stdout);
}

static void say_text(const struct doctor_facts *f, const struct doctor_report *report,
		     const struct doctor_master *masters, size_t master_count)
{
	size_t errors = count_of(report, DOCTOR_ERROR);

	for (size_t i = 0; i < master_count; i++)
		say_master(f, &masters[i]);
	for (int severity = DOCTOR_ERROR; severity <= DOCTOR_WARNING; severity++)
		for (size_t i = 0; i < report->count; i++)
			if ((int)report->findings[i].severity == severity)
				say_finding(&report->findings[i]);
	printf("\n%zu host%s answered: ", f->status_count, f->status_count == 1 ? "" : "s");
	if (report->count == 0)
		printf("%sno fault found%s\n", paint(PAINT_GOOD), paint(PAINT_PLAIN));
	else
		printf("%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s",
		       report->count - errors, report->count - errors == 1 ? "" : "s");
	if (f->is_cut || report->is_cut)
		printf("Not everything was looked at: there is too much of it, or it took too long.\n");
}

/*
 * JSON.
 */

static void report_master(const struct doctor_facts *f, const struct doctor_master *master)
{
	char text[DOCTOR_NAME_SIZE] = "";
	struct nbt_name name;

	if (doctor_host_name(doctor_status_of(f, master->address), &name))
		doctor_text(text, &name);
	report_print(json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o}", "kind", "master", "workgroup",
		text_words(master->workgroup).text, "role",
		master->is_domain_master ? "domain" : "local", "name", text_words(text).text,
		"address", report_address(master->address), "interface",
		master->subnet != NULL ? json_string(master->subnet->interface) : json_null()));
}

static void report_finding(const struct doctor_finding *finding)
{
	report_print(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind", "finding", "rule",
			       finding->rule, "severity", severities[finding->severity], "what",
			       finding->what, "evidence", finding->evidence, "cure",
			       finding->cure));
}

static void say_json(const struct doctor_facts *f, const struct doctor_report *report,
		     const struct doctor_master *masters, size_t master_count)
{
	size_t errors = count_of(report, DOCTOR_ERROR);

	for (size_t i = 0; i < master_count; i++)
		report_master(f, &masters[i]);
	for (size_t i = 0; i < report->count; i++)
		report_finding(&report->findings[i]);
	report_print(json_pack("{s:s, s:I, s:I, s:I, s:b}", "kind", "end", "hosts",
			       (json_int_t)f->status_count, "errors", (json_int_t)errors,
			       "warnings", (json_int_t)(report->count - errors), "is_complete",
			       !f->is_cut && !report->is_cut));
}

void doctor_say(const struct doctor_facts *f, const struct doctor_report *report, bool json)
{
	static struct doctor_master masters[DOCTOR_MASTERS];
	size_t count = doctor_masters(f, masters);

	(json ? say_json : say_text)(f, report, masters, count);
}
