#!/bin/sh
# Three name servers that replicate, in a ring and in a star, while names come, go and change hands,
# servers are killed and started again, and cables are cut. When it is quiet all three databases are
# the same, record by record, and every name that was acknowledged and not released is in each.
#
# SEED=N repeats the moments. For check-long: MESH_SECONDS (10) of trouble in each shape.
. "$top_srcdir/tests/lab/net.sh"
lab_begin sqlite3

servers='1 2 3'
seconds=${MESH_SECONDS:-10}
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"

CHUNK=300 # names that are registered in a round at each server
subnet 3
for n in $servers; do
	host "s$n" "10.99.$n.11"
	mkdir -p "$lab/names/$n"
done

# random COUNT: into $drawn, from 0
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	drawn=$((seed / 256 % $1))
}

#
# The servers. Their days take nine seconds, so that a name that was released is a tombstone soon: only
# of those partners are told.
#
# start N: with the partners that the shape gives it
start() {
	{
		echo "time-scale = 10000; netbios-name = \"S$1\"; run-directory = \"$lab/run$1\";"
		echo "nbnsd = { database = \"$lab/db/s$1.db\"; lmhosts = \"\"; rate-limit = 0;"
		echo 'renewal-interval = "999h"; scavenge-interval = "3h";'
		echo "partners = ( $(eval "echo \"\$partners_$1\"") );"
		echo 'replication = { pull-interval = "6h"; retry = "1h"; request-timeout = "1h"; start-timeout = "1h"; message-timeout = "1h"; idle-timeout = "1h"; };'
		echo "};"
	} >"$lab/s$1.conf"
	run "s$1" "s$1-nbnsd" nbnsd -f -c "$lab/s$1.conf"
	await 20 on "s$1" nbtlookup -U 127.0.0.1 "S$1" && return
	check "server $1 serves" false
	exit
}
kill_and_start() {
	stop "s$1-nbnsd" KILL
	start "$1"
}
end_and_start() {
	stop "s$1-nbnsd"
	start "$1"
}
cut_and_mend() {
	ip link set "s$1-eth0" down
	random 2000
	sleep "$((drawn / 1000)).$((100 + drawn % 900))"
	ip link set "s$1-eth0" up
	on "s$1" ip route replace default via "10.99.$1.1"
}

# shellcheck disable=SC2034 # by their names made of parts
partner() { # N
	echo "{ address = \"10.99.$1.11\"; }"
}
ring() {
	partners_1="$(partner 2), $(partner 3)" partners_2="$(partner 3), $(partner 1)"
	partners_3="$(partner 1), $(partner 2)"
}
star() { # around the first one
	partners_1="$(partner 2), $(partner 3)" partners_2="$(partner 1)" partners_3="$(partner 1)"
}

#
# The names. $lab/names/N/FILE has numbers of names that were registered at server N, of four bytes
# each: what is held for sure is in "held"; what may be either way, since an answer was lost, nowhere.
#
# load N WHAT FILE OPTION...: in the background; FILE gets the names whose answer was right.
load() {
	load_n=$1 load_what=$2 load_file=$3
	shift 3
	run "s$load_n" "load$load_n" nbtbench "$load_what" --server 127.0.0.1 --rate 2000 --window 256 \
		--right "$load_file" "$@"
}
loaded() { # N
	wait "$(cat "$lab/load$1.pid")"
}
next=0
each() { # COMMAND...: for every server
	for n in $servers; do "$@" "$n"; done
}
register() { # N
	load "$1" register "$lab/names/$1/new" --names $CHUNK --first "$next"
	next=$((next + CHUNK))
}
keep_new() { # N
	loaded "$1"
	cat "$lab/names/$1/new" >>"$lab/names/$1/held"
}
take_some() { # N: a quarter of a chunk, which is not held any more
	head -c "$CHUNK" "$lab/names/$1/held" >"$lab/names/$1/some"
	tail -c +$((CHUNK + 1)) "$lab/names/$1/held" >"$lab/names/$1/rest"
	mv "$lab/names/$1/rest" "$lab/names/$1/held"
}
# Some are given up where they were registered, and some are refreshed at the next server, which takes
# them over.
release() { # N
	take_some "$1"
	load "$1" release "$lab/names/$1/given-up" --only "$lab/names/$1/some"
}
move() { # N
	take_some "$1"
	: >"$lab/names/$1/moved"
	load "$(next_to "$1")" refresh "$lab/names/$1/moved" --only "$lab/names/$1/some"
}
keep_moved() { # N
	loaded "$(next_to "$1")"
	cat "$lab/names/$1/moved" >>"$lab/names/$(next_to "$1")/held"
}
next_to() { # N
	echo $(($1 % 3 + 1))
}

# trouble: with one server, or with none
trouble() {
	random 3
	trouble_with=$((drawn + 1))
	random 4
	case $drawn in
	0) ;;
	1) kill_and_start "$trouble_with" ;;
	2) end_and_start "$trouble_with" ;;
	3) cut_and_mend "$trouble_with" ;;
	esac
}

#
# What the databases have, with owners as others see them. The servers' own names are left out: each
# host claims its workgroup anew. Of a tombstone it does not matter whose it is: of two, each server
# takes the other's (wins-replication.md, tables A and B).
#
# records N: read from a copy, since the server does not share its database.
records() {
	mkdir -p "$lab/copy"
	cp "$lab/db/s$1.db"* "$lab/copy/"
	sqlite3 -separator ' ' "$lab/copy/s$1.db" <<-EOT
		WITH RECURSIVE
		me(address) AS (SELECT '0A63$(printf %02X "$1")0B'),
		part(id, i) AS (
			SELECT id, 0 FROM names WHERE length(addresses) > 0
			UNION ALL
			SELECT part.id, i + 1 FROM part JOIN names USING (id) WHERE (i + 2) * 12 <= length(addresses)),
		address(id, text) AS (
			SELECT id, hex(substr(addresses, i * 12 + 1, 4)) || '/' ||
				CASE hex(substr(addresses, i * 12 + 5, 4)) WHEN '00000000' THEN (SELECT address FROM me)
				ELSE hex(substr(addresses, i * 12 + 5, 4)) END
			FROM part JOIN names USING (id) ORDER BY 1, 2)
		SELECT hex(name), hex(scope), kind, state, CASE WHEN state < 2 THEN
			CASE owner WHEN 0 THEN (SELECT address FROM me) ELSE printf('%08X', owner) END || ' ' || version || ' ' ||
			(SELECT group_concat(text) FROM address WHERE address.id = names.id) END
		FROM names WHERE name > CAST('N0' AS BLOB) AND name < CAST('N:' AS BLOB) ORDER BY name, scope;
	EOT
	rm -r "$lab/copy"
}
same_records() {
	for n in $servers; do records "$n" >"$lab/records$n"; done
	cmp "$lab/records1" "$lab/records2" && cmp "$lab/records1" "$lab/records3" &&
		! cut -d ' ' -f 4 "$lab/records1" | grep -q 1
}
differences() {
	diff "$lab/records1" "$lab/records2" | head -n 5
	diff "$lab/records1" "$lab/records3" | head -n 5
	return 1
}
# Hosts go on refreshing. Two servers of which each has taken the other's record of a name, since it
# moved while they did not hear each other, agree from the next refresh on.
refresh() { # N
	load "$1" refresh "$lab/names/$1/refreshed" --only "$lab/names/$1/held"
}
all_agree() {
	for _ in 1 2 3 4; do
		each refresh
		each loaded
		await 40 same_records && return
	done
	differences
}
held() { # N: names of all servers are asked for at this one
	cat "$lab"/names/*/held >"$lab/all"
	on "s$1" nbtbench query --again --only "$lab/all"
}

for shape in ring star; do
	"$shape"
	rm -f "$lab"/db/*
	for n in $servers; do : >"$lab/names/$n/held"; done
	each start
	end=$(($(date +%s) + seconds)) rounds=0
	while [ "$(date +%s)" -lt "$end" ]; do
		each register
		trouble
		each keep_new
		each release
		each loaded
		each move
		each keep_moved
		rounds=$((rounds + 1))
	done
	check "$shape: all databases are the same" all_agree
	for n in $servers; do check "$shape: every name held is there, at server $n" held "$n"; done
	echo "# $shape: $rounds rounds, $(wc -l <"$lab/records1") records, $(($(wc -c <"$lab/all") / 4)) names held"
	for n in $servers; do stop "s$n-nbnsd"; done
done
