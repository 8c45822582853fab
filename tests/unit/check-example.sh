#!/bin/sh
# The program in nbt-local(7) is examples/localname.c.
set -u
src=${top_srcdir:-$(dirname "$0")/../..}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

sed -n '/^\.\\" examples\/localname\.c$/,/^\.Ed$/p' "$src/doc/man/nbt-local.7" |
	sed -e '1d' -e '$d' -e 's/^\\&//' -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" -e 's/\\e/\\/g' >"$tmp/program.c"
if diff "$tmp/program.c" "$src/examples/localname.c" >"$tmp/diff"; then
	echo "ok 1 - the program in nbt-local(7) is examples/localname.c"
else
	echo "not ok 1 - the program in nbt-local(7) is examples/localname.c"
	sed 's/^/# /' "$tmp/diff"
fi
echo "1..1"
