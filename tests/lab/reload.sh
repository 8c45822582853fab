#!/bin/sh
# Reload: SIGHUP and nbtctl under load, every second configuration a broken one. No query goes
# unanswered, no lease is lost, and what the configuration says is so.
#
# For check-long: RELOADS (10), RELOAD_QUERIES and RELOAD_REGISTRATIONS per second (5000, 500), and
# RELOAD_LINES of static mappings (5000).
. "$top_srcdir/tests/lab/net.sh"
lab_begin

reloads=${RELOADS:-10}
queries=${RELOAD_QUERIES:-5000}
registrations=${RELOAD_REGISTRATIONS:-500}
lines=${RELOAD_LINES:-5000}
NAMES=5000
host_name=NS

host ns 10.99.1.5
host a 10.99.1.11

conf() { # TEXT OF THE TOP LEVEL, SETTING...
	{
		echo "netbios-name = \"$host_name\"; run-directory = \"/run/nbt\"; $1"
		shift
		echo 'nbnsd = {'
		echo "database = \"$lab/db/names.db\";"
		for setting; do echo "$setting;"; done
		echo '};'
	} >"$lab/nbt.conf"
}

hup() {
	kill -HUP "$(cat "$lab/nbnsd.pid")"
}

# so_often PATTERN COUNT: the log has so many lines of it.
so_often() {
	[ "$(grep -c -e "$1" "$lab/nbnsd.log")" -ge "$2" ]
}

# reload_to TEXT SETTING...: and it is in force.
reload_to() {
	before=$(grep -c 'is in force' "$lab/nbnsd.log")
	conf "$@"
	hup
	await 10 so_often 'is in force' $((before + 1))
}

ctl() {
	on ns nbtctl "$@"
}

answers() { # HOST ADDRESS NAME
	on "$1" nbtlookup -U "$2" "$3"
}

mkdir -p /run/nbt
chown nbnsd:nbt /run/nbt
nbnsd_start 'rate-limit = 0'
conf '' 'rate-limit = 0'

#
# What is said.
#
conf '' 'rate-limit = "many"'
hup
check "a wrong one is told, with file, line, and what is allowed" await 10 logged nbnsd \
	'nbt.conf:4: "rate-limit" is a string; allowed: .*; the configuration in force stays'
refused() {
	ctl reload
	[ $? = 1 ] && grep -q 'nbt.conf:4: "rate-limit" is a string.*; the configuration in force stays' "$lab/out"
}
check "nbtctl is told, too" refused
check "and the service goes on" answers a 10.99.1.5 NS

#
# What is applied.
#
check "a right one is in force" reload_to 'log-level = "debug";' 'rate-limit = 0'
check "with its log level" await 10 logged nbnsd '^nbnsd: debug: '
reload_to 'log-level = "info";' 'rate-limit = 0'
check "an address that listen leaves out is closed" reload_to '' 'listen = ["127.0.0.1"]'
check "it does not answer there" not answers a 10.99.1.5 NS
check "but where it still listens" answers ns 127.0.0.1 NS
reload_to '' 'rate-limit = 0'
check "one that comes back is served" answers a 10.99.1.5 NS
check "who may query" reload_to '' 'allow-query = ["127.0.0.1"]'
check "is asked from now on" not answers a 10.99.1.5 NS
reload_to '' 'rate-limit = 0'
check "names of this host are claimed" reload_to 'aliases = ["PRINTER"];' 'rate-limit = 0'
check "and answered" await 10 answers a 10.99.1.5 PRINTER
reload_to '' 'rate-limit = 0'
check "and released" await 10 not answers a 10.99.1.5 PRINTER
host_name=NEWNAME
check "another name of this host is claimed" reload_to 'workgroup = "PLANT"; scope = "A.B";' 'rate-limit = 0'
own() { # NAME<SUFFIX> SCOPE
	ctl --json own list | grep -q "\"name\": *\"$1\".*\"scope\": *\"$2\".*\"state\": *\"held\""
}
check "in its scope" await 10 own NEWNAME A.B
check "with its workgroup" await 10 own PLANT A.B
check "the one before is released" await 10 not own NS ''
host_name=NS
reload_to '' 'rate-limit = 0'
check "as it is when it goes" await 10 eval 'own NS "" && ! own NEWNAME A.B'

#
# The hook.
#
mkdir -p "$lab/hooks" && install -d -o nbnsd "$lab/told"
# shellcheck disable=SC2016 # for the hook's shell
for hook in one two; do
	printf '#!/bin/sh\necho "$2" >>%s\n' "$lab/told/$hook" >"$lab/hooks/$hook"
	chmod 755 "$lab/hooks/$hook"
done
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$2" >>%s\nsleep 100000\n' "$lab/told/hang" >"$lab/hooks/hang"
chmod 755 "$lab/hooks/hang"
told() { # HOOK NAME
	grep -qx "$2" "$lab/told/$1"
}
check "a hook" reload_to '' 'rate-limit = 0' "hook = [\"$lab/hooks/one\"]"
ctl names add FIRST 10.0.0.1
check "is called from now on" await 10 told one FIRST
check "another one" reload_to '' 'rate-limit = 0' "hook = [\"$lab/hooks/two\"]"
ctl names add SECOND 10.0.0.1
check "is called in its place" await 10 told two SECOND
check "which is not called any more" not told one SECOND
check "one that hangs" reload_to '' 'rate-limit = 0' "hook = [\"$lab/hooks/hang\"]" 'hook-timeout = "1h"'
ctl names add THIRD 10.0.0.1
check "is called" await 10 told hang THIRD
check "and holds no reload" reload_to '' 'rate-limit = 0'
ctl names add FOURTH 10.0.0.1
check "without a hook none is called" eval 'ctl names show FOURTH && ! told two FOURTH'
for name in FIRST SECOND THIRD FOURTH; do ctl names delete "$name<00>" "$name<03>" "$name<20>" >"$lab/out"; done
stop nbnsd
nbnsd_start 'rate-limit = 0'

#
# What is remembered.
#
check "without a history" reload_to '' 'rate-limit = 0' 'conflict-history = 0' 'audit-clients = 16' 'audit-interval = 1'
check "conflicts are not remembered" eval '! ctl conflicts && ctl conflicts 2>&1 | grep -q "conflict-history is 0"'
check "with one" reload_to '' 'rate-limit = 0' 'conflict-history = 5'
check "they are" ctl conflicts

check "what takes a restart is told" reload_to 'user = "nobody";' 'rate-limit = 0' 'port = 138'
check "in one line" logged nbnsd 'warning: .*nbt.conf: a change of user, port takes a restart'
check "and is not done" answers a 10.99.1.5 NS
check "nbtctl is told, too" eval 'ctl --json reload | grep "restart_needed\": *\"user, port"'
reload_to '' 'rate-limit = 0'
check "without that it says nothing" eval 'ctl reload && [ ! -s "$lab/out" ]'

#
# Static mappings.
#
statics() { # LINE...
	printf '%s\n' "$@" >"$lab/static"
}
asked() { # NAME ADDRESS: what a says of it
	on a nbtlookup -R -U 10.99.1.5 "$1" | grep -q "^$2 "
}
files="static-mappings = [\"$lab/static\"]"
statics '10.0.0.1 ROUTER' '10.0.0.2 PLOTTER' '10.0.0.3 DC1 #PRE #DOM:FACTORY'
check "static mappings" reload_to '' 'rate-limit = 0' "$files"
check "are there" await 10 logged nbnsd '10 static mappings: 10 added'
check "as hosts" asked ROUTER 10.0.0.1
check "and as domains" asked 'FACTORY#1C' 10.0.0.3
statics '10.0.0.9 ROUTER' '10.0.0.3 DC1 #PRE #DOM:FACTORY'
check "changes" reload_to '' 'rate-limit = 0' "$files"
check "are made" await 10 asked ROUTER 10.0.0.9
check "what is left out is gone" await 10 not asked PLOTTER 10.0.0.2
statics '10.0.0.4 ROUTER' '10.0.0 DC1'
hup
check "a mistake is told" await 10 logged nbnsd "$lab/static:2: \"10.0.0\" is no address; allowed: .*; the configuration in force stays"
check "and changes nothing" asked ROUTER 10.0.0.9
check "--check-config tells it" says 2 "$lab/static:2: .*10.0.0" "nbnsd = { $files; };" --check-config
statics '10.0.0.9 ROUTER' '10.0.0.3 DC1 #PRE #DOM:FACTORY'
stop nbnsd
nbnsd_start 'rate-limit = 0' "$files"
check "they are there after a restart" asked ROUTER 10.0.0.9
check "and still those of the file" await 10 logged nbnsd '7 static mappings: 0 added, 0 changed, 0 removed'
statics '' && hup
check "so they go when it is empty" await 10 not asked ROUTER 10.0.0.9
seq $lines | awk '{ printf "10.%d.%d.%d M%d\n", $1 / 65536, $1 / 256 % 256, $1 % 256, $1 }' >"$lab/static"
hup
check "$lines lines" await 60 logged nbnsd "$((3 * lines)) static mappings: $((3 * lines)) added"
check "are served" asked M258 10.0.1.2
statics '' && hup
check "and taken away" await 60 logged nbnsd "$((3 * lines)) removed"

#
# Under load.
#
on ns nbtbench register --names $NAMES >"$lab/first.log"
check "there are names" grep -q "$NAMES answered" "$lab/first.log"

seconds=$((reloads / 5 + 2))
run ns queries nbtbench query --names $NAMES --rate "$queries" --requests $((queries * seconds))
run ns registrations nbtbench register --names $((registrations * seconds)) --first $NAMES \
	--rate "$registrations" --client-base 127.2.0.1
i=0
while [ $i -lt "$reloads" ]; do
	i=$((i + 1))
	if [ $((i % 2)) = 0 ]; then
		conf '' 'rate-limit = 0' "renewal-interval = \"$((150 + i))h\"" "max-waiting = $((100000 + i))" \
			"hook = [\"/bin/true\", \"$i\"]" "audit-clients = $((1000 + i))" "conflict-history = $i"
	else
		conf '' 'rate-limit = 0' 'renewal-interval = "6 dogs"'
	fi
	hup
	sleep 0.2
done
wait "$(cat "$lab/queries.pid")"
queries_status=$?
wait "$(cat "$lab/registrations.pid")"
registrations_status=$?
sed -n 's/.*sent/# &/p' "$lab/queries.log" "$lab/registrations.log"
check "$reloads reloads, and every query is answered rightly" [ $queries_status = 0 ]
check "and every registration" [ $registrations_status = 0 ]
kept() {
	on ns nbtbench query --names $NAMES &&
		on ns nbtbench query --names $((registrations * seconds)) --first $NAMES --client-base 127.2.0.1
}
check "no lease is lost" kept
stop nbnsd
nbnsd_start 'rate-limit = 0'
check "nor is one missing in the database" kept
