#!/bin/sh
# Two nbnsd in two subnets that replicate: names of either are served by the other, notifications come by themselves,
# a lost database comes back, and who says nothing, half of something or 4 GiB by his own words holds nobody up.
. "$top_srcdir/tests/lab/net.sh"
lab_begin
. "$top_srcdir/tests/lab/servers.sh"

host n1 10.99.1.5
host n2 10.99.2.6
host c 10.99.1.11  # a client of both

configured() { # HOST PARTNER [SETTING]: of the group replication
	serve "$1" "partners = ( { address = \"$2\"; ${partner_settings:-} } )" "replication = { ${3:-} }"
}
has() { # SERVER NAME ADDRESS
	on c nbtlookup -U "$1" -R "$2#20" | grep -q "^$3 "
}
hasnt() {
	! on c nbtlookup -U "$1" -R "$2#20" >/dev/null
}
claimed() { # SERVER NAME ADDRESS
	on c claim -k "$1" "$2" "$3"
}
stat_of() { # HOST COUNTER
	on "$1" nbtctl -r "$lab/$1" --csv stats | tr -d '\r' | sed -n "s/^$2,//p"
}

configured n1 10.99.2.6 'retry = "1s"'
configured n2 10.99.1.5 'retry = "1s"'
check "the first one serves" begin n1
check "the second one serves" begin n2
check "both replicate" logged n2 "replication with 1 partners, as 10.99.2.6"

check "S11: it listens for partners at its own address only" eval '[ "$(on n1 ss -ltnH "sport = :42" | awk "{ print \$4 }")" = 10.99.1.5:42 ]'

check "a name is registered at the first" claimed 10.99.1.5 FRED 10.99.1.11
check "and soon known to the second" await 10 has 10.99.2.6 FRED 10.99.1.11
check "one of the second is known to the first" claimed 10.99.2.6 WILMA 10.99.1.12
check "as soon" await 10 has 10.99.1.5 WILMA 10.99.1.12
check "so are the servers' own names" await 10 has 10.99.1.5 N2 10.99.2.6

# The database of the first is lost.
stop n1 KILL
rm "$lab"/n1/names.db*
check "what was lost comes back" begin n1
check "it is said" logged n1 "names have come back from partners"
check "with the names of its clients" await 10 has 10.99.1.5 FRED 10.99.1.11
check "and those of the other" await 10 has 10.99.1.5 WILMA 10.99.1.12
check "a new one gets a version that the other takes" claimed 10.99.1.5 BARNEY 10.99.1.13
check "so it is known there" await 10 has 10.99.2.6 BARNEY 10.99.1.13

# The second is away for a while.
stop n2
check "a name is registered meanwhile" claimed 10.99.1.5 BETTY 10.99.1.14
check "the second is back" begin n2
check "and asks what is new" await 10 has 10.99.2.6 BETTY 10.99.1.14

# Who holds the first one up. Strangers are host m's addresses; one of them is a partner that breaks off.
host m 10.99.1.20
on m ip route add local 10.98.0.0/16 dev lo
on n1 ip route add 10.98.0.0/16 via 10.99.1.20
rss() {
	awk '/^VmRSS:/ { print $2 }' "/proc/$(cat "$lab/n1.pid")/status"
}
both_ways() { # NAME NAME LAST: of an address
	claimed 10.99.1.5 "$1" "10.99.1.$3" && await 10 has 10.99.2.6 "$1" "10.99.1.$3" &&
		claimed 10.99.2.6 "$2" "10.99.1.$3" && await 10 has 10.99.1.5 "$2" "10.99.1.$3"
}
holding_up() { # TEXT LOG LAST WORD...: of idle
	text=$1 log=$2 last=$3
	shift 3
	run m "$log" idle 10.99.1.5 42 10.98.0.1 1000 1 "$@"
	check "1,000 connections with $text" await 30 logged "$log" '^1000$'
	check "and the partners go on" both_ways "A$last" "B$last" "$last"
	check "a new one is let in" grows_by 1 partner_again
	stop "$log"
}
partner_again() {
	stop n2 && begin n2
}
grows_by() { # COUNT COMMAND...: connections of partners
	grown=$(stat_of n1 replication.accepted) by=$1
	shift
	"$@" && await 10 counted n1 replication.accepted $((grown + by))
}
before=$(rss)
holding_up "nothing to say" silent 31
holding_up "half a message" half 32 6 00000029
holding_up "4 GiB by their length" huge 33 100 ffffffff
grown=$(($(rss) - before))
echo "# $grown KiB more than $before; $(stat_of n1 replication.made-room) made room, $(stat_of n1 replication.accepted) accepted, $(stat_of n1 replication.malformed) malformed"
check "all of that took less than 4 MiB" test $grown -lt 4096
check "they made room for each other" counted n1 replication.made-room 1000

sed -i "s/^partners = (/&{ address = \"10.99.1.20\"; pull = false; push-after = 0; }, /" "$lab/n1.conf"
check "one more partner" on n1 nbtctl -r "$lab/n1" reload
check "it breaks off 2,000 times" on m resets 10.99.1.5 10.99.1.5 2000
check "and the others go on" both_ways A34 B34 34
check "its questions were heard" counted n1 replication.requests-served 500
