#!/bin/sh
# packaging/dhcp: what a client is told of NetBIOS by each of the servers that are here.
. "$top_srcdir/tests/lab/net.sh"
lab_begin dnsmasq busybox

host server 10.99.1.2
host client 10.99.1.11
on client ip addr flush dev eth0
dhcp=$top_srcdir/packaging/dhcp
# The samples are for 10.1.0.0/24; here the subnet of the lab has addresses to give.
here() {
	sed 's/10\.1\.0\.0/10.99.1.0/; s/10\.1\.0\.1\([0-9][0-9]\)/10.99.1.1\1/g
		s/"memfile"/&, "persist": false/' "$1"
}

cat >"$lab/print" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
echo "44 $wins"
echo "45 $opt45"
echo "46 $opt46"
END
chmod +x "$lab/print"
cat >"$lab/wanted" <<'END'
44 10.1.0.5 10.2.0.5
45 0a010005
46 08
END
told() {
	on client busybox udhcpc -f -q -n -t 10 -T 1 -i eth0 -O wins -O 45 -O 46 -s "$lab/print" >"$lab/told" 2>"$lab/udhcpc.log"
	diff "$lab/wanted" "$lab/told"
}

run server dnsmasq dnsmasq -k -C "$dhcp/dnsmasq.conf" -u root -g root --port=0 --pid-file \
	--dhcp-leasefile="$lab/leases" --dhcp-range=10.99.1.100,10.99.1.199 --dhcp-authoritative --no-ping
await 10 logged dnsmasq 'DHCP, IP range'
check "by dnsmasq" told
stop dnsmasq

if command -v kea-dhcp4 >/dev/null; then
	here "$dhcp/kea-dhcp4.conf" >"$lab/kea.conf"
	run server kea env KEA_LOCKFILE_DIR=none KEA_PIDFILE_DIR="$lab" kea-dhcp4 -c "$lab/kea.conf"
	await 10 logged kea DHCP4_STARTED
	check "by Kea" told
	stop kea
fi

if command -v dhcpd >/dev/null; then
	here "$dhcp/dhcpd.conf" >"$lab/dhcpd.conf"
	: >"$lab/dhcpd.leases"
	run server dhcpd dhcpd -f -4 -user root -group root -cf "$lab/dhcpd.conf" -lf "$lab/dhcpd.leases" \
		-pf "$lab/dhcpd.server" eth0
	await 10 logged dhcpd 'Server starting service'
	check "by ISC's dhcpd" told
fi
