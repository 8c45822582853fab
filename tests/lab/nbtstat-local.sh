#!/bin/sh
# nbtstat about this host: what nbnsd holds, remembers, has resolved.
. "$top_srcdir/tests/lab/net.sh"
lab_begin getent

[ -e "$top_builddir/nss/.libs/libnss_nbt.so.2" ] || lab_skip "no libnss_nbt: the C library is not glibc"

host ns 10.99.1.5
host box 10.99.1.7
printf 'passwd: files\ngroup: files\nhosts: files nbt\n' >"$lab/etc/nsswitch.conf"
export LD_LIBRARY_PATH="$top_builddir/nss/.libs"

# prints STATUS OPTION...: nbtstat on ns prints what is on stdin; blanks at the end don't count.
prints() {
	wanted=$1
	shift
	cat >"$lab/wanted"
	on ns nbtstat "$@" >"$lab/got" 2>"$lab/err"
	status=$?
	sed 's/ *$//' "$lab/got" | diff "$lab/wanted" - && [ "$status" = "$wanted" ] && return
	echo "status $status"
	cat "$lab/err"
	return 1
}

cat >"$lab/box.conf" <<-EOT
	netbios-name = "BOX"; node-type = "b"; run-directory = "$lab/run-box";
	nbnsd = { server = false; };
EOT
install -d -o nbnsd -g nbt "$lab/run-box"
run box box nbnsd -f -c "$lab/box.conf"

check "without nbnsd it says so" prints 3 -c </dev/null
check "on stderr" grep -q 'nbnsd does not run' "$lab/err"
check "and for -R what Windows says" prints 3 -R <<-'EOT'
	    Failed to Purge the NBT Remote Cache Table.
EOT
check "and has no names" prints 1 -n <<-'EOT'

	eth0:
	Node IpAddress: [10.99.1.5] Scope Id: []

	    No names in cache
EOT

nbnsd_start
own_names() {
	prints 0 -n <<-'EOT'

		eth0:
		Node IpAddress: [10.99.1.5] Scope Id: []

		                NetBIOS Local Name Table

		       Name               Type         Status
		    ---------------------------------------------
		    NS             <00>  UNIQUE      Registered
		    NS             <03>  UNIQUE      Registered
		    NS             <20>  UNIQUE      Registered
		    WORKGROUP      <00>  GROUP       Registered
		    WORKGROUP      <1E>  GROUP       Registered

	EOT
}
check "-n: the names of this host" await 10 own_names
check "-c: nothing is remembered" prints 0 -c <<-'EOT'

	    No names in cache
EOT

check "the neighbour is found" await 10 on ns getent hosts box
check "a name that nobody has is not" not on ns getent hosts nobody
remembered() {
	on ns nbtstat -c >"$lab/got" || return 1
	cat "$lab/got"
	grep -q '^    BOX            <20>  UNIQUE          10\.99\.1\.7           [0-9][0-9]*$' "$lab/got" &&
		! grep -q NOBODY "$lab/got"
}
in_json() {
	on ns nbtstat -c --json | grep '"name":"BOX".*"addresses":\["10.99.1.7"\]'
}
check "-c: it is remembered" remembered
check "-c --json: too" in_json
check "-r: by broadcast" prints 0 -r <<-'EOT'

	    NetBIOS Names Resolution and Registration Statistics
	    ----------------------------------------------------

	    Resolved By Broadcast     = 1
	    Resolved By Name Server   = 0

	    Registered By Broadcast   = 0
	    Registered By Name Server = 5

	    NetBIOS Names Resolved By Broadcast
	---------------------------------------------
	           BOX            <20>

EOT
check "-R: it is forgotten" prints 0 -R <<-'EOT'
	    Successful purge and preload of the NBT Remote Cache Name Table.
EOT
check "-c: and not remembered any more" prints 0 -c <<-'EOT'

	    No names in cache
EOT
check "-RR: names are refreshed" prints 0 -RR <<-'EOT'
	    The NetBIOS names registered by this computer have been refreshed.
EOT
check "-RR --json" prints 0 -RR --json <<-'EOT'
	{"done":true}
EOT
check "-n: they are still there" await 5 own_names
