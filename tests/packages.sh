#!/bin/sh
# Debian's packages on a bare Debian, as debootstrap makes it: built from the tarball of make dist,
# clean for lintian, installed, their daemons in a container that systemd has booted, upgraded, removed,
# purged, and nothing is left. Run by make check-long, or in a build directory, as root:
#
#	RELEASE=trixie MIRROR=http://mirror.example/debian ../tests/packages.sh
#
# shellcheck disable=SC2016 # what other shells run
set -u
release=${RELEASE:-bookworm}
PATH=$PATH:/usr/sbin:/sbin

[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
for program in debootstrap systemd-nspawn unshare; do
	command -v $program >/dev/null || { echo "1..0 # SKIP $program is not installed"; exit 0; }
done
# Mounts, and the network that the container is given, are seen by nobody else.
[ -n "${PACKAGES_INSIDE:-}" ] || PACKAGES_INSIDE=1 exec unshare --mount --pid --fork --kill-child --mount-proc "$0"

work=$PWD/long-packages-$release
n=0
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work/debs" || exit 99

# check TEXT COMMAND...: what follows needs it, so that the first failure is the last.
check() {
	text=$1
	shift
	n=$((n + 1))
	begun=$(date +%s)
	if "$@" >"$work/log" 2>&1 </dev/null; then
		echo "ok $n - $text ($(($(date +%s) - begun)) s)"
	else
		echo "not ok $n - $text"
		{ grep -aE '^(not ok|E:|W:)' "$work/log"; tail -n 40 "$work/log"; } | sed 's/^/# /'
		echo "1..$n"
		exit 1
	fi
}

# inside ROOT COMMAND: by a shell in a root, which sees /proc, /dev and $work/debs as /debs.
inside() {
	unshare --mount --pid --fork --kill-child --propagation private sh -c '
		mount -t proc proc "$1/proc" && mount -t sysfs -o ro sys "$1/sys" && mount --rbind /dev "$1/dev" &&
			mount -t tmpfs run "$1/run" && mount --bind "$2" "$1/debs" &&
			exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
				DEBIAN_FRONTEND=noninteractive chroot "$1" sh -ec "$3"' \
		sh "$work/$1" "$work/debs" "$2"
}

bare() {
	debootstrap --variant=minbase "$release" "$work/base" ${MIRROR:+"$MIRROR"} && mkdir "$work/base/debs" &&
		cp /etc/resolv.conf "$work/base/etc/" && cp -a "$work/base" "$work/build" && mv "$work/base" "$work/host"
}
sources() {
	make -s dist && tar -C "$work/debs" -xf nbtsuite-*.tar.xz && mv "$work"/debs/nbtsuite-* "$work/debs/nbtsuite"
}
builds() {
	inside build '
		apt-get -qq update
		apt-get -qq install --no-install-recommends dpkg-dev lintian
		cd /debs/nbtsuite
		apt-get -qq build-dep --no-install-recommends ./
		DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage -us -uc'
}
# Debugging symbols are in the .changes, but nobody installs them here.
clean_for_lintian() {
	inside build 'lintian --allow-root --fail-on error,warning /debs/*.changes && rm -f /debs/*-dbgsym_*'
}

# Before the packages come: what they depend on, and all that a first boot writes.
prepares() {
	inside host '
		apt-get -qq update
		apt-get -qq install --no-install-recommends systemd-sysv dbus iproute2 gcc libc6-dev pkgconf \
			$(dpkg-deb -f /debs/nbtsuite-daemons_*.deb Depends | sed "s/([^)]*)//g; s/|[^,]*//g; s/,/ /g; s/libnbt1//") \
			$(dpkg-deb -f /debs/nbtsuite-tools_*.deb Depends | sed "s/([^)]*)//g; s/,/ /g; s/libnbt1//")' &&
		boots true && seen >"$work/before"
}
installs() {
	inside host 'apt-get -qq install --no-install-recommends /debs/*.deb'
}
# The same with a higher version, to upgrade to.
newer() {
	inside build '
		mkdir /debs/newer && cd /debs/newer
		for package in ../*.deb; do
			dpkg-deb -R "$package" tree
			sed -i "s/^Version: .*/&+newer/; s/(= [^)]*/&+newer/" tree/DEBIAN/control
			dpkg-deb -b tree .
			rm -rf tree
		done'
}
builds_the_example() {
	inside host 'cd /debs/nbtsuite && debian/tests/library'
}

# boots SCRIPT: systemd boots the root; when it is there the script runs, and all is over.
boots() {
	cat >"$work/host/etc/systemd/system/script.service" <<-END
		[Unit]
		After=multi-user.target
		SuccessAction=poweroff
		FailureAction=exit
		[Service]
		Type=oneshot
		StandardOutput=append:/script.log
		StandardError=inherit
		ExecStart=sh -c 'cd /debs/nbtsuite && PATH=\$PATH:/usr/sbin:/sbin && $1'
		ExecStartPost=touch /script.done
	END
	rm -f "$work/host/script.log" "$work/host/script.done"
	timeout -k 10 180 unshare --net --mount sh -c '
		mount -t tmpfs run /run && exec systemd-nspawn --quiet --register=no --keep-unit --console=pipe \
			--network-veth --bind="$1:/debs" -D "$2" --boot systemd.unit=script.service systemd.wants=multi-user.target' \
		sh "$work/debs" "$work/host"
	tail -n 30 "$work/host/script.log"
	[ -e "$work/host/script.done" ] || return
	rm "$work"/host/script.* "$work/host/etc/systemd/system/script.service"
}
serves() {
	boots 'ip addr add 10.99.9.5/24 brd + dev host0 && ip link set host0 up && debian/tests/daemons'
}

# As on a host that is in use: every name and the configuration outlive an upgrade, which starts each
# daemon once more, and a removal, which ends them.
upgrades() {
	cat >"$work/debs/upgrade" <<-'END'
		set -eux
		cd /debs
		names() { nbtctl --json names list 'HOST*' | sed 's/"expires_in":[0-9]*//; s/,$//' | sort; }
		echo 'workgroup = "UPGRADE";' >/etc/nbt/nbt.conf
		systemctl enable --now nbnsd nbddd browserd
		in=$(($(date +%s) + 86400))
		{ echo 'VERSION 1 0'; seq 200 | sed "s/.*/\"HOST&#20\" $in 10.1.0.& 64R/"; } >wins.dat
		nbtctl import wins.dat wins.dat
		names >before
		[ "$(grep -o 10.1.0 before | wc -l)" = 200 ]
		dpkg --install newer/*.deb
		dpkg-query -W nbtsuite-daemons | grep newer
		journalctl --sync
		for daemon in nbnsd nbddd browserd; do
			systemctl is-active $daemon
			[ "$(journalctl -b -o cat -u $daemon | grep -c ^Started)" = 2 ]
		done
		names | diff before -
		dpkg --remove nbtsuite-daemons
		for daemon in nbnsd nbddd browserd; do
			[ "$(systemctl show -P ActiveState $daemon)" = inactive ]
		done
		grep UPGRADE /etc/nbt/nbt.conf
		dpkg --install newer/nbtsuite-daemons_*.deb
		systemctl start nbnsd
		names | diff before -
	END
	boots 'sh /debs/upgrade'
}
# They run when it begins.
purges() {
	boots 'systemctl is-active nbnsd nbddd browserd && dpkg --purge nbtsuite-daemons nbtsuite-tools libnss-nbt libnbt-dev libnbt1'
}
# All files but logs and the package manager's own, and the databases that packages share.
seen() {
	(cd "$work/host" && find . \( -path ./debs -o -path ./proc -o -path ./dev -o -path ./tmp -o -path ./var/log -o \
		-path ./var/cache/apt -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path './etc/*-' \) -prune -o -print | sort
	cat etc/passwd etc/group etc/nsswitch.conf)
}
leaves_nothing() {
	seen | diff "$work/before" -
}

check "a bare $release" bare
check "the tarball" sources
check "the packages are built, unit tests pass" builds
check "lintian" clean_for_lintian
check "the same without the packages" prepares
check "they install" installs
check "libnbt-dev builds the example" builds_the_example
check "the daemons serve under their units" serves
check "a newer version" newer
check "an upgrade and a removal lose nothing" upgrades
check "they purge" purges
check "nothing is left" leaves_nothing
echo "1..$n"
