#!/bin/sh
# What stops nbnsd's start: ports that cannot be had, databases that cannot be used. One sentence says
# which and what to do, and the exit status is 1.
. "$top_srcdir/tests/lab/net.sh"
lab_begin sqlite3

host ns 10.99.1.5
TIMED_OUT=124
database=$lab/db/names.db
conf="nbnsd = { database = \"$database\"; };"

#
# Ports.
#
run ns other nbtpacket -p 137 -t 60
await 10 logged other listening
check "a port that is taken: by whom" \
	says 1 'UDP port 137 of .* is taken by nbtpacket (process [0-9]*): stop that, or change' "$conf"
check "another port is free" \
	says $TIMED_OUT 'answering on 10.99.1.5 port 1137' "nbnsd = { database = \"$database\"; port = 1137; };"
stop other
nbnsd_wrapper="setpriv --bounding-set=-net_bind_service"
check "a port that wants root" \
	says 1 'UDP port 137 of .* needs root or CAP_NET_BIND_SERVICE: start as root, or' "$conf"
nbnsd_wrapper=
check "a user that is none" says 1 'user "nobody-here": there is none' "user = \"nobody-here\"; $conf"

#
# Databases. A sound one with names is spoiled in one way at a time.
#
nbnsd_fresh
nbnsd_start
on ns nbtbench register --names 2000 --clients 50 >/dev/null
check "a second nbnsd on the same file" says 1 "$database: is in use by another process; end that, or name another" \
	"run-directory = \"$lab/second\"; nbnsd = { database = \"$database\"; listen = [\"127.0.0.2\"]; };"
check "and the first one does not mind" on ns nbtbench query --names 2000 --clients 50
stop nbnsd
mkdir "$lab/sound"
cp "$lab"/db/* "$lab/sound/"

# refused TEXT PATTERN COMMAND...: what the command does to the sound database stops the start.
refused() {
	text=$1 pattern=$2
	shift 2
	rm -rf "$lab"/db/*
	cp "$lab"/sound/* "$lab/db/"
	"$@" >"$lab/spoiled" 2>&1
	chown -R nbnsd:nbt "$lab/db"
	cp -r "$database" "$lab/before"
	check "$text" says 1 "^nbnsd: error: $database$pattern" "$conf"
	check "$text: it is left as it is" diff -r "$lab/before" "$database"
	rm -r "$lab/before"
}

overwrite() { # OFFSET COUNT, in pages of a kibibyte
	dd if=/dev/zero of="$database" bs=1024 seek="$1" count="$2" conv=notrunc
}
sql() {
	sqlite3 "$database" "$1"
}
be_text() {
	echo "this is not SQLite, whatever its name may say" >"$database"
}
be_directory() {
	rm "$database"
	mkdir "$database"
}
be_gone() {
	rm "$database"
	sqlite3 "$database" "CREATE TABLE books (title)"
}

damaged=": is damaged; put back a copy of it, or move it .* away to begin without names"
refused "a file that is no database" "$damaged" be_text
refused "a database without its first page" "$damaged" overwrite 0 1
refused "a database with pages of zeroes" "$damaged" overwrite 20 10
refused "a database that was cut" "$damaged" truncate -s 40960 "$database"
refused "a database without a table" "$damaged" sql "DROP TABLE names"
refused "a record that makes no sense" "$damaged" sql "UPDATE names SET kind = 9 WHERE id = 77"
refused "two records of one name" "$damaged" \
	sql "UPDATE names SET name = (SELECT name FROM names WHERE id = 78) WHERE id = 77"
refused "a newer schema" ": was written by a newer nbnsd; use that, or name another database" \
	sql "PRAGMA user_version = 99"
refused "a database of another program" ": is a database of another program; name another one" be_gone
refused "a directory" ": cannot be opened" be_directory
refused "a damaged file of versions" "\.version: is damaged: it must hold one number" \
	sh -c "echo many >'$database.version'"

check "a directory that is not there" says 1 "/nonexistent/names.db: cannot be opened.*No such file" \
	'nbnsd = { database = "/nonexistent/names.db"; };'

rm -rf "$lab"/db/*
mount -t tmpfs -o mode=755,size=256k disk "$lab/db"
cp "$lab"/sound/* "$lab/db/"
chown -R nbnsd:nbt "$lab/db"
mount -o remount,ro "$lab/db"
check "a read-only file system" says 1 "$database: cannot be opened: .* must be writable" "$conf"
mount -o remount,rw "$lab/db"
rm -f "$lab"/db/*
dd if=/dev/zero of="$lab/db/filler" bs=1k 2>/dev/null
check "a full disk and no database yet" says 1 "$database: cannot be written (database or disk is full)" "$conf"
umount "$lab/db"

cp "$lab"/sound/* "$lab/db/"
chown nbnsd:nbt "$lab"/db/*
nbnsd_start
check "the sound one starts" on ns nbtbench query --names 2000 --clients 50
