#!/bin/sh
# A backup browser: how it is made, gets the lists from its master, and gives them to clients.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd smbclient
. "$top_srcdir/tests/lab/browsers.sh"

host a 10.99.1.11
host b 10.99.1.12
host c 10.99.1.13
host d 10.99.1.14

# shows HOST PATTERN: what smbclient prints of it. It shows lists by SMB1 only.
shows() {
	on c timeout 20 smbclient -s /dev/null -U% -L "//$1" -m NT1 --option='client min protocol=NT1' 2>&1 | grep -E -e "$2"
}

#
# Master and backup.
#
daemons a
browser a 'comment = "the master"' 'os-level = 65' 'backups-first = "5s"' 'backups-interval = "2s"'
nmbd_run d SAMBA 'os level = 10'
check "the master" await 20 is_role a master
daemons b
browser b 'os-level = 30'
check "a second one is made its backup, though nmbd is asked before it" await 40 is_role b backup
check "it has the master's list" eval 'browse b servers | grep "^SAMBA,LAB,.*,pulled,10.99.1.11"'
check "and the workgroup's master" eval 'browse b workgroups | grep "^LAB,A,"'
check "it says that it is one" await 20 eval 'browse a servers | grep "^B,LAB,0x00039a03,backup"'
check "the lists can be fetched again" eval 'browse b pull | grep "^1$"'
check "no fetching has failed" not logged b-browserd 'cannot be fetched'
check "clients get the list from the master" shows 10.99.1.11 'SAMBA +by nmbd'
check "and from the backup" shows 10.99.1.12 'SAMBA +by nmbd'

#
# Lists that cannot be had.
#
configure a 'os-level = 65' 'smb-export = "off"'
check "the master gives no lists any more" on a nbtctl -d browserd -r "$lab/a" reload
configure b 'os-level = 30' 'pull-retry = "2s"'
on b nbtctl -d browserd -r "$lab/b" reload >/dev/null
check "the backup tries it" eval 'browse b pull | grep "^1$"'
check "it says why it cannot" await 10 logged b-browserd 'the lists of A (10.99.1.11) cannot be fetched: no connection: Connection refused'
check "and after the second time it stands" await 10 logged b-browserd "stands for election; the master's lists cannot be had"
check "what it had it has" eval 'browse b servers | grep "^SAMBA,LAB"'
check "the master stays the master" await 20 eval 'is_role a master && is_role b backup'
