#!/bin/sh
# The export of the lists to SMB clients: Samba's clients of all dialects, its tests, many idle
# connections, and an smbd that has the ports already.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbd smbclient smbtorture rpcclient net nmblookup smbtree
. "$top_srcdir/tests/lab/browsers.sh"

host a 10.99.1.11
host b 10.99.1.12
host c 10.99.1.13
host d 10.99.1.14

samba_conf "$lab/client" CLIENT 'client min protocol = CORE' 'client lanman auth = yes' \
	'client plaintext auth = yes' 'name resolve order = bcast'
samba_conf "$lab/smbd" D 'server string = by smbd' 'map to guest = Bad User' 'server min protocol = LANMAN1'

client() { # PROGRAM WORD...: one of Samba's, on c, without end at most half a minute
	client_program=$1
	shift
	on c timeout 30 "$client_program" -s "$lab/client/smb.conf" "$@" 2>&1
}
# lists NAME... -- WORD...: smbclient -L with these options has them all, and the share.
lists() {
	wanted=
	while [ "$1" != -- ]; do
		wanted="$wanted $1"
		shift
	done
	shift
	client smbclient -L "//$server" -I "$address" "$@" >"$lab/listed"
	for name in 'IPC\$' $wanted; do
		grep -q "$name" "$lab/listed" || {
			cat "$lab/listed"
			return 1
		}
	done
}
raps() { # SUBTEST: of smbtorture
	on c timeout 60 smbtorture -s "$lab/client/smb.conf" --basedir="$lab/client" -U % \
		--option='client max protocol=NT1' "//$server/IPC\$" "$1" >"$lab/$1.out" 2>&1 &&
		grep -q '^success: ' "$lab/$1.out" && ! grep -q '^failure: \|^error: ' "$lab/$1.out" && return
	cat "$lab/$1.out"
	return 1
}
has() { # PATTERN COMMAND...: prints it
	pattern=$1
	shift
	"$@" >"$lab/output" 2>&1
	grep -e "$pattern" "$lab/output" || {
		cat "$lab/output"
		return 1
	}
}

#
# Our own ports.
#
server=A address=10.99.1.11
echo "10.99.1.11 A a" >>"$lab/etc/hosts"
nmbd_run b SAMBA 'os level = 10'
daemons a
browser a 'comment = "the first"' 'os-level = 65' 'smb-connections-per-source = 200'
check "it says that the ports are ours" await 10 logged a-browserd 'SMB clients get the lists from here'
check "it is the master" await 20 is_role a master
check "and knows nmbd" await 30 eval 'browse a servers | grep "^SAMBA,"'

for dialect in NT1 LANMAN2 LANMAN1; do
	check "smbclient -L with $dialect" lists 'A .*the first' 'SAMBA .*by.nmbd' 'LAB .*A' -- -N -m "$dialect"
	check "and without SPNEGO" lists 'A .*the first' 'SAMBA .*by.nmbd' 'LAB .*A' -- -N -m "$dialect" \
		--option='client use spnego=no'
done
for dialect in SMB2_02 SMB2_10; do
	check "smbclient -L with $dialect: the share" lists -- -N -m "$dialect"
done
check "smbclient -L as it is: SMB3 lists the share, SMB1 the servers" lists -- -N
check "and without SPNEGO" lists -- -N --option='client use spnego=no'
for dialect in SMB2_02 SMB2_10; do
	check "with $dialect at most" lists -- -N --option="client max protocol=$dialect"
done
check "for a guest, too" lists -- -U guest% --option='client max protocol=SMB2_02'
check "a guest sees the same" lists 'SAMBA .*by.nmbd' -- -U guest% -m NT1
check "on this host, too" eval 'on a timeout 30 smbclient -s "$lab/client/smb.conf" -N -m NT1 -I 127.0.0.1 -L //localhost | grep "SAMBA .*by.nmbd"'
check "by port 139 alone" lists 'SAMBA .*by.nmbd' -- -N -m NT1 -p 139
check "whatever name is called" lists 'SAMBA .*by.nmbd' -- -N -m NT1 -p 139 -n OTHER
check "smbtree -U guest%" has 'SAMBA.*by nmbd' client smbtree -U guest%
check "nmblookup -M -- -" has '10.99.1.11 .*__MSBROWSE__' on c nmblookup -s /dev/null -M -- -
rap() { # WORD...
	client net rap "$@" -S A -I 10.99.1.11 -U% --option='client ipc max protocol=NT1' --option='client max protocol=NT1'
}
check "net rap server domain" has 'SAMBA' rap server domain
check "net rap server name" has '^Server name = A$' rap server name
check "net rap domain" has 'LAB *A' rap domain
check "net rap share" has '^IPC\$' rap share
check "rpcclient netshareenum" has 'netname: IPC\$' client rpcclient -U% 10.99.1.11 -c netshareenum
check "rpcclient by SMB1" has 'netname: IPC\$' client rpcclient -U% 10.99.1.11 \
	--option='client ipc max protocol=NT1' -c netshareenum
check "rpcclient srvinfo" has 'the first' client rpcclient -U% 10.99.1.11 -c srvinfo
for subtest in rap.basic.netserverenum rap.basic.netshareenum rap.basic.netservergetinfo \
	rap.basic.netsessionenum rap.basic.netremotetod rap.rpc.netservergetinfo; do
	check "smbtorture $subtest" raps "$subtest"
done
check "there is no file to be had" eval '! client smbclient "//A/IPC\$" -I 10.99.1.11 -U% -m NT1 -c "get x" | grep "getting file"'
check "no other share either" eval 'client smbclient "//A/C\$" -I 10.99.1.11 -U% -m NT1 -c ls | grep BAD_NETWORK_NAME'

#
# Switched off, and limited.
#
reload() { # HOST [SETTING...]
	configure "$@"
	on "$1" nbtctl -d browserd -r "$lab/$1" reload
}
check "without SMB1" reload a 'os-level = 65' 'allow-smb1 = []'
check "old clients get nothing" eval '! lists A -- -N -m NT1'
check "new ones see the share" lists -- -N
check "for other networks only" reload a 'os-level = 65' 'allow-smb = ["10.99.2.0/24"]'
check "nobody here may connect" eval '! lists -- -N'
check "names that are not ours" reload a 'os-level = 65' 'strict-called-names = true'
check "our own" lists SAMBA -- -N -m NT1 -p 139
check "switched off" reload a 'os-level = 65' 'smb-export = "off"'
check "there is no port" eval '! lists -- -N'
check "and on again" reload a 'os-level = 65' 'smb-connections-per-source = 200' 'smb-settle-timeout = "5m"'
check "it is there" lists SAMBA -- -N -m NT1

#
# Ten thousand that say nothing, for as long as it takes to open them on a busy machine.
#
rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$lab/a-browserd.pid")/status"
}
on d ip route add local 10.98.0.0/24 dev lo
on a ip route add 10.98.0.0/24 via 10.99.1.14
connections() {
	on a nbtctl -d browserd -r "$lab/a" --csv stats | tr -d '\r' | sed -n 's/^smb.connections,//p'
}
before=$(rss)
run d idle idle 10.99.1.11 139 10.98.0.1 100 100
check "10,000 connections from 100 addresses" await 120 logged idle '^10000$'
check "all are there" await 10 eval '[ "$(connections)" = 10000 ]'
check "the next client is served" lists SAMBA -- -N -m NT1 -p 139
check "each costs at most 2 KiB" eval '[ $(($(rss) - before)) -le 20000 ]'
echo "# $(($(rss) - before)) KiB for 10,000 idle connections"
stop idle
check "and they go" await 10 eval '[ "$(connections)" = 0 ]'
run d half idle 10.99.1.11 139 10.98.0.1 100 100 1000
check "10,000 with a thousand bytes of a frame" await 120 logged half '^10000$'
check "the next client is served all the same" lists SAMBA -- -N -m NT1 -p 139
stop half
check "and their memory is given back" await 10 eval '[ "$(connections)" = 0 ]'
check "more than there is room for: no connection limit stops a client" \
	reload a 'os-level = 65' 'smb-connections = 1000' 'smb-connections-per-source = 200'
run d many idle 10.99.1.11 445 10.98.0.1 100 20
check "2,000 from 100 addresses" await 30 logged many '^2000$'
check "1,000 of them have made room" await 10 eval '[ "$(connections)" = 1000 ]'
check "the next client is served" lists SAMBA -- -N -m NT1
stop many

#
# An smbd has the ports: it shows our list.
#
stop a-browserd TERM
stop b-nmbd TERM
server=D address=10.99.1.14
echo "10.99.1.14 D d" >>"$lab/etc/hosts"
nmbd_run b SAMBA 'os level = 10'
# With a process group of its own: at its end it ends all of the group.
run d d-smbd smbd --foreground --debug-stdout -s "$lab/smbd/smb.conf" -l "$lab/smbd"
await 10 eval 'on d ss -tln | grep -q ":445 "'
daemons d
ln -s "$lab/d/browse.dat" "$lab/smbd/browse.dat"
browser d 'comment = "by browserd"' 'os-level = 65' 'browse-dat-interval = "100ms"' 'smb-port-retry = "100ms"'
check "it says that smbd has them" await 10 logged d-browserd 'SMB clients get the lists from smbd'
check "it is the master" await 40 is_role d master
check "and knows nmbd" await 60 eval 'browse d servers | grep "^SAMBA,"'
# With SPNEGO a smbd that is in no domain calls itself one, and clients ask for the list of that.
check "smbd shows the same list" await 10 lists 'D .*by.browserd' 'SAMBA .*by.nmbd' 'LAB .*D' -- -N -m NT1 \
	--option='client use spnego=no'
check "the file is for everybody to read" eval '[ "$(stat -c %a "$lab/d/browse.dat")" = 644 ]'
stop d-smbd
check "without smbd we have the ports" await 10 logged d-browserd 'SMB clients get the lists from here'
check "and clients their list" lists 'SAMBA .*by.nmbd' 'LAB .*D' -- -N -m NT1
check "the file is gone" await 5 eval '[ ! -e "$lab/d/browse.dat" ]'
stop d-browserd TERM
check "it ends well" [ $? = 0 ]
