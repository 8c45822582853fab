/*
 * Facts of the doctor from a few words: a line for each.
 *
 *	net eth0 10.0.1.5/24          a subnet of this host
 *	wins 10.0.1.10                a name server of this host
 *	nbdd 10.0.1.10                an NBDD of this host
 *	group LAB                     a workgroup to look at
 *	own LAB                       the same, of this host's configuration
 *	cast LAB#1d ANSWER            by broadcast in the first subnet: an address, "from/address",
 *or
 *	                              "-" silent; LAB#1eg is a group
 *	limited LAB#1d ANSWER         by 255.255.255.255 there
 *	server 10.0.1.10 LAB#1b ANSWER   "-" denied, "?" silent; "@ADDRESS" from one who is no
 *server host 10.0.1.11 H A#20 LAB#00g ...   node status, with the node type; "!" behind a name: in
 *	                              conflict; "?" instead: silent
 *	distributes 10.0.1.10 LAB#1e yes   the NBDD, or no, or silent
 *	mac 10.0.1.11 5               the last byte of its MAC
 *	port 10.0.1.11 139 open       or refused, silent
 *	lists 10.0.1.11 LAB ok        or "refused"
 *	entry 10.0.1.11 LAB NAME      in its list; "entry 10.0.1.11 LAB NAME group": a workgroup
 *	sync LAB A 10.0.1.11 AGE FAILURES   minutes; "-7": never, in 7 minutes
 */
#ifndef TESTS_DOCTORED_H
#define TESTS_DOCTORED_H

#include "tools/doctor_facts.h"

void doctored(struct doctor_facts *f, const char *text);

#endif
