#!/bin/sh
# Every command among the EXAMPLES of the manuals and in doc/troubleshooting.md, as it stands there, on a network with
# the addresses and names that they speak of: it succeeds, as its EXIT STATUS has it. Those of --help are among them
# (tests/unit/check-man.sh).
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbd smbclient jq
. "$top_srcdir/tests/lab/browsers.sh"

# What the examples name besides: directories of a host that has Samba and Prometheus, programs, files.
mount -t tmpfs lab /var/lib && mkdir -p /var/lib/samba/private /var/lib/prometheus/node-exporter "$lab/bin" "$lab/here"
cp "$top_srcdir/tests/data/import/wins.dat" /var/lib/samba/wins.dat
for file in capture.pcap capture.pcapng large.pcap; do cp "$top_srcdir/tests/data/vectors.pcap" "$lab/here/$file"; done
stand_in() { # PROGRAM TEXT
	printf '#!/bin/sh\n%s\n' "$2" >"$lab/bin/$1" && chmod +x "$lab/bin/$1"
}
stand_in sudo 'exec "$@"'
command -v dot >/dev/null || stand_in dot 'cat'
stand_in nbtbrowse "exec $(command -v nbtbrowse) -c $lab/office1.conf \"\$@\"" # in the place of /etc/nbt/nbt.conf
export PATH="$lab/bin:$PATH" SMB_CONF_PATH="$lab/smb.conf" HOME="$lab"
printf '[global]\nlock directory = %s\n' "$lab/bin" >"$SMB_CONF_PATH"
if [ -e "$top_builddir/nss/.libs/libnss_nbt.so.2" ]; then
	printf 'passwd: files\ngroup: files\nhosts: files nbt\n' >"$lab/etc/nsswitch.conf"
	export LD_LIBRARY_PATH="$top_builddir/nss/.libs"
fi

ip link add br0 type bridge mcast_snooping 0 && ip addr add 10.1.0.1/24 brd + dev br0 && ip link set br0 up
ip addr add 192.168.1.1/24 brd + dev br1
ip addr add 10.1.2.1/24 brd + dev br2
# Sweeps look for everybody, and the kernel remembers a thousand neighbours in all namespaces together, silent ones too:
# then no broadcast leaves, either.
for net in 192.168.1.64/26 192.168.1.128/25 10.1.2.32/27 10.1.2.64/26 10.1.2.128/25; do ip route add blackhole "$net"; done
host office1 10.1.0.5 # name server, NBDD, master of OFFICE: here the examples are run
host office2 10.1.0.6 # one more with our daemons
host press 10.1.0.9   # Samba's
host nas 10.1.0.20    # and one with files
host idle 10.1.0.10   # nothing runs there
host mill 10.1.2.11   # the master of PLANT, in another subnet
host lathe 192.168.1.30

# As office1, but for what is kept where.
conf() { # HOST LINE...
	conf_host=$1
	shift
	printf '%s\n' "netbios-name = \"$conf_host\";" "$@" >"$lab/$conf_host.conf"
	for daemon in nbnsd nbddd browserd; do run "$conf_host" "$conf_host-$daemon" "$daemon" -f -c "$lab/$conf_host.conf"; done
}
member() { # HOST WORKGROUP BROWSERD-SETTING...
	install -d -m 1775 -g nbt "$lab/$1"
	conf "$1" "workgroup = \"$2\"; run-directory = \"$lab/$1\"; wins-servers = [\"10.1.0.5\"];" \
		'nbnsd = { server = false; }; nbddd = { server = false; };' "browserd = { $3 };"
}
install -d -o nbnsd -g nbt /var/lib/nbt
conf office1 'workgroup = "OFFICE"; wins-servers = ["10.1.0.5"];' 'browserd = { os-level = 65; preferred-master = "yes"; };'
await 10 on office1 nbtlookup -U 127.0.0.1 OFFICE1
member office2 OFFICE 'local-master = false;'
for each in office1 office2; do await 20 logged "$each-nbddd" 'connected to nbnsd'; done
member mill PLANT 'preferred-master = "yes"; domain-master = "yes";'
nmbd_run press PRINTER 'workgroup = OFFICE' 'wins server = 10.1.0.5'
nmbd_run lathe LATHE 'workgroup = OFFICE' 'wins server = 10.1.0.5'
on office1 nbtctl names add FRED 10.1.0.9 >"$lab/fred"

# Lines of a page, without what mdoc(7) needs.
examples() { # PAGE
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/s/^\.Dl //p' "$1" | grep -v '^[a-z]* = ' |
		sed -e 's/^\$ //; s/^"\(.*\)"$/\1/; s/\\-/-/g; s/\\(dq/"/g'
}
sweep='nbtscan --rate=5000 -m 1 10.1.0.0/16' # takes half a minute
runs_beside() { # COMMAND
	case $1 in
	*nbtdump*-r*) false ;;
	*nbtdump* | *--listen* | *"nbtctl events" | "$sweep") ;;
	*) false ;;
	esac
}
# 1 of a doctor: something was found.
succeeds() { # COMMAND
	(cd "$lab/here" && on office1 timeout 50 sh -c "$1" </dev/null)
	status=$?
	echo "status $status"
	case $1 in *--doctor) [ $status -le 1 ] ;; *) [ $status = 0 ] ;; esac
}

{
	for page in "$top_srcdir"/doc/man/*.[1-8]; do examples "$page"; done
	sed -nE 's/^ {4,}((sudo )?(nb|smbclient))/\1/p' "$top_srcdir/doc/troubleshooting.md"
} >"$lab/examples"
check "there are examples" [ "$(wc -l <"$lab/examples")" -ge 70 ]

# Those that go on until they are interrupted run beside the others, and see what these do.
begun=
begin() { # COMMAND
	where=office1 directory=/run/nbt
	case $1 in
	*--direct*) where=idle ;;
	*--listen*--group*) where=office2 directory=$lab/office2 ;; # "on one host, and then on another"
	esac
	begun="$begun $((number + 1))"
	number=$((number + 1))
	echo "$1" >"$lab/begun$number"
	run "$where" "begun$number" env "NBT_RUN_DIRECTORY=$directory" sh -c "exec $1"
}
number=0
while read -r example; do
	runs_beside "$example" || continue
	begin "$example"
	case $example in *nbtdump*) await 10 logged "begun$number" '^nbtdump: listening' ;; esac
done <"$lab/examples"

# What it says when it comes is among what they see.
nmbd_run nas NAS 'workgroup = OFFICE' 'wins server = 10.1.0.5' 'server min protocol = NT1' 'map to guest = Bad User'
run nas nas-smbd smbd --foreground --debug-stdout -s "$lab/nas-nmbd/smb.conf" -l "$lab/nas-nmbd"
check "office1 is the master" await 60 eval 'on office1 nbtctl browse roles | grep "OFFICE.*master"'
check "PLANT has one" await 60 on office1 nbtlookup -U 10.1.0.5 --recursion PLANT#1B
check "Samba's hosts are registered" await 60 on office1 nbtlookup -U 10.1.0.5 --recursion PRINTER#20 NAS#20

while read -r example <&3; do
	runs_beside "$example" || check "$example" succeeds "$example"
done 3<"$lab/examples"

said_something() { # NUMBER
	grep -v '^nbtdump: listening' "$lab/begun$1.log"
}
for each in $begun; do
	example=$(cat "$lab/begun$each")
	case $example in
	*--summary* | "$sweep") ;; # that comes at the end
	*--listen* | *announcement*) check "$example" await 90 said_something "$each" ;;
	*) check "$example" said_something "$each" ;;
	esac
	[ "$example" != "$sweep" ] || await 50 not running "begun$each"
	stop "begun$each"
	status=$?
	case $example in *nbtdump* | "$sweep") check "it ends with success: $example" [ $status = 0 ] ;; esac
	check "it had something to say: $example" said_something "$each"
done
