# shellcheck shell=sh
# The beginning of rule tests with several cases; sourced by
#
#	. "$(dirname "$0")/tap.sh"
#
# $src is the source, $build where it is built, $tmp a directory that is gone afterwards. The end is
# echo "1..$n".
set -u
src=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck disable=SC2034 # for who sources this
build=${top_builddir:-$src}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0

check() { # TEXT COMMAND...
	text=$1
	shift
	n=$((n + 1))
	if "$@" >"$tmp/log" 2>&1; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		tail -n 40 "$tmp/log" | sed 's/^/# /'
	fi
}
