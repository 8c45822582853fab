#!/bin/sh
# One neighbourhood over three subnets of browserd and Samba together. DOMAIN_CASE says what runs where:
#	members	browserd is master everywhere, with nmbd for all other hosts; some seconds
#	dmb	nmbd is the domain master, browserd the local masters
#	lmbs	browserd is the domain master, nmbd with smbd the local masters
#	samba	nmbd and smbd everywhere, for comparison
# The last three take Samba's own times, half an hour each; how long things take is printed.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbd smbclient
. "$top_srcdir/tests/lab/browsers.sh"

case=${DOMAIN_CASE:-members}
subnet 3
for n in 1 2 3; do
	for k in 1 2 3 4; do host "$(echo "$n" | tr 123 abc)$k" "10.99.$n.1$k"; done
done

# ours HOST [SETTING...], theirs HOST [LINE...]: a host by our daemons or by Samba's. a1 is the name server.
ours() {
	browser_node='wins-servers = ["10.99.1.11"]; nbnsd = { server = false; lmhosts = ""; };'
	[ "$1" = a1 ] && browser_node="nbnsd = { server = true; lmhosts = \"\"; database = \"$lab/db/names.db\"; };"
	daemons "$@" >/dev/null
	browser "$@"
}
theirs() {
	theirs_host=$1
	shift
	wins='wins server = 10.99.1.11'
	[ "$theirs_host" = a1 ] && wins='wins support = yes'
	nmbd_run "$theirs_host" "$(upper "$theirs_host")" "$wins" 'server min protocol = NT1' 'client min protocol = NT1' \
		'map to guest = Bad User' "$@"
	run "$theirs_host" "$theirs_host-smbd" smbd --foreground --debug-stdout -s "$lab/$theirs_host-nmbd/smb.conf" \
		-l "$lab/$theirs_host-nmbd"
}
upper() {
	echo "$1" | tr '[:lower:]' '[:upper:]'
}

# member, lmb, dmb HOST: by whom, as the case has it.
member() {
	theirs "$1" 'local master = no'
}
lmb() {
	case $case in
	members | dmb) ours "$1" 'os-level = 33' 'preferred-master = "yes"' ;;
	*) theirs "$1" 'os level = 33' 'preferred master = yes' ;;
	esac
}
dmb() {
	case $case in
	members | lmbs) ours "$1" 'os-level = 65' 'domain-master = "yes"' ;;
	*) theirs "$1" 'os level = 65' 'domain master = yes' 'preferred master = yes' ;;
	esac
}

# lists HOST ADDRESS NAME...: what a client of the subnet is shown by the master there.
lists() {
	lists_from=$1 lists_of=$2
	shift 2
	on "$lists_from" timeout 20 smbclient -s /dev/null -U% -g -L "//$lists_of" -m NT1 --option='client min protocol=NT1' \
		--option='client use spnego=no' >"$lab/list-$lists_from" 2>&1
	for name; do
		grep -q -e "^$name|" -e "^$name\$" "$lab/list-$lists_from" || { echo "$lists_of lacks $name"; cat "$lab/list-$lists_from"; return 1; }
	done
}
everywhere() { # NAME...
	lists a2 10.99.1.11 "$@" && lists b3 10.99.2.11 "$@" && lists c3 10.99.3.11 "$@"
}
gone_from_c() {
	lists c3 10.99.3.11 'Server|C1' && ! grep -q "^Server|$1|" "$lab/list-c3"
}
took() { # TEXT BEGINNING
	echo "# $case: $1: $(($(date +%s) - $2)) s"
}

dmb a1
await 20 on a1 nmblookup -s /dev/null -U 10.99.1.11 --recursion 'LAB#1b' || echo "# a1 is not the domain master yet"
began=$(date +%s)
lmb b1
lmb c1
browser_workgroup=OTHER
lmb b2
browser_workgroup=LAB
for name in a3 b3 c3; do member "$name"; done

# Hosts of Samba at their own pace; ours at once.
[ "$case" = members ] && long=120 || long=2400
servers='Server|A1 Server|A3 Server|B1 Server|B3 Server|C1 Server|C3'
# shellcheck disable=SC2086 # names
check "$case: every subnet's master shows the servers of all" await "$long" everywhere $servers
took "all servers everywhere" "$began"
check "$case: and the workgroups, with their masters" await "$long" eval 'lists c3 10.99.3.11 "Workgroup|OTHER|B2" "Workgroup|LAB"'
took "all workgroups everywhere" "$began"

began=$(date +%s)
member b4
[ "$case" = members ] && soon=15 || soon=2400
check "$case: a host that comes in B is in C's list" await "$soon" lists c3 10.99.3.11 'Server|B4'
took "a new host of B in C" "$began"
if [ "$case" = members ]; then
	began=$(date +%s)
	stop b4-nmbd
	check "$case: and gone from it when it goes" await 15 gone_from_c B4
	took "its goodbye" "$began"
	check "$case: who syncs with whom" eval 'browse a1 peers | grep -c ",local master,yes" | grep 2'
fi
if [ "$case" = lmbs ]; then
	check "$case: nothing but the protocol was said to nmbd" eval 'browse a1 peers | grep -c ",local master,no" | grep 2'
fi
