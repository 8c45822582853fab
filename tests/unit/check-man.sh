#!/bin/sh
# Every setting has its paragraph in nbt.conf(5), and every paragraph a setting; mandoc understands
# all pages; a tool's page and its --help have the same options and examples, and nbtctl(8) has the
# commands of the daemons.
set -u
src=${top_srcdir:-$(dirname "$0")/../..}
build=${top_builddir:-$src}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT

: >"$tmp/empty.conf"
# The settings of all daemons are those of nbnsd, and each other daemon's own group.
{
	"$build/nbnsd/nbnsd" --print-config -c "$tmp/empty.conf"
	"$build/nbddd/nbddd" --print-config -c "$tmp/empty.conf" | sed -n '/^nbddd = {/,$p'
	"$build/browserd/browserd" --print-config -c "$tmp/empty.conf" | sed -n '/^browserd = {/,$p'
} |
	sed -n 's/^[[:space:]]*\([a-z0-9-]*\) = [^{]*$/\1/p' | grep -vx time-scale | sort >"$tmp/settings"
sed -n 's/^\.It Ic //p' "$src/doc/man/nbt.conf.5" | sort >"$tmp/described"

if [ -s "$tmp/settings" ] && diff "$tmp/settings" "$tmp/described" >"$tmp/diff"; then
	echo "ok 1 - settings are those of nbt.conf(5)"
else
	echo "not ok 1 - settings are those of nbt.conf(5)"
	sed 's/^/# /' "$tmp/diff"
fi

# References to manuals that are not installed are no mistakes; lines may be longer than 80.
if ! command -v mandoc >/dev/null; then
	echo "ok 2 - mandoc has no warnings # SKIP mandoc is not installed"
else
	for page in "$src"/doc/man/*.[1-8]; do
		mandoc -Tlint -Wwarning "$page" 2>&1 | grep -v 'outdated mandoc.db'
	done >"$tmp/lint"
	if [ -s "$tmp/lint" ]; then
		echo "not ok 2 - mandoc has no warnings"
		sed 's/^/# /' "$tmp/lint"
	else
		echo "ok 2 - mandoc has no warnings"
	fi
fi

n=2
same() { # NAME FILE FILE
	n=$((n + 1))
	if [ -s "$2" ] && diff "$2" "$3" >"$tmp/diff"; then echo "ok $n - $1"; else
		echo "not ok $n - $1"
		sed 's/^/# /' "$tmp/diff"
	fi
}

# "-B --broadcast=ADDRESS"
options_of_help() { # COMMAND...
	"$@" --help | sed -nE 's/^  (-.), (--[^ ]*).*/\1 \2/p; s/^      (--[^ ]*).*/\1/p' |
		sed 's/=.*/\U&/'
}

# Of the description; -RR is only -R twice.
options_of_page() { # PAGE
	sed -nE '/^\.Sh DESCRIPTION/,/^\.Sh [^D]/!d
		/^\.It Fl RR$/d; s/^\.It (Fl .*)/\1/; T
		s/Fl Fl /--/g; s/Fl /-/g; s/ , Ns Ar /,/g; s/ , / /g; s/ Ns = Ns (Ar|Cm) /=/; s/ \| /|/g
		s/=.*/\U&/; p' "$1"
}

examples_of_help() { # COMMAND...
	"$@" --help | sed '1,/^Examples:/d' | sed -n 's/^      //p'
}

for tool in $(sed -n 's/^bin_PROGRAMS +=//p' "$src/tools/Makefile.inc"); do
	[ -x "$build/$tool" ] || continue # nbtdump, without libpcap
	name=${tool#tools/}
	page=$(ls "$src/doc/man/$name".[18]) || exit 99
	options_of_help "$build/$tool" | sort >"$tmp/options"
	options_of_page "$page" | sort >"$tmp/described"
	same "options of $name are those of its page" "$tmp/options" "$tmp/described"

	examples_of_help "$build/$tool" >"$tmp/examples"
	while read -r example; do
		mandoc -Tascii -Owidth=200 "$page" | col -b | grep -F -m 1 -o -e "$example"
	done <"$tmp/examples" >"$tmp/shown"
	if ! command -v mandoc >/dev/null; then
		n=$((n + 1))
		echo "ok $n - examples of $name are in its page # SKIP mandoc is not installed"
	else
		same "examples of $name are in its page" "$tmp/examples" "$tmp/shown"
	fi
done

#
# What nbtctl(8) says of commands: those of the daemons, and its own.
#
for daemon in nbnsd nbddd browserd; do
	"$build/$daemon/$daemon" --print-commands
done >"$tmp/table"
nbtctl=$src/doc/man/nbtctl.8
{
	cut -f 1 "$tmp/table"
	echo import
	echo export
} | sort -u >"$tmp/commands"
# Items of outer lists: "names list Oo Ar PATTERN Oc" is "names list".
sed -n '/^\.Sh COMMANDS/,/^\.Sh [FEW]/p' "$nbtctl" |
	awk '/^\.Bl/ { depth++ } /^\.El/ { depth-- } depth == 1 && /^\.It Cm/' |
	sed -E 's/^\.It Cm //; s/ ([A-Z]|error).*//' | sort -u >"$tmp/described"
same "commands are those of nbtctl(8)" "$tmp/commands" "$tmp/described"

{
	cut -f 2 "$tmp/table"
	options_of_help "$build/tools/nbtctl" import
	options_of_help "$build/tools/nbtctl" export
} | grep -oE -e '--[a-z-]+' | grep -vxE -e '--(color|help|usage|version)' | sort -u >"$tmp/options"
sed '1,/^\.Sh COMMANDS/d; /^\.Sh [FEW]/,$d' "$nbtctl" |
	grep -oE 'Fl Fl [a-z-]+' | sed 's/Fl Fl /--/' | sort -u >"$tmp/described"
same "options of commands are those of nbtctl(8)" "$tmp/options" "$tmp/described"
echo "1..$n"
