#!/bin/sh
# Samba's AD WINS server as a partner: names registered at either are served by the other, conflicts
# end in agreement, and after the end of Samba its names live on.
. "$top_srcdir/tests/lab/net.sh"
lab_begin samba samba-tool ldbadd ldbsearch
. "$top_srcdir/tests/lab/claims.sh"
. "$top_srcdir/tests/lab/samba-ad.sh"

host ns 10.99.1.5
host ad 10.99.1.7
host client 10.99.1.20
host multi 10.99.1.8
plug multi eth1 10.99.2.8
host twice 10.99.1.9
plug twice eth1 10.99.2.9
host real 10.99.2.30
for name in ns ad; do
	on $name ip route add local 10.98.0.0/16 dev lo # clients with addresses of their own
done

ns=10.99.1.5 ad=10.99.1.7
install -d -o nbnsd -g nbt "$lab/run"

ctl() {
	on ns nbtctl -r "$lab/run" "$@"
}
# answers SERVER NAME ADDRESS...: these and no others, in whatever order; none: no such name
answers() {
	server=$1 name=$2
	shift 2
	on client nbtlookup -U "$server" --recursion "$name" >"$lab/answer" 2>&1
	sed -n 's/^\([0-9.]*\) .*<..>$/\1/p' "$lab/answer" | sort >"$lab/found"
	: >"$lab/wanted"
	[ $# = 0 ] || printf '%s\n' "$@" | sort >"$lab/wanted"
	diff "$lab/wanted" "$lab/found" || { cat "$lab/answer" && return 1; }
}
served() { # SERVER NAME ADDRESS...: soon
	await 20 answers "$@" || { cat "$lab/last" && return 1; }
}
both() {
	served $ns "$@" && served $ad "$@"
}
# The same answer from both, whatever it is.
agree() { # NAME
	for server in $ns $ad; do
		on client nbtlookup -U "$server" --recursion "$1" 2>/dev/null | grep '<..>$' | sort >"$lab/agree.$server"
	done
	cat "$lab/agree.$ns" "$lab/agree.$ad"
	[ -s "$lab/agree.$ns" ] && cmp "$lab/agree.$ns" "$lab/agree.$ad"
}
owner() { # NAME: at which server it was registered
	ctl names show "$1" --json | grep -o '"owner":"[^"]*"' | head -n 1
}
is_owner() { # NAME OWNER
	owner "$1"
	owner "$1" | grep -q "\"$2\""
}
partner_of_samba() { # ADDRESS: pulled every 2 seconds, and told of each change
	printf 'dn: name=P,CN=PARTNERS\nobjectClass: wreplPartner\nname: P\naddress: %s\npullInterval: 2\npushChangeCount: 1\ntype: 0x3\n' "$1" |
		ldbadd -H "$lab/ad/private/wins_config.ldb"
}
# node HOST SERVER NAME: a client that defends its name
node() {
	mkdir -p "$lab/$1"
	cat >"$lab/$1.conf" <<EOC
netbios-name = "$3"; workgroup = "OTHERS"; run-directory = "$lab/$1"; node-type = "p";
wins-servers = ["$2"];
nbnsd = { server = false; };
EOC
	run "$1" "$1" nbnsd -f -c "$lab/$1.conf"
	await 20 on client nbtlookup -U "$2" --recursion "$3"
}


serve() {
	cat >"$lab/nbt.conf" <<EOC
netbios-name = "NS"; run-directory = "$lab/run";
nbnsd = { database = "$lab/db/names.db"; rate-limit = 0;
	partners = ( { address = "$ad"; pull-interval = "2s"; push-static = false; } ); };
EOC
	run ns nbnsd nbnsd -f -c "$lab/nbt.conf"
	await 10 on ns nbtlookup -U 127.0.0.1 NS
}

# The databases, a line for each name that is active: name, suffix, kind, owner, version, addresses.
# Internet groups without owner and version: when both have taken a member in, each says it is his. So
# without that of ROAMS, a host that both have registered: each has taken the other's record.
sorted='function sorted(list, n,  i, j, t, out) {
		for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++)
			if (list[j] < list[i]) { t = list[i]; list[i] = list[j]; list[j] = t }
		for (i = 1; i <= n; i++) out = out list[i] ","
		return out
	}
	function say(name, suffix, kind, owner, version, addresses) {
		if (kind == "group") addresses = ""
		if (kind == "internet" || name == "ROAMS") owner = version = "-"
		print name, suffix, kind, owner, version, addresses
	}'
ours() {
	ctl names list --state active --json | sed -n 's/.*"name":"\([^"]*\)","suffix":"\(..\)".*"kind":"\([a-z]*\)".*"owner":"\([^"]*\)","version":\([0-9]*\).*"addresses":\[\([^]]*\)\].*/\1|\2|\3|\4|\5|\6/p' |
		awk -F'|' "$sorted"'{ gsub(/"/, "", $6); n = split($6, list, ",")
			say($1, tolower($2), $3, $4 == "self" ? "10.99.1.5" : $4, $5, sorted(list, n)) }' | sort
}
theirs() {
	ldbsearch -H "$lab/ad/state/wins.ldb" 2>/dev/null | awk "$sorted"'
		BEGIN { split("unique group internet multihomed", kinds, " ") }
		/^dn: / { name = ""; n = 0; state = ""; delete list }
		/^name: / { name = substr($0, 7) }
		/^type: / { suffix = tolower(substr($0, length($0) - 1)) }
		/^recordType: / { kind = kinds[$2 + 1] }
		/^recordState: / { state = $2 }
		/^winsOwner: / { owner = $2 }
		/^versionID: / { version = $2 }
		/^address: / { sub(/^address: /, ""); sub(/;.*/, ""); list[++n] = $0 }
		/^$/ { if (name != "" && state == "0") say(name, suffix, kind, owner, version, sorted(list, n)); name = "" }' | sort
}
same_records() {
	ours | grep -v -e __MSBROWSE__ -e '^FIXED ' >"$lab/ours"
	theirs | grep -v __MSBROWSE__ >"$lab/theirs"
	[ "$(wc -l <"$lab/ours")" -gt 1000 ] && diff "$lab/ours" "$lab/theirs"
}
# Soon; but a name that each has taken from the other is settled by who says it again, after a while.
are_one() {
	await 90 same_records || { cat "$lab/last" && return 1; }
}

#
# Two servers, each with names of its own.
#

check "a domain is made" ad_provision nbt,wrepl --option="wreplsrv:tombstone_interval=4" \
	--option="wreplsrv:tombstone_timeout=86400" --option="wreplsrv:scavenging_interval=2"
check "Samba has a partner" partner_of_samba $ns
check "and starts as a WINS server" ad_start
thousand() { # HOST SERVER FIRST-ADDRESS FIRST-NAME
	on "$1" nbtbench --server "$2" --client-base "$3" --names 1000 --first "$4" --window 1 register | grep -w 1000
}
every_kind() { # SERVER PREFIX
	claim client "$1" 20 6000 0a630b01 "$2"UNIQUE && claim client "$1" 1e 8000 0a630114 "$2"GROUP &&
		claim client "$1" 1c e000 0a630b0a,0a630b0b "$2"DOMAIN &&
		claim client "$1" 1b 6000 0a630b0c "$2"DOMAIN &&
		claim client "$1" 20 6000 0a630114 "$2"GONE && claim client "$1" 20 6000 0a630114 "$2"MOVED &&
		claim client "$1" 20 0000 0a630b0d "$2 A%B"
}
has_every_kind() { # SERVER PREFIX ADDRESS ADDRESS: the last are of the host that has two
	served "$1" "$2UNIQUE#20" 10.99.11.1 && served "$1" "$2GROUP#1e" 255.255.255.255 &&
		served "$1" "$2DOMAIN#1b" 10.99.11.12 && served "$1" "$2MULTI" "$3" "$4" &&
		served "$1" "$2 A%B#20" 10.99.11.13
}
check "a thousand names are registered there" thousand ad $ad 10.98.0.1 0
check "and one of every kind" every_kind $ad AD
check "and a host with two addresses" node multi $ad ADMULTI
check "nbnsd starts as its partner" serve
check "a thousand other names are registered here" thousand ns $ns 10.98.8.1 2000
check "and one of every kind" every_kind $ns NB

check "and a host with two addresses" node twice $ns NBMULTI

# Samba would not get over it (push-static).
check "and a static one" ctl names add --kind group FIXED

check "names of every kind come from Samba" has_every_kind $ns AD 10.99.1.8 10.99.2.8
check "also lists" served $ns ADDOMAIN#1c 10.99.11.10 10.99.11.11 10.99.11.12
check "and go there" has_every_kind $ad NB 10.99.1.9 10.99.2.9
check "also lists" served $ad NBDOMAIN#1c 10.99.11.10 10.99.11.11 10.99.11.12
check "all of them, with owners and versions" are_one
check "who registered there is theirs" is_owner 'ADUNIQUE<20>' $ad

#
# Names that go and change. WINS servers say nothing of a release, only of what follows from it.
#

check "a name is released at Samba" release client $ad 20 6000 0a630114 ADGONE
check "which its partner hears of as a tombstone" served $ns 'ADGONE#20'
check "a name is released here" release client $ns 20 6000 0a630114 NBGONE
check "its tombstone" ctl names tombstone 'NBGONE<20>'
check "goes to Samba" served $ad 'NBGONE#20'
moved() { # SERVER NAME: 10.99.1.20 gives it to 10.99.11.14
	release client "$1" 20 6000 0a630114 "$2" && claim client "$1" 20 6000 0a630b0e "$2"
}
check "a name gets another address at Samba" moved $ad ADMOVED
check "and here" served $ns 'ADMOVED#20' 10.99.11.14
check "a name gets another address here" moved $ns NBMOVED
check "and there" served $ad 'NBMOVED#20' 10.99.11.14
check "a member joins a group of theirs" claim client $ad 1c e000 0a630b0f ADDOMAIN
check "and here" served $ns 'ADDOMAIN#1c' 10.99.11.10 10.99.11.11 10.99.11.12 10.99.11.15
check "a member joins a group of theirs at our side" claim client $ns 1c e000 0a630b10 ADDOMAIN
check "and there" served $ad 'ADDOMAIN#1c' 10.99.11.10 10.99.11.11 10.99.11.12 10.99.11.15 10.99.11.16
check "their client comes to us with a refresh" refresh client $ns 20 0000 0a630b0d 'AD A%B'
check "and is ours" is_owner 'AD A%B<20>' self
check "the same records everywhere" are_one

#
# The same names on both sides, while they do not hear of each other.
#

apart() {
	on ns ip route add blackhole $ad && on ad ip route add blackhole $ns
}
together() {
	on ns ip route del blackhole $ad && on ad ip route del blackhole $ns
}
check "the way between the two is cut" apart
check "a name is claimed here" claim client $ns 20 6000 0a630b15 CLASH
check "and by another host there" claim client $ad 20 6000 0a630b16 CLASH
check "a host that defends its name is here" node real $ns HELD
check "and a claim of its name there" claim client $ad 00 6000 0a630b17 HELD
check "a unique name here" claim client $ns 20 6000 0a630b18 MIXED
check "is a group there" claim client $ad 20 8000 0a630114 MIXED
check "members of a domain here" claim client $ns 1c e000 0a630b19,0a630b1a UNION
check "and there" claim client $ad 1c e000 0a630b1a,0a630b1b UNION
check "the same host is known to both" claim client $ns 20 6000 0a630b1c ROAMS
check "the same host is known to both" claim client $ad 20 6000 0a630b1c ROAMS
check "the way is open again" together
check "who defends a name has it" both HELD#00 10.99.2.30
check "members of a domain come together" both UNION#1c 10.99.11.25 10.99.11.26 10.99.11.27
check "the same records everywhere" are_one
for name in CLASH#20 HELD#00 MIXED#20 UNION#1c ROAMS#20; do
	check "both say the same of $name" await 60 agree $name
done

#
# The end of Samba.
#

active() {
	ctl names list --state active --csv | wc -l
}
was=$(active)
check "Samba is stopped for good" eval 'stop samba; ! running samba'
check "all names live on" [ "$(active)" = "$was" ]
check "of every kind" has_every_kind $ns AD 10.99.1.8 10.99.2.8
check "also lists" served $ns ADDOMAIN#1c 10.99.11.10 10.99.11.11 10.99.11.12 10.99.11.15 10.99.11.16
all_resolve() {
	seq -f 'N%010g#20' 0 999 | xargs nsenter --net=/run/netns/ns nbtlookup -U 127.0.0.1 --recursion | grep -c '^10\.98\.'
}
check "and each" [ "$(all_resolve)" = 1000 ]
check "a refresh takes a name over" refresh client $ns 20 6000 0a630b01 ADUNIQUE
check "which is ours then" is_owner 'ADUNIQUE<20>' self
check "a registration, too" claim client $ns 1b 6000 0a630b0c ADDOMAIN
check "which is ours then" is_owner 'ADDOMAIN<1b>' self
check "partners: Samba is failing" eval 'await 20 eval "ctl partners --json | grep failing"'
