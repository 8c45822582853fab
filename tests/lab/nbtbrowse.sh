#!/bin/sh
# nbtbrowse with browserd, nmbd and smbd: the whole tree, compared with what smbclient is told; hosts that do not
# answer, and texts that no terminal should see.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbd smbclient jq
. "$top_srcdir/tests/lab/browsers.sh"

host a 10.99.1.11 # browserd, master of LAB
host b 10.99.1.12 # nmbd and smbd, master of SHOP
host c 10.99.1.13
host d 10.99.1.14 # nmbd of LAB without smbd
host e 10.99.2.11 # in another subnet
host ns 10.99.2.12 # WINS
host f 10.99.1.16 # smbd without SMB1

browser_workgroup=SHOP
samba_conf "$lab/smbd" SAMBA 'server string = by smbd' 'map to guest = Bad User' \
	'server min protocol = LANMAN1' '[tools]' 'comment = of the shop' 'path = /tmp' 'guest ok = yes'
browser_workgroup=LAB
samba_conf "$lab/client" CLIENT 'client min protocol = CORE' 'client use spnego = no' 'name resolve order = bcast'

tree() { # WORD...: on c; what it says of errors, too
	on c nbtbrowse "$@" 2>&1
}
says() { # PATTERN WORD...
	pattern=$1
	shift
	tree "$@" >"$lab/tree"
	grep -qe "$pattern" "$lab/tree" || {
		cat "$lab/tree"
		return 1
	}
}
json() { # FILTER WORD...
	filter=$1
	shift
	on c nbtbrowse --json "$@" >"$lab/json"
	jq -e "$filter" <"$lab/json" || {
		cat "$lab/json"
		return 1
	}
}

check "without a browser: nothing, and status 1" eval 'tree | grep "no browser has answered"; ! tree >/dev/null'
nbnsd_start
nmbd_run b SAMBA 'workgroup = SHOP' 'os level = 40' 'domain master = yes' 'wins server = 10.99.2.12'
# With a process group of its own: at its end it ends all of the group.
run b b-smbd smbd --foreground --debug-stdout -s "$lab/smbd/smb.conf" -l "$lab/smbd"
nmbd_run d QUIET 'os level = 0'
daemons a
browser a 'comment = "the first"' 'os-level = 65'
await 20 is_role a master
await 90 eval 'browse a workgroups | grep "^SHOP," && browse a servers | grep "^QUIET,"'
await 60 eval 'grep "^\"SAMBA\"" "$lab/b-nmbd/browse.dat" && grep "^\"LAB\"" "$lab/b-nmbd/browse.dat"'
# nmbd tells its smbd by a file, which smbd looks for in its own directory.
ln -s "$lab/b-nmbd/browse.dat" "$lab/smbd/browse.dat"

check "it succeeds" tree
check "our workgroup" says '^LAB$'
check "with browserd" says '^	.*A  *		the first$'
check "and its share" says '^		.*A.IPC\$ .*IPC Service'
check "the other one" says '^SHOP$'
check "with smbd" says '^	.*SAMBA .*		by nmbd$'
check "and its shares" says '^		.*SAMBA.tools .*of the shop$'
check "who does not answer is said so" says '^		(no connection: Connection refused)$'
# What smbclient is told by both masters, as lines KIND|NAME|COMMENT.
theirs() {
	for address in 10.99.1.11 10.99.1.12; do
		on c smbclient -s "$lab/client/smb.conf" -g -N -m NT1 -I "$address" -L "//$address" 2>/dev/null
	done | grep '^Server|\|^Disk|\|^IPC|' | sort -u
}
ours() {
	on c nbtbrowse --json | jq -r '.workgroups[].servers[] | "Server|\(.name)|\(.comment)",
		(.shares // [] | .[] | "\(if .type == 0 then "Disk" else "IPC" end)|\(.name)|\(.comment)")' | sort -u
}
theirs >"$lab/theirs"
ours >"$lab/ours"
check "it is what smbclient is told by both masters" diff "$lab/theirs" "$lab/ours"
check "which is a server of each, shares and a silent one" [ "$(wc -l <"$lab/ours")" = 6 ]
check "workgroups only" eval '[ "$(tree -D)" = "LAB
SHOP" ]'
check "servers only" eval 'tree -S | grep -q SAMBA && ! tree -S | grep "tools\|IPC"'
check "one workgroup" eval 'tree SHOP | grep tools && ! tree SHOP | grep LAB'
check "in small letters, too" eval 'tree shop | grep tools'
check "one that is not there: status 1" eval '! tree NOWHERE'
check "one host" says 'tools' //SAMBA
check "by its address" says 'tools' //10.99.1.12
check "one that is not there: status 1" eval '! tree //NOWHERE'
check "from any master" says 'SAMBA.tools' -m 10.99.1.12
check "across a router, where no broadcast goes" eval 'on e nbtbrowse -m 10.99.1.12 >"$lab/tree"; grep "SAMBA.tools" "$lab/tree"'
check "one that does not answer says why" says '(no connection: Connection refused)' //10.99.1.14
check "in JSON, too" json '.workgroups[].servers[] | select(.name == "QUIET") | .error == "no connection: Connection refused"' //10.99.1.14
check "at a broadcast address" says 'SAMBA.tools' -B 10.99.1.255
check "at an address where nobody is: status 1" eval '! tree -B 10.99.2.255 -t 1'
check "JSON: workgroups and masters" json '[.workgroups[] | [.name, .master]] == [["LAB", "A"], ["SHOP", "SAMBA"]]'
check "servers" json '.workgroups[0].servers | map(.name) == ["A", "QUIET"]'
check "their addresses and comments" json '.workgroups[0].servers[0] | .address == "10.99.1.11" and .comment == "the first" and .error == null'
check "shares" json '.workgroups[1].servers[0].shares | map(.name) | index("tools") != null'
check "who does not answer" json '.workgroups[0].servers[1] | .shares == null and .error == "no connection: Connection refused"'
check "wrong options: status 2" eval 'tree -t 0; [ $? = 2 ]'
check "two hosts: status 2" eval 'tree //A //B; [ $? = 2 ]'

# What others say of themselves is theirs. Nobody answers for EVIL.
announce() {
	on c nbtsend -D -g -s EVIL -B host 'LAB<1D>' name=EVIL "comment=$(printf 'red \033[31m alert')"
}
check "an announcement with signs for terminals" announce
check "is heard" await 10 eval 'browse a servers | grep "^EVIL,"'
check "and shown, but not as it is" eval 'tree -S LAB >"$lab/tree"; grep "EVIL.*red ?\[31m alert" "$lab/tree" && ! grep "$(printf "\033")" "$lab/tree"'
check "its address is not found" eval 'tree LAB | grep -A1 "EVIL" | grep "its address is not found"'

#
# nbt.conf: name servers, and our workgroup.
#
echo 'wins-servers = ["10.99.2.12"]; workgroup = "SHOP";' >"$lab/wins.conf"
: >"$lab/empty.conf"
from_e() { # PATTERN WORD...
	pattern=$1
	shift
	on e nbtbrowse "$@" >"$lab/tree" 2>&1
	grep -qe "$pattern" "$lab/tree" || {
		cat "$lab/tree"
		return 1
	}
}
check "the domain master is known to WINS" await 60 on e nbtlookup -R -U 10.99.2.12 'SHOP#1B'
check "in the other subnet no browser answers" from_e 'no browser has answered' -c "$lab/empty.conf"
check "nbt.conf tells where to ask" from_e 'SAMBA.tools' -c "$lab/wins.conf"
check "for another workgroup, too" from_e 'SAMBA.tools' -c "$lab/wins.conf" -w LAB SHOP
check "an option comes before it" from_e 'no browser has answered' -c "$lab/wins.conf" -w LAB
check "and so does this one" from_e 'no browser has answered' -c "$lab/wins.conf" -B 10.99.2.255
check "and a scope, in which nobody is" from_e 'no browser has answered' -c "$lab/wins.conf" --netbios-scope=OTHER
check "a file that is not there: status 2" eval 'on e nbtbrowse -c "$lab/none.conf"; [ $? = 2 ]'
echo 'wins-servers = ["10.99.2.12"' >"$lab/bad.conf"
check "one with a mistake, too, which is said" eval 'from_e "bad.conf:1" -c "$lab/bad.conf"; on e nbtbrowse -c "$lab/bad.conf"; [ $? = 2 ]'
on e ip route add unreachable 192.0.2.0/24
check "who cannot be asked holds nothing up" from_e 'no browser has answered' -U 192.0.2.1 SHOP

#
# A server with two addresses, at the first of which is nobody.
#
check "a name with two addresses" on ns nbtctl -d nbnsd -r /run/nbt names add --kind multihomed TWO 10.99.1.200 10.99.1.12
check "is announced" on c nbtsend -D -g -s TWO -B host 'LAB<1D>' name=TWO comment=twice
check "and heard" await 10 eval 'browse a servers | grep "^TWO,"'
check "its shares come from the other address" says 'TWO.tools' -c "$lab/wins.conf" -t 2 LAB
check "which is the one shown" json '.workgroups[0].servers[] | select(.name == "TWO") | .address == "10.99.1.12"' -c "$lab/wins.conf" -t 2 LAB

#
# A server that sends its clients elsewhere: that is followed, and goes no further.
#
run d retarget retarget 10.99.1.12 139
await 10 logged retarget '^ready$'
check "who is sent to another server gets its shares" says 'tools' //10.99.1.14
stop retarget
run d nowhere retarget 10.99.1.12 140
await 10 logged nowhere '^ready$'
check "a port that nobody has is not another one's" says '(no connection: Connection refused)' //10.99.1.14
stop nowhere

#
# Servers without SMB1.
#
# modern LINE...: smbd on f with these settings.
modern() {
	browser_workgroup=LAB
	rm -rf "$lab/modern"
	samba_conf "$lab/modern" MODERN 'server string = modern' 'server min protocol = SMB2_02' "$@" '[tools]' \
		'comment = of the shop' 'path = /tmp' 'guest ok = yes' '[a-name-of-more-than-12-letters]' \
		'comment = Grün' 'path = /tmp' 'guest ok = yes'
	[ ! -e "$lab/f-smbd.pid" ] || stop f-smbd >/dev/null 2>&1
	run f f-smbd smbd --foreground --debug-stdout -s "$lab/modern/smb.conf" -l "$lab/modern"
	await 10 eval 'on f ss -tln | grep -q ":445 \|:139 "'
}
# The first call of srvsvc makes smbd start a program for it, which may take a while.
tells() { # PATTERN WORD...
	await 20 says "$@" || cat "$lab/last"
	grep -qe "$1" "$lab/tree"
}
all='[.workgroups[].servers[] | select(.shares != null) | .shares[].name] == ["a-name-of-more-than-12-letters", "IPC$", "tools"]'
guest='map to guest = Bad User'

modern "$guest"
check "a server that speaks SMB2 only: its shares" tells 'tools .*of the shop' //10.99.1.16
check "all of them, with their whole names" json "$all" //10.99.1.16
check "and comments beyond ASCII" says 'Grün' //10.99.1.16
check "that it gives no lists is said" says 'the server speaks no dialect of SMB1 that we know' //10.99.1.16
check "and who would give some" says '^nbtbrowse: .* SMB1 only: of a browserd, or of an smbd with "server min protocol' //10.99.1.16
check "for a guest, too, as smbtree has it" says 'tools .*of the shop' -U guest% //10.99.1.16
check "and by the long option" says 'tools .*of the shop' --user=guest //10.99.1.16
check "a password is not taken" eval 'tree -U guest%secret //10.99.1.16; [ $? = 2 ]'
check "an announcement" on f nbtsend -D -g -s MODERN -B host 'LAB<1D>' name=MODERN comment=modern
check "a name" on ns nbtctl -d nbnsd -r /run/nbt names add MODERN 10.99.1.16
check "it is heard" await 10 eval 'browse a servers | grep "^MODERN,"'
check "its shares are in the tree of all" says 'MODERN.tools' -c "$lab/wins.conf"
for dialect in SMB2_02 SMB2_10 SMB3_00 SMB3_02 SMB3_11; do
	modern "$guest" "server min protocol = $dialect" "server max protocol = $dialect"
	check "with $dialect alone" tells 'tools .*of the shop' //10.99.1.16
done
modern "$guest" 'smb ports = 139'
check "by port 139" tells 'tools .*of the shop' //10.99.1.16
modern "$guest" 'smb ports = 445'
check "by port 445" tells 'tools .*of the shop' //10.99.1.16
modern "$guest" 'server signing = mandatory'
check "with signatures, which nobody need have" tells 'tools .*of the shop' //10.99.1.16
modern 'restrict anonymous = 2' 'map to guest = Never'
check "one that refuses nobodies says so" tells '(the server refuses IPC\$ to whoever has no name (status 0xc0000022))' //10.99.1.16
check "in JSON, too" json '.workgroups[].servers[] | .shares == null and (.error | startswith("the server refuses IPC$ to whoever"))' //10.99.1.16
check "and no guests either" says '(the server does not let this user in as a guest (status 0xc000006d))' -U guest% //10.99.1.16
modern 'restrict anonymous = 2' 'map to guest = Never' 'server signing = mandatory'
check "one that demands signatures says that" tells '(access is denied, and the server demands signatures, which take a password' //10.99.1.16
modern "$guest" 'smb encrypt = required'
check "one that wants all encrypted lets nobody in" tells '(the server lets nobody in without a name (status 0xc0000022))' //10.99.1.16
modern "$guest" 'server min protocol = NT1' 'server max protocol = NT1'
check "one that speaks SMB1 only is asked in that" tells 'tools .*of the shop' //10.99.1.16
check "browserd by SMB2" says 'IPC\$ .*IPC Service' //10.99.1.11
