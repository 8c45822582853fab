#!/bin/sh
# Fuzzes every target for SECONDS each (default 60) and fails on a finding, which stays in BUILD
# (default build-fuzz; configured here if it isn't). --merge then adds to the corpus in the tree
# what reaches new code. TARGETS: these only.
#   [TARGETS="service stream"] tests/fuzz/run.sh [--merge] [SECONDS [BUILD]]
set -eu
merge=
if [ "${1:-}" = --merge ]; then merge=yes; shift; fi
seconds=${1:-60}
build=${2:-build-fuzz}
src=$(cd "$(dirname "$0")/../.." && pwd)

mkdir -p "$build"
cd "$build"
[ -f config.status ] || "$src/configure" -q CC=clang --enable-fuzzing
targets=${TARGETS:-$(make -s print-fuzz-targets | sed 's,tests/fuzz/fuzz_,,g')}
# shellcheck disable=SC2046
make -s $(for target in $targets; do echo "tests/fuzz/fuzz_$target"; done)

failed=0
for target in $targets; do
	program=tests/fuzz/fuzz_$target
	corpus=$src/tests/fuzz/corpus/$target
	log=fuzz_$target.log
	mkdir -p "new/$target"
	if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=5 -print_final_stats=1 \
		"new/$target" "$corpus" >"$log" 2>&1; then
		inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "$target: no finding in $seconds s, $inputs inputs"
	else
		echo "$target: FINDING, see $build/$log"
		failed=1
	fi
	[ -z "$merge" ] || "$program" -merge=1 -max_len=4096 "$corpus" "new/$target" >>"$log" 2>&1
done
exit $failed
