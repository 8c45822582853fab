#!/bin/sh
# Every public header compiles alone, in C11 and in C++, and what the library exports is nbt_*@NBT_1.
set -u
src=${top_srcdir:-$(dirname "$0")/../..}
build=${top_builddir:-$src}
cc=${CC:-cc}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0
ok() { n=$((n + 1)); echo "ok $n - $1"; }
bad() { n=$((n + 1)); echo "not ok $n - $1"; sed 's/^/# /' "$tmp/log"; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }

for header in "$src"/libnbt/include/nbt/*.h; do
	name=nbt/$(basename "$header")
	printf '#include <%s>\nint main(void) { return 0; }\n' "$name" >"$tmp/one.c"
	cp "$tmp/one.c" "$tmp/one.cc"
	# shellcheck disable=SC2086
	if $cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$src/libnbt/include" -c "$tmp/one.c" \
		-o "$tmp/one.o" >"$tmp/log" 2>&1; then ok "$name in C"; else bad "$name in C"; fi
	if ! command -v c++ >/dev/null; then skip "$name in C++" "no C++ compiler"
	elif c++ -std=c++11 -Wall -Wextra -Werror -I"$src/libnbt/include" -c "$tmp/one.cc" \
		-o "$tmp/one.o" >"$tmp/log" 2>&1; then ok "$name in C++"; else bad "$name in C++"; fi
done

lib=$build/libnbt/.libs/libnbt.so
nm -D --defined-only "$lib" >"$tmp/exports" 2>"$tmp/log"
awk '{print $3}' "$tmp/exports" | grep -vE '^(nbt_[a-z0-9_]+@@NBT_1|NBT_1)$' >>"$tmp/log"
if [ -s "$tmp/log" ] || [ ! -s "$tmp/exports" ]; then bad "only nbt_* is exported, with its version"
else ok "only nbt_* is exported, with its version"; fi
echo "1..$n"
