#!/bin/sh
# Every setting has its paragraph in nbt.conf(5), and every paragraph a setting; mandoc understands
# all pages.
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
	"$build/browserd/browserd" --print-config -c "$tmp/empty.conf" | sed -n '/^browserd = {/,$p'
} |
	sed -n 's/^[[:space:]]*\([a-z0-9-]*\) = [^{]*$/\1/p' | grep -vx time-scale | sort >"$tmp/settings"
sed -n 's/^\.It Ic //p' "$src/doc/man/nbt.conf.5" | sort >"$tmp/described"

if [ -s "$tmp/settings" ] && diff "$tmp/settings" "$tmp/described" >"$tmp/diff"; then
	echo "ok 1 - settings are those of nbt.conf(5)"
else
	echo "not ok 1 - settings are those of nbt.conf(5)"
	sed 's/^/# /' "$tmp/diff"
fi

# References to manuals that are not installed are no mistakes; lines may be longer than 80.
if ! command -v mandoc >/dev/null; then
	echo "ok 2 - mandoc has no warnings # SKIP mandoc is not installed"
else
	for page in "$src"/doc/man/*.[1-8]; do
		mandoc -Tlint -Wwarning "$page" 2>&1 | grep -v 'outdated mandoc.db'
	done >"$tmp/lint"
	if [ -s "$tmp/lint" ]; then
		echo "not ok 2 - mandoc has no warnings"
		sed 's/^/# /' "$tmp/lint"
	else
		echo "ok 2 - mandoc has no warnings"
	fi
fi
echo "1..2"
