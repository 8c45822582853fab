#!/bin/sh
# Nothing is ever shared: the objects of smb and browserd want little of the C library, and only browse_file.c, in
# which no client has a part, can open a file.
set -u
cd "${top_builddir:-$(dirname "$0")/../..}" || exit 99
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0

bytes='calloc|free|malloc|realloc|bcmp|mem(chr|cmp|cpy|move|set)|str(cat|chr|cmp|cpy|dup|error|len|ncmp|ncpy|rchr|spn)'
texts='v?snprintf|sscanf|inet_(ntop|pton)|json_[a-z_]+'
files='open|fdopen|fclose|ferror|fwrite|fchmod|close|rename|unlink'
# Of compilers, sanitizers and coverage.
tools='_GLOBAL_OFFSET_TABLE_|__errno_location|__assert_fail|__(asan|ubsan|tsan|msan|sanitizer|gcov|llvm|stack)_.*'

echo 1..3
nothing_in() { # FILE TEXT
	n=$((n + 1))
	if [ ! -s "$1" ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$1"
	fi
}

# OBJECT SYMBOL for what none of ours defines, as the source calls it.
find libnbt common smb browserd -name '*.o' -exec nm -A {} + 2>"$tmp/errors" | sed 's|/[.]libs/|/|; s|:| |' |
	awk '{
		symbol = $NF
		sub(/@.*/, "", symbol)
		if ($(NF - 1) != "U") own[symbol] = 1
		else if ($1 ~ /^(smb|browserd)\//) wanted[$1 " " symbol] = symbol
	}
	END { for (line in wanted) if (!(wanted[line] in own)) print line }' |
	sed -E 's/ __isoc[0-9]+_/ /; s/ __(.*)_chk$/ \1/; s/64$//' | sort >"$tmp/wanted"

grep -qE '^browserd/.*browse_file\.o open$' "$tmp/wanted" || echo "browse_file.o is not seen to open its own" >>"$tmp/errors"
nothing_in "$tmp/errors" "the objects can be read"
grep '^smb/' "$tmp/wanted" | grep -vE " ($bytes|$tools)\$" >"$tmp/more"
nothing_in "$tmp/more" "smb knows memory and texts only"
grep '^browserd/' "$tmp/wanted" | grep -vE " ($bytes|$texts|$tools)\$" |
	grep -vE "/(.*-)?browse_file\.o ($files)\$|/(.*-)?exporting\.o [gs]etrlimit\$" >"$tmp/more"
nothing_in "$tmp/more" "browserd opens nothing but what browse_file.c writes for smbd"
