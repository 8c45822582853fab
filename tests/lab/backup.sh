#!/bin/sh
# nbtctl backup and restore under load, and what goes wrong with them.
. "$top_srcdir/tests/lab/net.sh"
lab_begin sqlite3 python3

host ns 10.99.1.5
faults_on

ctl() {
	on ns nbtctl "$@"
}

# fails PATTERN COMMAND...: it ends with 1 and says this.
fails() {
	pattern=$1
	shift
	"$@"
	status=$?
	[ "$status" = 1 ] && "$@" 2>&1 | grep -e "$pattern"
}

register() { # FIRST COUNT FILE
	on ns nbtbench register --names "$2" --first "$1" --window 500 --right "$3"
}

query() { # FILE
	on ns nbtbench query --only "$1"
}

names() { # FILE: all, without versions and leases
	ctl names list --json >"$lab/rows" && tr '{' '\n' <"$lab/rows" |
		sed 's/"version": *[0-9]*, *//; s/"expires_in": *[0-9nul]*, *//; s/},*$//; s/ *]$//' | sort >"$1"
}

lowest_version() {
	sqlite3 "$1" "SELECT min(version) FROM names WHERE owner = 0"
}

committed() { # COUNT
	[ "$(ctl stats | awk '$1 == "store.changes" { print $2 }')" -gt "$1" ]
}

under_load() { # COMMAND...
	before=$(ctl stats | awk '$1 == "store.changes" { print $2 }')
	run ns load nbtbench register --names 1000000 --first "$load" --window 200 --right "$lab/during"
	: $((load += 1000000))
	await 10 committed $((before + 1000)) && "$@"
	status=$?
	kill "$(cat "$lab/load.pid")"
	wait "$(cat "$lab/load.pid")"
	return $status
}

load=1000000
backup_under_load() {
	under_load ctl backup "$lab/db/under-load" || return 1
	sqlite3 "$lab/db/under-load" "PRAGMA integrity_check" | grep -x ok
}

nbnsd_start 'rate-limit = 0' 'allow-query = ["0.0.0.0/0"]'
check "names are registered" register 0 20000 "$lab/first"
check "a backup under load is sound" backup_under_load
check "it is for nobody else's eyes" [ "$(stat -c '%a %U' "$lab/db/under-load")" = "600 nbnsd" ]
check "and is one file" not ls "$lab/db/under-load-"* "$lab/db/under-load."*
check "names go on being registered" register 100000 1000 "$lab/later"
check "restore says what it did" ctl restore "$lab/db/under-load"
check "names of before are there, with their addresses" query "$lab/first"
check "those of after are not" not query "$lab/later"
check "and can be registered" register 100000 1000 "$lab/later"
check "the service and the database agree" ctl check
check "the server's own names are there again" await 5 on ns nbtlookup -U 127.0.0.1 NS
check "the log says it" logged nbnsd "restored from $lab/db/under-load; what was in force before is $lab/db/names.db.old"

python3 - /run/nbt/nbnsd.ctl "$lab/db/under-load" >"$lab/asked" 2>&1 <<-'EOT'
	import socket, sys
	def ask(*commands):
	    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])
	    s.sendall(b"".join(b"[" + c.encode() + b"]\n" for c in commands))
	    return s, len(commands)
	def answers(asked):
	    s, wanted = asked
	    got, data = 0, b""
	    while got < wanted and (data := data[-10:] + s.recv(65536)):
	        got = got + data.count(b'{"ok"') + data.count(b'{"error"')
	        data = data[data.rfind(b"\n"):]
	    return got == wanted
	asked = [ask('"restore","%s"' % sys.argv[2], '"stats"'), ask('"check"', '"scavenge"', '"stats"'),
	         ask('"scavenge"', '"stats"', '"conflicts"'), ask('"events"', '"stats"'), ask('"names","list"', '"stats"')]
	print(all([answers(one) for one in asked]))
EOT
check "commands behind those under way are answered by the restored one" grep -x True "$lab/asked"
check "a restore under load goes well, too" under_load ctl restore "$lab/db/under-load"
check "and the service and the database agree again" ctl check
check "names of before are there" query "$lab/first"

# The pipe takes a small part of the list, the rest is of after the restore.
list_is_not_mixed() {
	mkfifo "$lab/slow"
	ctl names list --json >"$lab/slow" 2>"$lab/slow.error" &
	list=$!
	exec 9<"$lab/slow"
	head -c 1000 <&9 >"$lab/begin" && ctl restore "$lab/db/under-load"
	status=$?
	cat <&9 >/dev/null
	exec 9<&-
	wait $list
	[ "$?" = 1 ] && [ $status = 0 ] && grep 'another database is put in place: begin anew' "$lab/slow.error"
}
check "a list that was under way ends, and says why" list_is_not_mixed

exactly() {
	names "$lab/names-before" &&
		ctl backup "$lab/db/exact" &&
		register 200000 500 "$lab/gone" && ctl names add STATIC 10.1.2.3 &&
		ctl restore "$lab/db/exact" && names "$lab/names-after" &&
		diff "$lab/names-before" "$lab/names-after" | tail -n 20 &&
		cmp "$lab/names-before" "$lab/names-after"
}
check "restore gives exactly the names of the backup" exactly

versions_are_new() {
	ctl backup "$lab/db/versions" --replace && now=$(lowest_version "$lab/db/versions") &&
		was=$(sqlite3 "$lab/db/names.db.old" "SELECT max(version) FROM names") &&
		echo "$now $was" && [ "$now" -gt "$was" ]
}
check "with versions that partners have not seen" versions_are_new
check "nothing expires at once" sh -c "sqlite3 '$lab/db/versions' 'SELECT count(*) FROM names, service WHERE expiry <= lease_clock' | grep -x 0"
check "what was in force can be had again" ctl restore "$lab/db/names.db.old"
check "with the names of after the backup" query "$lab/gone"
check "paths are those of who asks" sh -c "cd '$lab/db' && nsenter --net=/run/netns/ns nbtctl backup relative && test -s '$lab/db/relative'"

# What is refused.
check "a file that is there is kept" fails 'is there already: --replace' ctl backup "$lab/db/relative"
check "unless that is said" ctl backup "$lab/db/relative" --replace
check "never the database itself" fails 'belongs to the database in use' ctl backup "$lab/db/names.db" --replace
check "nor its versions" fails 'belongs to the database in use' ctl backup "$lab/db/../db/names.db.version" --replace
check "a place without right is said" fails 'cannot be written (Permission denied)' ctl backup "$lab/backup"
check "one that is not there, too" fails 'cannot be written (No such file' ctl backup "$lab/db/none/backup"

names "$lab/names-before"
unchanged() {
	"$@" && names "$lab/names-after" && cmp "$lab/names-before" "$lab/names-after" &&
		not ls "$lab/db/names.db.restore"*
}
cp "$lab/db/relative" "$lab/db/damaged"
dd if=/dev/urandom of="$lab/db/damaged" bs=1024 seek=30 count=40 conv=notrunc 2>/dev/null
sqlite3 "$lab/db/foreign" "CREATE TABLE recipes (name TEXT)"
cp "$lab/db/relative" "$lab/db/newer"
sqlite3 "$lab/db/newer" "PRAGMA user_version = 1000"
cp "$lab/db/relative" "$lab/db/others"
sqlite3 "$lab/db/others" "UPDATE audit SET key = randomblob(16)"
chmod 644 "$lab"/db/*
check "a damaged file changes nothing" unchanged fails 'is damaged' ctl restore "$lab/db/damaged"
check "nor does a foreign one" unchanged fails 'is a database of another program' ctl restore "$lab/db/foreign"
check "nor one of a newer nbnsd" unchanged fails 'was written by a newer nbnsd' ctl restore "$lab/db/newer"
check "nor another server's" unchanged fails 'is of another database' ctl restore "$lab/db/others"
check "nor a missing one" unchanged fails 'No such file' ctl restore "$lab/db/missing"
check "nor one without right to it" unchanged fails 'Permission denied' ctl restore /etc/shadow
check "nor the database itself" unchanged fails 'is a database in use' ctl restore "$lab/db/names.db"
check "another server's is taken if that is said" ctl restore "$lab/db/others" --foreign

# A full disk.
mkdir "$lab/small"
mount -t tmpfs -o mode=755,size=300k disk "$lab/small"
chown nbnsd:nbt "$lab/small"
check "a disk that is too small is said" fails 'cannot be written (No space left' ctl backup "$lab/small/backup"
check "and no half file is left" [ -z "$(ls "$lab/small")" ]

# Programs of this host.
program_comes_back() {
	ctl backup "$lab/db/program" && run ns localname localname PROGRAM && await 5 on ns nbtlookup -U 127.0.0.1 'PROGRAM#20' &&
		ctl restore "$lab/db/program" && await 10 on ns nbtlookup -U 127.0.0.1 'PROGRAM#20'
}
check "a program's name comes back by itself" program_comes_back
check "events tell their readers that it is over" sh -c "
	nsenter --net=/run/netns/ns timeout -s KILL 20 nbtctl --json events >'$lab/events' 2>&1 & reader=\$!
	until grep -q begin '$lab/events'; do sleep 0.1; done
	nsenter --net=/run/netns/ns nbtctl restore '$lab/db/program' && wait \$reader
	grep 'another database is put in place' '$lab/events'"

# Backups by themselves: an interval of a second, kept apart by it.
scheduled() { # SETTING...
	stop nbnsd
	: >"$lab/nbnsd.log"
	nbnsd_start 'rate-limit = 0' 'allow-query = ["0.0.0.0/0"]' 'backup-interval = "1s"' 'backup-keep = 3' "$@"
}

count_is() { # NUMBER
	ls "$lab/db/auto"
	[ "$(find "$lab/db/auto" -name 'nbnsd-*.db' | wc -l)" = "$1" ]
}

counter_is() { # NAME TEST...
	name=$1
	shift
	test "$(ctl stats | awk -v name="$name" '$1 == name { print $2 }')" "$@"
}

install -d -o nbnsd -g nbt "$lab/db/auto"
touch "$lab/db/auto/nbnsd-mine.db" "$lab/db/auto/nbnsd-20200101T000000Z.db.gz"
scheduled "backup-directory = \"$lab/db/auto\""
check "backups are made by themselves" await 10 counter_is backup.made -ge 5
check "so many are kept" await 5 count_is 4
check "files of other names stay" ls "$lab/db/auto/nbnsd-mine.db" "$lab/db/auto/nbnsd-20200101T000000Z.db.gz"
check "they can be restored" sh -c "nsenter --net=/run/netns/ns nbtctl restore \"\$(ls '$lab'/db/auto/nbnsd-2*Z.db | head -n 1)\""
check "and go on after that" await 10 counter_is backup.made -ge 2
# Only the first failure is said: it may fall between these two, or into the first.
rm -r "$lab/db/auto" && touch "$lab/db/auto"
check "a failure is said" await 10 logged nbnsd "error: backup: $lab/db/auto.*: ."
check "and counted" await 5 counter_is backup.failed -ge 2
check "and measured" counter_is backup.trouble -eq 1
check "once" [ "$(grep -c 'error: backup: ' "$lab/nbnsd.log")" = 1 ]
rm "$lab/db/auto"
check "a directory that is missing is made" await 10 count_is 1
check "it is said that it works again" await 5 logged nbnsd 'backup: works again'
sed -i 's/backup-interval.*/backup-interval = "1h";/; s/backup-keep.*/backup-keep = 1;/; s,/db/auto",/db/other",' "$lab/nbt.conf"
check "a reload changes all of it" ctl reload
check "one is made at once, and no more" await 10 sh -c "[ \$(ls '$lab/db/other' | wc -l) = 1 ]"

# kill -9 at any moment leaves the one or the other.
one_or_the_other() {
	for pause in 0.00 0.05 0.1 0.15 0.2 0.25 0.3 0.5 1; do
		ctl backup "$lab/db/kill" --replace >/dev/null || return 1
		ctl names add KILLED 10.1.2.3 >/dev/null || return 1
		ctl restore "$lab/db/kill" >/dev/null 2>&1 &
		asker=$!
		sleep "$pause"
		stop nbnsd KILL
		wait $asker
		nbnsd_start 'rate-limit = 0' 'allow-query = ["0.0.0.0/0"]'
		query "$lab/first" || return 1
		ctl check || return 1
		ctl names show KILLED >/dev/null 2>&1 && echo "$pause: old" || echo "$pause: new"
		not ls "$lab/db/names.db.restore"* || return 1
		ctl names delete 'KILLED<20>' 'KILLED<00>' 'KILLED<03>' >/dev/null 2>&1
		[ "$pause" != 1 ] || return 0
	done
}
check "kill -9 during restore leaves the old or the new database" one_or_the_other
sed 's/^/# /' "$lab/out" | grep -E 'old|new'

# What was sound when it was checked cannot be used when it is in place.
names "$lab/names-before"
echo 1 >"$lab/faults/restore"
check "without use of the copy the database of before is in force" \
	unchanged fails 'the database of before is in force' ctl restore "$lab/db/kill"
check "and is sound" ctl check
check "and takes names" register 300000 100 "$lab/last-names"
echo 2 >"$lab/faults/restore"
ctl restore "$lab/db/kill" >"$lab/restore.log" 2>&1
check "without both that is said" logged restore 'nbtctl: neither the copy nor the database of before can be used'
check "nbnsd ends with an error" sh -c "tail --pid=$(cat "$lab/nbnsd.pid") -f /dev/null"
check "and says why" logged nbnsd 'there is no database to go on with: nbnsd ends'
wait "$(cat "$lab/nbnsd.pid")"
check "with the status of a failure" [ $? = 1 ]
