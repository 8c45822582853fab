#!/bin/sh
# Metrics by HTTP: what Prometheus would read, who may not, a port that is taken, and reloads.
. "$top_srcdir/tests/lab/net.sh"
grep -q '^#define HAVE_MICROHTTPD 1' "$top_builddir/config.h" || lab_skip "built without libmicrohttpd"
lab_begin promtool python3

PORT=9137
host ns 10.99.1.5
host a 10.99.1.11

# get ADDRESS PORT [PATH]: the page, if the answer is 200.
get() {
	on ns python3 -c '
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open("http://%s:%s%s" % tuple(sys.argv[1:]), timeout=10).read().decode(), end="")' \
		"$1" "$2" "${3:-/metrics}"
}
is_content() {
	get 127.0.0.1 $PORT | promtool check metrics >"$lab/promtool" 2>&1
	not grep . "$lab/promtool"
}
# What does not change by being asked for.
stable() {
	grep -E '^(# |nbnsd_(build_info|names|store_commits))'
}
is_what_nbtctl_says() {
	get 127.0.0.1 $PORT | stable >"$lab/http" && on ns nbtctl stats --prometheus | stable | diff - "$lab/http"
}
has_no_name_of_a_version() {
	on ns nbtctl stats >"$lab/stats" && grep uptime.seconds "$lab/stats" && not grep build.info "$lab/stats"
}
value() { # METRIC AT-LEAST
	get 127.0.0.1 $PORT | awk -v name="$1" -v least="$2" \
		'$1 == name { print; found = $2 >= least } END { exit !found }'
}
reload_to() { # SETTING
	sed "s/^metrics-port.*/$1;/" "$lab/nbt.conf" >"$lab/new" && cp "$lab/new" "$lab/nbt.conf"
	on ns nbtctl reload
}

check "not its own port" says 2 '"metrics-port" is 137, the port of the name service' 'nbnsd = { metrics-port = 137; };'
check "a port" says 2 '"metrics-port" is "65536"; allowed: a whole number from 0 to 65535' 'nbnsd = { metrics-port = 65536; };'

nbnsd_start "metrics-port = $PORT" 'partners = ( { address = "10.99.1.6"; } )'
check "the log says where they are" logged nbnsd "metrics at http://127.0.0.1:$PORT/metrics"
on ns nbtbench register --names 100 >/dev/null
check "promtool has nothing to say" is_content
check "what nbtctl says" is_what_nbtctl_says
check "no counter is called by the version" has_no_name_of_a_version
check "names" value 'nbnsd_names{kind="unique",state="active"}' 100
check "packets" value nbnsd_udp_received_total 100
check "connections by TCP" value nbnsd_tcp_accepted_total 0
rules=$top_srcdir/etc/nbt-alerts.yml
# What the example rules ask for, and is not there.
missing() {
	grep -o 'nbnsd_[a-z_]*' "$rules" | sort -u >"$lab/asked"
	get 127.0.0.1 $PORT | sed -n 's/^\(nbnsd_[a-z_]*\).*/\1/p' | sort -u >"$lab/served"
	comm -23 "$lab/asked" "$lab/served"
}
check "a partner that is not there" await 20 value 'nbnsd_replication_partner_failures{partner="10.99.1.6"}' 1
check "promtool has nothing to say about it, either" is_content
check "it reads the example rules" eval 'promtool check rules "$rules" | grep "9 rules found"'
check "which ask only for what there is" eval 'missing | not grep .'
check "nothing else" not get 127.0.0.1 $PORT /
check "on loopback only" not get 10.99.1.5 $PORT
check "elsewhere it is refused" not on a python3 -c 'import socket; socket.create_connection(("10.99.1.5", 9137), 5)'

# Whoever connects and says nothing takes nobody's turn for long.
idle() {
	on ns python3 -c '
import socket, sys
peers = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(20)]
print("connected", flush=True)
for peer in peers: peer.recv(1)' $PORT
}
idle >"$lab/idle" &
idle_pid=$!
await 10 grep -q connected "$lab/idle"
check "names are found meanwhile" on a nbtlookup -U 10.99.1.5 NS
check "and so are metrics" await 20 get 127.0.0.1 $PORT
check "who says nothing is sent away" wait $idle_pid

check "another port" reload_to "metrics-port = 9138"
check "is served" get 127.0.0.1 9138
check "the old one is not" not get 127.0.0.1 $PORT
check "none" reload_to "metrics-port = 0"
check "is none" not get 127.0.0.1 9138

# A port of somebody else.
run ns holder python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 9139)); s.listen(); print("has it", flush=True); time.sleep(60)'
await 10 logged holder 'has it'
reload_to "metrics-port = 9139" >/dev/null
check "a port that is taken is told" logged nbnsd 'warning: TCP port 9139 of 127.0.0.1 cannot be had (another program has it)'
check "and names are found" on a nbtlookup -U 10.99.1.5 NS
stop holder
check "when it is free it is served" await 20 get 127.0.0.1 9139
stop nbnsd

# nbddd has a port of its own.
mkdir "$lab/run" && chgrp nbt "$lab/run" && chmod 1775 "$lab/run"
nbddd_on() { # PORT
	cat >"$lab/nbddd.conf" <<-EOF
		run-directory = "$lab/run";
		nbddd = { relay = true; peers = ["10.99.2.5", "10.99.2.6"]; metrics-port = $1; };
	EOF
}
nbddd_on $PORT
run ns nbddd nbddd -f -c "$lab/nbddd.conf"
check "nbddd says where they are" await 10 logged nbddd "metrics at http://127.0.0.1:$PORT/metrics"
check "promtool has nothing to say about them" is_content
on a nbtsend -D -A 10.99.1.5 -s ANNE 'FRED#20' hello >"$lab/sent"
check "datagrams" await 5 value nbddd_datagrams_received_total 1
check "relays, one by one" eval 'value "nbddd_relay_peer_handed_total{peer=\"10.99.2.5\"}" 0 &&
	value "nbddd_relay_peer_handed_total{peer=\"10.99.2.6\"}" 0'
check "nbtctl says the same" eval 'on ns nbtctl -r "$lab/run" datagrams stats --prometheus | grep "^nbddd_" | cut -d" " -f1 >"$lab/names" &&
	get 127.0.0.1 $PORT | grep "^nbddd_" | cut -d" " -f1 | diff - "$lab/names"'
nbddd_on 9140
check "a reload takes another port" eval 'on ns nbtctl -r "$lab/run" -d nbddd reload && get 127.0.0.1 9140 | grep nbddd_uptime_seconds'
stop nbddd
