#!/bin/sh
# Who may include whom (doc/architecture.md): arrows run one way, awkward neighbours have one file.
set -u
cd "${top_srcdir:-$(dirname "$0")/../..}" || exit 99
n=0

# rule TEXT FILES... -- PATTERN: no #include that matches PATTERN in FILES; "!FILE" is excepted
rule() {
	text=$1; shift
	files=; except='^$'
	while [ "$1" != -- ]; do
		case $1 in
		!*) except="$except|^${1#!}:";;
		*) files="$files $1";;
		esac
		shift
	done
	n=$((n + 1))
	# shellcheck disable=SC2086
	found=$(grep -rnE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]+[<\"]($2)" \
		$(ls -d $files 2>/dev/null) /dev/null | grep -vE "$except")
	if [ -z "$found" ]; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		echo "$found" | sed 's/^/# /'
	fi
}

all="libnbt nss common smb nbnsd nbddd browserd tools"
echo "1..27"
rule "libnbt includes nothing of the suite but itself" libnbt -- 'common/|smb/|nbnsd/|nbddd/|browserd/|tools/'
rule "libnbt/wire includes only itself" libnbt/wire -- 'libnbt/(exchange|client)/|nbt/(exchange|client)'
rule "libnbt/wire and libnbt/exchange touch no system" libnbt/wire libnbt/exchange -- 'sys/|unistd|time\.h|poll|arpa/|net/'
rule "common includes libnbt only" common -- 'smb/|nbnsd/|nbddd/|browserd/|tools/'
rule "nss includes libnbt only" nss -- 'common/|smb/|nbnsd/|nbddd/|browserd/|tools/|wire/'
rule "smb includes libnbt and common only" smb -- 'nbnsd/|nbddd/|browserd/|tools/'
rule "smb touches no system, and no file" smb -- 'sys/|unistd|time\.h|poll|net/|stdio|fcntl'
rule "nbnsd includes no other daemon" nbnsd -- 'smb/|nbddd/|browserd/|tools/'
rule "nbnsd/registry includes no other part of nbnsd" nbnsd/registry -- 'nbnsd/([a-z_]*\.h|partners|replication|service|node|audit|dns|store|control)'
rule "nbnsd/audit and nbnsd/dns include the registry only" nbnsd/audit nbnsd/dns -- 'nbnsd/([a-z_]*\.h|partners|replication|service|node|store|control)'
rule "nbnsd/replication includes the registry only" nbnsd/replication -- 'nbnsd/([a-z_]*\.h|partners|service|node|audit|dns|store|control)'
rule "nbnsd/store includes registry and audit only" nbnsd/store -- 'nbnsd/([a-z_]*\.h|partners|replication|service|node|dns|control)'
rule "nbnsd/node includes no store and no edge" nbnsd/node -- 'nbnsd/([a-z_]*\.h|partners|replication|store|control|dns)'
rule "nbnsd/service includes no store and no edge" nbnsd/service -- 'nbnsd/([a-z_]*\.h|partners|store|control)'
rule "nbnsd/partners includes service, replication and registry only" nbnsd/partners -- 'nbnsd/([a-z_]*\.h|node|audit|dns|store|control)'
rule "the cores of nbnsd touch no system" nbnsd/registry nbnsd/replication nbnsd/partners nbnsd/service nbnsd/node nbnsd/audit !nbnsd/registry/pages.c -- 'sys/|unistd|time\.h|poll|net/'
rule "nbddd includes no other daemon" nbddd -- 'smb/|nbnsd/|browserd/|tools/'
rule "browserd includes no other daemon" browserd -- 'nbnsd/|nbddd/|tools/'
rule "tools include no daemon" tools -- 'nbnsd/|nbddd/|browserd/'
# shellcheck disable=SC2086
rule "wire.h is for libnbt, smb and nbtdump" common nbnsd nbddd browserd tools '!tools/nbtdump_[a-z_]*[.][ch]' -- 'libnbt/wire/|wire/'
rule "uv.h only in common" libnbt smb nbnsd nbddd browserd tools -- 'uv\.h'
# shellcheck disable=SC2086
rule "sqlite3.h only in the store, and in its benchmark" $all '!nbnsd/store/[a-z_]*[.][ch]' !tools/bench_store.c -- 'sqlite3\.h'
# shellcheck disable=SC2086
rule "libconfig only in common/conf.c" $all !common/conf.c -- 'libconfig\.h'
# shellcheck disable=SC2086
rule "syslog.h only in common/log.c" $all !common/log.c -- 'syslog\.h'
# shellcheck disable=SC2086
rule "ares.h only in nbnsd/dns/dns.c" $all !nbnsd/dns/dns.c -- 'ares\.h'
# shellcheck disable=SC2086
rule "microhttpd.h only in common/metrics_http.c" $all !common/metrics_http.c -- 'microhttpd\.h'
# shellcheck disable=SC2086
rule "libpcap only in tools/nbtdump_capture.c" $all !tools/nbtdump_capture.c -- 'pcap'
