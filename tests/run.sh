#!/usr/bin/env bash
# Run the tests and count them.  Usage: tests/run.sh BUILD [FOLDER], from the repository root.
#
# Runs the cmocka programs BUILD/tests/*/test_* and the scripts tests/{cli,cosim}/*.sh and
# tests/lint/*.{sh,py}.  All speak TAP ("1..N", "ok", "not ok", "# SKIP"); a script may also just
# exit (0 passed, 77 skipped).  A program that crashes, hangs, leaks, exits non-zero, or reports
# fewer cases than it announced is a failure.  The last line is "N passed, N failed, N skipped".
# Exit: 0 if something passed and nothing failed.
set -uo pipefail

build=${1:?usage: tests/run.sh BUILD [FOLDER]}
only=${2:-}
limit_s=${TEST_LIMIT_S:-900}
passed=0 failed=0 skipped=0
# Absolute and without spaces, which make and Yosys need.
case ${TMPDIR:-/tmp} in
*[[:space:]]*) export TMPDIR=/tmp ;;
/*) ;;
*) export TMPDIR=$PWD/$TMPDIR ;;
esac
log=$(mktemp) || { echo "run.sh: no temporary files can be made in ${TMPDIR:-/tmp}" >&2; exit 3; }
trap 'rm -f "$log"' EXIT

export CMOCKA_MESSAGE_OUTPUT=TAP
export CAPSACC_SIM=$build/capsacc-sim BUILD=$build
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# Read one log: "planned passed failed skipped" on the first line, then what a reader should see.
# (cmocka prints a skipped test as "not ok N # SKIP name", the reason on the lines before it.)
digest() {
	awk '
	/^1\.\.[0-9]+/ { planned += substr($0, 4); next }
	/^(not )?ok/ && /# SKIP/ { skip++; show("  skipped: " name($0)); next }
	/^not ok/ { bad++; show("  FAILED: " name($0)); failing = 1; next }
	/^ok/ { good++; held = ""; failing = 0; next }
	/^# note:/ { out = out "  " substr($0, 3) "\n"; next }
	failing && /^#/ { out = out "    " $0 "\n"; next }
	{ held = held "    " $0 "\n" }
	function name(line) { sub(/^(not )?ok *[0-9]* *(- *)?(# SKIP *)?/, "", line); return line }
	function show(line) { out = out line "\n" held; held = ""; failing = 0 }
	END { print planned + 0, good + 0, bad + 0, skip + 0; printf "%s", out }
	' "$log"
}

# run NAME COMMAND...
run() {
	local name=$1 rc planned good bad skip shown trouble=
	shift
	timeout -k 5 "$limit_s" "$@" </dev/null >"$log" 2>&1
	rc=$?
	{
		read -r planned good bad skip
		shown=$(cat)
	} < <(digest)

	if [ $((good + bad + skip)) -eq 0 ] && [ "$planned" -eq 0 ] && [[ $1 != "$build"/* ]]; then
		case $rc in
		0) good=1 ;;
		77) skip=1 shown="  skipped: $(tail -n 1 "$log")" ;;
		*) trouble="exit status $rc" ;;
		esac
	elif [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
		trouble="stopped after $limit_s s"
	elif [ $((good + bad + skip)) -eq 0 ]; then
		trouble="ran no test case, exit status $rc"
	elif [ $((good + bad + skip)) -ne "$planned" ]; then
		trouble="reported $((good + bad + skip)) of $planned cases, exit status $rc"
	elif [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
		trouble="exit status $rc although no case failed"
	fi

	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
	printf '%-44s %4d passed' "$name" "$good"
	[ "$bad" -eq 0 ] || printf ', %d FAILED' "$bad"
	[ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
	printf '\n'
	[ -z "$shown" ] || printf '%s\n' "$shown"
	if [ -n "$trouble" ]; then
		failed=$((failed + 1))
		printf '  FAILED: %s; the end of its output:\n' "$trouble"
		tail -n 25 "$log" | sed 's/^/    /'
	fi
}

chosen() { # tests/FOLDER/...: is it in the folder that was asked for?
	[ -z "$only" ] || [[ $1 == tests/"$only"/* ]]
}

shopt -s nullglob
# Only programs that still have a source: a removed test must not linger as a binary.
for source in tests/*/test_*.c; do
	chosen "$source" || continue
	name=${source#tests/}
	run "${name%.c}" "$build/${source%.c}"
done
for script in tests/{cli,cosim,lint}/*.sh tests/lint/*.py; do
	chosen "$script" || continue
	case $script in
	*.sh) run "${script#tests/}" bash "$script" ;;
	*.py) run "${script#tests/}" python3 "$script" ;;
	esac
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
