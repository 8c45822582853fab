# shellcheck shell=sh
# A lab for a test script: a router with subnets, hosts, daemons, and TAP. The script begins with
#
#	. "$top_srcdir/tests/lab/net.sh"
#	lab_begin nmbd nmblookup		# the programs that it needs
#
# and is then run again as process 1 of mount, network and process namespaces of its own. What it
# starts, makes or mounts is gone when it ends, however it ends; nothing outside is seen or touched,
# and any number of labs run side by side.
#
# The sandbox itself is the router: bridge br1 is 10.99.1.1/24, br2 is 10.99.2.1/24. Directed
# broadcasts are not forwarded, as on any router.

set -u

# Not run, with the reason; CI counts it as a failure.
lab_skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

# Whether cables can be made, and what is mounted stays inside.
lab_probe='
	ip link add type veth || exit
	mount -t tmpfs lab /run || exit
	grep -q " /run .* shared:" /proc/self/mountinfo || exit 0
	umount /run
	echo "mounts would be seen outside of this chroot"
	exit 1'

# lab_enter PROGRAM...: runs the script again in the sandbox; the second time it does nothing.
lab_enter() {
	[ -z "${LAB_INSIDE:-}" ] || return 0
	[ "$(id -u)" = 0 ] || lab_skip "needs root"
	for program in ip nsenter unshare "$@"; do
		command -v "$program" >/dev/null || lab_skip "$program is not installed"
	done
	namespaces="unshare --mount --net --pid --fork --kill-child --mount-proc"
	# In a chroot / may be no mount point and cannot be made private.
	$namespaces true 2>/dev/null || namespaces="$namespaces --propagation unchanged"
	why=$($namespaces sh -c "$lab_probe" 2>&1) || lab_skip "no namespaces: $why"
	LAB_INSIDE=1 exec $namespaces "$0"
}

# lab_begin PROGRAM...: the sandbox with everything that is said above.
lab_begin() {
	lab_enter "$@"
	trap 'exit 130' INT TERM # process 1 has no default action
	trap lab_end EXIT
	lab=/run/lab
	lab_cases=0 lab_failed=0
	PATH=$top_builddir/nbnsd:$top_builddir/nbddd:$top_builddir/browserd:$top_builddir/tools:$top_builddir/tests/lab:$top_builddir/examples:$PATH:/usr/sbin:/sbin
	lab_sandbox >/dev/null && lab_open_way && lab_router || exit 99
}

# Directories, users and a resolver of our own: a private /run, the users that the daemons change
# to, and DNS that fails at once instead of after seconds.
lab_sandbox() {
	mount -t tmpfs -o mode=755 lab /run && mkdir -p /run/netns /run/lock "$lab/etc" || return 1
	cp /etc/passwd /etc/group "$lab/etc/" || return 1
	grep -q '^nbt:' /etc/group || echo nbt:x:64137: >>"$lab/etc/group"
	grep -q '^nbnsd:' /etc/passwd ||
		echo nbnsd:x:64137:64137::/nonexistent:/usr/sbin/nologin >>"$lab/etc/passwd"
	grep -q '^nbddd:' /etc/passwd ||
		echo nbddd:x:64136:64137::/nonexistent:/usr/sbin/nologin >>"$lab/etc/passwd"
	grep -q '^browserd:' /etc/passwd ||
		echo browserd:x:64135:64137::/nonexistent:/usr/sbin/nologin >>"$lab/etc/passwd"
	echo "127.0.0.1 localhost" >"$lab/etc/hosts"
	printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$lab/etc/resolv.conf"
	printf 'passwd: files\ngroup: files\nhosts: files\n' >"$lab/etc/nsswitch.conf"
	for file in passwd group hosts resolv.conf nsswitch.conf; do
		[ -e "/etc/$file" ] || continue
		mount --bind "$lab/etc/$file" "$(readlink -f "/etc/$file")" || return 1
	done
	install -d -o nbnsd -g nbt "$lab/db"
}

# A home is closed to the other users as which labs run programs of a checkout in it. Here something
# open is in the place of each closed directory on the way, with the same in it.
lab_open_way() {
	way=
	for part in $(pwd -P | tr / ' '); do
		way=$way/$part
		[ -n "$(find "$way" -maxdepth 0 -perm -o=x)" ] || lab_open "$way" || return
	done
	cd "$(pwd -P)" || return
}
lab_open() { # DIRECTORY
	mkdir -p "$lab/closed" && mount --rbind "$1" "$lab/closed" && mount -t tmpfs -o mode=755 lab "$1" || return
	for inside in "$lab/closed"/* "$lab/closed"/.[!.]*; do
		if [ -L "$inside" ]; then cp -P "$inside" "$1/"
		elif [ -d "$inside" ]; then mkdir "$1/${inside##*/}" && mount --rbind "$inside" "$1/${inside##*/}"
		elif [ -f "$inside" ]; then : >"$1/${inside##*/}" && mount --bind "$inside" "$1/${inside##*/}"
		fi || return
	done
	umount -l "$lab/closed"
}

lab_router() {
	ip link set lo up
	echo 1 >/proc/sys/net/ipv4/ip_forward
	# With an address of its own: else a bridge takes the lowest of its cables' addresses, another
	# one when a cable is added, and hosts that know the old one send to nobody for half a minute.
	subnet 1 && subnet 2
}

# subnet N: one more, 10.99.N.0/24.
subnet() {
	ip link add "br$1" address "02:00:0a:63:0$1:01" type bridge mcast_snooping 0 &&
		ip addr add "10.99.$1.1/24" brd + dev "br$1" && ip link set "br$1" up
}

# host NAME ADDRESS: a host in a subnet that there is, with eth0 and a default route.
host() {
	ip netns add "$1"
	on "$1" ip link set lo up
	plug "$1" eth0 "$2"
}

# plug HOST INTERFACE ADDRESS [MAC]: one more cable into the subnet of the address; MAC is that of
# the router's end.
plug() {
	subnet=${3%.*}
	ip link add "$1-$2" ${4:+address "$4"} type veth peer name "$2" netns "$1"
	ip link set "$1-$2" master "br${subnet##*.}" up
	on "$1" ip link set "$2" up
	address "$1" "$2" "$3"
}

# address HOST INTERFACE ADDRESS: the only address of the interface.
address() {
	on "$1" ip addr flush dev "$2" 2>/dev/null
	on "$1" ip addr add "$3/24" brd + dev "$2"
	on "$1" ip route replace default via "${3%.*}.1"
}

# on HOST COMMAND...
on() {
	lab_host=$1
	shift
	nsenter --net="/run/netns/$lab_host" "$@"
}

# run HOST NAME COMMAND...: in the background; output goes to $lab/NAME.log.
run() {
	lab_host=$1 lab_name=$2
	shift 2
	nsenter --net="/run/netns/$lab_host" "$@" >>"$lab/$lab_name.log" 2>&1 </dev/null &
	echo $! >"$lab/$lab_name.pid"
}

running() {
	kill -0 "$(cat "$lab/$1.pid")" 2>/dev/null
}

# stop NAME [SIGNAL]: ends what run started; returns its exit status.
stop() {
	kill "-${2:-TERM}" "$(cat "$lab/$1.pid")" 2>/dev/null
	wait "$(cat "$lab/$1.pid")"
}

# await SECONDS COMMAND...: until it succeeds; its last output is in $lab/last.
await() {
	lab_until=$(($(date +%s) + $1))
	shift
	until "$@" >"$lab/last" 2>&1; do
		[ "$(date +%s)" -lt "$lab_until" ] || return 1
		sleep 0.1
	done
}

# not COMMAND...: also as the argument of check and await.
not() {
	! "$@"
}

# exits STATUS COMMAND...: it ends with this status.
exits() {
	lab_wanted=$1
	shift
	"$@"
	lab_status=$?
	[ "$lab_status" = "$lab_wanted" ] || echo "status $lab_status, wanted $lab_wanted"
	[ "$lab_status" = "$lab_wanted" ]
}

# logged NAME PATTERN: what run NAME printed has a line that matches.
logged() {
	grep -q -e "$2" "$lab/$1.log"
}

# check TEXT COMMAND...: one test case.
check() {
	lab_cases=$((lab_cases + 1)) lab_text=$1
	shift
	: >"$lab/last"
	if "$@" >"$lab/out" 2>&1; then
		echo "ok $lab_cases - $lab_text"
	else
		lab_failed=$((lab_failed + 1))
		echo "not ok $lab_cases - $lab_text"
		echo "# $*"
		sed 's/^/# /' "$lab/out" "$lab/last"
	fi
}

lab_end() {
	[ "$lab_failed" = 0 ] || for log in "$lab"/*.log; do
		[ -s "$log" ] || continue
		echo "# -- $(basename "$log")"
		tail -n 40 "$log" | sed 's/^/# /'
	done
	echo "1..$lab_cases"
}

# nbnsd_start [SETTING...]: nbnsd on host ns with these lines of its section, and with the variables
# in nbnsd_environment; awaits its service, without which there is nothing to test.
nbnsd_start() {
	{
		echo 'netbios-name = "NS";'
		echo 'nbnsd = {'
		echo "database = \"$lab/db/names.db\";"
		for setting; do echo "$setting;"; done
		echo '}'
	} >"$lab/nbt.conf"
	# shellcheck disable=SC2086 # words
	run ns nbnsd env ${nbnsd_environment:-} nbnsd -f -c "$lab/nbt.conf"
	await 10 on ns nbtlookup -U 127.0.0.1 NS && return
	check "nbnsd serves" false
	exit
}

# says STATUS PATTERN CONFIGURATION [OPTION...]: nbnsd on host ns exits with this status and prints
# what matches; with status 1 or 2 in one sentence that stands alone, but for what it did before.
says() {
	wanted=$1 pattern=$2
	printf '%s\n' "$3" >"$lab/test.conf"
	shift 3
	# shellcheck disable=SC2086 # words
	on ns timeout 3 ${nbnsd_wrapper:-} nbnsd -f -c "$lab/test.conf" "$@" >"$lab/says" 2>&1
	status=$?
	[ "$status" = "$wanted" ] && grep -q -e "$pattern" "$lab/says" &&
		{ [ "$wanted" != 1 ] && [ "$wanted" != 2 ] || lab_one_sentence; } && return
	echo "status $status, wanted $wanted and: $pattern"
	cat "$lab/says"
	return 1
}

lab_one_sentence() {
	[ "$(grep -vc '^nbnsd: info: ' "$lab/says")" = 1 ]
}

# From now on nbnsd meets the faults that are described in faults.c, from files in $lab/faults.
faults_on() {
	mkdir -p "$lab/faults"
	nbnsd_environment="FAULTS=$lab/faults LD_PRELOAD=$top_builddir/tests/lab/.libs/libfaults.so"
}

# A database and a log without history.
nbnsd_fresh() {
	rm -f "$lab"/db/* "$lab/nbnsd.log"
}
