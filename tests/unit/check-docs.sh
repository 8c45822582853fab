#!/bin/sh
# Documents: their links lead somewhere, the files that they name are there, each can be found from the README, and the
# daemons take the configurations that they and the manuals show.
. "$(dirname "$0")/tap.sh"
cd "$src" || exit 99

documents=$(echo README.md doc/*.md)

# The anchors that headings of a document have.
anchors() { # DOCUMENT
	sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# FROM FILE#ANCHOR, a line each: relative links, without what is code
links() {
	for document in $documents; do
		sed '/^```/,/^```/d; s/`[^`]*`//g' "$document" | grep -oE '\]\([^)]*\)' | sed "s,^](,$document ,; s,)\$,," | grep -v '://'
	done
}
links_lead_somewhere() {
	links >"$tmp/links"
	[ "$(wc -l <"$tmp/links")" -ge 20 ] || return
	bad=0
	while read -r document link; do
		anchor=
		case $link in *#*) anchor=${link#*#} ;; esac
		file=${link%%#*}
		[ -n "$file" ] && file=$(dirname "$document")/$file || file=$document
		[ -e "$file" ] && { [ -z "$anchor" ] || anchors "$file" | grep -qxF -e "$anchor"; } && continue
		echo "$document: $link leads nowhere"
		bad=1
	done <"$tmp/links"
	return $bad
}

# Those of the source, and programs that have a source of their name; with X for any.
files_are_there() {
	folders='browserd|common|debian|doc|etc|examples|libnbt|nbddd|nbnsd|nss|packaging|smb|tests|tools'
	bad=0
	for document in $documents; do
		for file in $(grep -oE "\`($folders)/[a-zA-Z0-9_./*-]+\`" "$document" | tr -d '`' | sed 's/X/*/' | sort -u); do
			grep -qw "$file" tests/*/Makefile.inc && continue
			# shellcheck disable=SC2086 # patterns
			[ -n "$(ls -d $file $file.[ch] 2>/dev/null)" ] && continue
			echo "$document: $file is not there"
			bad=1
		done
	done
	return $bad
}

# By any number of links.
reached() { # DOCUMENT
	case " $seen " in *" $1 "*) return ;; esac
	seen="$seen $1"
	for reached_next in $(sed -n "s,^$1 ,,p" "$tmp/links" | sed 's/#.*//' | grep '\.md$'); do
		case $1 in
		README.md) reached "$reached_next" ;;
		*) reached "$(realpath --relative-to=. "$(dirname "$1")/$reached_next")" ;;
		esac
	done
}
all_are_reached() {
	seen=
	reached README.md
	bad=0
	for document in $documents; do
		case " $seen " in *" $document "*) continue ;; esac
		echo "$document: no link leads to it from README.md"
		bad=1
	done
	return $bad
}

# Blocks that begin with a setting, in files of their own: $tmp/conf-1, ...
configurations() {
	# shellcheck disable=SC2086 # words
	cat $documents doc/man/*.[1-8] | awk -v out="$tmp/conf-" '
		function finish() {
			if (block ~ /^([ \t]*#[^\n]*\n)*[ \t]*(netbios-name|workgroup|node-type|wins-servers|nbnsd|nbddd|browserd) = /)
				printf "%s", block >(out (++count))
			block = ""
			inside = 0
		}
		inside && (/^```/ || /^\.Ed/ || /^ *END$/) { finish(); next }
		/^```/ || /^\.Bd -literal/ || /<<.END.$/ { inside = 1; block = ""; next }
		/^\.Dl / { finish(); block = substr($0, 5) "\n"; finish(); next }
		inside { block = block $0 "\n"; next }
		/^    / { block = block $0 "\n"; next }
		{ finish() }'
}
configurations_are_good() {
	configurations
	[ -e "$tmp/conf-8" ] || return
	bad=0
	for conf in "$tmp"/conf-*; do
		sed -i 's/\\-/-/g' "$conf"
		for daemon in nbnsd nbddd browserd; do
			"$build/$daemon/$daemon" --check-config -c "$conf" >"$tmp/said" 2>&1 && continue
			cat "$tmp/said" "$conf"
			bad=1
		done
	done
	return $bad
}

check "links lead somewhere" links_lead_somewhere
check "files are there" files_are_there
check "every document is reached from the README" all_are_reached
check "configurations are good" configurations_are_good
echo "1..$n"
