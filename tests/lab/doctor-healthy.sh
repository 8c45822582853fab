#!/bin/sh
# nbtbrowse --doctor has nothing to say of networks in which all is well: one subnet without a name server, then with one,
# then three subnets. DOCTOR_CASE says whose they are:
#	browserd	all hosts are nbtsuite's
#	members		masters are browserd, the others nmbd and smbd
#	samba		nmbd and smbd alone; it needs their own times, 20 minutes
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbd jq
. "$top_srcdir/tests/lab/browsers.sh"

case=${DOCTOR_CASE:-browserd}
subnet 3
for net in a:1 b:2 c:3; do
	for k in 1 2 9; do host "${net%:*}$k" "10.99.${net#*:}.1$k"; done
done

# ours HOST [SETTING...], theirs HOST [LINE...]: a host by our daemons or by Samba's. a1 is the name server, once there is one.
named=
ours() {
	browser_node='node-type = "b"; nbnsd = { server = false; lmhosts = ""; };'
	[ -z "$named" ] || browser_node='wins-servers = ["10.99.1.11"]; nbnsd = { server = false; lmhosts = ""; };'
	[ -z "$named" ] || [ "$1" != a1 ] ||
		browser_node="nbnsd = { server = true; lmhosts = \"\"; database = \"$lab/db/names.db\"; };"
	browser_node="time-scale = 4; $browser_node"
	daemons "$@" >/dev/null
	browser "$@"
}
theirs() {
	theirs_host=$1
	shift
	wins='wins support = no'
	[ -z "$named" ] || wins='wins server = 10.99.1.11'
	[ -z "$named" ] || [ "$theirs_host" != a1 ] || wins='wins support = yes'
	nmbd_run "$theirs_host" "$(echo "$theirs_host" | tr '[:lower:]' '[:upper:]')" "$wins" 'server min protocol = NT1' \
		'client min protocol = NT1' 'map to guest = Bad User' "$@"
	run "$theirs_host" "$theirs_host-smbd" smbd --foreground --debug-stdout -s "$lab/$theirs_host-nmbd/smb.conf" \
		-l "$lab/$theirs_host-nmbd"
}
master() { # HOST "dmb"|"lmb"
	case $case:$2 in
	samba:dmb) theirs "$1" 'os level = 65' 'domain master = yes' 'preferred master = yes' ;;
	samba:*) theirs "$1" 'os level = 33' 'preferred master = yes' ;;
	*:dmb) ours "$1" 'os-level = 65' 'domain-master = "yes"' ;;
	*) ours "$1" 'os-level = 33' 'preferred-master = "yes"' ;;
	esac
}
member() {
	case $case in
	browserd) ours "$1" ;;
	*) theirs "$1" 'local master = no' ;;
	esac
}
ends() { # HOST
	for pid in "$lab/$1"-*.pid; do
		name=$(basename "$pid" .pid)
		stop "$name"
		rm -f "$pid"
	done
}

# Where the doctor is asked nothing else runs.
healthy() { # HOST...
	for at; do
		{
			printf 'netbios-name = "%s"; workgroup = "LAB"; run-directory = "%s";\n' "$at" "$lab/$at"
			[ -z "$named" ] || echo 'wins-servers = ["10.99.1.11"];'
		} >"$lab/doctor.conf"
		on "$at" nbtbrowse --doctor -c "$lab/doctor.conf" -t 1 >"$lab/doctor"
		grep -q 'no fault found' "$lab/doctor" || { echo "at $at:"; cat "$lab/doctor"; return 1; }
	done
}
lists() { # AT ADDRESS NAME...
	lists_at=$1 lists_of=$2
	shift 2
	on "$lists_at" timeout 20 smbclient -s /dev/null -U% -g -L "//$lists_of" -m NT1 --option='client min protocol=NT1' \
		--option='client use spnego=no' >"$lab/list" 2>&1
	for name; do grep -q "^Server|$name|" "$lab/list" || { cat "$lab/list"; return 1; }; done
}
everywhere() {
	lists a9 10.99.1.11 "$@" && lists b9 10.99.2.11 "$@" && lists c9 10.99.3.11 "$@"
}

[ "$case" = samba ] && long=1500 || long=120
master a1 lmb
member a2
check "$case: the list of one subnet is whole" await 120 lists a9 10.99.1.11 A1 A2
check "$case: it has a master" await 60 on a9 nbtlookup -B 10.99.1.255 'LAB#1d'
check "$case: one subnet without a name server: no fault" healthy a9
ends a1
ends a2
named=yes
master a1 dmb
check "$case: the domain master is at the name server" await 60 on a9 nbtlookup -R -U 10.99.1.11 'LAB#1b'
member a2
check "$case: the list of one subnet with one is whole" await 120 lists a9 10.99.1.11 A1 A2
check "$case: its names are there" await 60 on a9 nbtlookup -R -U 10.99.1.11 'A2#20'
check "$case: and its master is there" await 60 on a9 nbtlookup -B 10.99.1.255 'LAB#1d'
check "$case: one subnet with a name server: no fault" healthy a9
for host in b1 c1; do master "$host" lmb; done
for host in b2 c2; do member "$host"; done
check "$case: the lists of three subnets are one" await "$long" everywhere A1 A2 B1 B2 C1 C2
check "$case: three subnets: no fault, wherever it is asked" healthy a9 b9 c9
if [ "$case" != samba ]; then
	check "$case: nor on the masters" healthy a1 b1
	if_there() { # PROGRAM WORD...: it need not be.
		! command -v "$1" >/dev/null || "$@"
	}
	# What the browser of a1 fetches from the others has an age, each way.
	drawn() {
		on a1 nbtbrowse --svg -c "$lab/doctor.conf" -t 1 >"$lab/picture.svg" &&
			for what in A1 B1 C1 'eth[0-9]* (10.99.1.0/24)' 'elsewhere (10.99.3.\*)'; do
				grep -q ">$what</text>" "$lab/picture.svg" || return 1
			done &&
			[ "$(grep -c 'class="label">[0-9]* [a-z]* ago<' "$lab/picture.svg")" = 2 ]
	}
	printf 'netbios-name = "a1"; workgroup = "LAB"; run-directory = "%s"; wins-servers = ["10.99.1.11"];\n' "$lab/a1" \
		>"$lab/doctor.conf"
	check "$case: masters and the age of their lists are in a picture" await 60 drawn
	check "$case: the other servers are in it, too" eval 'for name in A2 B2 C2; do
		grep -q "class=\"member\">$name<" "$lab/picture.svg" || return 1; done'
	check "$case: it is XML" if_there xmllint --noout "$lab/picture.svg"
	check "$case: Graphviz gets the same" eval 'on a1 nbtbrowse --dot -c "$lab/doctor.conf" -t 1 >"$lab/picture.dot" &&
		grep -c "ago\"" "$lab/picture.dot" | grep -qx 2'
	check "$case: and can read it" if_there dot -Tplain -o "$lab/picture.txt" "$lab/picture.dot"
	stop b1-browserd KILL
	stop b1-nbddd KILL
	stop b1-nbnsd KILL
	check "$case: a dead master is one in the picture" eval 'on a1 nbtbrowse --svg -c "$lab/doctor.conf" -t 1 |
		grep ">10.99.2.11, does not answer<"'
fi
