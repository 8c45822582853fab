#!/bin/sh
# kill -9 at random moments: under a load of new registrations, and while it starts. What was
# acknowledged is there and unchanged, and no version comes twice.
#
# SEED=N repeats the moments. For check-long: CRASH_ROUNDS (3), CRASH_RATE, the least that the load
# must reach (registrations/s), and CRASH_DISK, a directory for the database on a real disk.
. "$top_srcdir/tests/lab/net.sh"
lab_begin sqlite3

host ns 10.99.1.5
rounds=${CRASH_ROUNDS:-3}
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"

ROUND_NAMES=1000000 # numbered from round * that on; none has time for so many
KEPT_ROUNDS=5      # then the database is lost, but not the file of its versions

if [ -n "${CRASH_DISK:-}" ]; then
	mount --bind "$CRASH_DISK" "$lab/db"
	chown nbnsd:nbt "$lab/db"
fi

# random FROM TO: into $drawn
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	drawn=$(($1 + seed / 256 % ($2 - $1)))
}

sleep_random() { # FROM TO, milliseconds
	random "$1" "$2"
	sleep "$(printf '%d.%03d' $((drawn / 1000)) $((drawn % 1000)))"
}

# The number before what the last line of the load's result says of it.
result() { # PATTERN
	sed -n "s,.*[ (]\([0-9]*\)$1.*,\1,p" "$lab/load.log"
}

# Changes that are on disk since the start.
stored() {
	on ns nbtctl stats | awk '$1 == "store.changes" { print $2 }'
}

kill_under_load() {
	rm -f "$lab/load.log"
	run ns load nbtbench register --names $ROUND_NAMES --first $((round * ROUND_NAMES)) \
		--window 2048 --right "$lab/acknowledged"
	await 20 eval '[ "$(stored)" -gt 1000 ]'
	sleep_random 0 1000
	stop nbnsd KILL
	kill "$(cat "$lab/load.pid")"
}

# The load goes on taking answers for a second.
take_acknowledged() {
	wait "$(cat "$lab/load.pid")"
	cat "$lab/acknowledged" >>"$lab/all"
	rate=$(result /s) acknowledged=$(result ' answered')
}

kill_while_starting() {
	run ns nbnsd nbnsd -f -c "$lab/nbt.conf"
	sleep_random 0 150
	stop nbnsd KILL
}

# What the killed process left, read from a copy: SQLite would tidy up behind itself.
inspect() {
	mkdir -p "$lab/copy"
	cp "$lab"/db/names.db* "$lab/copy/"
	sqlite3 -separator ' ' "$lab/copy/names.db" >"$lab/inspected" <<-EOT
		PRAGMA integrity_check;
		SELECT count(*) - count(DISTINCT version) FROM names;
		SELECT min(version), max(version) FROM names
		 WHERE name > CAST('N$(printf %010d $((round * ROUND_NAMES)))' AS BLOB)
		   AND name < x'4e53'; -- not the server's own
	EOT
	rm -r "$lab/copy"
	{ read -r integrity && read -r repeated && read -r lowest highest; } <"$lab/inspected"
}

integrity_is_ok() {
	cat "$lab/inspected"
	[ "$integrity" = ok ]
}

versions_are_new() {
	echo "versions $lowest to $highest, $highest_before before, $repeated repeated"
	[ "$repeated" = 0 ] && [ "$lowest" -gt "$highest_before" ] && [ "$highest" -ge "$lowest" ]
}

load_was_enough() {
	echo "$rate/s, wanted ${CRASH_RATE:-1}"
	[ "$rate" -ge "${CRASH_RATE:-1}" ]
}

all_are_there() {
	on ns nbtbench query --again --only "$lab/all"
}

lose_the_database() {
	stop nbnsd KILL
	rm "$lab/db/names.db" "$lab/db/names.db-wal" "$lab/all"
	nbnsd_start 'rate-limit = 0'
}

highest_before=0 total=0 round=0
nbnsd_start 'rate-limit = 0'
while [ $round -lt "$rounds" ]; do
	round=$((round + 1))
	[ $((round % KEPT_ROUNDS)) != 0 ] || lose_the_database
	kill_under_load
	inspect
	kill_while_starting
	take_acknowledged
	nbnsd_start 'rate-limit = 0'
	check "round $round: killed, the database is sound" integrity_is_ok
	check "round $round: every acknowledged name is there, with its address" all_are_there
	check "round $round: every version is new" versions_are_new
	check "round $round: the load was enough" load_was_enough
	echo "# $acknowledged acknowledged at $rate/s; versions $lowest to $highest"
	highest_before=$highest total=$((total + acknowledged))
done
echo "# $round times killed, $total names acknowledged, $lab_failed of $lab_cases checks failed"
