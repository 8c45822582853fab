#!/bin/sh
# Two nbnsd that back each other up, with one line of configuration each, and nbtctl's commands about
# it: partners, owners, pull, push, replicate.
. "$top_srcdir/tests/lab/net.sh"
lab_begin python3 promtool
. "$top_srcdir/tests/lab/claims.sh"
. "$top_srcdir/tests/lab/servers.sh"

host one 10.99.1.5
host two 10.99.2.5
host client 10.99.1.20

# json FILTER HOST COMMAND...: this expression of Python about rows is true
json() {
	filter=$1
	shift
	ctl "$@" --json >"$lab/json" || return 1
	cat "$lab/json"
	python3 -c "import json, sys; rows = json.load(open(sys.argv[1])); sys.exit(not ($filter))" "$lab/json"
}
soon() {
	await 20 json "$@" || { cat "$lab/last" && return 1; }
}
has() { # SERVER NAME ADDRESS: soon
	await 10 eval "on client nbtlookup -U $1 --recursion '$2' | grep '^$3 '"
}
lacks() {
	await 10 not on client nbtlookup -U "$1" --recursion "$2"
}

serve one 'partners = ( { address = "10.99.2.5"; } )'
serve two 'partners = ( { address = "10.99.1.5"; } )'
check "one line is a good configuration" on one nbnsd --check-config -c "$lab/one.conf"
check "one starts" begin one
check "alone it says what is wrong" soon 'rows[0]["state"] == "failing" and rows[0]["last_error"]' one partners
check "and serves" ctl one names add --kind group EARLY
check "the other starts" begin two
check "they find each other" ctl one pull
check "and all is well" soon 'rows[0]["state"] == "idle" and rows[0]["pulled"] is not None and rows[0]["behind"] == 0 and rows[0]["failures"] == 0' one partners
check "at the other, too" soon 'rows[0]["partner"] == "10.99.1.5" and rows[0]["roles"] == "both" and rows[0]["pulled"] is not None' two partners
check "what was there before is there" has 10.99.2.5 EARLY#1e 255.255.255.255
ctl one names add FRED 10.1.1.1 >/dev/null
check "a new name is there at once" has 10.99.2.5 FRED#20 10.1.1.1
claim client 10.99.2.5 20 6000 0a010102 MARY >/dev/null
claim client 10.99.2.5 00 6000 0a010102 MARY >/dev/null
check "in both directions" has 10.99.1.5 MARY#20 10.1.1.2
ctl one names tombstone 'FRED<20>' >/dev/null
check "and is gone at once" lacks 10.99.2.5 FRED#20
check "whose it is" json 'rows[0]["owner"] == "10.99.1.5"' two names show 'EARLY<1E>'
check "owners" soon '[(r["owner"], r["behind"]) for r in rows] == [("self", 0), ("10.99.2.5", 0)] and rows[1]["age"] is not None' one owners
check "with the same versions" eval 'ctl two owners --json | grep -o "\"self\",\"highest_version\":[0-9]*" | cut -d: -f2 >"$lab/self" &&
	ctl one owners --json | grep -o "\"10.99.2.5\",\"highest_version\":[0-9]*" | cut -d: -f2 | diff - "$lab/self"'

check "pull" ctl one pull 10.99.2.5
check "push" ctl one push 10.99.2.5
check "push, and on" ctl one push --propagate
check "replicate" ctl one replicate
check "what is no partner" eval 'ctl one pull 10.9.9.9 2>&1 | grep "10.9.9.9 is no partner to pull from"'
check "metrics" eval 'ctl one stats --prometheus | grep "nbnsd_replication_partner_behind{partner=\"10.99.2.5\"} 0"'
check "are good ones" eval 'ctl one stats --prometheus | promtool check metrics 2>&1 | not grep .'

# A name that is deleted behind the partner's back.
check "a name is deleted at one server only" ctl two names delete 'MARY<00>'
check "and is found wanting" eval 'ctl one replicate verify 10.99.2.5 && lacks 10.99.1.5 MARY#00'
check "the others stay" has 10.99.1.5 MARY#20 10.1.1.2
check "of a server that is not known" eval 'ctl one replicate verify 10.9.9.9 2>&1 | grep "no name here was registered at 10.9.9.9"'

# Partners come and go.
serve one 'replication-address = "10.99.1.5"'
check "without the partner" ctl one reload
check "there is none" json 'rows == []' one partners
ctl two names add LATE 10.1.1.3 >/dev/null
check "which the other notices" soon 'rows[0]["last_error"]' two partners
serve one 'partners = ( { address = "10.99.2.5"; } )'
check "with the partner again" ctl one reload
check "it catches up" has 10.99.1.5 LATE#20 10.1.1.3

# The end of one.
stop two
check "without the other all names are there" has 10.99.1.5 MARY#20 10.1.1.2
check "they can be deleted" json 'rows[0]["change"] == "tombstoned"' one owners tombstone 10.99.2.5
check "and are gone" lacks 10.99.1.5 MARY#20
check "the owner has none any more" json '[r["active"] for r in rows if r["owner"] == "10.99.2.5"] in ([], [0])' one owners
# A server that is there knows better what is registered at it.
check "the other starts again" begin two
check "and gives its names back" has 10.99.1.5 MARY#20 10.1.1.2
ctl two names add BACK 10.1.1.4 >/dev/null
check "with new ones" has 10.99.1.5 BACK#20 10.1.1.4
check "an owner is forgotten" json 'rows[0]["change"] == "deleted"' one owners delete 10.99.2.5
check "and comes back" eval 'ctl one pull && has 10.99.1.5 BACK#20 10.1.1.4'

# A database that is lost.
ctl one names list --state active --csv | cut -d, -f1-2 | sort >"$lab/before"
ctl one owners --json | grep -o '"self","highest_version":[0-9]*' | cut -d: -f2 >"$lab/version"
stop one KILL
rm -f "$lab"/one/names.db*
check "one starts without its database" begin one
check "and has its names again" eval 'await 20 eval "ctl one names list --state active --csv | cut -d, -f1-2 | sort | diff - $lab/before"'
check "new versions are higher" eval 'ctl one names add AFTER 10.1.1.5 &&
	[ "$(ctl one owners --json | grep -o "\"self\",\"highest_version\":[0-9]*" | cut -d: -f2)" -gt "$(cat "$lab/version")" ]'
check "and go to the partner" has 10.99.2.5 AFTER#20 10.1.1.5

# An old copy of it.
stop one
cp -p "$lab/one/names.db" "$lab/copy"
check "one starts again" begin one
claim client 10.99.1.5 20 6000 0a010106 LATER >/dev/null
check "a name comes" has 10.99.2.5 LATER#20 10.1.1.6
stop one
cp -p "$lab/copy" "$lab/one/names.db"
check "one starts with a database of before" begin one
check "and has it again" eval 'ctl one pull && has 10.99.1.5 LATER#20 10.1.1.6'

on two ip link set eth0 down
check "a verification that takes its time" ctl one replicate verify 10.99.2.5
check "is the only one" eval 'ctl one replicate verify 2>&1 | grep "a verification is running already"'
