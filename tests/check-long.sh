#!/bin/sh
# What takes long: both compilers, sanitizers, valgrind, a minute of conflicts, ten minutes of each
# fuzz target, and 200 times kill -9 under load, on this disk. Run by make check-long, in the build
# directory. Needs clang and valgrind, root for labs.
set -u
src=${top_srcdir:?}
seconds=${FUZZ_SECONDS:-600}
failed=0

# step TEXT COMMAND...
step() {
	text=$1
	shift
	if ("$@") >check-long.log 2>&1; then
		echo "ok - $text"
	else
		echo "not ok - $text"
		tail -n 40 check-long.log
		failed=1
	fi
}

# build DIRECTORY CONFIGURE-OPTION...
build() {
	mkdir -p "$1" && cd "$1" || return
	shift
	{ [ -e config.status ] || "$src/configure" -q "$@"; } && make -s -j2
}

# Unit tests and corpora; labs have been run by make check, and are slow under instruments.
unit_tests() {
	cd "$1" && make -s check TESTS="$(unit_names)"
}

unit_names() {
	make -s print-unit-tests
}

under_valgrind() {
	make -s check TESTS= && for test in $(unit_names); do
		./libtool --mode=execute valgrind -q --error-exitcode=99 --leak-check=full \
			--errors-for-leak-kinds=definite "$test" || return
	done
}

# As a lab it needs root, and skips itself without.
crash() {
	mkdir -p long-crash && top_builddir=$PWD CRASH_DISK=$PWD/long-crash CRASH_ROUNDS=200 \
		CRASH_RATE=20000 "$src/tests/lab/crash.sh" >long-crash.log
	rm -rf long-crash
	cat long-crash.log
	grep -q '^# 200 times killed, .* 0 of' long-crash.log
}

# lab NAME VARIABLE=VALUE...: one of the labs of make check, with more of it than there is time for
# there. It needs root, and skips itself without.
lab() {
	name=$1
	shift
	env top_builddir="$PWD" "$@" "$src/tests/lab/$name.sh" >"long-$name.log"
	cat "long-$name.log"
	grep -q '^1\.\.[1-9]' "long-$name.log" && ! grep -q '^not ok' "long-$name.log"
}

# From debootstrap to a purge; skipped without a mirror's programs.
packages() {
	"$src/tests/packages.sh" >long-packages.log
	cat long-packages.log
	! grep -q '^not ok' long-packages.log
}

# Nodes to which anything may happen, hours of traffic that are accounted for, weeks of browsers, and
# three WINS servers that lose everything but their names, by many seeds.
scenarios() {
	NBT_SEEDS=5000 tests/unit/scenario_node >long-scenarios.log 2>&1 &&
		NBT_SEEDS=50 tests/unit/scenario_audit >>long-scenarios.log 2>&1 &&
		NBT_SEEDS=1000 tests/unit/scenario_browser >>long-scenarios.log 2>&1 &&
		NBT_SEEDS=1000 tests/unit/scenario_domain_week >>long-scenarios.log 2>&1 &&
		NBT_SEEDS=10000 tests/unit/scenario_replication >>long-scenarios.log 2>&1
	status=$?
	[ "$status" = 0 ] || tail -n 20 long-scenarios.log
	return "$status"
}

step "clang builds without a warning" build long-clang CC=clang --enable-werror
step "with sanitizers it builds" build long-sanitizers CC=clang \
	--enable-sanitizers --enable-werror
step "unit tests are clean under ASan and UBSan" unit_tests long-sanitizers
step "unit tests are clean under valgrind" under_valgrind
step "many stories of nodes, servers, splits and browsers end well" scenarios
step "a minute of names in conflict" lab conflicts CONFLICTS=long
step "100 reloads at 20,000 queries/s and 2,000 registrations/s: nothing is lost" \
	lab reload RELOADS=100 RELOAD_QUERIES=20000 RELOAD_REGISTRATIONS=2000 RELOAD_LINES=100000
step "no finding in $seconds s of each fuzz target" "$src/tests/fuzz/run.sh" "$seconds" long-fuzz
step "an NBDD, 30 nodes and 10,000 datagrams to each of three groups" \
	lab nbdd-many NBDD_DATAGRAMS=10000
step "Samba's replicas against names that were registered here" \
	lab replication-torture REPLICATION_TORTURE=long
step "50 elections of browserd and nmbd" lab browserd-elections ELECTION_ROUNDS=5
step "one neighbourhood of three subnets, with the protocol's times" lab domain DOMAIN_SCALE=1
for case in members samba; do
	step "the doctor has nothing to say of healthy networks: $case" lab doctor-healthy DOCTOR_CASE=$case
done
for case in samba dmb lmbs; do
	step "the same with Samba's programs: $case" lab domain-samba DOMAIN_CASE=$case
done
step "Samba's AD WINS server as a partner" lab replication-samba
for run in 1 2 3 4 5; do
	step "three servers that replicate, in a ring and in a star, two minutes of trouble each ($run of 5)" \
		lab replication-mesh MESH_SECONDS=120
done
step "Debian's packages on a bare Debian, from debootstrap to a purge" packages
step "200 times kill -9 under 20,000 registrations/s: nothing is lost" crash
exit $failed
