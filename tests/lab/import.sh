#!/bin/sh
# Names taken over from files of Samba's nmbd, its AD server, Windows and LMHOSTS; what is here wins;
# the way back; smb.conf.
. "$top_srcdir/tests/lab/net.sh"
lab_begin testparm named-checkzone
. "$top_srcdir/tests/lab/imports.sh"

host ns 10.99.1.5

#
# nmbd
#

check "nbnsd starts" serve
check "a dry run of a wins.dat that nmbd wrote" imports 'would be 1028 added' --dry-run --expired \
	wins.dat "$data/wins.dat"
check "changes nothing" [ "$(count)" = 0 ]
check "all its names are taken" imports '1028 added' --expired wins.dat "$data/wins.dat"
# nbtlookup takes the first # for that of the suffix.
from_wins_dat "$data/wins.dat" | grep -v 'HASH#1<20>' >"$lab/expected"
check "all of them resolve" resolve "$lab/expected"
check "also a name with #" eval 'ctl names show "HASH<23>1<20>" | grep 10.77.12.2'
check "again they are there already" imports '0 added, 1028 present' --expired wins.dat "$data/wins.dat"
stop nbnsd KILL
check "nbnsd killed and started" again
check "all of them resolve" resolve "$lab/expected"
sed 's/" 1[0-9]* /" 1000000000 /' "$data/wins.dat" >"$lab/old.dat"
check "without --expired names of long ago are left out, and it is said" imports '0 added, 1028 skipped' \
	wins.dat "$lab/old.dat"
check "with the line" grep -q '^2 *GROUP00<00> *skipped *its lease has ended' "$lab/rows"

#
# Samba's AD server.
#

gzip -dc "$data/wins.ldif.gz" >"$lab/wins.ldif"
check "nbnsd starts without names" serve
check "an LDIF of ldbsearch is taken" imports '1019 added, 1 skipped' --expired ldif "$lab/wins.ldif"
check "but for what was released" grep -q 'GONE1<20> *skipped *its owner has released it' "$lab/rows"
from_ldif "$lab/wins.ldif" | grep -v -e 'HASH#1<20>' -e 'small<20>' >"$lab/expected"
check "it has a thousand names" [ "$(wc -l <"$lab/expected")" -ge 1000 ]
check "all of them resolve" resolve "$lab/expected"
check "a member of a group is one" eval 'ctl names members "GROUP00<00>" | grep 10.77.9.1'
check "a scope is kept" eval 'on ns nbtlookup -U 127.0.0.1 --recursion --netbios-scope EXAMPLE.ORG SCOPED#20 | grep 10.77.12.6'

#
# What is here wins.
#

cat >"$lab/one.dat" <<'EOF'
VERSION 1 0
"FRED#20" 0 10.0.0.1 64R
EOF
check "nbnsd starts without names" serve
check "a name is registered" on ns claim -k 127.0.0.1 FRED#20 10.99.1.9
check "it is not taken over" imports '0 added, 1 kept' wins.dat "$lab/one.dat"
check "and said why" grep -q '^2 *FRED<20> *kept *the name is in use here' "$lab/rows"
check "it is as it was" has FRED#20 10.99.1.9
check "a dry run with --replace" imports 'would be 0 added, 1 replaced' --dry-run --replace wins.dat "$lab/one.dat"
check "it is as it was" has FRED#20 10.99.1.9
check "--replace means it" imports '0 added, 1 replaced' --replace wins.dat "$lab/one.dat"
check "it is another's" has FRED#20 10.0.0.1
check "who did it is in the log" logged nbnsd 'user 0 imports names from .*one.dat'

cat >"$lab/cyrillic.dat" <<'EOF'
VERSION 1 0
"ЗАВОД#20" 0 10.0.0.3 64R
EOF
charset=CP866
check "nbnsd starts with another character set" serve
check "names have it" imports '1 added' wins.dat "$lab/cyrillic.dat"
check "and are found by it" eval 'ctl names show "ЗАВОД<20>" --json | grep -i 8780828e84'
charset=

#
# Windows, LMHOSTS, smb.conf.
#

check "nbnsd starts without names" serve
check "a dump of netsh" imports '8 added, 3 skipped, 6 settings for nbt.conf' netsh "$data/wins.netsh"
check "settings are said" grep -q 'renewal-interval = 518400 *setting' "$lab/rows"
check "partners are said" grep -q 'add partner .*skipped' "$lab/rows"
check "its names resolve" has PRINTERS#20 10.0.0.31
printf 'VERSION 1 0\n"OLDER#20" 1 10.0.0.91 64R\n' >"$lab/old1.dat"
check "LMHOSTS" imports '7 added, 1 joined' lmhosts "$data/lmhosts"
check "LMHOSTS from standard input" imports '0 added, 8 present' lmhosts - <"$data/lmhosts"
check "its domain controllers resolve" has OFFICE#1c 10.0.0.41
ctl names list --json >"$lab/before"
check "export as LMHOSTS" exports lmhosts out.lmhosts
check "nbnsd starts without names" serve
check "what was exported is taken" imports '15 added, 5 kept' lmhosts "$lab/out.lmhosts"
check "and is what it was" [ "$(count)" = "$(tr '}' '\n' <"$lab/before" | grep -c '"own":false')" ]
check "names of their owners" imports '1 added' --expired wins.dat "$lab/old1.dat"
check "export of static names" exports lmhosts static.lmhosts --static --suffix 20
check "has them" grep -q 'FRED#20' "$lab/static.lmhosts"
check "and no others" eval '! grep -e OLDER -e "NS#" "$lab/static.lmhosts"'
check "export as hosts" exports hosts out.hosts --domain example.org
check "has a line for a host" grep -qx '10.0.0.21	fred.example.org fred' "$lab/out.hosts"
check "export as a DNS zone" exports zone out.zone
check "has a record for it" grep -qx 'fred	3600	IN	A	10.0.0.21' "$lab/out.zone"
good_zone() { # FILE
	printf '%s\n' '$TTL 3600' '@ SOA ns hostmaster 1 3600 600 86400 600' '@ NS ns' 'ns A 10.99.1.5' \
		"\$INCLUDE $1" >"$lab/zone" && named-checkzone example.org "$lab/zone"
}
check "a zone with it is good" good_zone "$lab/out.zone"
check "export with a domain" exports zone out.zone --domain example.org.
check "that is good, too" good_zone "$lab/out.zone"
check "a domain that is none" eval 'ctl export zone --domain "a b"; [ $? = 2 ]'
check "export as JSON" eval 'ctl export json | grep "\"name\":\"FRED\""'

good_conf() {
	ctl import smb.conf "$1" >"$lab/made.conf" && cat "$lab/made.conf" &&
		nbnsd -c "$lab/made.conf" --check-config
}
check "an smb.conf becomes an nbt.conf that is good" good_conf "$data/smb.conf"
check "with its settings" grep -q '^	renewal-interval = 86400;' "$lab/made.conf"
testparm -vs "$data/smb.conf" >"$lab/all.conf" 2>/dev/null
check "so does everything that testparm prints" good_conf "$lab/all.conf"
# A parameter without a row ends up under "Not about names and browsing".
about_names() {
	sed -n '/^# Not about/,$p' "$lab/made.conf" | grep -E \
		': (.*(wins|netbios|nmbd|browse |browsing|announce|local master|domain master|preferred master|os level|lm interval|nbt |dgram|workgroup|time server|max ttl).*|interfaces|hosts .*|dos charset)$'
}
check "nothing of nmbd's is without a word" not about_names

check "a file that is none" eval 'ctl import wins.dat "$data/smb.conf"; [ $? = 2 ]'
check "no file" eval 'ctl import ldif /nonexistent; [ $? = 2 ]'
check "no format" eval 'ctl import wins.dta "$data/wins.dat"; [ $? = 2 ]'
stop nbnsd
check "no daemon" eval 'ctl import wins.dat "$data/wins.dat"; [ $? = 3 ]'
printf 'VERSION 1 0\n"WPAD#00" 0 10.0.0.9 64R\n"ISATAP#20" 9999999999 10.0.0.9 64R\n' >"$lab/proxies.dat"
check "a dry run without one refuses what nbnsd would" imports 'would be 1 added, 1 refused' --dry-run wins.dat "$lab/proxies.dat"
check "a dry run goes without one" imports '.*1028 added' --dry-run --expired wins.dat "$data/wins.dat"
