#!/usr/bin/env bash
# Does `run` say of the RTL what `cosim` then does, and does `cosim` refuse everything that it refuses before it builds?
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

# Networks by their shapes alone; no tool is there, so nothing can be built.
program=$(realpath build/capsacc-sim)
refused() { # SENTENCE MESSAGE OPTION...
	local sentence=$1 message=$2
	shift 2
	CAPSACC_DATA=/nowhere PATH=/nowhere "$program" cosim "$config" "$@" >"$tmp/out" 2>"$tmp/err"
	same "$sentence" "2: capsacc-sim: $message" "$?: $(sed "s/expected t10k-.*/expected .../" "$tmp/err")"
}
config=configs/run/digits.yaml
rtl="the RTL does not do this configuration:"
network() { # FOLDER SIDE: a network of one channel; its layers come after
	mkdir -p "$tmp/$1"
	cat >"$tmp/$1/network.yaml" <<T
name: $1
format: int8
weights: weights.safetensors
classes: 2
input: {h: $2, w: $2, c: 1, sign: u8, scale: 0.004}
layers:
T
	cat >>"$tmp/$1/network.yaml"
}
network wide 260 <<'T'
  - {name: conv1, kind: conv2d, input: input, channels: 1, kernel: 1, stride: 1, padding: 0, relu: true, weight_scale: 0.01, result: {sign: u8, scale: 0.004}}
  - {name: pool, kind: pool, op: average, input: conv1, kernel: 26, stride: 26, padding: 0, result: {sign: u8, scale: 0.004}}
  - {name: fc, kind: fc, input: pool, channels: 2, weight_scale: 0.01, result: {sign: s8, scale: 0.1}}
T
network routed 50 <<'T'
  - {name: primarycaps, kind: primarycaps, input: input, types: 2, dim: 1, kernel: 1, stride: 1, padding: 0, weight_scale: 0.01, pre_scale: 0.2, result: {sign: s8, scale: 0.0078125}}
  - {name: classcaps, kind: classcaps, input: primarycaps, channels: 2, dim: 1, iterations: 2, weight_scale: 0.01, votes_scale: 0.02, pre_scale: 0.1, logit_scale: 0.1, result: {sign: s8, scale: 0.0078125}}
T
blocks="$rtl a step of more than 65,535 blocks of accumulator.depth vectors"
refused "a convolution of 67,600 blocks of one vector is refused" "$blocks" --set network.path="$tmp/wide" \
	--set accumulator.depth=1
refused "with two vectors a block it is not (but its weights are missing)" \
	"$tmp/wide/weights.safetensors: cannot open: No such file or directory" --set network.path="$tmp/wide" --set accumulator.depth=2
# Blocks are those of 2 classes, not of 16 columns: 10,000, not 80,000.
refused "nor are updates of 5,000 capsules and 2 classes, one vector a block" \
	"$tmp/routed/weights.safetensors: cannot open: No such file or directory" --set network.path="$tmp/routed" \
	--set accumulator.depth=1

refused "a name that is no multiplier's is refused" "multipliers.default: multiplier 'FOO' is unknown, the nearest name is FTA" --multiplier FOO
refused "a multiplier that the mapping cannot use is refused" \
	"$PWD/configs/run/digits.yaml:24:12: multipliers.default: numerics.mapping: signed needs signed multipliers; 1JFF is unsigned (exact: EXACTS)" \
	--set numerics.mapping=signed
config=configs/run/deepcaps.yaml
refused "nine different multipliers are refused" "$rtl more than 8 different multipliers" \
	--multiplier 1JFF,conv1=2HH,b1l1=17KS,b1skip=JV3,b1l2=QKX,b1l3=L40,b2l1=NGR,votes=YX7,sum=2AC
config=configs/run/digits.yaml
refused "more images than there are are refused" "digits: 100000 images asked for, but the test set has 10000" \
	--images 100000
refused "a missing data set is refused" "mnist: test set not found (no t10k-images-idx3-ubyte): expected ..." --set data.set=mnist
finish
