#!/bin/sh
# How many lines of each decoder and each exchange the corpus in the tree reaches; fails under 95 %.
# Needs clang and llvm. BUILD (default build-coverage) is configured here if it isn't.
#   tests/fuzz/coverage.sh [BUILD]
set -eu
wanted=95
build=${1:-build-coverage}
src=$(cd "$(dirname "$0")/../.." && pwd)
targets="browse datagram datagram_sock exchange ipc_client local local_core mailslot name nbdd node_status
	ntlmssp packet rap reassembly replication session session_frames smb_session"
# Decoders and exchanges, the reader under them, and the dumps of what was decoded; the local sockets at
# both ends; what nbddd makes of packets, and of programs; SMB, at both ends.
sources="libnbt/wire/browse.c libnbt/wire/datagram.c libnbt/wire/dump.c libnbt/wire/dump_json.c
	libnbt/wire/dump_replication.c libnbt/wire/dump_text.c libnbt/wire/json.c libnbt/wire/local.c libnbt/wire/mailslot.c libnbt/wire/name.c
	libnbt/wire/name_text.c libnbt/wire/nodestatus.c libnbt/wire/packet.c libnbt/wire/replication.c
	libnbt/wire/replication_discovery.c libnbt/wire/replication_record.c
	libnbt/wire/replication_write.c libnbt/wire/session.c
	libnbt/wire/text.c libnbt/wire/wire.h
	libnbt/exchange/claim.c libnbt/exchange/machine.c libnbt/exchange/query.c libnbt/exchange/status.c
	common/fragments.c common/local_core.c common/session_frames.c
	nbddd/clients.c nbddd/distributor.c nbddd/node.c nbddd/reassembly.c nbddd/refuse.c nbddd/relay.c
	nbddd/stages.c
	smb/ipc_client.c smb/ipc_list.c smb/ipc_shares.c smb/ipc_smb2.c smb/ipc_steps.c smb/ntlmssp.c
	smb/rap.c smb/rpc.c
	smb/session.c smb/session_login.c smb/session_pipe.c smb/session_rap.c smb/session_smb1.c
	smb/session_smb1_pipe.c smb/session_smb1_setup.c smb/session_smb2.c smb/smb1.c
	smb/smb1_negotiate.c smb/smb1_setup.c smb/smb1_trans.c smb/smb2.c smb/smb2_client.c smb/srvsvc.c
	smb/srvsvc_client.c smb/status.c smb/text.c"

mkdir -p "$build"
cd "$build"
[ -f config.status ] || "$src/configure" -q CC=clang --enable-coverage
programs=$(for target in $targets; do echo "tests/fuzz/fuzz_$target"; done)
# shellcheck disable=SC2086
make -s $programs

rm -f -- *.profraw
for target in $targets; do
	top_srcdir=$src LLVM_PROFILE_FILE=fuzz_$target.profraw "tests/fuzz/fuzz_$target" >/dev/null
done
"$(clang -print-prog-name=llvm-profdata)" merge -o fuzz.profdata -- *.profraw
# shellcheck disable=SC2046
"$(clang -print-prog-name=llvm-cov)" export -format=lcov \
	-instr-profile=fuzz.profdata tests/fuzz/fuzz_name \
	$(for program in $programs; do echo "-object $program"; done) |
	awk -F: -v sources="$sources" -v wanted=$wanted '
	BEGIN { split(sources, list, /[ \t\n]+/) }
	function is_end_of(end, text) { return substr(text, length(text) - length(end)) == "/" end }
	/^SF:/ { file = ""; for (i in list) if (is_end_of(list[i], $2)) file = list[i] }
	# By line: the sums of llvm count a line of an inline function as missed if one user misses it.
	/^DA:/ { split($2, line, ","); found[file]++; hit[file] += line[2] > 0 }
	END {
		for (i = 1; i in list; i++) {
			file = list[i]
			percent = found[file] ? 100 * hit[file] / found[file] : 0
			printf "%-26s %4d of %4d lines, %5.1f %%%s\n", file, hit[file],
				found[file], percent, percent < wanted ? "  TOO FEW" : ""
			bad += percent < wanted
		}
		exit bad > 0
	}'
