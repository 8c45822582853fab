/* What the browser of this host says of its exchanges with others. Without one, or without the
 * right to ask it, the doctor knows nothing of them. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/ctl_client.h"
#include "tools/doctor.h"

void doctor_ask_browser(struct doctor_facts *f, const char *run_directory)
{
	(void)f;
	(void)run_directory;
}
