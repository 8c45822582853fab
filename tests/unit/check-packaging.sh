#!/bin/sh
# Packages and samples: they agree with each other and with the source, and the programs that they are
# for can read them, as far as those are here. tests/packages.sh builds and installs.
. "$(dirname "$0")/tap.sh"
packaging=$src/packaging
PATH=$PATH:/usr/sbin:/sbin

# check_with PROGRAM TEXT COMMAND...: skipped without the program.
check_with() {
	if command -v "$1" >/dev/null; then
		shift
		check "$@"
	else
		n=$((n + 1))
		echo "ok $n - $2 # SKIP $1 is not installed"
	fi
}

# Whether all lines of stdin are one.
same() {
	sort -u | tee "$tmp/same"
	[ "$(wc -l <"$tmp/same")" = 1 ]
}

one_version() {
	{
		sed -n 's/^AC_INIT(\[nbtsuite\], \[\([^]]*\)\].*/\1/p' "$src/configure.ac"
		sed -n '1s/.*(\(.*\)).*/\1/p' "$src/debian/changelog"
		sed -n 's/^Version: *//p' "$packaging/nbtsuite.spec"
		sed -n 's/^PKG_VERSION:=//p' "$packaging/openwrt/Makefile"
	} | same
}

symbols() {
	nm -D --defined-only "$build/libnbt/.libs/libnbt.so" | awk '{ sub("@@", "@", $3); print $3 }' |
		sed 's/^NBT_\([0-9]*\)$/NBT_\1@NBT_\1/' | LC_ALL=C sort >"$tmp/exported"
	sed -n 's/^ \([^ ]*\) .*/\1/p' "$src/debian/libnbt1.symbols" | LC_ALL=C sort >"$tmp/listed"
	diff "$tmp/listed" "$tmp/exported" || {
		echo "> is missing in debian/libnbt1.symbols; one that is gone breaks programs"
		return 1
	}
}

# A user for each daemon, by the same name and in the same group.
users() {
	sed -n 's/^u \([a-z]*\) -:nbt .*/\1/p' "$src/etc/sysusers.conf" | while read -r user; do
		[ -e "$src/etc/$user.service.in" ] && grep "$user=[0-9]*:nbt=" "$packaging/openwrt/Makefile" &&
			grep " $user:[0-9]*" "$packaging/container/Containerfile" &&
			grep "etc/init.d/$user" "$packaging/openwrt/Makefile" &&
			grep "<short>$user<" "$packaging/firewall/firewalld/$user.xml" &&
			grep "^\[$user\]" "$packaging/firewall/ufw/nbtsuite" || exit
	done
}

# What firewalls and the container let in is what the daemons listen on: PORT/PROTOCOL.
ports() {
	printf '%s\n' 42/tcp 42/udp 137/tcp 137/udp 138/udp 139/tcp 445/tcp | sort >"$tmp/ports"
	sed -n 's,.*<port protocol="\(.*\)" port="\(.*\)"/>,\2/\1,p' "$packaging"/firewall/firewalld/*.xml |
		sort | diff "$tmp/ports" - || return
	sed -n 's/^ports=//p' "$packaging/firewall/ufw/nbtsuite" | tr '|' '\n' |
		sed 's,\(.*\)\,\(.*\)/\(.*\),\1/\3 \2/\3,' | tr ' ' '\n' | sort | diff "$tmp/ports" - || return
	tr -d '\n' <"$packaging/firewall/nftables.conf" |
		grep -o 'set ..._ports {[^}]*{[^}]*}' | sed 's/set \(...\).*{ \(.*\) }/\1 \2/; s/,//g' |
		while read -r protocol list; do
			for port in $list; do echo "$port/$protocol"; done
		done | sort | diff "$tmp/ports" - || return
	sed -n 's/^EXPOSE //p' "$packaging/container/Containerfile" | tr ' ' '\n' | sort | diff "$tmp/ports" -
}

# openwrt_starts DAEMON: what the procd script runs, with stand-ins for rc.common and the daemon.
openwrt_starts() {
	( # shellcheck disable=SC2016,SC2317 # what the script calls
		initscript=$tmp/S60$1
		ln -s "$tmp/$1" "$initscript"
		procd_open_instance() { :; }
		procd_close_instance() { :; }
		procd_set_param() { echo "$@"; }
		directories() { :; }
		sed -e '/^directories() {/,/^}/d' -e 's,"/usr/sbin/\$daemon" --check-config,true,' \
			"$packaging/openwrt/files/daemon.init" >"$tmp/$1"
		# shellcheck disable=SC1090
		. "$tmp/$1"
		start_service
	) >"$tmp/procd"
	sed -n 's,^ExecStart=@sbindir@,command /usr/sbin,p' "$src/etc/$1.service.in" >"$tmp/unit"
	grep -x "$(cat "$tmp/unit")" "$tmp/procd" && grep -x 'reload_signal HUP' "$tmp/procd"
}

# openwrt_needs PACKAGE PROGRAM...: it depends on the libraries of its programs, but those that are
# configured away there, and those of sanitizers.
openwrt_needs() {
	depends=$(sed -n "/^define Package\/$1\$/,/^endef/s/.*DEPENDS:=//p" "$packaging/openwrt/Makefile")
	shift
	for program; do
		linked=${program%/*}/.libs/${program##*/}
		[ -e "$linked" ] || linked=$program
		[ ! -e "$linked" ] || readelf -d "$linked" || return # nbtdump is not built without libpcap
	done | sed -n 's/.*(NEEDED).*\[\(lib[^.]*\)\.so.*/\1/p' | grep -vE '^lib(c|m|systemd|seccomp|microhttpd|asan|ubsan|gcc_s)$' |
		sed 's/libjansson/jansson/' | sort -u >"$tmp/libraries"
	[ -s "$tmp/libraries" ] || return
	while read -r library; do
		case " $depends " in *" +$library "*) ;; *) echo "$library is not in: $depends"; return 1 ;; esac
	done <"$tmp/libraries"
}

# Not as root it needs a namespace to look at.
nftables() {
	if unshare -rn true 2>/dev/null; then unshare -rn nft -c -f "$packaging/firewall/nftables.conf"
	else nft -c -f "$packaging/firewall/nftables.conf"; fi
}

firewalld() {
	for file in "$packaging"/firewall/firewalld/*.xml; do
		python3 -c 'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' "$file" || return
	done
}

rpm_spec() {
	rpmspec -P -D "_unitdir /usr/lib/systemd/system" "$packaging/nbtsuite.spec"
}

# The programs that labs want are in packages that every Debian has, or that quickstart installs: on a
# bare machine those labs would not be run. Programs that are not here are not looked at.
quickstart_installs() {
	installed=" $(sed -n '/_packages="/,/"$/{ s/.*="//; s/"//; p; }' "$src/quickstart" | tr -s '\t\n' ' ') "
	sed -n 's/^[[:space:]]*lab_\(begin\|enter\) \([a-z].*\)/\2/p' "$src"/tests/lab/*.sh | tr ' ' '\n' | grep -x '[a-z0-9-]*' | sort -u |
		while read -r program; do
			path=$(command -v "$program") || continue
			package=$(dpkg -S "$path" "/usr$path" "${path#/usr}" 2>/dev/null | sed 's/[:,].*//; q')
			case "$installed" in *" ${package%-minimal} "*) continue ;; esac
			case $(dpkg-query -W -f '${Priority}' "$package") in required | important) continue ;; esac
			echo "$program is in $package, which quickstart does not install"
		done >"$tmp/missing"
	cat "$tmp/missing"
	[ ! -s "$tmp/missing" ]
}

scripts() {
	for script in "$src"/debian/tests/daemons "$src"/debian/tests/library "$src"/debian/*.postrm "$src"/debian/*.prerm \
		"$packaging/openwrt/files/daemon.init" "$src/tests/packages.sh"; do
		sh -n "$script" || return
	done
	grep -o '"/bin/sh", "-c", "\(.*\)", "nbtsuite"' "$packaging/container/Containerfile" |
		sed 's/.*"-c", "//; s/", "nbtsuite"$//; s/\\"/"/g' >"$tmp/entry" && [ -s "$tmp/entry" ] && sh -n "$tmp/entry"
}

# The role's template, with settings of all kinds, is a file that the daemons take.
role() {
	here=$(realpath "$packaging/ansible")
	ansible-playbook --syntax-check -i "$here/inventory" "$here/site.yml" || return
	sed -n '/nbtsuite_settings:/,/roles:/{ /roles:/!s/^    //p; }' "$here/site.yml" >"$tmp/vars.yml"
	ANSIBLE_LOCALHOST_WARNING=false ansible -i localhost, -c local localhost -m ansible.builtin.template -e "@$tmp/vars.yml" \
		-a "src=$here/roles/nbtsuite/templates/nbt.conf.j2 dest=$tmp/nbt.conf" || return
	cat "$tmp/nbt.conf"
	"$build/nbnsd/nbnsd" --check-config -c "$tmp/nbt.conf" && "$build/browserd/browserd" --check-config -c "$tmp/nbt.conf"
}

check "one version everywhere" one_version
check "libnbt1.symbols lists what libnbt exports" symbols
check "every daemon has its user and its place in all of them" users
check "firewalls and the container let in what the daemons hear" ports
for daemon in nbnsd nbddd browserd; do
	check "procd starts $daemon as systemd does" openwrt_starts $daemon
done
check_with readelf "OpenWrt's nbtsuite-daemons depends on what it needs" openwrt_needs nbtsuite-daemons \
	"$build/nbnsd/nbnsd" "$build/nbddd/nbddd" "$build/browserd/browserd" "$build/tools/nbtctl"
tools=$(sed -n 's/^bin_PROGRAMS += *//p' "$src/tools/Makefile.inc")
# shellcheck disable=SC2086 # words
check_with readelf "OpenWrt's nbtsuite-tools depends on what it needs" openwrt_needs nbtsuite-tools \
	$(printf "$build/%s " $tools)
check_with dpkg "quickstart installs what labs want" quickstart_installs
check "scripts are shell" scripts
check "OpenWrt's nbt.conf" "$build/nbnsd/nbnsd" --check-config -c "$packaging/openwrt/files/nbt.conf"
check_with dnsmasq "dnsmasq" dnsmasq --test -C "$packaging/dhcp/dnsmasq.conf"
check_with kea-dhcp4 "Kea" kea-dhcp4 -t "$packaging/dhcp/kea-dhcp4.conf"
check_with dhcpd "ISC's dhcpd" dhcpd -t -cf "$packaging/dhcp/dhcpd.conf"
check_with nft "nftables" nftables
check_with python3 "firewalld" firewalld
check_with rpmspec "RPM" rpm_spec
check_with ansible-playbook "Ansible" role
echo "1..$n"
