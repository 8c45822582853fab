#!/bin/sh
# doc/nbdd.md and doc/browserd-conformance.md: every case of a unit test, every lab and every check of one
# that they name is there.
# shellcheck disable=SC2016,SC2013,SC2317 # names in backquotes; words; called by says
set -u
cases=0 failed=0

says() { # TEXT COMMAND...
	text=$1
	shift
	cases=$((cases + 1))
	if "$@"; then
		echo "ok $cases - $text"
	else
		failed=$((failed + 1))
		echo "not ok $cases - $text"
	fi
}
is_case() { # NAME: of a table of cases
	grep -Eqh "(TEST|WITH|ALONE|cmocka_unit_test)\\($1\\)" "$top_srcdir"/tests/unit/test_*.c
}
is_lab() { # NAME
	[ -x "$top_srcdir/tests/lab/$1" ]
}
table() { # DOCUMENT
	doc=$top_srcdir/doc/$1 before=$cases
	for name in $(grep -o '`[a-z0-9_]*_[a-z0-9_]*`' "$doc" | tr -d '`' | sort -u); do
		says "the case $name" is_case "$name"
	done
	for name in $(grep -o '[a-z0-9-]*\.sh' "$doc" | sort -u); do
		says "the lab $name" is_lab "$name"
	done
	# Checks of labs in double quotes: nbdd.sh: "it gets nothing then".
	grep -o '[a-z-]*\.sh: "[^"]*"' "$doc" | sort -u >nbdd-table.$$
	while IFS= read -r line; do
		lab=${line%%:*} what=${line#*: }
		says "$line" grep -qF "$what" "$top_srcdir/tests/lab/$lab"
	done <nbdd-table.$$
	rm -f nbdd-table.$$
	says "the table of $1 is not empty" [ $((cases - before)) -gt 20 ]
}
table nbdd.md
table browserd-conformance.md
echo "1..$cases"
exit "$failed"
