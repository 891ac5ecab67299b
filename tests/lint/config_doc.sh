#!/usr/bin/env bash
# Is docs/config.md what `capsacc-sim config --markdown` prints?
. tests/tap.sh
sentence="docs/config.md equals the output of capsacc-sim config --markdown"
capsacc config --markdown
if [ "$code" -ne 0 ] && [ ! -e docs/config.md ]; then
	skip "$sentence" "neither exists yet"
elif [ "$code" -ne 0 ]; then
	fail "$sentence" "exit status $code" "$err"
elif diff -u docs/config.md "$tmp/out" >"$tmp/diff" 2>&1; then
	pass "$sentence"
else
	fail "$sentence" "run: $CAPSACC_SIM config --markdown > docs/config.md" "$(head -n 30 "$tmp/diff")"
fi
finish
