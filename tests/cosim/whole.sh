#!/usr/bin/env bash
# Is the whole accelerator in RTL what the C model says: every byte, every pass, every cycle?
#
# COSIM_SIZES: arrays to build (two in `make test`, and trace.sh builds two more; `make cosim` takes five, and
# with COSIM_UNIQUE=1 looks for registers that are used before they are set, and in COSIM_EDGES has one row).  Random networks are seeded;
# some of the runs reset the RTL in the middle of a layer, and one has random back-pressure.
. tests/tap.sh

read -ra sizes <<<"${COSIM_SIZES:-8x8 16x16}"
question="the RTL equals the C model in every byte and every step's cycles"
needs_rtl "$question" libsystemc-dev
if ! ${MAKE:-make} -s -j"$(nproc)" --no-print-directory build/capsacc-sim "${sizes[@]/#/build/rtl/cosim_}" >"$tmp/log" 2>&1; then
	fail "the benches of the whole accelerator can be built" "$(tail -n 20 "$tmp/log")"
	finish
fi

# The benches print their own cases and plans.
status=0
for size in ${COSIM_EDGES:-}; do # `make cosim`: built by it
	# below 60 networks a kind of stimulus may be missing: one row never wants patches
	build/rtl/cosim_"$size" random --count 59 --seed 9 --tables 5 --resets || status=1
done
for size in "${sizes[@]}"; do
	bench=build/rtl/cosim_$size
	$bench random --count 60 --seed 1 --tables 0 || status=1
	$bench random --count 15 --seed 2 --tables 4 --resets || status=1
	$bench random --count 8 --seed 3 --tables 11 --back-pressure || status=1
done

# Two states hide registers that are used before they are set: random initial values, two seeds.
if [ "${COSIM_UNIQUE:-0}" = 1 ]; then
	unique=(RTL_BUILD=build/rtl/unique "VERILATE_X=--x-assign unique --x-initial unique")
	bench=build/rtl/unique/cosim_${sizes[0]}
	if ${MAKE:-make} -s --no-print-directory "${unique[@]}" "$bench" >"$tmp/log" 2>&1; then
		for seed in 1 2; do
			$bench random --count 60 --seed 4$seed --tables 2 --resets "+verilator+seed+$seed" \
				+verilator+rand+reset+2 || status=1
		done
	else
		fail "the bench with random initial values can be built" "$(tail -n 20 "$tmp/log")"
	fi
fi

# A whole inference of a small network, by the command that users have.
config=digits
declare -A tensors=()
tensors_of() { # of the JSON that comes in: layer, tensor, digest of what the RTL wrote
	python3 -c 'import json, sys
for t in json.load(sys.stdin)["tensors"]: print(t["layer"], t["tensor"], t["digest"])'
}
whole() { # SIZE [OPTION...]
	local size=$1 out narrow=0
	shift
	[[ $* != *_bits=* && $* != *accumulator.bits=* ]] || narrow=1
	if out=$(build/capsacc-sim cosim configs/run/$config.yaml --set array.rows="${size%x*}" \
		--set array.cols="${size#*x}" "$@" --json 2>"$tmp/err") &&
		jq_free "$out" $narrow; then
		[ $# -gt 0 ] || tensors["$config $size"]=$(tensors_of <<<"$out")
		pass "$config on $size${*:+ with $*}: data and cycles equal"
	else
		fail "$config on $size${*:+ with $*}: data and cycles equal" "$(cat "$tmp/err")" "$out"
	fi
}
jq_free() { # JSON NARROW: something was compared, nothing differs; sums overflow if NARROW is 1
	python3 -c '
import json, sys
r = json.loads(sys.argv[1])
assert r["words_compared"] > 20000 and r["mismatches"] == 0 and r["wrong_passes"] == 0
assert len(r["overflows"]) >= 3 and all(o["rtl"] == o["model"] for o in r["overflows"]), r["overflows"]
assert (sum(o["rtl"] for o in r["overflows"]) > 1000) == int(sys.argv[2]), r["overflows"]
assert len(r["steps"]) >= 14 and r["rtl_cycles"] == r["model_cycles"] > 0
for s in r["steps"]:
    assert s["words_compared"] > 0 and s["mismatches"] == 0 and s["rtl_cycles"] == s["model_cycles"], s
    assert s["wrong_cycles"] == 0, s
' "$1" "$2"
}
for size in "${sizes[@]}"; do
	whole "$size"
	whole "$size" --set numerics.mapping=affine --multiplier 2HH --images 2
	whole "$size" --set numerics.mapping=sign_magnitude --multiplier 17KS --set dram.cycles_per_beat=3
	whole "$size" --set numerics.mapping=signed --multiplier TRUNCS4
	whole "$size" --set pe.psum_bits=15 --set accumulator.bits=17
	whole "$size" --set accumulator.bits=18 --set accumulator.overflow=saturate --set numerics.mapping=affine
done
for size in "${sizes[@]:1}"; do
	same "what the RTL of $size writes is what that of ${sizes[0]} writes, every tensor" "${tensors[digits ${sizes[0]}]}" \
		"${tensors[digits $size]}"
done
same "these are ten tensors of three layers" "10" "$(wc -l <<<"${tensors[digits ${sizes[0]}]}")"
# DeepCaps: convolutional capsules, ConvCaps3D, sums and a concatenation of maps; any 28x28 image will do.
# Below 8 columns its bias needs more rows than the RTL's memory of lane constants has, which it refuses.
config=deepcaps
[[ " ${sizes[*]} " != *" 16x16 "* ]] || whole 16x16 --set data.set=digits --multiplier NGR

# An image that does not end in time is reported like any other difference.
size=${sizes[0]}
build/rtl/cosim_"$size" config configs/run/digits.yaml --set array.rows="${size%x*}" --set array.cols="${size#*x}" \
	--images 2 --limit 3000 --json >"$tmp/out" 2>"$tmp/err"
same "an RTL that does not end in time: step and JSON are there, exit 1" \
	"1: 1 conv1 True: cosim: the RTL did not end image 1 within 3000 cycles: it was in step conv1" \
	"$?: $(python3 -c 'import json, sys; r = json.load(sys.stdin)
print(r["images"], r["stopped_in"], r["wrong_cycles"] == len(r["steps"]) - 1)' <"$tmp/out"): $(head -n 1 "$tmp/err")"
for count in 0 -1 3x; do
	build/rtl/cosim_"$size" random --count $count >"$tmp/out" 2>"$tmp/err"
	same "--count $count is refused" "2: usage: cosim random" "$?: $(head -n 1 "$tmp/err" | cut -d ' ' -f 1-3)"
done

build/capsacc-sim cosim configs/run/digits.yaml --set squash.lanes=8 >"$tmp/out" 2>"$tmp/err"
same "what the RTL does not do is refused by name, before anything is built" \
	"2: capsacc-sim: the RTL does not do this configuration: squash.lanes other than 4" "$?: $(cat "$tmp/err")"
program=$(realpath build/capsacc-sim)
PATH=/nowhere "$program" cosim configs/run/digits.yaml >"$tmp/out" 2>"$tmp/err"
same "a missing tool is named with its package" \
	"3: capsacc-sim: cosim: verilator is missing: install the package verilator" "$?: $(cat "$tmp/err")"

# A bench that has to be built, by two at once, below a make that was told to build nothing.
rm build/rtl/cosim_"$size"
for n in 1 2; do
	MAKEFLAGS=n build/capsacc-sim cosim configs/run/digits.yaml --set array.rows="${size%x*}" --set array.cols="${size#*x}" \
		>"$tmp/out$n" 2>"$tmp/err$n" &
	pids[n]=$!
done
wait "${pids[1]}"
first=$?
wait "${pids[2]}"
same "two at once build the bench once, whatever MAKEFLAGS says" "0 0 0 the same" \
	"$first $? $(cat "$tmp"/err[12] | wc -l) $(diff <(grep ^total "$tmp/out1") <(grep ^total "$tmp/out2") && echo the same)"
build/capsacc-sim cosim configs/run/digits.yaml --set array.rows="${size%x*}" --set array.cols="${size#*x}" >/dev/full 2>"$tmp/err"
same "a full standard output is an error" "3: cosim: cannot write to standard output" "$?: $(cat "$tmp/err")"

echo "1..$cases"
[ "$failures" -eq 0 ] && [ "$status" -eq 0 ]
exit
