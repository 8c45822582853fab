#!/bin/sh
# What bash, zsh and fish really offer behind a command line; and that the options are those that
# --help shows.
set -u
src=$(cd "${top_srcdir:-$(dirname "$0")/../..}" && pwd)
build=$(cd "${top_builddir:-$src}" && pwd)
scripts=$build/etc/completion
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0

[ -d "$scripts" ] || {
	echo "1..0 # SKIP built for another machine"
	exit
}
mkdir "$tmp/here" "$tmp/here/directory"
touch "$tmp/here/names.dat" "$tmp/here/names.txt"
cd "$tmp/here" || exit 99

#
# The shells. Each gets a line, and prints a candidate per line.
#
# bash: words as readline hands them over, which ends one at "=", too.
bash_offers() {
	# shellcheck disable=SC2016 # bash's own
	bash --norc -c '
		source "$1"
		compopt() { :; } # is for readline only
		read -r -a COMP_WORDS <<<"${2//=/ = }"
		[[ $2 != *" " && $2 != *= ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		"_${COMP_WORDS[0]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$scripts/bash/${1%% *}" "$1" | sed 's/=$//'
}

fish_offers() {
	# shellcheck disable=SC2016 # fish's own
	HOME=$tmp fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$scripts/fish/${1%% *}.fish" "$1" | sed 's/[[:space:]].*//; s/^--[a-z-]*=//'
}

# zsh completes for somebody at a terminal only: there is one, and what it would list is written down.
cat >"$tmp/ask.zsh" <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $1/answer.zsh"
zpty -w -n shell "$2"$'\t'
cat $1/answer
zpty -d shell
END
cat >"$tmp/answer.zsh" <<END
fpath=($scripts/zsh \$fpath)
autoload -U compinit
compinit -C -d $tmp/functions
bindkey '^I' complete-word
exec 3>$tmp/answer
END
cat >>"$tmp/answer.zsh" <<'END'
compadd() {
	local -a hits
	if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)* ]]; then # else it only asks what would be added
		builtin compadd -A hits "$@"
		print -rl -- $hits >&3
	fi
	builtin compadd "$@"
}
told() { exec 3>&-; }
comppostfuncs=(told)
END

zsh_offers() {
	[ -e "$tmp/answer" ] || mkfifo "$tmp/answer"
	timeout -s KILL 60 zsh -f "$tmp/ask.zsh" "$tmp" "$1" | sed 's/\\//; s/[= ]$//'
}

# offers LINE < CANDIDATES, in any order
offers() {
	tr ' ' '\n' | sed '/^$/d' | LC_ALL=C sort -u >"$tmp/wanted"
	for shell in bash zsh fish; do
		n=$((n + 1))
		if ! command -v "$shell" >/dev/null; then
			echo "ok $n - $shell: $1 # SKIP it is not installed"
			continue
		fi
		"${shell}_offers" "$1" | sed 's,/$,,; /^$/d' | LC_ALL=C sort -u >"$tmp/offered"
		if diff "$tmp/wanted" "$tmp/offered" >"$tmp/diff"; then
			echo "ok $n - $shell: $1"
		else
			echo "not ok $n - $shell: $1"
			sed 's/^/# /' "$tmp/diff"
		fi
	done
}

for script in "$scripts"/bash/*; do
	tool=${script##*/}
	"$build/tools/$tool" --help |
		sed -n 's/^  \(-.\), \(--[a-z-]*\).*/\1 \2/p; s/^      \(--[a-z-]*\).*/\1/p' >"$tmp/options"
	offers "$tool -" <"$tmp/options"
done

offers "nbtbrowse --config " <<'END'
directory names.dat names.txt
END
offers "nbtbrowse --config=names.d" <<'END'
names.dat
END
offers "nbtbrowse -t " <<'END'
END
offers "nbtlookup FRED " <<'END'
END
offers "nbtlookup FRED --st" <<'END'
--status
END
offers "nbtsend --group --browse=l" <<'END'
local-master lanman lanman-request
END
if [ -x "$build/tools/nbtdump" ]; then
	offers "nbtdump --kind=elec" <<-'END'
		election
	END
	offers "nbtdump -i lo" <<-'END'
		lo
	END
fi
offers "nbtctl --run-directory " <<'END'
directory
END
offers "nbtctl -d " <<'END'
nbnsd nbddd browserd
END
offers "nbtctl --daemon=nbddd --json log " <<'END'
error warning info debug
END
sed 's/[[:blank:]].*//; $a import export' "$scripts/commands" >"$tmp/commands"
offers "nbtctl " <"$tmp/commands"
offers "nbtctl names " <<'END'
list show members add delete tombstone import
END
offers "nbtctl -s names names list --kind=" <<'END'
unique group internet multihomed
END
offers "nbtctl names add FRED 10.0.0.1 --" <<'END'
--kind --scope --node-type --replace --json --csv
END
offers "nbtctl names list --owner " <<'END'
self
END
offers "nbtctl owners " <<'END'
delete tombstone
END
offers "nbtctl import " <<'END'
wins.dat ldif netsh lmhosts smb.conf
END
offers "nbtctl import --dry-run wins.dat names" <<'END'
names.dat names.txt
END
offers "nbtctl export --domain example.org w" <<'END'
wins.dat
END
offers "nbtctl nonsense " <<'END'
END
echo "1..$n"
