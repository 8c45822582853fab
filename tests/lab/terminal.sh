#!/bin/sh
# The tools on a terminal: colours and who does not want them, tables and sentences that fit, and nothing of strangers that
# a terminal would obey; and that none of this is there without one.
. "$top_srcdir/tests/lab/net.sh"
lab_begin python3
. "$top_srcdir/tests/lab/browsers.sh"

host ns 10.99.1.5
host a 10.99.1.11
host old 10.99.1.31
esc=$(printf '\033')

# at COLUMNS COMMAND...: on a terminal of this width.
at() {
	on ns env TERM=xterm "$top_srcdir/tests/lab/terminal.py" "$@"
}
# Without the colours.
plain() {
	sed "s/$esc\\[[0-9]*m//g"
}
# The widest line, as a terminal sees it: ASCII and the ellipsis.
widest() {
	plain | LC_ALL=C.UTF-8 awk '{ if (length > n) n = length } END { print n + 0 }'
}
fits() { # COLUMNS COMMAND...
	at "$@" >"$lab/shown"
	width=$(widest <"$lab/shown")
	cat "$lab/shown"
	[ "$width" -gt 0 ] && [ "$width" -le "$1" ]
}
coloured() { # COMMAND...
	"$@" >"$lab/shown" 2>&1
	cat "$lab/shown"
	grep -q "$esc\\[" "$lab/shown"
}
none_coloured() { # OPTION TOOL...: without a terminal
	option=$1
	shift
	for tool; do
		# shellcheck disable=SC2086 # words
		not coloured on ns env TERM=xterm $tool $option || return 1
	done
}
# Nothing but colours begins with ESC, and there is no other control character. nbtscan's progress, on standard error, is its own.
harmless() { # COMMAND...
	at 100 sh -c '"$@" 2>/dev/null' sh "$@" >"$lab/shown"
	cat -v "$lab/shown"
	plain <"$lab/shown" | LC_ALL=C grep -aq . && ! plain <"$lab/shown" | LC_ALL=C grep -aq "[$(printf '\001-\010\013-\037\177')]"
}

# A name with ESC, and the C1 character that is the same in one byte; a comment with them.
cat >"$lab/table" <<'END_OF_TABLE'
status * 031b5b33316d455343202020202020200004009b33316d433120202020202020202003040046524544072020202020202020202020040000112233445500000000000000000000000000000000000000000000000000000000000000000000000000000000
answer BAD 8500 6000/10.99.1.31
END_OF_TABLE
run old responder responder -p 137 "$lab/table" 10.99.1.31
await 10 logged responder ready
nbnsd_start 'rate-limit = 0'
check "a name with ESC is registered" on ns nbtctl names add 'X<1b>[31mX' 10.0.0.1

# Colours.
check "a table has a head in colour" coloured at 160 nbtctl names list
check "so has a sweep" coloured at 160 nbtscan -q 10.99.1.31
check "so have a look-up that failed" coloured at 80 nbtlookup -U 127.0.0.1 -R NOBODY
check "a host that is not found" coloured at 80 nbtstat -A 10.99.1.11
check "and what is wrong with the network" coloured at 80 nbtbrowse --doctor -t 1
check "without a terminal there is none" none_coloured "" "nbtctl names list" "nbtlookup -U 127.0.0.1 -R NOBODY" \
	"nbtstat -A 10.99.1.11" "nbtbrowse --doctor -t 1"
check "with --color=always there are" coloured on ns nbtctl --color=always names list
check "with --color=never there are none" not coloured at 80 nbtctl --color=never names list
check "NO_COLOR is heard" not coloured at 80 env NO_COLOR=1 nbtctl names list
check "but says nothing if it is empty" coloured at 80 env NO_COLOR= nbtctl names list
check "TERM=dumb has none" not coloured at 80 env TERM=dumb nbtctl names list
check "whoever says always gets them nevertheless" coloured at 80 env NO_COLOR=1 nbtctl --color=always names list
check "JSON has none" not coloured at 80 nbtctl --color=always --json names list
check "nor has any other JSON" none_coloured --color=always "nbtscan -q --json 10.99.1.31" \
	"nbtlookup --json -U 127.0.0.1 NOBODY" "nbtstat --json -A 10.99.1.31" "nbtbrowse --json -t 1" \
	"nbtbrowse --doctor --json -t 1"

if command -v nbtdump >/dev/null; then # takes libpcap
	check "packets have colours" coloured at 80 nbtdump -r "$top_srcdir/tests/data/link-raw.pcap"
	check "without a terminal they have none" none_coloured "" "nbtdump -r $top_srcdir/tests/data/link-raw.pcap"
fi

# Columns.
for columns in 132 80 60; do
	check "names fit $columns columns" fits $columns nbtctl names list
	check "statistics do" fits $columns nbtctl stats
	check "a sweep does" fits $columns nbtscan -q 10.99.1.31
done
check "the doctor fits 60 columns" fits 60 nbtbrowse --doctor -t 1
check "help fits" fits 80 nbtctl help
check "and nothing of it is lost" eval 'at 80 nbtctl help | plain | grep -c "[a-z]" && at 80 nbtctl help | plain | grep "each$"'
check "every name and address is whole" eval 'at 60 nbtctl names list | plain | grep "^X<1b>\[31MX" &&
	at 60 nbtctl names list | plain | grep " 10\.0\.0\.1$"'
on ns nbtctl names list >"$lab/plain"
check "without a terminal nothing is cut" eval '[ "$(widest <"$lab/plain")" -gt 100 ]'
check "--color=always cuts nothing either" eval 'on ns nbtctl --color=always names list | plain | diff "$lab/plain" -'

# Strangers.
for tool in "nbtctl names list" "nbtctl names show X<1b>[31mX" "nbtscan -q 10.99.1.31" "nbtscan -q -v 10.99.1.31" \
	"nbtscan -q -s : 10.99.1.31" "nbtscan -q -d 10.99.1.31" "nbtscan -q -l 10.99.1.31" "nbtstat -A 10.99.1.31" \
	"nbtlookup -A 10.99.1.31" "nbtlookup -S -U 10.99.1.31 BAD" "nbtbrowse --doctor -t 1"; do
	# shellcheck disable=SC2086 # words
	check "harmless: $tool" harmless $tool
done
browser_workgroup=LAB
stop nbnsd
browser_node='node-type = "b"; nbnsd = { server = false; lmhosts = ""; };'
daemons a
browser a 'comment = "a comment of forty-two bytes, all of them"' 'os-level = 65' \
	'preferred-master = "yes"'
check "there is a master browser" await 60 eval 'on ns nbtbrowse -S -t 2 | grep "a comment of"'
check "the tree fits" fits 80 nbtbrowse -t 2
check "comments are cut there" grep 'a comment of.*…$' "$lab/shown"
check "its heads have colours" coloured at 80 nbtbrowse -t 2
check "roles fit" eval 'on a env TERM=xterm "$top_srcdir/tests/lab/terminal.py" 80 nbtctl -r "$lab/a" browse roles >"$lab/shown" &&
	[ "$(widest <"$lab/shown")" -le 80 ] && grep master "$lab/shown"'
