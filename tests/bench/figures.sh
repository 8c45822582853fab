# shellcheck shell=sh
# Figures beside what is wanted, for benchmarks; sourced. $failed is 1 once one is not as wanted.

failed=0

field() { # NAME, of the JSON on standard input
	sed -n "s/.*\"$1\":\\([0-9.e+-]*\\).*/\\1/p"
}

# figure TEXT VALUE least|most LIMIT
figure() {
	if awk "BEGIN { exit !($2 $([ "$3" = least ] && echo '>=' || echo '<=') $4) }"; then
		verdict=ok
	else
		verdict='not ok' failed=1
	fi
	printf '%-6s %-62s %8.3f   at %s %s\n' "$verdict" "$1" "$2" "$3" "$4"
}
# show TEXT VALUE: nothing in particular is wanted
show() {
	printf '%-6s %-62s %8.3f\n' - "$1" "$2"
}
# plot NAME: nbtbench's option for a drawing NAME.svg in the directory PLOT, if that is set
plot() {
	[ -z "${PLOT:-}" ] || echo "--plot=$PLOT/$1.svg"
}
ratio() { # A B
	awk "BEGIN { print $1 / $2 }"
}
