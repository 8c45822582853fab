#!/bin/sh
# nbtstat finds hosts by name and by address, and shows what Windows' nbtstat shows.
set -u
# shellcheck source=SCRIPTDIR/peer.sh
. "$(dirname "$0")/peer.sh"
enter_namespace

# What is to be said, and the status, is on stdin; blanks at the end of lines do not count.
says() { # NAME ARGUMENTS...
	name=$1
	shift
	cat >"$tmp/said"
	{
		"$top_builddir/tools/nbtstat" "$@" 2>"$tmp/err"
		echo "status $?"
	} | sed 's/ *$//' >"$tmp/ours"
	diff -u "$tmp/said" "$tmp/ours" >"$tmp/log"
	result=$?
	cat "$tmp/err" >>"$tmp/log"
	verdict "$name" "$result" "$tmp/log"
}

table() {
	cat <<-'EOT'

		v99:
		Node IpAddress: [10.99.0.11] Scope Id: []

		           NetBIOS Remote Machine Name Table

		       Name               Type         Status
		    ---------------------------------------------
		    FRED           <00>  UNIQUE      Registered
		    LAB            <00>  GROUP       Registered
		    FRED           <20>  UNIQUE      Registered

		    MAC Address = 00-11-22-33-44-55

	EOT
}

not_found_from() { # INTERFACE ADDRESS
	printf '\n%s:\nNode IpAddress: [%s] Scope Id: []\n\n    Host not found.\n' "$1" "$2"
}

start_peer
{ table && echo "status 0"; } >"$tmp/address"
{ table && not_found_from v77 10.77.0.11 && echo "status 0"; } >"$tmp/name"
{ not_found_from v99 10.99.0.11 && echo "status 1"; } >"$tmp/silence"
{
	not_found_from v99 10.99.0.11
	not_found_from v77 10.77.0.11
	echo "status 1"
} >"$tmp/nobody"

says "by address" -A 10.99.0.21 <"$tmp/address"
says "by the server's name" -a NODE <"$tmp/name"
says "by a name without server" -a mute <"$tmp/name"
says "by a name that nobody has" -a NOBODY <"$tmp/nobody"
says "by an address where nobody is" -A 10.99.0.77 <"$tmp/silence"
says "by an address without a way" -A 10.66.0.1 <<-'EOT'
	status 2
EOT
echo "1..$n"
