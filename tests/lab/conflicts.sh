#!/bin/sh
# Names in conflict, thousands a second: their owners are alive, dead or lying, and every claim ends
# as the tables say. CONFLICTS=long: with the defaults, a minute at 10,000 a second.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5

# A silent owner is given up after 0.35 s here, so that a hundred challenges make a crowd.
names=2400 rate=2000 challenges=100 most_waiting=250
crowd='max-challenges = 100; challenge-interval = "50ms"'
if [ "${CONFLICTS:-short}" = long ]; then
	names=270000 rate=10000 challenges=10000 most_waiting=15000 crowd=
fi

field() { # NAME: a number
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$lab/conflict"
}
ended_rightly() {
	on ns nbtbench --names "$names" --rate "$rate" --json conflict >"$lab/conflict"
	status=$?
	cat "$lab/conflict"
	return $status
}
every_kind() {
	for owner in live joined denying dead other-name other-address other-id cut; do
		grep -q "\"$owner\":{\"right\":$((names / 8)),\"wrong\":0,\"asked\":[1-9]" \
			"$lab/conflict" || return
	done
}
# Some have ended for the server and not yet for the client: their answers wait for the disk.
bounded() {
	most=$(field most_told_to_wait)
	echo "$most told to wait at once"
	[ "$most" -ge "$challenges" ] && [ "$most" -le "$most_waiting" ]
}
rss() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(cat "$lab/nbnsd.pid")/status"
}

nbnsd_start 'rate-limit = 0' ${crowd:+"$crowd"}
check "claims end as they must, and so do queries beside them" ended_rightly
check "of every kind of owner there were as many" every_kind
check "challenges are as many as are allowed" bounded
check "what was too much was asked again" [ "$(field repeated)" -gt 0 ]
echo "# at most $(rss) kB resident; $(cat "$lab/conflict")"
check "the server lives" running nbnsd
