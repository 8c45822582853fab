#!/bin/sh
# Samba's own tests of a WINS server.
. "$top_srcdir/tests/lab/net.sh"
lab_begin smbtorture

host ns 10.99.1.5
host client 10.99.1.11

# register_own and refresh_own attack NS<20>, and need its address without NetBIOS.
echo "10.99.1.5 NS ns" >>"$lab/etc/hosts"
mkdir -p "$lab/samba/private" "$lab/samba/lock" "$lab/samba/state" "$lab/samba/cache"
cat >"$lab/samba/smb.conf" <<-EOC
	[global]
	netbios name = TORTURE
	workgroup = LAB
	interfaces = 10.99.1.11/24
	bind interfaces only = yes
	name resolve order = host wins bcast
	wins server = 10.99.1.5
	private dir = $lab/samba/private
	lock directory = $lab/samba/lock
	state directory = $lab/samba/state
	cache directory = $lab/samba/cache
EOC

torture() { # SUBTEST
	on client timeout 240 smbtorture -s "$lab/samba/smb.conf" --basedir="$lab/samba" \
		--use-kerberos=off -U % //NS/IPC\$ "$1" >"$lab/$1.out" 2>&1 &&
		grep -q '^success: ' "$lab/$1.out" && return
	cat "$lab/$1.out"
	return 1
}

# Without its port 137 smbtorture leaves every challenge out and calls that success. With it, it
# registers and refreshes the first name, and some of the others, with an address not its own.
challenged() {
	[ "$(grep -c '^register the name with a wrong address' "$lab/nbt.wins.wins.out")" -ge 2 ]
}

# wins_bad_names looks into a file for the name that the hook was given.
hooked=$lab/hooked
install -d -o nbnsd "$hooked"
cat >"$lab/hook" <<-EOH
	#!/bin/sh
	printf %s "\$2" >$hooked/wins_hook_writes_here
EOH
chmod 755 "$lab/hook"
export SELFTEST_TMPDIR="$hooked"

nbnsd_start "hook = \"$lab/hook\""
for subtest in nbt.register.register_own nbt.register.refresh_own nbt.wins.wins nbt.wins.wins_bad_names; do
	check "$subtest" torture "$subtest"
done
check "nbt.wins.wins with its challenges" challenged
