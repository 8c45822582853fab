#include "browserd/command_rows.h"

#include <arpa/inet.h>
#include <string.h>

#include "browserd/text.h"
#include "common/charset.h"

#define TEXT_MAX 256 /* a comment, in UTF-8 */

json_t *command_text(const char *text)
{
	char shown[TEXT_MAX];

	return json_string(charset_from_wire(text, strlen(text), shown, sizeof(shown)));
}

json_t *command_address(struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	if (address.s_addr == INADDR_ANY)
		return json_null();
	return json_string(inet_ntop(AF_INET, &address, text, sizeof(text)));
}

bool command_workgroup(struct ctl_request *rq, const char *text, char out[NBT_NAME_LEN])
{
	struct nbt_name name;

	if (!charset_make_name(&name, text, 0)) {
		ctl_fail(rq, CTL_MISUSE, "\"%s\" is no workgroup: 1 to 15 characters", text);
		return false;
	}
	text_of_name(out, &name);
	return true;
}
