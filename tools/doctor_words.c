/* Words for findings. Names are strangers': nothing in them reaches a terminal as it is. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/charset.h"
#include "tools/doctor_inner.h"

#define NAMED_MAX 6

void say(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

struct words address_words(struct in_addr address)
{
	struct words words;

	inet_ntop(AF_INET, &address, words.text, sizeof(words.text));
	return words;
}

struct words name_words(const struct nbt_name *name)
{
	char text[CHARSET_PRINT_MAX];
	struct words words;

	snprintf(words.text, sizeof(words.text), "%s", charset_print_name(name, text));
	return words;
}

struct words text_words(const char *wire)
{
	struct words words;

	charset_from_wire(wire, strlen(wire), words.text, sizeof(words.text));
	for (char *at = words.text; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	return words;
}

struct words host_words(const struct doctor_facts *f, struct in_addr address)
{
	struct words words = address_words(address), host;
	char text[DOCTOR_NAME_SIZE];
	struct nbt_name name;

	if (!doctor_host_name(doctor_status_of(f, address), &name))
		return words;
	doctor_text(text, &name);
	host = text_words(text);
	snprintf(words.text, sizeof(words.text), "%.60s (%.15s)", host.text,
		 address_words(address).text);
	return words;
}

struct words subnet_words(const struct doctor_subnet *subnet)
{
	struct in_addr network = { subnet->address.s_addr & subnet->netmask.s_addr };
	unsigned bits = 0;
	struct words words;

	while (bits < 32 && (ntohl(subnet->netmask.s_addr) & 0x80000000u >> bits) != 0)
		bits++;
	snprintf(words.text, sizeof(words.text), "%s (%.15s/%u)", subnet->interface,
		 address_words(network).text, bits);
	return words;
}

static int compare_hosts(const void *a, const void *b)
{
	uint32_t first = ntohl(((const struct in_addr *)a)->s_addr),
		 second = ntohl(((const struct in_addr *)b)->s_addr);

	return (first > second) - (first < second);
}

/* In the order of their addresses, so that the same fault is said in the same words again. */
void evidence_hosts(struct doctor_finding *finding, const struct doctor_facts *f,
		    struct hosts *hosts)
{
	size_t shown = hosts->count > NAMED_MAX + 1 ? NAMED_MAX : hosts->count;

	qsort(hosts->items, hosts->count, sizeof(hosts->items[0]), compare_hosts);
	for (size_t i = 0; i < shown; i++)
		EVIDENCE(finding, "%s%s",
			 i == 0                 ? ""
			 : i + 1 < hosts->count ? ", "
						: " and ",
			 host_words(f, hosts->items[i]).text);
	if (shown < hosts->count)
		EVIDENCE(finding, " and %zu more", hosts->count - shown);
}

struct doctor_finding *find(struct doctor_report *report, const char *rule,
			    enum doctor_severity severity, const char *cure)
{
	struct doctor_finding *finding = &report->beyond;

	if (report->count < DOCTOR_FINDINGS)
		finding = &report->findings[report->count++];
	else
		report->is_cut = true;
	*finding = (struct doctor_finding){ .rule = rule, .severity = severity, .cure = cure };
	return finding;
}
