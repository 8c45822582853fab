# shellcheck shell=sh
# Browsers for labs: a host with our three daemons, or with nmbd. Sourced after net.sh.

# daemons HOST [SETTING...]: nbnsd and nbddd; their sockets and logs are named after the host.
daemons() {
	install -d -m 1775 -g nbt "$lab/$1"
	configure "$@"
	run "$1" "$1-nbnsd" nbnsd -f -c "$lab/$1.conf"
	run "$1" "$1-nbddd" nbddd -f -c "$lab/$1.conf"
	await 10 logged "$1-nbddd" 'connected to nbnsd'
}

# configure HOST [SETTING...]: of browserd.
configure() {
	browser_host=$1
	shift
	{
		printf 'netbios-name = "%s"; workgroup = "%s"; run-directory = "%s";\n' \
			"${browser_name:-$browser_host}" "${browser_workgroup:-LAB}" "$lab/$browser_host"
		echo "${browser_node:-node-type = \"b\"; nbnsd = { server = false; lmhosts = \"\"; \};}"
		echo "nbddd = { server = false; };"
		echo "browserd = {"
		for setting; do echo "$setting;"; done
		echo "};"
	} >"$lab/$browser_host.conf"
}

# browser HOST [SETTING...]: browserd beside them.
browser() {
	configure "$@"
	run "$1" "$1-browserd" browserd -f -c "$lab/$1.conf"
}

# browse HOST WORD...: nbtctl there.
browse() {
	browser_host=$1
	shift
	on "$browser_host" nbtctl -d browserd -r "$lab/$browser_host" --csv browse "$@" | tr -d '\r'
}

# role HOST: "LAB,10.99.1.11,master".
role() {
	browse "$1" roles 2>/dev/null | sed 1d | cut -d, -f1-3
}
is_role() { # HOST ROLE
	[ "$(role "$1" | cut -d, -f3)" = "$2" ]
}

# samba_conf DIRECTORY NAME LINE...: the beginning of an smb.conf there; what the program keeps is there, too.
samba_conf() {
	mkdir -p "$1"
	cat >"$1/smb.conf" <<-EOF
		[global]
		netbios name = $2
		workgroup = ${browser_workgroup:-LAB}
		interfaces = eth0
		bind interfaces only = yes
		private dir = $1
		lock directory = $1
		state directory = $1
		cache directory = $1
		pid directory = $1
		ncalrpc dir = $1/ncalrpc
		nmbd:socket dir = $1/socket
	EOF
	samba_file=$1/smb.conf
	shift 2
	for line; do echo "$line"; done >>"$samba_file"
}

# nmbd_run HOST NAME [SETTING...]: Samba's browser.
nmbd_run() {
	browser_host=$1 browser_samba=$2
	shift 2
	samba_conf "$lab/$browser_host-nmbd" "$browser_samba" 'server string = by nmbd' 'log level = 2' "$@"
	run "$browser_host" "$browser_host-nmbd" nmbd --foreground --no-process-group --debug-stdout \
		-s "$lab/$browser_host-nmbd/smb.conf" -l "$lab/$browser_host-nmbd"
}

# master_is HOST ADDRESS [WORKGROUP]: who answers for <1D>, as HOST sees it.
master_is() {
	on "$1" nmblookup -s /dev/null -M "${3:-LAB}" | grep "^$2 ${3:-LAB}<1d>"
}

# again HOST DAEMON: killed, and started anew.
again() {
	stop "$1-$2" KILL
	run "$1" "$1-$2" "$2" -f -c "$lab/$1.conf"
}
