#!/bin/sh
# Elections of browserd against nmbd, each pair in a workgroup of its own: the right one wins, in both
# directions. ELECTION_ROUNDS=5 makes 50 of them.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd nmblookup
. "$top_srcdir/tests/lab/browsers.sh"

# each COMMAND: calls it for every pair, with its number, who is there first, what begins the
# election, who wins, how often he has stood or won then, our settings, nmbd's, and all in words.
#
# Who is first is the master when the other comes; "-young": it is three seconds older, and nobody
# is the master yet. An election is begun by us, because nbtctl says so; by force, a frame of a third
# one; or by what they do themselves.
each() {
	"$@" 1 nmbd us us 1 'os-level = 30' 'os level = 20' "nmbd is below"
	"$@" 2 us force nmbd 1 'os-level = 30' 'os level = 40' "nmbd is above"
	"$@" 3 nmbd force nmbd 2 'os-level = 20' 'os level = 20' "nmbd is equal, and the master"
	"$@" 4 us force us 2 'os-level = 20' 'os level = 20' "nmbd is equal, and we are the master"
	"$@" 5 us-young - us 1 'os-level = 20' 'os level = 20' "nmbd is equal, and younger"
	"$@" 6 nmbd-young - nmbd 1 'os-level = 20' 'os level = 20' "nmbd is equal, and older"
	"$@" 7 nmbd - us 1 'preferred-master = "yes"' 'os level = 20' "we are preferred"
	"$@" 8 us - nmbd 1 'os-level = 20' 'preferred master = yes' "nmbd is preferred"
	"$@" 9 nmbd - nmbd 2 'preferred-master = "yes"' 'os level = 40' "we are preferred, but below"
	"$@" 10 nmbd force nmbd 2 'local-master = false' 'os level = 0' "we never stand"
}

make_hosts() { # NUMBER
	host "u$1" "10.99.1.$((20 + 2 * $1))"
	host "n$1" "10.99.1.$((21 + 2 * $1))"
}
start_us() { # NUMBER SETTING
	browser_workgroup=W$1
	browser "u$1" "$2"
}
start_nmbd() { # NUMBER SETTING
	browser_workgroup=W$1
	nmbd_run "n$1" "N$1" "$2"
}
start_daemons() { # NUMBER
	browser_workgroup=W$1
	daemons "u$1"
}
start_first() { # NUMBER FIRST ... OURS NMBD
	case $2 in
	us) start_us "$1" "$6" ;;
	nmbd) start_nmbd "$1" "$7" ;;
	esac
}
start_old() {
	case $2 in
	us-young) start_us "$1" "$6" ;;
	nmbd-young) start_nmbd "$1" "$7" ;;
	esac
}
start_second() {
	case $2 in
	us*) start_nmbd "$1" "$7" ;;
	nmbd*) start_us "$1" "$6" ;;
	esac
}

# wins NUMBER us|nmbd TIMES: he is the master, and has stood (we) or won (nmbd) so often; the other is
# not, and no election goes on.
wins() {
	if [ "$2" = us ]; then
		is_role "u$1" master && master_is c "10.99.1.$((20 + 2 * $1))" "W$1" &&
			[ "$(stood "$1")" -ge "$3" ] && browse "u$1" roles | grep "^W$1,.*,master,no,"
	else
		[ "$(role "u$1")" != "" ] && ! is_role "u$1" master &&
			master_is c "10.99.1.$((21 + 2 * $1))" "W$1" &&
			[ "$(grep -c 'Won election' "$lab/n$1-nmbd.log")" = "$3" ]
	fi
}
stood() { # NUMBER
	on "u$1" nbtctl -d browserd -r "$lab/u$1" --csv stats | tr -d '\r' | sed -n 's/^elections.stood,//p'
}
await_first() { # the master is there, and the other has its names
	case $2 in
	us) await 60 master_is c "10.99.1.$((20 + 2 * $1))" "W$1" ;;
	nmbd) await 60 master_is c "10.99.1.$((21 + 2 * $1))" "W$1" ;;
	esac
}
await_second() { # both hear elections: nmbd does from its <1E> on, which it may have after its <00>
	await 20 eval 'on c nmblookup -s /dev/null -A "10.99.1.$((20 + 2 * '"$1"'))" | grep -i "W'"$1"' .*<00>.*ACTIVE"' &&
		await 20 eval 'on c nmblookup -s /dev/null -A "10.99.1.$((21 + 2 * '"$1"'))" | grep "W'"$1"' .*<1e>.*ACTIVE"'
}
begin() {
	case $3 in
	us) browse "u$1" elect >/dev/null ;;
	force)
		force "$1" || force "$1"
		# An nmbd that has just come does not always hear the first one, and we win alone.
		[ "$2 $4" != "us nmbd" ] || await 10 stands "$1" || force "$1"
		;;
	esac
}
stands() { # NUMBER: nmbd does
	grep -q 'Sending election' "$lab/n$1-nmbd.log"
}
force() { # NUMBER: a datagram that is lost gets nobody to stand
	signs_before=$(signs "$1")
	on c nbtsend -D -g -s CLIENT -B election "W$1<1E>" >/dev/null
	await 5 eval '[ "$(signs '"$1"')" != "$signs_before" ]'
}
signs() { # NUMBER: of an election: how often we stood, and what nmbd said of elections
	echo "$(stood "$1") $(grep -c election "$lab/n$1-nmbd.log")"
}
verify() {
	check "$8: $4" await 60 wins "$1" "$4" "$5"
}
stop_all() { # and their logs end
	stop "u$1-browserd"
	stop "n$1-nmbd"
	rm -f "$lab/u$1-browserd.log" "$lab/n$1-nmbd.log"
} 2>/dev/null

host c 10.99.1.10
each make_hosts
each start_daemons
round=0
while [ "$round" -lt "${ELECTION_ROUNDS:-1}" ]; do
	round=$((round + 1))
	each start_first
	each await_first
	each start_old
	sleep 3 # they are to be of different ages
	each start_second
	each await_second
	each begin
	each verify
	[ "$round" = "${ELECTION_ROUNDS:-1}" ] || each stop_all
done
