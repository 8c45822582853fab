#!/bin/sh
# The speed of nbnsd as doc/performance.md tells it: every figure beside what is wanted. In the build
# directory after make check; as root, on a machine with two processors and nothing else to do:
#	$top_srcdir/tests/bench/nbnsd.sh [queries|mixed|million|store|latency|list|audit|start]...
# SETTINGS are further ones of the group nbnsd. PLOT is a directory that gets drawings. Load on processor 0, the server on processor 1.
set -eu
. "$(dirname "$0")/figures.sh"
port=11137
work=$(mktemp -d ./bench.XXXXXX)
server=
db=names
settings=${SETTINGS:-}

# shellcheck disable=SC2317 # parts are called by name
finish() {
	[ -z "$server" ] || kill "$server"
	[ -z "${all:-}" ] || kill "$all" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

bench() {
	taskset -c 0 tools/nbtbench --port "$port" "$@"
}
rss() { # bytes
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$server/status"
}

# start [PROGRAM]: on the database that is there; its process id, until it has loaded its names.
start() {
	cat >"$work/nbt.conf" <<-EOT
		user = ""; run-directory = "$PWD/$work/run";
		nbnsd = { port = $port; listen = ["127.0.0.1"]; database = "$work/$db.db";
			$(case $settings in *rate-limit*) ;; *) echo 'rate-limit = 1000000;' ;; esac) $settings };
	EOT
	: >"$work/log"
	./libtool --mode=execute "${1:-nbnsd/nbnsd}" -f -c "$work/nbt.conf" 2>"$work/log" &
	server=$!
	until grep -q 'NBNS, as' "$work/log"; do
		kill -0 "$server" || { cat "$work/log"; exit 1; }
		sleep 0.1
	done
	taskset -apc 1 "$server" >/dev/null
}
stop() {
	kill "$server"
	wait "$server" || true
	server=
}
fresh() {
	rm -f "$work"/names.db*
	start "$@"
}

# at NAMES LEAST: queries against the bare responder.
at() {
	for kind in query miss; do
		# shellcheck disable=SC2046 # no word, or one
		result=$(bench --json --pid "$server" --names "$1" --requests 400000 $(plot "$kind-$1") ratio "$kind")
		figure "$kind, $1 names: bare responder / nbnsd" "$(echo "$result" | field ratio)" least "$2"
	done
}

queries() {
	fresh
	bench --names 100000 --window 512 register >/dev/null
	at 100000 0.85
	asked=$(bench --json --names 100000 --requests 400000 query | field per_second)
	refreshed=$(bench --json --names 100000 --requests 400000 refresh | field per_second)
	figure "refreshes against queries per second" "$(ratio "$refreshed" "$asked")" least 0.7
	stop
}

million() {
	fresh
	empty=$(rss)
	bench --names 1000000 --window 512 register >/dev/null
	figure "bytes of memory per name, 1,000,000 names" "$(ratio "$(($(rss) - empty))" 1000000)" most 200
	at 1000000 0.80
	stop
}

# What a LAN does, names that come and go included: each turn of them is a commit.
mixed() {
	fresh
	bench --names 100000 --window 512 register >/dev/null
	# shellcheck disable=SC2046 # no word, or one
	result=$(bench --json --pid "$server" --names 100000 --requests 400000 $(plot mixed) ratio mixed)
	show "mixed, 100,000 names: bare responder / nbnsd" "$(echo "$result" | field ratio)"
	stop
}

store() {
	fresh
	# shellcheck disable=SC2046 # no word, or one
	result=$(bench --json --names 200000 --window 512 --batch 256 --file "$work/reference.db" --pairs 1 \
		$(plot register) ratio register)
	stop
	figure "new names against SQLite alone ($(echo "$result" | field server_per_second)/s)" \
		"$(echo "$result" | field ratio)" least 1.5
}

held() { # TEXT: microseconds at p99.9
	sed -n "s/^$1:.* p99.9 \\([0-9.]*\\) us.*/\\1/p" "$work/log"
}
# What audit, rules and rate limit together add to a query of one of 10,000 clients: two servers with and
# without them, asked by turns.
both() { # ARGUMENT...: of the load, for one server
	bench --clients 10000 --names 100000 "$@"
}
cpu() { # PID PORT KIND: microseconds per request
	taskset -c 0 tools/nbtbench --clients 10000 --names 100000 --requests 50000 --json \
		--pid "$1" --port "$2" "$3" | field cpu_us
}
audit() {
	with=$settings
	fresh
	both --window 512 register >/dev/null
	all=$server
	port=$((port + 1)) db=without
	settings="$with rate-limit = 0; audit = false; allow-query = [\"0.0.0.0/0\"];"
	start
	both --window 512 register >/dev/null
	for kind in query miss; do
		for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
			a=$(cpu "$all" $((port - 1)) $kind)
			b=$(cpu "$server" "$port" $kind)
			# The first turn makes memory real.
			[ "$turn" = 1 ] || awk "BEGIN { print $a - $b }"
		done | sort -n >"$work/differences"
		figure "$kind: audit, rules and rate limit, us of CPU (10,000 clients)" \
			"$(sed -n 8p "$work/differences")" most 0.3
	done
	stop
	server=$all port=$((port - 1)) db=names settings=$with
	stop
}

latency() {
	fresh tests/bench/nbnsd_held
	bench --names 100000 --window 512 register >/dev/null
	# shellcheck disable=SC2046 # no word, or one
	result=$(bench --json --names 100000 $(plot latency) latency)
	stop
	figure "latency of queries with new names beside, and without" \
		"$(echo "$result" | sed 's/.*\]//' | field ratio)" most 2
	figure "the loop held by handing over, us at p99.9" "$(held 'handing changes to the store')" most 100
	figure "the loop held by taking back, us at p99.9" "$(held 'taking them back')" most 100
}

peak() { # bytes, since reset_peak
	awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$server/status"
}
reset_peak() {
	echo 5 >"/proc/$server/clear_refs"
}
# The whole list again and again, read beside the load; its rows are counted.
list_names() {
	while taskset -c 0 tools/nbtctl -r "$work/run" --json names list 2>/dev/null; do :; done >"$work/list"
}
p99() { # the queries' when nobody registers, us: the median of the rounds
	bench --json --names 1000000 --registrations 0 --requests 150000 --pairs 2 latency | grep -o '"p99_us":[0-9.]*' |
		cut -d: -f2 | sort -n | sed -n 2p
}
list() {
	fresh
	bench --names 1000000 --window 512 register >/dev/null
	quiet=$(p99)
	before=$(rss)
	reset_peak
	list_names &
	lister=$!
	beside=$(p99)
	figure "bytes of memory at most, for listing 1,000,000 names" "$(($(peak) - before))" most 8388608
	figure "names listed meanwhile" "$(grep -c '"raw"' "$work/list")" least 100000
	kill "$lister"
	figure "p99 of queries with that beside ($beside us), and without ($quiet us)" \
		"$(ratio "$beside" "$quiet")" most 2
	stop
}

start_time() {
	./libtool --mode=execute tests/bench/bench_store "$work" 1000000 >"$work/log"
	figure "start with 1,000,000 names, against SQLite reading them" \
		"$(sed -n 's/.*factor \([0-9.]*\).*/\1/p' "$work/log")" most 3
}

[ $# -gt 0 ] || set -- queries mixed million store latency list audit start
for part; do
	case $part in
	queries | mixed | million | store | latency | list | audit) "$part" ;;
	start) start_time ;;
	*) sed -n '5p' "$0" >&2 && exit 2 ;;
	esac
done
exit $failed
