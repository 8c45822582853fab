/* What is still to be asked, from what is known by now: question by question the doctor goes from
 * the subnets and name servers to the masters, to their lists, to the hosts in these. Pure. */
#ifndef TOOLS_DOCTOR_PLAN_H
#define TOOLS_DOCTOR_PLAN_H

#include "tools/doctor_facts.h"

/* Adds questions that are due. Again when they are asked, until false: there are none left. */
bool doctor_plan(struct doctor_facts *f);

#endif
