#!/bin/sh
# A disk that is full, fails or has become read-only while nbnsd runs: nothing is acknowledged that is
# not stored, one line says so, queries go on, and when the fault ends all is well by itself.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

host ns 10.99.1.5
faults_on
mount -t tmpfs -o mode=755,size=8m disk "$lab/db"
chown nbnsd:nbt "$lab/db"

# Each load has names of its own. register COUNT FILE: the acknowledged are added to the file.
first=0
register() {
	on ns nbtbench register --names "$1" --first $first --window "$1" --right "$lab/right"
	status=$?
	: $((first += $1))
	cat "$lab/right" >>"$2"
	return $status
}

query() { # FILE
	on ns nbtbench query --only "$1"
}

log_lines() { # COUNT
	cat "$lab/nbnsd.log"
	[ "$(wc -l <"$lab/nbnsd.log")" = "$1" ]
}

# At first there is still room in the log, and what found it is acknowledged; but it does not last.
nothing_is_acknowledged() {
	register 4000 "$lab/acknowledged"
	register 500 "$lab/late"
	not test -s "$lab/late"
}

# meet TEXT PATTERN BEGIN END: commands that bring the fault about and end it; PATTERN is how it is
# called.
meet() {
	text=$1 pattern=$2 begin=$3 end=$4
	nbnsd_fresh
	rm -f "$lab/acknowledged" "$lab/late"
	nbnsd_start 'rate-limit = 0'
	register 1000 "$lab/acknowledged"
	cp "$lab/acknowledged" "$lab/before"
	: >"$lab/nbnsd.log"

	$begin
	check "$text: without storage there is no acknowledgement" nothing_is_acknowledged
	check "$text: queries go on" query "$lab/before"
	check "$text: the log says it" logged nbnsd "^nbnsd: error: $lab/db/names.db: .*$pattern.*changes are refused"
	check "$text: in one line for all requests" log_lines 1
	$end
	check "$text: it recovers by itself" await 10 logged nbnsd 'the database works again'
	check "$text: and registers names" register 1000 "$lab/acknowledged"
	check "$text: that is one more line" log_lines 2
	stop nbnsd KILL
	nbnsd_start 'rate-limit = 0'
	check "$text: what was acknowledged is there after kill -9" query "$lab/acknowledged"

	register 1000 "$lab/acknowledged"
	$begin
	register 4000 "$lab/acknowledged"
	stop nbnsd "$5"
	$end
	nbnsd_start 'rate-limit = 0'
	check "$text: and after SIG$5 in trouble" query "$lab/acknowledged"
	stop nbnsd
}

fill_disk() {
	dd if=/dev/zero of="$lab/db/filler" bs=64k 2>/dev/null
}
empty_disk() {
	rm "$lab/db/filler"
}
fail_io() {
	echo 5 >"$lab/faults/disk" # EIO
}
make_read_only() {
	echo 30 >"$lab/faults/disk" # EROFS, after an error in the file system
}
repair() {
	rm "$lab/faults/disk"
}

meet "disk full" "disk is full" fill_disk empty_disk KILL
meet "I/O errors" "Input/output error" fail_io repair TERM
meet "read-only" "Read-only file system" make_read_only repair KILL
