#!/bin/sh
# A thousand names and some of every kind at Samba's WINS servers, nmbd and the AD server's, by the
# network: what the two have written of them is imported, and all names resolve after. The way back
# to nmbd.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd nmblookup samba samba-tool ldbsearch
. "$top_srcdir/tests/lab/imports.sh"
. "$top_srcdir/tests/lab/claims.sh"
. "$top_srcdir/tests/lab/samba-ad.sh"

host ns 10.99.1.5
host old 10.99.1.6
host ad 10.99.1.7
host multi 10.99.1.8
plug multi eth1 10.99.2.8
for name in old ad; do
	on $name ip route add local 10.98.0.0/16 dev lo # clients with addresses of their own
done

#
# Names on the wire.
#

# Suffix, NB_FLAGS, addresses, and the name as printf's %b has it.
cat >"$lab/odd" <<'EOF'
20 6000 0a630b01 HASH#1
20 2000 0a630b03  LEADING BLANK
20 4000 0a630b05 100%S$(ID)`LS`
20 0000 0a630b07 ABCDEFGHIJKLMNO
be 6000 0a630b08 FRED
00 6000 0a630b08 FRED
1b 6000 0a630b09 FACTORY
EOF
# What the AD server does not take.
cat >"$lab/untaken" <<'EOF'
20 6000 0a630b02 QUO"TE
20 6000 0a630b04 A=B,C+D;E\\F<G>
20 6000 0a630b06 M\0232LLER
EOF
# Groups have no node type; normal ones answer with the broadcast address.
cat >"$lab/groups" <<'EOF'
1c 8000 0a630b0a,0a630b0b,0a630b0c OFFICE
1e 8000 ffffffff OFFICE
00 8000 ffffffff OFFICE
01 8000 ffffffff \001\002__MSBROWSE__\002
EOF
# nmbd writes neither: unprintable characters, and small letters of what it has got.
cat >"$lab/unwritten" <<'EOF'
20 6000 0a630b10 A\001B
20 6000 0a630b11 small
EOF

# each FILE COMMAND...: with suffix, NB_FLAGS, addresses and name of each line added
each() {
	file=$1
	shift
	while IFS= read -r line; do
		head=${line#* * }
		text=${head#* }
		# shellcheck disable=SC2086 # three words
		"$@" ${line%" $text"} "$text" </dev/null || return 1
	done <"$file"
}
# Exactly these addresses and flags, in whatever order.
answers() { # SUFFIX NB_FLAGS ADDRESSES TEXT
	name=$(wire "$1" "$4")
	echo "$3" | tr , '\n' | sed "s/^/$2/" | sort >"$lab/wanted"
	on ns nbtpacket 127.0.0.1 "000101000001000000000000${name}00200001" | tee "$lab/answer" |
		sed "s/.*${name}00200001............//" | sed 's/............/&\n/g' | sed '/^$/d' | sort >"$lab/found"
	diff "$lab/wanted" "$lab/found" || { cat "$lab/answer" && false; }
}

# fill HOST SERVER: all of them, and a host with two addresses, which is nbnsd's node
fill() {
	on "$1" nbtbench --server "$2" --client-base 10.98.0.1 --names 1000 --window 1 register |
		grep -w 1000 || return 1
	each "$lab/odd" claim "$1" "$2" && each "$lab/groups" claim "$1" "$2" &&
		each "$lab/unwritten" claim "$1" "$2" || return 1
	mkdir -p "$lab/multi"
	cat >"$lab/multi.conf" <<EOC
netbios-name = "MULTI"; workgroup = "TWO"; run-directory = "$lab/multi"; node-type = "p";
wins-servers = ["$2"];
nbnsd = { server = false; };
EOC
	run multi multi nbnsd -f -c "$lab/multi.conf"
	await 20 eval "on multi nbtlookup -U $2 --recursion MULTI | grep -q 10.99.2.8" || return 1
	stop multi KILL # nothing is released
	rm -f "$lab/multi.pid"
}
multi_resolves() {
	on ns nbtlookup -U 127.0.0.1 --recursion MULTI | grep '10\.99' | sort | tr '\n' ' ' |
		grep '10.99.1.8 MULTI<00> 10.99.2.8 MULTI<00>' && ctl names show 'MULTI<00>' | grep multihomed
}
kinds_resolve() {
	each "$lab/odd" answers && each "$lab/groups" answers
}

#
# nmbd
#

check "nmbd starts as a WINS server" nmbd_start
check "1000 names and odd ones are registered there" fill old 10.99.1.6
check "and some more" each "$lab/untaken" claim old 10.99.1.6
stop nmbd
dat=$lab/samba/state/wins.dat
check "nbnsd starts without names" serve
check "a dry run" imports 'would be 10[0-9][0-9] added' --dry-run wins.dat "$dat"
check "changes nothing" [ "$(count)" = 0 ]
check "the wins.dat is taken" imports '10[0-9][0-9] added' wins.dat "$dat"
check "again they are there already" imports '0 added, 10[0-9][0-9] present' wins.dat "$dat"
from_wins_dat "$dat" | grep -v -e 'HASH#1' -e '[<>].*<' >"$lab/expected"
check "it has a thousand names" [ "$(grep -c ' N0' "$lab/expected")" = 1000 ]
check "all of them resolve" resolve "$lab/expected"
check "and those of every kind" kinds_resolve
check "and some more" each "$lab/untaken" answers
check "and the host with two addresses" multi_resolves

#
# Back to nmbd.
#

check "the names are exported as wins.dat" exports wins.dat back.dat
rm -rf "$lab/samba"
check "nmbd starts with them" nmbd_start "$lab/back.dat"
check "and has them" eval 'on old nmblookup -s "$lab/samba/smb.conf" -U 10.99.1.6 --recursion "N0000000999#20" | grep "^10.98.0.250 "'
check "also two addresses" eval 'on old nmblookup -s "$lab/samba/smb.conf" -U 10.99.1.6 --recursion "MULTI#00" | grep "^10.99.2.8 "'
# It answers for groups with 0.0.0.0, which nmblookup does not show.
check "groups, too" eval 'on old nbtlookup -d 3 -U 10.99.1.6 --recursion "OFFICE#1e" 2>&1 | grep "OFFICE: success"'
stop nmbd

#
# Samba's AD server: its nbt service alone, on a domain made for it.
#

check "a domain is made" ad_provision nbt
check "samba starts as a WINS server" ad_start
check "1000 names and odd ones are registered there" fill ad 10.99.1.7
stop samba
check "ldbsearch prints them" eval 'ldbsearch -H "$lab/ad/state/wins.ldb" >"$lab/wins.ldif"'
check "nbnsd starts without names" serve
check "a dry run" imports 'would be 10[0-9][0-9] added' --dry-run ldif "$lab/wins.ldif"
check "changes nothing" [ "$(count)" = 0 ]
check "the LDIF is taken" imports '10[0-9][0-9] added' ldif "$lab/wins.ldif"
check "again they are there already" imports '0 added, 10[0-9][0-9] present' ldif "$lab/wins.ldif"
from_ldif "$lab/wins.ldif" | grep ' N0' >"$lab/expected"
check "it has a thousand names" [ "$(wc -l <"$lab/expected")" = 1000 ]
check "all of them resolve" resolve "$lab/expected"
check "and those of every kind" kinds_resolve
check "with all bytes" each "$lab/unwritten" answers
check "and the host with two addresses" multi_resolves
