#!/bin/sh
# The hook program: called as nmbd calls its own, in order and after the commit, and whatever it does
# the name service goes on.
. "$top_srcdir/tests/lab/net.sh"
lab_begin nmbd

host ns 10.99.1.5
host wins 10.99.1.6
host a 10.99.1.11

# Hooks of these tests write how they were called, each argument in brackets.
hooks=$lab/hooks out=$lab/told
install -d -m 755 "$hooks"
install -d -o nbnsd "$out"
hook() { # NAME, with the script on standard input
	{
		echo '#!/bin/sh'
		cat
	} >"$hooks/$1"
	chmod 755 "$hooks/$1"
}
hook log <<-EOH
	env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= >$out/env
	for fd in /proc/\$\$/fd/*; do readlink \$fd; done | grep -v "^$hooks/" | sort -u >$out/fds
	grep -h -e CapEff -e CapAmb /proc/self/status | tr -d '0\t\n' >$out/caps
	{ pwd; id -un; } >$out/who
	{ for argument; do printf '[%s]' "\$argument"; done; echo; } >>$out/log
EOH
hook slow <<-EOH
	sleep 0.2
	echo "\$2" >>$out/log
EOH
hook hang <<-EOH
	echo "\$2" >>$out/log
	case \$2 in HANG*) sleep 100000 & sleep 100000 ;; esac
EOH
hook fail <<-EOH
	echo "\$2" >>$out/log
	exit 3
EOH
hook nmbd <<-EOH
	{ for argument; do printf '[%s]' "\$argument"; done; echo; } >>$lab/nmbd-calls
EOH

# claim FLAGS NAME SUFFIX NB_FLAGS [ADDRESS]: FLAGS is the flags word; in hexadecimal. The server
# answers that all is well.
register=2900 refresh=4100 release=3000 unique=6000 group=e000
id=4096
claim() {
	: $((id += 1))
	name=$({
		printf '%-15s' "$2" | od -An -v -tx1
		echo "$3"
	} | tr -d ' \n' | awk '{
		for (i = 1; i <= length($0); i++)
			printf "%02x", 64 + index("0123456789abcdef", substr($0, i, 1))
	}')
	# shellcheck disable=SC2046,SC2183 # four words
	address=$(printf '%02x%02x%02x%02x' $(echo "${5:-10.99.1.11}" | tr . ' '))
	hex=$(printf '%04x%s' $id "$1")000100000000000120${name}0000200001c00c00200001000493e00006$4$address
	on a nbtpacket -p 137 "$server" "$hex" >>"$lab/answers"
}

begin() { # SETTING...
	nbnsd_fresh
	rm -f "$out"/*
	: >"$out/log"
	chown nbnsd "$out/log"
	: >"$lab/nbnsd.log"
	nbnsd_start "$@"
}
calls() { # COUNT
	[ "$(wc -l <"$out/log")" -ge "$1" ]
}
called() { # LINES
	cat "$out/log"
	[ "$(grep -v -e NS -e WORKGROUP "$out/log")" = "$1" ]
}
content() { # FILE TEXT
	cat "$out/$1"
	[ "$(cat "$out/$1")" = "$2" ]
}
answers() {
	on a nbtlookup -U 10.99.1.5 --recursion NS >/dev/null
}

#
# As nmbd does it.
#
# shellcheck disable=SC2016 # names that look like commands
story() {
	claim $register PLAIN 20 $unique
	claim $refresh PLAIN 20 $unique
	claim $release PLAIN 20 $unique
	claim $register 'A.B-C_D9' 00 $unique
	claim $register 'A;B' 20 $unique
	claim $register '$(id>x)' 20 $unique
	claim $register '`id`' 20 $unique
	claim $register 'A B' 20 $unique
	claim $register ' LEAD' 20 $unique
	claim $register '' 00 $unique
	claim $register - 03 $unique
	claim $register FIFTEENCHARSXYZ 00 $unique
	claim $register TEAM 00 $group
	claim $register TEAM 00 $group 10.99.1.12
	claim $register DOM 1c $group
	claim $register DOM 1c $group 10.99.1.12
	claim $register DOM 1b $unique
	claim $register LAST 20 $unique
}

start_nmbd() {
	dir=$lab/samba
	mkdir -p "$dir/private" "$dir/lock" "$dir/state" "$dir/cache" "$dir/pid" "$dir/socket"
	cat >"$dir/smb.conf" <<-EOC
		[global]
		netbios name = WINSY
		workgroup = LAB
		interfaces = 10.99.1.6/24
		bind interfaces only = yes
		wins support = yes
		wins hook = $hooks/nmbd
		local master = no
		dns proxy = no
		private dir = $dir/private
		lock directory = $dir/lock
		state directory = $dir/state
		cache directory = $dir/cache
		pid directory = $dir/pid
		nmbd:socket dir = $dir/socket
	EOC
	: >"$lab/nmbd-calls"
	run wins nmbd nmbd --foreground --no-process-group --debug-stdout -s "$dir/smb.conf" -l "$dir"
	await 30 grep -q 'add..LAB..1e' "$lab/nmbd-calls"
}

# Leases differ, and nmbd calls for refreshes that change nothing, too.
told() { # FILE
	grep -v -e WINSY -e '\[LAB\]' -e '\[NS\]' -e '\[WORKGROUP\]' "$1" |
		grep -v '\[refresh\]\[PLAIN\]' | sed 's/\[[1-9][0-9]\{4,\}\]/[TTL]/'
}
same_calls() {
	told "$lab/nmbd-calls" >"$lab/theirs"
	told "$out/log" >"$lab/ours"
	diff "$lab/theirs" "$lab/ours"
}

server=10.99.1.6
start_nmbd
story
check "nmbd has called its hook for the last name" await 10 grep -q LAST "$lab/nmbd-calls"
stop nmbd

server=10.99.1.5
begin "hook = \"$hooks/log\""
story
check "the hook is called for the last name" await 10 grep -q LAST "$out/log"
check "and for each name as nmbd calls its own" same_calls
check "no name has reached a shell" not test -e "$out/x"
check "its environment is a path" content env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
check "it has no descriptor but /dev/null" content fds /dev/null
check "and no capability" content caps "CapEff:CapAmb:"
check "it runs in / as the user of nbnsd" content who "/
nbnsd"
stop nbnsd

#
# Whatever it does.
#
begin "hook = [\"$hooks/slow\"]"
for i in 1 2 3 4 5 6 7 8 9 10; do claim $register "S$i" 20 $unique; done
check "a slow hook holds nobody" answers
check "it hears of all" await 20 grep -q S10 "$out/log"
check "in order" called "$(for i in 1 2 3 4 5 6 7 8 9 10; do echo "S$i"; done)"
stop nbnsd

begin "hook = [\"$hooks/hang\"]" 'hook-timeout = "500ms"'
claim $register HANG 20 $unique
claim $register AFTER 20 $unique
check "while a hook hangs queries are answered" answers
check "it is killed, and the next call follows" await 10 grep -q AFTER "$out/log"
check "the log says so" await 5 logged nbnsd 'hook: .*/hang took too long'
check "what it had started is gone, too" await 5 not pgrep -f 'sleep 100000'
claim $register HANG2 20 $unique
claim $release HANG 20 $unique
stop nbnsd
check "a stop does not wait for a hook that hangs" true
check "and leaves nothing behind" await 5 not pgrep -f 'sleep 100000'

begin "hook = [\"$hooks/fail\"]"
for i in 1 2 3 4 5; do claim $register "F$i" 20 $unique; done
check "a hook that fails is called on" await 10 grep -q F5 "$out/log"
check "its failure is in the log" logged nbnsd 'hook: .*ended with status 3'
check "once" [ "$(grep -c 'ended with status' "$lab/nbnsd.log")" = 1 ]
stop nbnsd

begin "hook = [\"$hooks/not-there\"]"
claim $register N1 20 $unique
check "a hook that is not there is said at once" await 10 logged nbnsd 'hook: .*not-there cannot be run: No such file'
check "and when it is called" await 10 logged nbnsd 'calls failed, .*not-there cannot be run: No such file'
check "and holds nobody" answers
hook not-there <<-EOH
	echo "\$2" >>$out/log
EOH
claim $register N2 20 $unique
check "it is called as soon as it is there" await 10 grep -q N2 "$out/log"
stop nbnsd

chmod 644 "$hooks/log"
begin "hook = [\"$hooks/log\"]"
claim $register N3 20 $unique
check "only an executable is called" await 10 logged nbnsd 'cannot be run: Permission denied'
stop nbnsd
