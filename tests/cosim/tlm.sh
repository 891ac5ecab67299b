#!/usr/bin/env bash
# Does the TLM-2.0 target give the answers, results and cycles of `capsacc-sim run`, and keep time as TLM asks?
. tests/tap.sh

if [ ! -e /usr/include/systemc ] || ! command -v g++ >/dev/null; then
	skip "the TLM-2.0 target equals capsacc-sim run" "needs the packages libsystemc-dev and g++"
	finish
fi
v=${BUILD#build} v=${v#/}
if ! ${MAKE:-make} -s -j"$(nproc)" --no-print-directory V="${v:-release}" "$BUILD"/tlm/{platform,target_test} "$BUILD/capsacc-sim" \
	>"$tmp/log" 2>&1; then
	fail "the example platform can be built" "$(tail -n 20 "$tmp/log")"
	finish
fi
platform=$BUILD/tlm/platform
# SystemC's threads switch stacks unseen by AddressSanitizer, which then loses the frames that it keeps elsewhere.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_stack_use_after_return=0

platform() { # OUTPUT ARGUMENT...
	local output=$1
	shift
	timeout 300 "$platform" "$@" --json >"$tmp/$output" 2>"$tmp/err" || fail "the platform runs: $*" "$(cat "$tmp/err")"
}

# equal NAME CONFIG IMAGES OPTION...: the platform and `run` on as many images.
equal() {
	local name=$1 config=$2 images=$3
	shift 3
	platform platform.json "$config" --images "$images" "$@"
	rm -rf "$tmp/run"
	"$CAPSACC_SIM" run "$config" --images "$images" --set run.float_reference=false "$@" --quiet --out "$tmp/run" \
		>"$tmp/err" 2>&1
	if python3 - "$tmp/platform.json" "$tmp/run" "$images" 2>>"$tmp/err" <<'P'
import csv, json, sys
with open(sys.argv[1]) as f:
    seen = json.load(f)["inferences"]
with open(sys.argv[2] + "/report.json") as f:
    timing = json.load(f)["timing"]
with open(sys.argv[2] + "/answers.csv") as f:
    want = list(csv.DictReader(f))
assert len(seen) == len(want) == int(sys.argv[3]), (len(seen), len(want))
for n, (i, w) in enumerate(zip(seen, want)):
    assert (i["answer"], i["label"]) == (int(w["answer"]), int(w["label"])), (n, i, w)
    assert i["cycles"] == timing["cycles"] > 0, (n, i["cycles"], timing["cycles"])
latency_ns = timing["cycles"] * 1000 / timing["clock_mhz"]
before = 0
for i in seen:
    # the answer once more, from the result's words: the class capsule with the largest sum of squares
    codes = [c - 256 if c > 127 else c for c in bytes.fromhex(i["result"])]
    dim = len(codes) // 10
    squares = [sum(c * c for c in codes[j * dim:j * dim + dim]) for j in range(10)]
    assert len(codes) == 10 * dim and squares.index(max(squares)) == i["answer"], i
    # an inference takes its latency, and the software around it a little more
    assert latency_ns < i["at_ns"] - before < latency_ns + 2000, (before, i["at_ns"], latency_ns)
    before = i["at_ns"]
P
	then
		pass "$name: answers, results and cycles are those of capsacc-sim run"
	else
		fail "$name: answers, results and cycles are those of capsacc-sim run" "$(cat "$tmp/err")"
	fi
}
digits=configs/run/digits.yaml
equal "digits on 16x16" $digits 30
equal "digits on 16x16 with a multiplier that errs" $digits 60 --set multipliers.default=QKX
equal "digits on 8x8, mapping affine" $digits 60 --set array.rows=8 --set array.cols=8 --set numerics.mapping=affine \
	--set multipliers.default=2HH
equal "digits on 5x7, slow memory, narrow sums" $digits 20 --set array.rows=5 --set array.cols=7 \
	--set dram.cycles_per_beat=3 --set accumulator.bits=17
export CAPSACC_DATA=${CAPSACC_DATA:-../shared/data}
if "$CAPSACC_SIM" run configs/run/mnist.yaml --images 1 --no-files --quiet >/dev/null 2>&1; then
	equal "the full-size network on MNIST" configs/run/mnist.yaml 3
else
	skip "the full-size network on MNIST" "no MNIST in data/ or CAPSACC_DATA"
fi

# However far the processor runs ahead of the kernel, and however it waits, it sees the same.
same_but_time() {
	python3 -c 'import json, sys; print([(i["answer"], i["cycles"], i["result"]) for i in json.load(sys.stdin)["inferences"]])'
}
platform want.json $digits --images 12
want=$(same_but_time <"$tmp/want.json")
for options in "--quantum 0" "--quantum 1000000" "--poll" "--poll --quantum 0" "--poll --quantum 1000000"; do
	read -ra words <<<"$options"
	platform got.json $digits --images 12 "${words[@]}"
	same "the platform with $options sees the same answers, results and cycles" "$want" "$(same_but_time <"$tmp/got.json")"
done
"$platform" $digits --images 1 --set array.rows=0 >"$tmp/out" 2>"$tmp/err"
same "a wrong configuration is refused as capsacc-sim run refuses it" \
	"2: platform: --set array.rows=0: array.rows: 0 is outside 1..256" "$?: $(cut -d ' ' -f 1-8 "$tmp/err")"
for images in 2.7 0 -1 3x; do
	"$platform" $digits --images $images >"$tmp/out" 2>"$tmp/err"
	same "--images $images is refused" "2: usage: platform CONFIG" "$?: $(cut -d ' ' -f 1-3 "$tmp/err")"
done

echo "1..$cases"
timeout 300 "$BUILD/tlm/target_test" $digits # its own cases and plan
[ $? -eq 0 ] && [ "$failures" -eq 0 ]
exit
