#!/bin/sh
# What make install installs: every file is in one of Debian's packages, and one of the RPMs; a program
# is built with libnbt by pkg-config from there; make uninstall leaves nothing.
. "$(dirname "$0")/tap.sh"

# A make of our own, whatever has started us.
remake() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$build" DESTDIR="$tmp/root" "$@"
}
# Paths as of a prefix /usr, and libraries of no architecture.
files() {
	(cd "$tmp/root" && find . ! -type d | sed "s,^\.${libdir}/,usr/lib/,; s,^\.${prefix}/,usr/,; s,^\./,," | sort)
}

# One pattern a line, for paths under usr/ with libraries in usr/lib.
of_debian() {
	sed 's/[[:space:]].*//; s,^usr/lib/\*/,usr/lib/,; /^packaging/d' "$src"/debian/*.install "$src/debian/not-installed"
}
of_rpm() {
	sed -n 's/^\(%dir \)*\(%{_[a-z]*}[^ ]*\)$/\2/p' "$src/packaging/nbtsuite.spec" | sed \
		-e 's,%{_prefix},usr,; s,%{_bindir},usr/bin,; s,%{_sbindir},usr/sbin,; s,%{_libdir},usr/lib,' \
		-e 's,%{_includedir},usr/include,; s,%{_mandir},usr/share/man,; s,%{_datadir},usr/share,' \
		-e 's,%{_unitdir},usr/lib/systemd/system,; s,%{_sysusersdir},usr/lib/sysusers.d,' \
		-e 's,%{_tmpfilesdir},usr/lib/tmpfiles.d,'
	printf '%s\n' 'usr/lib/*.la' usr/lib/libnss_nbt.so usr/share/doc/nbtsuite # removed in its %install
}

# packaged PATTERNS: every file that is installed matches one.
packaged() {
	"$1" >"$tmp/patterns"
	status=0
	for file in $(files); do
		found=0
		while read -r pattern; do
			# shellcheck disable=SC2254 # patterns
			case $file in $pattern | $pattern/*) found=$((found + 1)) ;; esac
		done <"$tmp/patterns"
		[ "$found" = 1 ] || {
			echo "$file: in $found packages; they are in debian/*.install and packaging/nbtsuite.spec"
			status=1
		}
	done
	return $status
}

# Nobody answers at this port: it says so.
example() {
	export PKG_CONFIG_SYSROOT_DIR="$tmp/root" PKG_CONFIG_LIBDIR="$tmp/root$libdir/pkgconfig"
	# shellcheck disable=SC2046 # words
	${CC:-cc} -o "$tmp/claim" "$src/examples/claim.c" $(pkg-config --cflags --libs libnbt) || return
	LD_LIBRARY_PATH=$tmp/root$libdir "$tmp/claim" -p 9 127.0.0.1 NOBODY 127.0.0.1
	[ $? = 1 ] && ldd "$tmp/claim" | grep 'libnbt\.so\.1'
}

leaves_nothing() {
	remake uninstall || return
	files
	[ -z "$(files)" ]
}

eval "$(remake print-directories)"
check "make install" remake install
check "every file is in one of Debian's packages" packaged of_debian
check "every file is in one of the RPMs" packaged of_rpm
if command -v pkg-config >/dev/null; then check "a program with libnbt, by pkg-config" example
else n=$((n + 1)); echo "ok $n - a program with libnbt, by pkg-config # SKIP pkg-config is not installed"; fi
check "make uninstall leaves nothing" leaves_nothing
echo "1..$n"
