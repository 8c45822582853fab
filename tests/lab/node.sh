#!/bin/sh
# nbnsd as a node: with a WINS server that is down, up, down; beside another host that wants the same
# name; beside nmbd; stopped, killed, and back. Its long waits are sixty times shorter.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd nmblookup

host ns 10.99.2.5
host a 10.99.1.11
host b 10.99.1.12
host c 10.99.1.13
host far 10.99.2.14

# start_node HOST NAME TYPE [SETTING...]: without a WINS server of its own.
start_node() {
	node=$1
	install -d -o nbnsd -g nbt "$lab/run-$node"
	{
		echo 'time-scale = 60;'
		echo "run-directory = \"$lab/run-$node\";"
		printf 'netbios-name = "%s"; node-type = "%s";\n' "$2" "$3"
		shift 3
		for setting; do echo "$setting;"; done
		echo 'nbnsd = { server = false; broadcast-timeout = "15s"; unicast-timeout = "15s"; };'
	} >"$lab/$node.conf"
	run "$node" "$node" nbnsd -f -c "$lab/$node.conf"
}

# Who holds the name: every host of the subnet is asked by itself.
holders() { # NAME ADDRESS...
	name=$1
	shift
	for address; do
		on c nbtlookup -U "$address" "$name" >/dev/null && echo "$address"
	done
}
one_has() { # NAME ADDRESS...
	[ "$(holders "$@" | wc -l)" = 1 ]
}
nobody_has() {
	[ -z "$(holders "$@")" ]
}
by_broadcast() { # NAME ADDRESS
	on c nbtlookup -B 10.99.1.255 "$1" | grep "^$2 "
}
at_server() { # NAME ADDRESS
	on far nbtlookup -U 10.99.2.5 --recursion "$1" | grep "^$2 "
}

# c, a node too, looks a name up for a local program: by broadcast, with an eye on conflicts.
look_up() { # NAME#20
	perl -MSocket -e '
		my $name = sprintf("%-15s ", $ARGV[1]);
		my $coded = join "", map { chr(65 + ord($_) / 16) . chr(65 + ord($_) % 16) } split //, $name;
		my $query = pack("Cx15nnnnnnCa32CNn", 1, 7, 0x0100, 1, 0, 0, 0, 32, $coded, 0, 0x00200001);
		socket(S, PF_UNIX, SOCK_SEQPACKET, 0) && connect(S, sockaddr_un($ARGV[0])) or die $!;
		send(S, substr($query, 0, 66), 0) && defined recv(S, my $answer, 600, 0) or die $!;
		exit(unpack("x18n", $answer) & 15)' "$lab/run-c/name.sock" "$1"
}

# The WINS server.
wins='wins-servers = ["10.99.2.5"]'
start_node a BOX h "$wins"
check "without its WINS server an H node claims by broadcast" await 15 by_broadcast BOX#20 10.99.1.11
nbnsd_start
check "the server comes: the name is registered" await 30 at_server BOX#20 10.99.1.11
check "and answered by broadcast, too" by_broadcast BOX#20 10.99.1.11
stop nbnsd KILL
check "the server is down again: the name is still found" by_broadcast BOX#20 10.99.1.11
check "by all its suffixes" by_broadcast BOX#03 10.99.1.11
run ns nbnsd nbnsd -f -c "$lab/nbt.conf"
check "the server is back, and knows it" await 15 at_server BOX#20 10.99.1.11

stop a KILL
start_node a BOX h "$wins"
check "killed and back: it has its name at once" await 5 by_broadcast BOX#20 10.99.1.11
check "which was nobody else's meanwhile" not logged a 'not ours'
check "the host stops in order" stop a
check "and has released its name" not at_server BOX#20 10.99.1.11
start_node a BOX p "$wins"
check "a P node registers" await 10 at_server BOX#20 10.99.1.11
check "and hears no broadcast" not by_broadcast BOX#20 10.99.1.11
stop a

# An M node needs both.
start_node a BOX m "$wins"
check "an M node registers" await 10 at_server BOX#20 10.99.1.11
check "and answers broadcasts" by_broadcast BOX#20 10.99.1.11
stop a

# Two hosts, one name.
for round in 1 2 3; do
	: >"$lab/a.log"
	: >"$lab/b.log"
	start_node a A b 'aliases = ["SAME"]'
	sleep "0.$((round * 3 - 3))"
	start_node b B b 'aliases = ["SAME"]'
	await 10 by_broadcast A#20 10.99.1.11
	await 10 by_broadcast B#20 10.99.1.12
	check "round $round: of two hosts that claim a name one has it" \
		await 10 one_has SAME#20 10.99.1.11 10.99.1.12
	check "round $round: the other one says who" \
		grep -qh 'SAME<20> is not ours: 10.99.1.1[12] has it' "$lab/a.log" "$lab/b.log"
	stop a
	stop b
done

# A split: the cable of b is out while it starts.
start_node a A b 'aliases = ["SAME"]'
await 10 by_broadcast SAME#20 10.99.1.11
ip link set b-eth0 nomaster
start_node b B b 'aliases = ["SAME"]'
await 10 on b nbtlookup -U 10.99.1.12 SAME
ip link set b-eth0 master br1
both_have() {
	[ "$(holders SAME#20 10.99.1.11 10.99.1.12 | wc -l)" = 2 ]
}
check "after a split both have it" await 10 both_have
start_node c C b
await 10 test -S "$lab/run-c/name.sock"
check "a program on a third host asks for it once" look_up SAME
check "and then one has it" await 5 one_has SAME#20 10.99.1.11 10.99.1.12
stop a
stop b
stop c

# nmbd as the neighbour.
dir=$lab/samba
mkdir -p "$dir"
cat >"$dir/smb.conf" <<-EOC
	[global]
	netbios name = NMBD
	netbios aliases = BOX
	workgroup = WORKGROUP
	interfaces = 10.99.1.12/24
	bind interfaces only = yes
	local master = no
	domain master = no
	private dir = $dir
	lock directory = $dir
	state directory = $dir
	cache directory = $dir
	pid directory = $dir
	nmbd:socket dir = $dir
EOC
start_node a BOX b
await 10 by_broadcast BOX#20 10.99.1.11
run b nmbd nmbd --foreground --no-process-group --debug-stdout -s "$dir/smb.conf" -l "$dir"
check "nmbd has its own name" await 30 by_broadcast NMBD#20 10.99.1.12
check "but is refused ours" await 30 logged nmbd 'Failed to register my name BOX<20>'
check "which it does not answer for" not by_broadcast BOX#20 10.99.1.12
check "which is where it was" by_broadcast BOX#20 10.99.1.11
stop a
: >"$lab/a.log"
start_node a BOX b 'aliases = ["NMBD"]'
check "nmbd defends its name, too" await 10 logged a 'NMBD<20> is not ours: 10.99.1.12 has it'
check "we say so once" [ "$(grep -c 'NMBD<20>' "$lab/a.log")" = 1 ]
check "and keep serving" await 5 by_broadcast BOX#20 10.99.1.11
check "the workgroup is shared" await 5 by_broadcast WORKGROUP#1E 10.99.1.11
stop nmbd
check "when nmbd is gone the name is ours" await 30 logged a 'NMBD<20> is ours again'
