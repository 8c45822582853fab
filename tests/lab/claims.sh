# shellcheck shell=sh
# Names claimed at a name server by packets as a client sends them; sourced after lab_begin.

# wire SUFFIX TEXT: the name in a packet; TEXT is as printf's %b has it
wire() {
	{
		printf '%b' "$2" | od -An -v -tx1
		printf '/%s' "$1"
	} | tr -d ' \n' | awk -F/ '{
		while (length($1) < 30)
			$1 = $1 "20"
		raw = $1 $2
		printf "20"
		for (i = 1; i <= length(raw); i++)
			printf "%02x", 64 + index("0123456789abcdef", substr(raw, i, 1))
		printf "00"
	}'
}
# claim HOST SERVER SUFFIX NB_FLAGS ADDRESSES TEXT: from this host, with each of the addresses (in
# hex, with commas between them); the server has to agree
claim() {
	asked 2900 0003f480 ' 0001ad80' "$@"
}
# The same, when the name is registered already.
refresh() {
	asked 4100 0003f480 ' 0001[ac][45d].0' "$@" # some answer as to a registration
}
release() {
	asked 3000 00000000 ' 0001b[4-7].0' "$@"
}
asked() { # FLAGS TTL PATTERN HOST SERVER SUFFIX NB_FLAGS ADDRESSES TEXT
	name=$(wire "$6" "$9")
	for address in $(echo "$8" | tr , ' '); do
		on "$4" nbtpacket "$5" "0001${1}000100000000000120${name#20}00200001c00c00200001${2}0006$7$address" |
			tee "$lab/asked" | grep -e "$3" || { cat "$lab/asked" && return 1; }
	done
}
