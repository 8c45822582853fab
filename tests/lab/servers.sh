# shellcheck shell=sh
# Several name servers for labs: each on a host of its own, by whose name it is known. Sourced after
# lab_begin.

# serve HOST [SETTING...]: its configuration; the names that it has stay
serve() {
	where=$1
	shift
	install -d -o nbnsd -g nbt "$lab/$where"
	{
		echo "netbios-name = \"$where\"; run-directory = \"$lab/$where\";"
		echo "nbnsd = { database = \"$lab/$where/names.db\";"
		for setting; do echo "$setting;"; done
		echo '};'
	} >"$lab/$where.conf"
}
begin() { # HOST
	run "$1" "$1" nbnsd -f -c "$lab/$1.conf"
	await 10 on "$1" nbtlookup -U 127.0.0.1 "$1"
}
ctl() { # HOST COMMAND...
	where=$1
	shift
	on "$where" nbtctl -r "$lab/$where" "$@"
}
counted() { # HOST COUNTER AT-LEAST
	ctl "$1" stats | awk -v name="$2" -v least="$3" '$1 == name { print; found = $2 >= least } END { exit !found }'
}
