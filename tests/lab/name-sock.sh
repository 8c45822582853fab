#!/bin/sh
# Programs of this host have names through name.sock: found by others, back after nbnsd was killed,
# gone when the program is.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmblookup setpriv getent

host ns 10.99.1.5
host a 10.99.1.11

# Without the server role nobody but the node can answer, and other hosts ask by broadcast.
start_node() {
	install -d -o nbnsd -g nbt "$lab/run"
	cat >"$lab/node.conf" <<EOF
netbios-name = "NODE"; node-type = "b"; run-directory = "$lab/run";
nbnsd = { server = false; };
EOF
	run ns node nbnsd -f -c "$lab/node.conf"
	await 10 on ns nbtlookup -U 127.0.0.1 NODE
}
start_program() { # NAME
	run ns "program-$1" env NBT_RUN_DIRECTORY="$lab/run" localname "$1"
}
found() { # NAME: by a broadcast of another host
	on a nmblookup -B 10.99.1.255 "$1" | grep "^10.99.1.5 "
}
ctl() {
	on ns nbtctl -r "$lab/run" "$@"
}
# Programs that know nothing of NetBIOS: libnss_nbt on this host, and on another one that has nbnsd.
nss=$top_builddir/nss/.libs
printf 'passwd: files\ngroup: files\nhosts: files nbt\n' >"$lab/etc/nsswitch.conf"
start_neighbour() {
	install -d -o nbnsd -g nbt "$lab/run-a"
	cat >"$lab/a.conf" <<EOF
netbios-name = "A"; node-type = "b"; run-directory = "$lab/run-a";
nbnsd = { server = false; };
EOF
	run a a nbnsd -f -c "$lab/a.conf"
	await 10 on a nbtlookup -U 127.0.0.1 A
}
host_found() { # HOST DIRECTORY NAME
	on "$1" env LD_LIBRARY_PATH="$nss" NBT_RUN_DIRECTORY="$2" timeout 20 getent hosts "$3" | grep '^10\.99\.1\.5 '
}
# Only the GNU C library asks such a module.
check_nss() { # TEXT COMMAND...
	[ ! -e "$nss/libnss_nbt.so.2" ] || check "$@"
}
own() { # NAME: is it listed, and held
	ctl own list | grep "^$1 .* held "
}
mode() { # FILE
	stat -c '%a %U %G' "$1"
}

check "nbnsd starts" start_node
check "the socket belongs to nbnsd and the group nbt" eval 'mode "$lab/run/name.sock" | grep "66[06] nbnsd nbt"'

start_program 'PRINTER#20'
check "a program claims a name" await 10 logged 'program-PRINTER#20' claimed
check "nmblookup finds it" await 5 found 'PRINTER#20'
check "nbtctl lists it" own PRINTER
check_nss "getent finds it through libnss_nbt" host_found ns "$lab/run" printer
check "another host has a nbnsd" start_neighbour
check_nss "and there getent finds it, too" host_found a "$lab/run-a" printer
stop a

stop node KILL
check "with nbnsd killed it is not found" not found 'PRINTER#20'
check "the program knows" await 10 logged 'program-PRINTER#20' down
check "nbnsd starts again" start_node
check "the name comes back by itself" await 10 found 'PRINTER#20'
check "and the program goes on" running 'program-PRINTER#20'

start_program 'SCANNER#20'
check "a second program claims another" await 10 found 'SCANNER#20'
on ns env NBT_RUN_DIRECTORY="$lab/run" timeout 5 localname 'PRINTER#20' >"$lab/second" 2>&1
second=$?
check "a name of another program is refused" [ "$second" = 1 ]
check "and stays where it is" found 'PRINTER#20'

stop 'program-PRINTER#20' KILL
check "the program is killed: the name is gone within a second" await 1 not found 'PRINTER#20'
check "nbtctl does not list it any more" await 5 not own PRINTER
check_nss "nor does getent find it" not host_found ns "$lab/run" printer
check "the other one is still there" found 'SCANNER#20'

# as USER GROUP COMMAND...: with these rights only
as() {
	uid=$1 gid=$2
	shift 2
	on ns setpriv --reuid="$uid" --regid="$gid" --clear-groups \
		env NBT_RUN_DIRECTORY="$lab/run" timeout 5 "$@"
}
refused() { # USER GROUP
	as "$1" "$2" localname 'ALICE#20' | grep '^refused ALICE<20>: RFS_ERR'
}
check "a user without rights may not claim" refused 64138 64138
in_group() {
	as 64138 "$(getent group nbt | cut -d: -f3)" localname 'ALICE#20' | grep '^claimed ALICE<20>'
}
check "one of the group nbt may" in_group
check "and released the name when it was told to stop" await 1 not found 'ALICE#20'

for program in one two; do
	run ns "$program" env NBT_RUN_DIRECTORY="$lab/run" localname -g 'FRIENDS#00'
done
check "a group has a program" await 10 logged one '^claimed FRIENDS<00>'
check "and another" await 10 logged two '^claimed FRIENDS<00>'
check "one leaves it" stop one
check "the group stays" found 'FRIENDS#00'
check "the other leaves it" stop two
check "which it says" logged two '^released FRIENDS<00>'
check "and the group is gone" await 1 not found 'FRIENDS#00'

stop node
check "a nbnsd that stops takes its socket away" [ ! -e "$lab/run/name.sock" ]
check "and nobody has the name then" not found 'SCANNER#20'
