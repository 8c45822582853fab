#!/bin/sh
# nbtctl and the control socket of a real nbnsd: who may, every command of the names, exit codes, text and
# JSON, and clients that behave badly.
. "$top_srcdir/tests/lab/net.sh"
lab_begin setpriv python3

host ns 10.99.1.5
host a 10.99.1.11
socket=/run/nbt/nbnsd.ctl

ctl() {
	on ns nbtctl "$@"
}
# json FILTER COMMAND...: what nbtctl says is JSON, and this expression of Python about it, rows, is true.
json() {
	filter=$1
	shift
	ctl --json "$@" >"$lab/json" || return 1
	cat "$lab/json"
	python3 -c "import json, sys; rows = json.load(open(sys.argv[1])); sys.exit(not ($filter))" "$lab/json"
}
fields() { # FIELD,... COMMAND...: of the first row
	want=$1
	shift
	json "','.join(rows[0]) == '$want'" "$@"
}
looks_up() { # ADDRESS NAME
	on a nbtlookup -U 10.99.1.5 -R "$2" | grep "^$1 "
}
mode() {
	stat -c '%a %U %G' "$socket"
}
as() { # USER GROUP COMMAND...: what a user may who is in no other group
	user=$1 group=$2
	shift 2
	on ns setpriv --reuid="$user" --regid="$group" --clear-groups "$@"
}
# talk TEXT: says it raw, and prints what comes
talk() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin-1"))
s.shutdown(socket.SHUT_WR)
while data := s.recv(65536): sys.stdout.write(data.decode())' "$socket" "$1"
}

# Who may.
check "without a daemon: exit 3" exits 3 ctl version
check "and that is said" eval 'ctl version 2>&1 | grep "does not run"'
check "a daemon that does not exist: exit 3" exits 3 ctl -d nbddd version
check "what is no daemon: exit 2" exits 2 ctl -d nbns version
check "no command: exit 2" exits 2 ctl
nbnsd_fresh
nbnsd_start 'rate-limit = 0'
check "it is for its owner alone" eval 'mode | grep "^600 nbnsd "'
check "root may" exits 0 ctl version
check "nbnsd may" exits 0 as nbnsd nbt nbtctl version
check "others may not: exit 3" exits 3 as nobody nogroup nbtctl version
check "and that is said" eval 'as nobody nogroup nbtctl version 2>&1 | grep nbt-admin'
stop nbnsd
check "after the end the socket is gone" not test -e "$socket"
echo nbt-admin:x:64138: >>"$lab/etc/group"
nbnsd_start 'rate-limit = 0'
check "with a group nbt-admin it is theirs" eval 'mode | grep "^660 nbnsd nbt-admin"'
check "who may" exits 0 as nobody nbt-admin nbtctl version

# Commands.
check "help lists commands" eval 'ctl help | grep "^names list "'
undocumented() {
	ctl --json help | python3 -c 'import json, sys
for row in json.load(sys.stdin): print(row["command"])' | while read -r command; do
		grep -q "^\\.It Cm $command\\( \\|$\\)" "$top_srcdir/doc/man/nbtctl.8" || echo "$command"
	done
}
check "every command has its paragraph in nbtctl(8)" eval 'undocumented | not grep .'
check "version" fields program,version,pid,dos_charset version
check "a unique name is three" json 'len(rows) == 3 and rows[2]["change"] == "added"' names add FRED 10.1.2.3
check "which are answered" looks_up 10.1.2.3 'FRED#20'
check "which are static" json 'all(r["static"] and r["expires_in"] is None for r in rows)' names list FRED
check "not twice" exits 1 ctl names add FRED 10.1.2.4
check "unless it is meant" json 'rows[0]["change"] == "replaced"' names add --replace FRED 10.1.2.4
check "which is answered" looks_up 10.1.2.4 'FRED#20'
check "a group" json 'rows[0]["suffix"] == "1E"' names add --kind group WORKERS
check "a domain" exits 0 ctl names add --kind domain DOM 10.0.0.1 10.0.0.2
check "an Internet group" json 'rows[0]["suffix"] == "20"' names add --kind internet PRINTERS 10.0.0.1
check "a multihomed name" json 'len(rows) == 3' names add --kind multihomed BOTH 10.0.0.1 10.0.0.2
check "a name with an umlaut" exits 0 ctl names add 'Müller<20>' 10.1.1.1
check "is shown as it is" json 'rows[0]["name"] == "MÜLLER" and rows[0]["raw"][:4] == "4d9a"' names list 'm?ller'
check "small letters find it" json 'len(rows) == 1' names list 'mül*'
check "a byte that is no character" exits 0 ctl names add '<01>ODD<02><20>' 10.1.1.1
check "is shown as it was said" eval 'ctl names list --address 10.1.1.1 | grep "^<01>ODD<02>  *20 "'
check "and found so" json 'len(rows) == 1' names list '<01>odd<02><20>'
check "a pattern with a suffix" json '[r["suffix"] for r in rows] == ["20"]' names list 'F*<20>'
check "a suffix alone" json '{r["suffix"] for r in rows} == {"20"}' names list '#20'
check "two suffixes: exit 2" exits 2 ctl names list 'F*<20>' --suffix 1b
check "a name in a scope" exits 0 ctl names add --scope LAB 'FRED<20>' 10.1.1.1
for wrong in "add FRED" "add --kind unique FRED 10.0.0.1 10.0.0.2" "add --kind group FRED 10.0.0.1" \
	"add --kind none FRED 10.0.0.1" "add FRED 10.0.0.256" "add FRED 255.255.255.255" \
	"add --kind domain FRED<20> 10.0.0.1" "add 1234567890123456 10.0.0.1" "list --suffix xx" \
	"list --kind none" "list --limit -1" "list --none" "show" "show A B" "delete FRED" "delete" \
	"add *X 10.0.0.1" "add *<20> 10.0.0.1" "add FRED<1d> 10.0.0.1" "add FRED<1c> 10.0.0.1" "add --kind group FRED<1b>" "list --owner someone" "list --origin nowhere" "members FRED" "add --scope a..b FRED 10.0.0.1"; do
	# shellcheck disable=SC2086 # words
	check "names $wrong: exit 2" exits 2 ctl names $wrong
done
check "what lacks is named" eval 'ctl names delete 2>&1 | grep "too few words"'
check "what there is not is named" eval 'ctl names all 2>&1 | grep "no command \"names all\""'
check "nobody has registered it" json 'rows[0]["registered_by"] is None' names show FRED
check "a client's name" eval 'on ns nbtbench register --names 1000 --first 0 >/dev/null; ctl names list --origin dynamic | grep unique'

list=name,suffix,raw,scope,kind,state,static,own,node_type,owner,version,expires_in,members,addresses
check "fields of names list" fields "$list" names list
check "all names" json 'len(rows) >= 14' names list
check "by suffix" json '{r["suffix"] for r in rows} == {"1C"}' names list --suffix 1c
check "by kind" json '{r["kind"] for r in rows} == {"multihomed"}' names list --kind multihomed
check "by state" json 'rows == []' names list --state tombstone
check "by owner" json 'rows == []' names list --owner 10.9.9.9
check "by address" json '{r["name"] for r in rows} == {"DOM", "BOTH"}' names list --address 10.0.0.2
check "by scope" json 'len(rows) == 1' names list --scope LAB
check "own names" json '"NS" in {r["name"] for r in rows}' names list --origin self
check "so many" json 'len(rows) == 2' names list --limit 2
check "none of this pattern is no failure" json 'rows == []' names list 'NONE*'
check "names show" fields "${list%,addresses},expires_at,registered_by,addresses,member_addresses" names show FRED
check "all suffixes" json '[r["suffix"] for r in rows] == ["00", "03", "20"]' names show FRED
check "an address has its lease" json 'rows[0]["addresses"][0] == {"address": "10.1.2.4", "owner": "self", "expires_in": None}' names show FRED
check "in text, a field per line" eval 'ctl names show "FRED<20>" | grep "^kind  *unique$"'
check "what is not there: exit 1" exits 1 ctl names show NONE
check "members of the workgroup" json 'rows[0]["address"] == "10.99.1.5"' names members 'WORKGROUP<00>'
check "of what is no group: exit 1" exits 1 ctl names members 'FRED<20>'
check "without partners there are none" json 'rows == []' partners
check "nor is anything pulled" eval 'ctl pull 2>&1 | grep "there is no replication"'
check "nor pushed: exit 1" exits 1 ctl push
check "nor both: exit 1" exits 1 ctl replicate
check "nor verified: exit 1" exits 1 ctl replicate verify
check "names of a server that is not known" eval 'ctl owners delete 10.9.9.9 2>&1 | grep "no name here was registered at 10.9.9.9"'
check "are not buried, either: exit 1" exits 1 ctl owners tombstone 10.9.9.9
check "a server without an address: exit 2" exits 2 ctl owners delete
check "names delete" json 'rows[0]["change"] == "deleted"' names delete 'FRED<03>'
check "it is gone" not looks_up 10.1.2.4 'FRED#03'
check "what is not there: exit 1, and nothing is taken away" \
	eval 'exits 1 ctl names delete "FRED<20>" "NONE<20>" && looks_up 10.1.2.4 FRED#20'
for wrong in "delete NS<20>" "tombstone FRED<20> NS<00>" "add --replace NS 10.1.2.5" \
	"add --replace --kind group NS<20>" "add --replace WORKGROUP<00> 10.1.2.5"; do
	# shellcheck disable=SC2086 # words
	check "of this host: names $wrong: exit 1" exits 1 ctl names $wrong
done
check "and nothing has changed" json '{r["suffix"] for r in rows if r["addresses"] == ["10.99.1.5"]} == {"00", "03", "20"}' names list NS
check "a group that it is in may be deleted" exits 0 ctl names delete 'WORKGROUP<1E>'
check "it joins again" eval 'ctl own refresh >/dev/null && await 10 ctl names members "WORKGROUP<1E>"'
check "names tombstone" json 'len(rows) == 2' names tombstone 'DOM<1C>' 'WORKERS<1E>'
check "they are tombstones" json 'len(rows) == 2 and rows[0]["expires_in"] > 0' names list --state tombstone
check "owners" fields owner,highest_version,behind,age,active,released,tombstone,total owners
check "counts of the owner" json 'rows[0]["owner"] == "self" and rows[0]["tombstone"] == 2' owners
check "check" json 'rows[0]["problems"] == 0 and rows[0]["members"] > 0' check
check "scavenge" fields names,released,tombstoned,deleted,addresses,written scavenge
check "stats" json '{r["counter"]: r["value"] for r in rows}["names.group.tombstone"] == 1' stats
check "stats for Prometheus" eval 'ctl stats --prometheus | grep "^nbnsd_names{kind=\"group\",state=\"tombstone\"} 1$"'
# q is typed before it begins; the terminal is as it was, and its screen too.
check "stats --watch on a terminal ends with q" eval '
	echo q | on ns timeout 60 script -qec "nbtctl stats --watch && stty -a" "$lab/screen" >"$lab/seen" &&
	grep -q "per second *total" "$lab/screen" && grep -q "[0-9]  names" "$lab/screen" &&
	grep -q "$(printf "\033")\[?1049l" "$lab/screen" && grep -q " icanon" "$lab/screen" && grep -q " echo " "$lab/screen"'
check "stats --watch in a pipe has no screen" eval 'ctl stats --watch | head -n 2 | cat -A | grep "^per second *total\\$"'
check "log debug" exits 0 ctl log debug
check "log loud: exit 2" exits 2 ctl log loud
check "changes are in the log" logged nbnsd 'user 0: names delete FRED<03>'
check "a table" eval 'ctl names list FRED --suffix 20 | grep "^FRED  *20 .* unique  *active  *yes"'
check "CSV" eval 'ctl --csv names list FRED --suffix 20 | grep "^FRED,20,46524544.*,10.1.2.4"'
check "several requests on a connection" \
	eval 'talk "[\"version\"]\n[\"nothing\"]\n[\"owners\"]\n" | grep -c "\"ok\"\|\"error\"" | grep -x 3'

# Clients that behave badly.
check "a line that is none" eval 'talk "names list\n" | grep "JSON array"'
check "half a line" eval 'talk "[\"names\"" | not grep .'
on ns nbtbench register --names 20000 --first 100 >/dev/null
check "check beside registrations" eval '
	on ns nbtbench register --names 20000 --first 50000 >/dev/null & json "rows[0][\"problems\"] == 0" check; wait $!'
check "20,000 names" json 'len(rows) > 20000' names list
python3 -c '
import socket, sys, time
deaf = []
for i in range(100):
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); deaf.append(s)
    s.sendall(b"[\"names\",\"list\"]\n")
print("deaf", flush=True)
time.sleep(600)' "$socket" >"$lab/deaf.log" 2>&1 &
echo $! >"$lab/deaf.pid"
await 10 logged deaf deaf
memory() { awk '/VmRSS/ { print $2 }' "/proc/$(cat "$lab/nbnsd.pid")/status"; }
check "with 100 clients that never read others are served" exits 0 ctl owners
check "and names are" looks_up 10.1.2.4 'FRED#20'
memory >"$lab/before"
check "they don't cost more and more" eval 'ctl names list >/dev/null; [ $(($(memory) - $(cat "$lab/before"))) -lt 8192 ]'
stop deaf KILL
check "when they are killed nothing happens" eval 'await 10 ctl owners && looks_up 10.1.2.4 FRED#20'

# The end, while much is under way and more is asked for.
python3 -c '
import os, signal, socket, sys
def ask(*commands):
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
    s.sendall(b"".join(b"[" + c.encode() + b"]\n" for c in commands))
    return s
s = [ask("\"check\"", "\"scavenge\"", "\"stats\"", "\"events\""), ask("\"scavenge\"", "\"stats\"", "\"audit\""),
     ask("\"events\"", "\"events\"", "\"stats\""), ask("\"names\",\"list\"", "\"stats\"", "\"conflicts\"")]
for one in s[2:]: one.recv(10)
os.kill(int(sys.argv[2]), signal.SIGTERM)' "$socket" "$(cat "$lab/nbnsd.pid")"
check "an end with commands behind those under way" stop nbnsd
nbnsd_start 'rate-limit = 0'
nbnsd_pid=$(cat "$lab/nbnsd.pid")
run ns watch script -qefc "stty cols 30 rows 10; nbtctl stats --watch" "$lab/screen"
check "stats --watch on a small terminal" await 10 grep "per second" "$lab/screen"
check "stop" exits 0 ctl stop
check "that is in the log" logged nbnsd 'user 0: stop'
check "ends it" await 10 not kill -0 "$nbnsd_pid"
check "and stats --watch: exit 3" exits 3 stop watch 0
check "which says why where its screen is left" grep "$(printf '\033')\[?1049lnbtctl: the daemon" "$lab/screen"
check "and has cut its lines" eval 'tr -d "\r" <"$lab/screen" | grep "^ .\{29\}$" && ! tr -d "\r" <"$lab/screen" | grep "^ .\{30\}"'
nbnsd_start
check "what was added is there" looks_up 10.1.2.4 'FRED#20'
check "what was deleted is not" exits 1 ctl names show 'FRED<03>'
check "what was tombstoned still is" json 'len(rows) == 2' names list --state tombstone
# A row that SQLite does not remember since the start.
ctl --json names list >"$lab/json"
victim=$(python3 -c '
import json, sys
victim = json.load(open(sys.argv[1]))[20000]
data = open(sys.argv[2], "rb").read()
at = data.find(bytes.fromhex(victim["raw"]))
assert at > 0
with open(sys.argv[2], "r+b") as f: f.seek(at); f.write(b"?")
print(victim["name"])' "$lab/json" "$lab/db/names.db")
check "another name in the file: exit 1" exits 1 ctl check
check "and it is told which" eval 'ctl check 2>/dev/null | grep "^$victim .*another name has its id"'
check "without the server role nothing can be added" eval '
	stop nbnsd
	printf "netbios-name = \"NS\"; nbnsd = { server = false; };" >"$lab/node.conf"
	run ns nbnsd nbnsd -f -c "$lab/node.conf"
	await 10 ctl version && exits 1 ctl names add FRED 10.1.2.3'
