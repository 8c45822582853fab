#!/bin/sh
# Every setting has its paragraph in nbt.conf(5), and every paragraph a setting.
set -u
src=${top_srcdir:-$(dirname "$0")/../..}
build=${top_builddir:-$src}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

: >"$tmp/empty.conf"
# The settings of all daemons are those of nbnsd, and each other daemon's own group.
{
	"$build/nbnsd/nbnsd" --print-config -c "$tmp/empty.conf"
	"$build/nbddd/nbddd" --print-config -c "$tmp/empty.conf" | sed -n '/^nbddd = {/,$p'
} |
	sed -n 's/^[[:space:]]*\([a-z0-9-]*\) = [^{]*$/\1/p' | grep -vx time-scale | sort >"$tmp/settings"
sed -n 's/^\.It Ic //p' "$src/doc/man/nbt.conf.5" | sort >"$tmp/described"

if [ -s "$tmp/settings" ] && diff "$tmp/settings" "$tmp/described" >"$tmp/diff"; then
	echo "ok 1 - settings are those of nbt.conf(5)"
else
	echo "not ok 1 - settings are those of nbt.conf(5)"
	sed 's/^/# /' "$tmp/diff"
fi
echo "1..1"
