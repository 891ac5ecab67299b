#!/usr/bin/env bash
# Are the waveforms of `capsacc-sim cosim --trace` those of the RTL, in files that other programs can read?
. tests/tap.sh

refused() { # SENTENCE WANT OPTION...: before anything is built
	local sentence=$1 want=$2
	shift 2
	build/capsacc-sim cosim configs/run/digits.yaml "$@" >"$tmp/out" 2>"$tmp/err"
	same "$sentence" "$want" "$?: $(cat "$tmp/err")"
}
refused "a name that is neither .vcd nor .fst is refused" \
	"2: capsacc-sim: --trace: waves.wav: expected a name that ends in .vcd or .fst" --trace waves.wav
refused "a step to trace needs a file" "2: capsacc-sim: --trace-step goes with --trace FILE" --trace-step conv1
refused "a limit of cycles needs a file" "2: capsacc-sim: --trace-cycles goes with --trace FILE" --trace-cycles 9
refused "a file that cannot be written is refused" \
	"3: capsacc-sim: --trace: /nowhere/waves.vcd: cannot create: No such file or directory" --trace /nowhere/waves.vcd
build/capsacc-sim cosim configs/run/digits.yaml --trace waves.vcd --trace-step conv9 >"$tmp/out" 2>"$tmp/err"
same "a step that is not there is refused with the program's own" \
	"2: capsacc-sim: --trace-step: conv9: no step of this program; expected one of: load input, conv1, primarycaps" \
	"$?: $(cut -d , -f 1-3 "$tmp/err")"

question="waveforms hold the RTL's signals"
needs_rtl "$question" libsystemc-dev

# trace FORMAT SIZE OPTION...: $tmp/waves.FORMAT, and the table as $tmp/FORMAT.json
trace() {
	local format=$1 size=$2
	shift 2
	build/capsacc-sim cosim configs/run/digits.yaml --set array.rows="${size%x*}" --set array.cols="${size#*x}" \
		--trace "$tmp/waves.$format" "$@" --json >"$tmp/$format.json" 2>"$tmp/err"
	same "waveforms as $format${*:+ with $*}: data and cycles are equal" "0: " "$?: $(cat "$tmp/err")"
	same "waveforms as $format${*:+ with $*}: only the finished file is there" "waves.$format" \
		"$(cd "$tmp" && echo waves.*)"
}
check() { # SENTENCE ARGUMENT...
	local sentence=$1
	shift
	if python3 tests/cosim/waves.py "$@" 2>"$tmp/err"; then pass "$sentence"; else fail "$sentence" "$(cat "$tmp/err")"; fi
	rm -f "$tmp"/waves.*
}

# The other two sizes that `make test` builds.
trace vcd 5x7 --trace-step "classcaps sum 2"
check "a VCD file of one step: the top's signals, its number in step_o, a clock edge for each of its cycles" \
	"$tmp/waves.vcd" "$tmp/vcd.json" "classcaps sum 2"
trace fst 4x4 --trace-step "classcaps sum 2"
check "an FST file of one step: blocks to its end, and as many cycles as the step takes" \
	"$tmp/waves.fst" "$tmp/fst.json" "classcaps sum 2"
build/capsacc-sim cosim configs/run/digits.yaml --set array.rows=5 --set array.cols=7 --trace "$tmp/waves.vcd" \
	--trace-cycles 100 --json >"$tmp/vcd.json" 2>"$tmp/err"
same "what is left out of a long trace is said" "0: cosim: waves.vcd ends 50087 cycles early; --trace-cycles 0 records all" \
	"$?: $(sed "s|$tmp/||" "$tmp/err")"
check "a VCD file holds as many cycles as --trace-cycles says" "$tmp/waves.vcd" "$tmp/vcd.json" 100

# The benches with waveforms are the whole accelerator on two more sizes.
echo "1..$cases"
status=0
build/rtl/vcd/cosim_5x7 random --count 20 --seed 5 --tables 0 || status=1
build/rtl/vcd/cosim_5x7 random --count 15 --seed 6 --tables 4 --resets || status=1
build/rtl/fst/cosim_4x4 random --count 20 --seed 7 --tables 11 || status=1
[ "$failures" -eq 0 ] && [ "$status" -eq 0 ]
exit
