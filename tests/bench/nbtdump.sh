#!/bin/sh
# How fast nbtdump reads a capture file, beside tcpdump with the same filter. In the build directory:
#	$top_srcdir/tests/bench/nbtdump.sh [CAPTURE...]
# A file of 1 GB is made of the captures (default: those of $CORPUS, else of tests/data; all that are
# of Ethernet), over and over, and is in memory when it is read. Compared is CPU time, user and system,
# by turns, as the median of RUNS (default 5) pairs.
set -eu
. "$(dirname "$0")/figures.sh"
command -v tcpdump >/dev/null || { echo "tcpdump is not installed"; exit 77; }
data=$(cd "$(dirname "$0")/../data" && pwd)
[ $# -gt 0 ] || set -- "${CORPUS:-$data}"/*.pcap
runs=${RUNS:-5} size=${SIZE:-1000000000}
expression="udp port 137 or udp port 138 or udp port 42 or tcp port 137 or tcp port 139 or tcp port 445 or tcp port 42"
work=$(mktemp -d ./bench.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The header of a file of Ethernet in the bytes' order of most machines, and times in microseconds.
is_alike() { # CAPTURE
	[ "$(od -An -tx1 -N4 "$1" | tr -d ' ')" = d4c3b2a1 ] && [ "$(od -An -tx1 -j20 -N4 "$1" | tr -d ' ')" = 01000000 ]
}

make_file() { # CAPTURE...
	for capture; do
		! is_alike "$capture" || tail -c +25 "$capture"
	done >"$work/once"
	# in pieces of some megabytes, so that few processes are needed
	cp "$work/once" "$work/piece"
	while [ "$(wc -c <"$work/piece")" -lt 10000000 ]; do
		cat "$work/piece" "$work/piece" >"$work/twice"
		mv "$work/twice" "$work/piece"
	done
	times=$((size / $(wc -c <"$work/piece") + 1))
	{
		printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\004\000\001\000\000\000'
		for _ in $(seq "$times"); do cat "$work/piece"; done
	} >"$work/large.pcap"
	rm "$work/once" "$work/piece"
}

# The CPU seconds of a command.
cpu() {
	(
		"$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
		times
	) | sed -n '2s/[ms]/ /gp' | awk '{ print $1 * 60 + $2 + $3 * 60 + $4 }'
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# against TEXT LIMIT BASE... -- COMMAND...: seconds of BASE by those of COMMAND, measured by turns.
against() {
	text=$1 limit=$2
	shift 2
	base=
	while [ "$1" != -- ]; do base="$base $1"; shift; done
	shift
	: >"$work/base" && : >"$work/ours"
	for _ in $(seq "$runs"); do
		# shellcheck disable=SC2086 # words
		cpu $base "$expression" >>"$work/base"
		cpu "$@" >>"$work/ours"
	done
	figure "$text" "$(ratio "$(median <"$work/base")" "$(median <"$work/ours")")" least "$limit"
	echo "       $(median <"$work/base") s, $(median <"$work/ours") s"
}

make_file "$@"
nbtdump=$(pwd)/tools/nbtdump
file=$work/large.pcap
echo "$(wc -c <"$file") bytes, $(tcpdump -nr "$file" --count 2>/dev/null), $("$nbtdump" -r "$file" --json --summary |
	sed 's/{"packets":\([0-9]*\).*/\1/') packets of NetBIOS"
against "tcpdump -w / nbtdump -w, the same filter" 0.5 tcpdump -r "$file" -w /dev/null -- \
	"$nbtdump" -r "$file" -w /dev/null "$expression"
against "tcpdump -w / nbtdump -w, its own filter" 0.5 tcpdump -r "$file" -w /dev/null -- \
	"$nbtdump" -r "$file" -w /dev/null
against "tcpdump, lines / nbtdump, lines" 0.5 tcpdump -nr "$file" -- "$nbtdump" -r "$file" "$expression"
# for the record: everything is decoded, and every name looked at
against "tcpdump -w / nbtdump --name=NOBODY" 0 tcpdump -r "$file" -w /dev/null -- "$nbtdump" -r "$file" --name=NOBODY
against "tcpdump -w / nbtdump --summary" 0 tcpdump -r "$file" -w /dev/null -- "$nbtdump" -r "$file" --summary
against "tcpdump -w / nbtdump, lines" 0 tcpdump -r "$file" -w /dev/null -- "$nbtdump" -r "$file"
against "tcpdump -w / nbtdump --json" 0 tcpdump -r "$file" -w /dev/null -- "$nbtdump" -r "$file" --json
exit "$failed"
