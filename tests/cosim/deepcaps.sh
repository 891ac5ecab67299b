#!/usr/bin/env bash
# A whole DeepCaps in RTL: 8x8 pixels, few capsules, random weights, on an array that divides nothing.
. tests/tap.sh

question="a DeepCaps of 8x8 pixels in RTL equals the C model"
needs_rtl "$question" libsystemc-dev

python3 tests/cosim/make_deepcaps.py "$tmp/float"
capsacc quantize "$tmp/float" --images 60 --out "$tmp/net" --quiet
same "the network can be made" "0||" "$code|$err|$out"
for options in "" "--multiplier NGR" "--multiplier 2HH --set numerics.mapping=affine" \
	"--set pe.psum_bits=14 --set accumulator.bits=15 --set accumulator.overflow=saturate"; do
	# shellcheck disable=SC2086
	capsacc cosim configs/run/digits.yaml --images 2 --set array.rows=5 --set array.cols=7 --set network.path="$tmp/net" \
		$options --json
	got=$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
bad = [s["name"] for s in r["steps"] if s["words_compared"] == 0 or s["mismatches"] or s["rtl_cycles"] != s["model_cycles"]]
kinds = {s["name"].split()[0] for s in r["steps"]}
print(bad, r["mismatches"], r["wrong_passes"], r["words_compared"] > 3000, len(kinds & {"b4skip", "b4add", "concat", "classcaps"}),
      all(o["rtl"] == o["model"] for o in r["overflows"]))
' "$tmp/out" 2>&1)
	same "$question${options:+ with $options}" "0|[] 0 0 True 4 True" "$code|$got"
done
finish
