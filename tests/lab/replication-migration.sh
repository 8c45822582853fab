#!/bin/sh
# doc/migration.md, "From Windows, without a gap", step by step. The old server is an nbnsd, too: what
# Samba's does instead is in replication-samba.sh, and Windows is not here.
. "$top_srcdir/tests/lab/net.sh"
lab_begin
. "$top_srcdir/tests/lab/claims.sh"
. "$top_srcdir/tests/lab/servers.sh"

host old1 10.99.1.7
host new1 10.99.1.11
host new2 10.99.2.12
host client 10.99.1.20
old=10.99.1.7

finds() { # SERVER NAME ADDRESS
	on client nbtlookup -U "$1" --recursion "$2" | grep "^$3 "
}
shows() { # HOST PATTERN COMMAND...
	where=$1 pattern=$2
	shift 2
	ctl "$where" "$@" --json | grep -E "$pattern"
}
# Of 10.99.1.7, how many are active there.
active() {
	ctl "$1" owners --json | grep -o "\"owner\":\"$old\".*" | grep -o '"active":[0-9]*' | head -n 1 | cut -d: -f2
}
has_none() { # HOST
	active "$1"
	[ "$(active "$1")" = 0 ]
}
both() { # COMMAND...: with new1 and new2
	"$@" new1 && "$@" new2
}
print_server() { # HOST
	on "$1" nbtlookup -U 127.0.0.1 --recursion 'PRINTSRV#20' | grep '^10.99.11.3 '
}
reload() { # HOST
	ctl "$1" reload
}
well() { # HOST
	ctl "$1" partners
	[ "$(ctl "$1" partners --json | grep -o '"state":"idle"' | wc -l)" = 2 ]
}

serve old1 'partners = ( { address = "10.99.1.11"; }, { address = "10.99.2.12"; } )'
check "the old server" begin old1
for name in FILESRV MAIL; do
	claim client $old 20 6000 0a630b01 $name >/dev/null
done
claim client $old 1c e000 0a630b0a,0a630b0b DOMAIN >/dev/null
ctl old1 names add PRINTSRV 10.99.11.3 >/dev/null

serve new1 "partners = ( { address = \"$old\"; }, { address = \"10.99.2.12\"; } )"
serve new2 "partners = ( { address = \"$old\"; }, { address = \"10.99.1.11\"; } )"
check "1: two servers that replicate" both begin
check "1: they and their partners are well" eval 'ctl new1 pull && ctl new2 pull && await 20 both well'
check "2: all names are here" eval 'await 10 finds 10.99.1.11 MAIL#20 10.99.11.1 && finds 10.99.2.12 DOMAIN#1c 10.99.11.11'
check "2: static ones, too" shows new1 PRINTSRV names list --owner $old --origin static
check "2: and the way back" await 10 finds $old NEW1#20 10.99.1.11
check "3: a client moves" refresh client 10.99.1.11 20 6000 0a630b01 FILESRV
check "3: its name is ours" shows new1 '"owner":"self"' names show 'FILESRV<20>'
check "4: who still uses the old one" shows new1 '"MAIL"' names list --owner $old --state active
stop old1
check "4: it has stopped" eval 'ctl new1 pull && await 10 shows new1 failing partners'
check "4: and nobody notices" eval 'finds 10.99.1.11 MAIL#20 10.99.11.1 && finds 10.99.2.12 FILESRV#20 10.99.11.1'
check "5: static names are made ours" ctl new1 names add --replace --kind unique PRINTSRV 10.99.11.3
check "5: what is left goes here" ctl new1 owners tombstone $old
check "5: so that nothing is left" has_none new1
check "5: but not from the other one" not has_none new2
check "5: where it has to be said, too" eval 'ctl new2 owners tombstone $old && await 10 both has_none'
check "5: static names are still there" both print_server
serve new1 'partners = ( { address = "10.99.2.12"; } )' 'replication-address = "10.99.1.11"'
serve new2 'partners = ( { address = "10.99.1.11"; } )'
check "5: the old one is no partner any more" eval 'both reload && shows new1 10.99.2.12 partners && ! shows new1 10.99.1.7 partners'
check "or: the old address comes here" eval 'ip link del old1-eth0; on client ip neigh flush all; on new1 ip addr add 10.99.1.7/24 dev eth0'
check "or: where clients find everything" await 10 finds $old FILESRV#20 10.99.11.1
check "or: and register" claim client $old 20 6000 0a630b02 NEWNAME
check "or: as partners know" await 10 finds 10.99.2.12 NEWNAME#20 10.99.11.2
