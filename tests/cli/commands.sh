#!/usr/bin/env bash
# The program itself: help, version, unknown words, the configuration's reference.
. tests/tap.sh

one_line() { # SENTENCE STATUS MESSAGE: nothing on standard output, one line on standard error
	same "$1" "$2|capsacc-sim: $3|" "$code|$err|$out"
}

capsacc --help
same "--help succeeds, on standard output" "0|" "$code|$err"
for command in run estimate quantize report mul config; do
	if grep -q "^  $command " "$tmp/out"; then pass "--help lists $command"; else fail "--help lists $command"; fi
done
if grep -q "capsacc-sim run configs/run/digits.yaml" "$tmp/out"; then
	pass "--help shows examples"
else
	fail "--help shows examples"
fi
capsacc --version
same "--version names the program and its version" "0|capsacc-sim" "$code|${out%% *}"
capsacc
one_line "no command is an error that says where help is" 2 \
	"a command is missing; capsacc-sim --help lists them, with examples"
capsacc rum
one_line "an unknown command suggests the nearest" 2 'unknown command "rum"; did you mean "run"?'
capsacc frobnicate
one_line "a command like none is not guessed at" 2 'unknown command "frobnicate"; see capsacc-sim --help'
capsacc run --image 3 x.yaml --imagse 4
one_line "an unknown option suggests the nearest" 2 "run: unknown option --imagse; did you mean --images?"
capsacc run $'a\nb\e[31m.yaml'
same "a path with control characters makes one line without them" "2|1|0" \
	"$code|$(wc -l <"$tmp/err")|$(tr -d '\n' <"$tmp/err" | grep -c '[[:cntrl:]]')"
capsacc run x.yaml --json=yes
one_line "a flag takes no argument" 2 "run: --json=yes takes no argument"
capsacc run x.yaml --images
one_line "an option without its argument is an error" 2 "run: --images needs an argument"
capsacc run
one_line "run without a configuration says what it expects" 2 \
	"run: expected CONFIG.yaml, got 0 arguments; see capsacc-sim run --help"
for command in run estimate quantize report config; do
	capsacc "$command" --help
	same "$command --help succeeds" "0|usage: capsacc-sim $command" "$code|$(head -n 1 <<<"$out" | cut -d' ' -f1-3)"
	capsacc help "$command"
	same "help $command is the same" "0|usage: capsacc-sim $command" "$code|$(head -n 1 <<<"$out" | cut -d' ' -f1-3)"
done

capsacc mul list --home "$(printf 'x%.0s' {1..1024})"
one_line "a home too long to be used is an error, not another library" 2 "--home: longer than 1023 bytes"

capsacc config
same "config prints the keys as text" "0|" "$code|$err"
capsacc config --json
if python3 -c 'import json,sys; k=json.load(sys.stdin); assert any(r["key"]=="array.rows" for r in k)' <"$tmp/out" 2>"$tmp/why"; then
	pass "config --json is JSON and has array.rows"
else
	fail "config --json is JSON and has array.rows" "$(tail -n 1 "$tmp/why")" "$(head -c 300 "$tmp/out")"
fi
if [ -w /dev/full ]; then
	"$CAPSACC_SIM" config >/dev/full 2>"$tmp/err"
	code=$? out=
	err=$(cat "$tmp/err")
	one_line "standard output on a full disk is an error of the environment" 3 \
		"cannot write to standard output: No space left on device"
	for words in --help --version "run --help" "mul --help" "mul list --json"; do
		# shellcheck disable=SC2086
		"$CAPSACC_SIM" $words >/dev/full 2>"$tmp/err"
		same "and so it is for $words" "3|1" "$?|$(grep -c '^capsacc-sim: cannot write to standard output: ' "$tmp/err")"
	done
else
	skip "standard output on a full disk is an error of the environment" "no /dev/full"
fi
POSIXLY_CORRECT=1 capsacc estimate models/capsnet-digits --json
same "options may follow arguments, whatever POSIXLY_CORRECT says" "0|{" "$code|$(head -n 1 "$tmp/out")"
finish
