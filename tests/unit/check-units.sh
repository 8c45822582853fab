#!/bin/sh
# What systemd is given: a unit that it can read and finds well confined, users, directories.
. "$(dirname "$0")/tap.sh"
MOST=20 # of systemd-analyze's exposure, tenths

for program in systemd-analyze systemd-sysusers systemd-tmpfiles; do
	command -v $program >/dev/null || { echo "1..0 # SKIP $program is not installed"; exit 0; }
done

# Programs and manual pages are where an installation puts them: here it has not been made.
understood() {
	! systemd-analyze verify "$1" 2>&1 |
		grep -vE "is not executable|Command 'man |Failed to (connect|open /dev/tty)" | grep .
}
confined() {
	systemd-analyze security --offline=true --threshold=$MOST --no-pager "$1"
}
# Mistakes are written to standard error; --root makes it look at files only.
makes_users() {
	mkdir -p "$tmp/root/etc" && systemd-sysusers --root="$tmp/root" "$src/etc/sysusers.conf" &&
		grep -q '^nbnsd:' "$tmp/root/etc/passwd" && grep -q '^browserd:' "$tmp/root/etc/passwd" && grep -q '^nbt-admin:.*nbnsd' "$tmp/root/etc/group"
}
makes_directories() {
	[ "$(id -u)" = 0 ] || return 0 # it gives them away
	systemd-tmpfiles --root="$tmp/root" --create "$src/etc/tmpfiles.conf" &&
		[ "$(stat -c %a "$tmp/root/run/nbt")" = 1775 ] &&
		[ "$(stat -c %a "$tmp/root/var/lib/nbt")" = 750 ]
}

reloads() {
	grep -q '^ExecReload=/.*/nbtctl .*reload$' "$1"
}

for unit in "$build"/etc/*.service; do
	check "${unit##*/} can be reloaded" reloads "$unit"
	check "${unit##*/} is understood" understood "$unit"
	check "${unit##*/} is confined" confined "$unit"
done
check "users" makes_users
check "directories" makes_directories
echo "1..$n"
