#!/bin/sh
# Samba's own tests of a WINS replication server. With REPLICATION_TORTURE=long also replicas against names that were
# registered here, which takes more than a minute.
. "$top_srcdir/tests/lab/net.sh"
lab_begin smbtorture

host ns 10.99.1.5
host client 10.99.1.11
for last in 12 13 14; do # "owned" has clients at all of them
	on client ip addr add 10.99.1.$last/24 dev eth0
done

mkdir -p "$lab/samba/private" "$lab/samba/lock" "$lab/samba/state" "$lab/samba/cache"
cat >"$lab/samba/smb.conf" <<-EOC
	[global]
	netbios name = TORTURE
	workgroup = LAB
	interfaces = 10.99.1.11/24 10.99.1.12/24 10.99.1.13/24 10.99.1.14/24
	bind interfaces only = yes
	private dir = $lab/samba/private
	lock directory = $lab/samba/lock
	state directory = $lab/samba/state
	cache directory = $lab/samba/cache
	pid directory = $lab/samba
EOC

# It is a partner that is neither pulled from nor notified by itself: nothing listens there.
partner='partners = ( { address = "10.99.1.11"; pull-interval = "1d"; pull-at-start = false; push-after = 0; } )'

torture() { # SUBTEST
	on client timeout -s KILL 180 smbtorture -s "$lab/samba/smb.conf" --basedir="$lab/samba" \
		--use-kerberos=off -U % //10.99.1.5/_none_ "nbt.winsreplication.$1" >"$lab/$1.out" 2>&1 &&
		grep -q '^success: ' "$lab/$1.out" && return
	tail -n 30 "$lab/$1.out"
	return 1
}
rows() { # SUBTEST COUNT: it has tried so many conflicts at least, and left none out
	tried=$(grep -c ' => ' "$lab/$1.out")
	echo "$tried rows"
	[ "$tried" -ge "$2" ] && not grep -i skip "$lab/$1.out"
}

nbnsd_start "$partner"
check "three starts on one connection" torture assoc_ctx2
check "all owners and their records" torture wins_replication
check "replicas against replicas" torture replica
check "all of them" rows replica 100
check "twice" torture replica
check "all owners and their records, with many" torture wins_replication
if [ "${REPLICATION_TORTURE:-}" = long ]; then
	check "replicas against names of our own" torture owned
	check "all of them" rows owned 150
fi
check "nbnsd is still there" on ns nbtlookup -U 127.0.0.1 NS
