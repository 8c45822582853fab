#include "tools/picture.h"

#include <arpa/inet.h>
#include <string.h>

#include "tools/picture_inner.h"

void picture_make(const struct doctor_facts *f, const char *seen, struct picture *out)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->seen, sizeof(out->seen), "%s", seen);
	out->is_cut = f->is_cut;
	picture_add_roles(out, f);
	for (size_t i = 0; i < f->sync_count; i++)
		(void)picture_place_host(out, f, f->syncs[i].address, f->syncs[i].peer);
	picture_add_members(out, f);
	picture_add_arrows(out, f);
}

size_t picture_hub(const struct picture *p, const struct picture_arrow *arrow)
{
	return p->hosts[arrow->to].is_domain_master ? arrow->to : arrow->from;
}

void picture_say_address(const struct picture_host *host, char out[PICTURE_TEXT_SIZE])
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &host->address, address, sizeof(address));
	if (strcmp(address, host->name) == 0)
		snprintf(out, PICTURE_TEXT_SIZE, "%s", host->is_silent ? "does not answer" : "");
	else
		snprintf(out, PICTURE_TEXT_SIZE, "%s%s", address,
			 host->is_silent ? ", does not answer" : "");
}
