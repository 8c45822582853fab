#!/bin/sh
# An H node whose second interface comes late: the WINS server has to know both addresses.
. "$top_srcdir/tests/lab/net.sh"
lab_begin

ip netns add ns
on ns ip link set lo up
plug ns eth0 10.99.2.5
ip netns add other
plug other eth0 10.99.2.6 02:00:00:00:00:02
host node 10.99.1.11

install -d -o nbnsd -g nbt "$lab/node"
cat >"$lab/node.conf" <<-EOC
	netbios-name = "NODE";
	node-type = "h";
	run-directory = "$lab/node";
	wins-servers = ["10.99.2.5"];
	nbnsd = { server = false; };
EOC
ctl() {
	on ns nbtctl "$@"
}
registered() { # ADDRESS
	ctl names show 'NODE#20' | grep "address=$1 "
}
kind_is() { # KIND
	ctl names show 'NODE#20' | grep "^kind *$1\$"
}
joined() {
	ctl conflicts | grep '^NODE *20 .* joined '
}

nbnsd_start
run node node nbnsd -f -c "$lab/node.conf"
check "the first address is registered" await 10 registered 10.99.1.11

# The lowest address of all cables: the router must stay where the server knows it.
plug node eth1 10.99.2.20 02:00:00:00:00:01
check "the second one, which comes late, is registered" await 10 registered 10.99.2.20
check "and the first one is still there" registered 10.99.1.11
check "the name is a multihomed one" kind_is multihomed
check "the node was asked, and said that both are its own" joined
