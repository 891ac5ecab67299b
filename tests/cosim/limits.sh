#!/usr/bin/env bash
# Does `run` say of the RTL what `cosim` then does?
. tests/tap.sh

# report OPTION...: "supported" or the reason, from report.json
report() {
	build/capsacc-sim run configs/run/digits.yaml --images 1 --set run.float_reference=false --no-files --json "$@" |
		python3 -c 'import json, sys; r = json.load(sys.stdin)["rtl"]; print("supported" if r["supported"] else r["reason"])'
}
[[ $BUILD == build ]] || ${MAKE:-make} -s V=release build/capsacc-sim

same "run says that the RTL does the shipped configuration" "supported" "$(report)"
while read -r option; do
	read -ra words <<<"$option"
	reason=$(report "${words[@]}")
	build/capsacc-sim cosim configs/run/digits.yaml "${words[@]}" >"$tmp/out" 2>"$tmp/err"
	got="$?: $(cat "$tmp/err")"
	same "with $option run gives the reason for which cosim refuses" \
		"2: capsacc-sim: the RTL does not do this configuration: $reason" "$got"
done <<'T'
--set array.cols=3
--set squash.lanes=8
--set accumulator.depth=513
--set dram.latency_cycles=0
--set buffers.data_bytes=300000
--set buffers.weight_bytes=1000000
--set buffers.data_bytes=2000
T
finish
