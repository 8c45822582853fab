#!/bin/sh
# The wall clock jumps, and the monotonic one begins elsewhere after a boot: no lease ends early, what
# waits goes on, and no version comes twice.
. "$top_srcdir/tests/lab/net.sh"
lab_begin sqlite3

host ns 10.99.1.5
host a 10.99.1.11
host b 10.99.1.12
faults_on
YEARS_10=315360000

jump() { # SECONDS that the wall clock is ahead
	echo "$1" >"$lab/faults/clock"
}

# After all ages have been looked at once more.
names_are_there() {
	sleep 1.5
	on ns nbtbench query --names 1000
}

registers() { # HOST ADDRESS NAME
	on "$1" claim -k 10.99.1.5 "$3" "$2"
}

# A silent owner is asked three times, by the clock, before the name changes hands.
contest_ends() { # NAME
	registers a 10.99.1.77 "$1" && registers b 10.99.1.12 "$1" &&
		on ns nbtlookup -U 127.0.0.1 --recursion "$1#20" | grep '^10.99.1.12 '
}

# With nbnsd stopped: into $lowest and $highest, of the names from number FIRST on.
versions_from() { # FIRST
	sqlite3 -separator ' ' "$lab/db/names.db" "SELECT min(version), max(version) FROM names
		 WHERE name > CAST('N$(printf %010d "$1")' AS BLOB) AND name < x'4e53'" >"$lab/versions"
	read -r lowest highest <"$lab/versions"
}

set -- 'rate-limit = 0' 'challenge-interval = "100ms"' 'scavenge-interval = "1s"'
nbnsd_start "$@"
on ns nbtbench register --names 1000 >/dev/null
: >"$lab/nbnsd.log"
for ahead in $YEARS_10 -$YEARS_10 0; do
	jump $ahead
	check "$ahead s ahead: the names are there" names_are_there
	check "$ahead s ahead: a contest ends" contest_ends "AHEAD$ahead"
done
check "nothing of it is worth a word" not test -s "$lab/nbnsd.log"
stop nbnsd
versions_from 0
before=$highest

jump "-$(date +%s)"
nbnsd_start "$@"
check "started in 1970: the names are there" names_are_there
on ns nbtbench register --names 1000 --first 1000 >/dev/null
stop nbnsd
versions_from 1000
check "started in 1970: versions are new" [ "$lowest" -gt "$before" ]
jump 0

run_elsewhere() { # SECONDS that the monotonic clock is ahead
	run ns elsewhere unshare --time --monotonic "$1" --boottime "$1" --fork --kill-child \
		nbnsd -f -c "$lab/nbt.conf"
	await 10 on ns nbtlookup -U 127.0.0.1 NS
}

# TERM ends nbnsd, and then unshare, which takes no notice of it itself.
stop_elsewhere() {
	kill "$(pgrep -P "$(cat "$lab/elsewhere.pid")")"
	wait "$(cat "$lab/elsewhere.pid")"
}

for ahead in $YEARS_10 0; do
	check "booted with a clock $ahead s ahead" run_elsewhere $ahead
	check "the names are there" names_are_there
	check "and stopped" stop_elsewhere
done
