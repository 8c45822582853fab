#!/bin/sh
# Programs find hosts by NetBIOS names: libnss_nbt in nsswitch.conf.
. "$top_srcdir/tests/lab/net.sh"
lab_begin getent setpriv

[ -e "$top_builddir/nss/.libs/libnss_nbt.so.2" ] || lab_skip "no libnss_nbt: the C library is not glibc"

host ns 10.99.1.5
host old 10.99.1.7

printf 'passwd: files\ngroup: files\nhosts: files nbt\n' >"$lab/etc/nsswitch.conf"
export LD_LIBRARY_PATH="$top_builddir/nss/.libs"
grep -q ^alice: /etc/passwd || echo alice:x:64138:64138::/nonexistent:/usr/sbin/nologin >>"$lab/etc/passwd"

# looked_up STATUS PATTERN COMMAND...: getent on ns
looked_up() {
	wanted=$1 pattern=$2
	shift 2
	on ns timeout 20 "$@" >"$lab/got" 2>&1
	status=$?
	cat "$lab/got"
	[ "$status" = "$wanted" ] || { echo "status $status"; return 1; }
	[ -z "$pattern" ] || grep -q -e "$pattern" "$lab/got"
}

# within SECONDS COMMAND...: as a bound, not a measurement
within() {
	seconds=$1
	shift
	timeout "$seconds" sh -c 'exec "$@"' sh "$@"
}

absent() {
	started=$(date +%s)
	looked_up 2 '' getent hosts FRED && [ $(($(date +%s) - started)) -le 2 ]
}
check "without nbnsd a name is not found, at once" absent

nbnsd_start 'port = 137'
check "nbnsd has a socket for programs" await 10 [ -S /run/nbt/name.sock ]
on old claim -k 10.99.1.5 FRED 10.99.1.7 >/dev/null
on old claim -k 10.99.1.5 HOST#00 10.99.1.8 >/dev/null

check "getent hosts finds a file server" looked_up 0 '^10\.99\.1\.7 *fred' getent hosts fred
check "and a workstation" looked_up 0 '^10\.99\.1\.8 *HOST' getent hosts HOST
check "getent ahosts, too" looked_up 0 '^10\.99\.1\.7 *STREAM fred' getent ahosts fred
check "getent ahostsv4, too" looked_up 0 '^10\.99\.1\.7 *STREAM fred' getent ahostsv4 fred
check "this host's own name is found" looked_up 0 '^10\.99\.1\.5 *ns' getent hosts ns
check "a name that nobody has is not" looked_up 2 '' getent hosts nobody
check "nor one that is too long" looked_up 2 '' getent hosts sixteen-chars-16
check "nor one with a dot" looked_up 2 '' getent hosts fred.example
check "localhost is what the file says" looked_up 0 '^127\.0\.0\.1 .*localhost' getent ahostsv4 localhost
check "a user without rights finds it" looked_up 0 '^10\.99\.1\.7' \
	setpriv --reuid=64138 --regid=64138 --clear-groups getent hosts fred

many() {
	pids=
	for i in $(seq 100); do
		on ns getent hosts fred >"$lab/many.$i" 2>&1 &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086 # words
	wait $pids
	found=$(cat "$lab"/many.* | grep -c '^10\.99\.1\.7 ')
	echo "$found of 100"
	[ "$found" = 100 ]
}
check "100 look-ups at once" many

# A stopped process takes connections, and answers nothing.
kill -STOP "$(cat "$lab/nbnsd.pid")"
check "a daemon that hangs costs some seconds, not more" looked_up 2 '' timeout 12 getent hosts fred
kill -CONT "$(cat "$lab/nbnsd.pid")"
check "and is asked again when it wakes" looked_up 0 '^10\.99\.1\.7' getent hosts fred
check "it stops" stop nbnsd
check "without it, again at once" absent
