# shellcheck shell=sh
# For tests of nbtctl import and export, sourced after lab_begin: nbnsd on host ns, what an import has
# to end in, and nmbd on host old.

# shellcheck disable=SC2034 # for the tests
data=$top_srcdir/tests/data/import
export LC_ALL=C.UTF-8

ctl() {
	on ns nbtctl -r "$lab/run" "$@"
}
# An nbnsd without any name.
serve() {
	[ ! -e "$lab/nbnsd.pid" ] || stop nbnsd
	nbnsd_fresh
	again "$@"
}
again() {
	rm -f "$lab/nbnsd.pid"
	install -d -o nbnsd -g nbt "$lab/run"
	cat >"$lab/nbt.conf" <<EOF
netbios-name = "NS"; run-directory = "$lab/run";
dos-charset = "${charset:-CP850}";
nbnsd = { database = "$lab/db/names.db"; rate-limit = 0; };
EOF
	run ns nbnsd nbnsd -f -c "$lab/nbt.conf"
	await 10 on ns nbtlookup -U 127.0.0.1 NS
}
# imports SUMMARY ARGUMENT...: what nbtctl says at the end
imports() {
	summary=$1
	shift
	ctl import "$@" >"$lab/rows" 2>"$lab/summary"
	status=$?
	cat "$lab/rows" "$lab/summary"
	[ "$status" = 0 ] && grep -qx "nbtctl: *$summary" "$lab/summary"
}
# resolve FILE: its lines are "ADDRESS NAME<XX>"; all of them, and with these addresses
resolve() {
	sort "$1" >"$lab/wanted"
	cut -d' ' -f2- "$1" | sort -u | sed 's/<\(..\)>$/#\1/' | tr '\n' '\0' |
		xargs -0 nsenter --net=/run/netns/ns nbtlookup -U 127.0.0.1 --recursion \
			2>"$lab/errors" | grep -v ^querying | sort >"$lab/found"
	diff "$lab/wanted" "$lab/found"
}
has() { # NAME#XX ADDRESS
	on ns nbtlookup -U 127.0.0.1 --recursion "$1" | grep "^$2 "
}
count() { # of names, those of this host left out
	ctl names list --json | tr '}' '\n' | grep -c '"own":false'
}

# What a wins.dat says, found without our parser: a line for each name and address, as nbtlookup
# prints them. Groups answer with the broadcast address.
from_wins_dat() {
	sed -n 's/^"\(.*\)#\(..\)" [0-9]* \([0-9. ]*\) [ 0-9a-f]*R$/\1|\2|\3/p' "$1" |
		sed 's/__MSBROWSE__|01/\x01\x02__MSBROWSE__\x02|01/' |
		awk -F'|' '{ n = split($3, a, " "); for (i = 1; i <= n && a[i] ~ /\./; i++)
			print (a[i] == "0.0.0.0" ? "255.255.255.255" : a[i]), $1 "<" $2 ">" }'
}

# The same of an LDIF, from its lines: dn has name and type, address the addresses.
from_ldif() {
	awk 'function put(  i) { if (state == "0" && name != "") for (i = 0; i < n; i++)
			print a[i], name "<" type ">" }
		/^dn: / { name = ""; n = 0; kind = ""; scope = "" }
		/^name: / { name = substr($0, 7) }
		/^scope: / { scope = 1 }
		/^type: / { type = tolower(substr($0, length($0) - 1)) }
		/^recordType: / { kind = $2 }
		/^recordState: / { state = $2 }
		/^address: / { sub(/^address: /, ""); sub(/;.*/, ""); a[n++] = $0 }
		/^$/ { if (!scope) put(); name = "" }' "$1"
}

exports() { # FORMAT FILE [OPTION...]
	format=$1 file=$2
	shift 2
	ctl export "$format" "$@" >"$lab/$file" 2>"$lab/said" && cat "$lab/said"
}

nmbd_start() { # [FILE]: a WINS server of Samba's on host old, with the names of FILE
	mkdir -p "$lab/samba/private" "$lab/samba/lock" "$lab/samba/state" "$lab/samba/cache" \
		"$lab/samba/pid" "$lab/samba/socket"
	[ $# = 0 ] || cp "$1" "$lab/samba/state/wins.dat"
	cat >"$lab/samba/smb.conf" <<EOC
[global]
	netbios name = old
	workgroup = LAB
	interfaces = 10.99.1.6/24 lo
	bind interfaces only = yes
	wins support = yes
	max wins ttl = 86400
	dns proxy = no
	local master = no
	private dir = $lab/samba/private
	lock directory = $lab/samba/lock
	state directory = $lab/samba/state
	cache directory = $lab/samba/cache
	pid directory = $lab/samba/pid
	nmbd:socket dir = $lab/samba/socket
EOC
	run old nmbd nmbd --foreground --no-process-group --debug-stdout -s "$lab/samba/smb.conf" \
		-l "$lab/samba"
	await 20 on old nbtlookup -U 127.0.0.1 OLD
}
