# shellcheck shell=sh
# Samba's AD server as a WINS server on host ad (10.99.1.7), with services of its choice, on a
# domain made for it; sourced after lab_begin samba samba-tool.

ad_provision() { # SERVICES [OPTION...]
	services=$1
	shift
	on ad samba-tool domain provision --targetdir="$lab/ad" --realm=LAB.EXAMPLE --domain=LAB \
		--host-name=ad --host-ip=10.99.1.7 --server-role=dc --adminpass=locDCpass1 \
		--dns-backend=NONE --option="interfaces=10.99.1.7/24" --option="bind interfaces only=yes" \
		--option="wins support=yes" --option="server services=$services" \
		--option="vfs objects=dfs_samba4 acl_xattr xattr_tdb" \
		--option="xattr_tdb:file=$lab/ad/state/xattr.tdb" --option="posix:eadb=$lab/ad/eadb.tdb" \
		"$@" >"$lab/provision.log" 2>&1 || { cat "$lab/provision.log" && return 1; }
	mkdir -p "$lab/ad/nmbdsock" "$lab/ad/lock" "$lab/ad/cache" "$lab/ad/pid"
	sed -i "/\\[global\\]/a\\	nmbd:socket dir = $lab/ad/nmbdsock" "$lab/ad/etc/smb.conf"
}
ad_start() {
	rm -f "$lab/samba.pid"
	run ad samba samba --foreground --no-process-group --model=single --debug-stdout \
		-s "$lab/ad/etc/smb.conf"
	await 20 on ad nbtlookup -U 10.99.1.7 --recursion AD
}
