#!/usr/bin/env bash
# Does tests/run.sh count what happened?  Each case is a small project with one test in it.
. tests/tap.sh
runner=$PWD/tests/run.sh

# count SENTENCE WANT-LAST-LINE WANT-STATUS: the body of the test program is on standard input
count() {
	local folder=$tmp/project got status
	rm -rf "$folder"
	mkdir -p "$folder/build/tests/unit" "$folder/tests/unit"
	touch "$folder/tests/unit/test_it.c"
	{ echo '#!/bin/sh'; cat; } >"$folder/build/tests/unit/test_it"
	chmod +x "$folder/build/tests/unit/test_it"
	got=$(cd "$folder" && TEST_LIMIT_S=2 bash "$runner" build 2>&1)
	status=$?
	same "$1" "$2, status $3" "$(tail -n 1 <<<"$got"), status $status"
}

count "passed, failed and skipped cases are counted" "1 passed, 1 failed, 1 skipped" 1 <<'T'
printf '1..3\nok 1 - a\nnot ok 2 - b\nnot ok 3 # SKIP c\n'; exit 1
T
count "passed cases alone are a success" "2 passed, 0 failed, 0 skipped" 0 <<'T'
printf '1..2\nok 1 - a\nok 2 - b\n'
T
count "a failed case counts even if the program exits with 0" "0 passed, 1 failed, 0 skipped" 1 <<'T'
printf '1..1\nnot ok 1 - a\n'
T
count "a crash after some cases is a failure" "1 passed, 1 failed, 0 skipped" 1 <<'T'
printf '1..2\nok 1 - a\n'; kill -SEGV $$
T
count "a leak reported at the end is a failure" "1 passed, 1 failed, 0 skipped" 1 <<'T'
printf '1..1\nok 1 - a\n'; exit 23
T
count "an early exit with status 0 is a failure" "1 passed, 1 failed, 0 skipped" 1 <<'T'
printf '1..2\nok 1 - a\n'
T
count "a program without a test case is a failure" "0 passed, 1 failed, 0 skipped" 1 </dev/null
count "a program that hangs is a failure" "0 passed, 1 failed, 0 skipped" 1 <<'T'
exec sleep 30
T
count "skipped cases alone are no success" "0 passed, 0 failed, 1 skipped" 1 <<'T'
printf '1..1\nnot ok 1 # SKIP a\n'
T

empty=$(mkdir "$tmp/empty" && cd "$tmp/empty" && bash "$runner" build; echo "status $?")
same "a run of nothing is no success" "0 passed, 0 failed, 0 skipped
status 1" "$empty"

mkdir -p "$tmp/absent/tests/unit"
touch "$tmp/absent/tests/unit/test_it.c"
absent=$(cd "$tmp/absent" && bash "$runner" build | tail -n 1)
same "a test that was not built is a failure" "0 passed, 1 failed, 0 skipped" "$absent"

# script SENTENCE WANT: the same for a script of tests/cli
script() {
	mkdir -p "$tmp/script/tests/cli"
	cat >"$tmp/script/tests/cli/case.sh"
	same "$1" "$2" "$(cd "$tmp/script" && bash "$runner" build 2>&1 | tail -n 1)"
}
script "a script passes by its exit status" "1 passed, 0 failed, 0 skipped" <<<"exit 0"
script "a script fails by its exit status" "0 passed, 1 failed, 0 skipped" <<<"exit 1"
script "a script skips with status 77" "0 passed, 0 failed, 1 skipped" <<<"echo none; exit 77"
script "a script that stops before its plan is a failure" "1 passed, 1 failed, 0 skipped" \
	<<<"echo 'ok 1 - a'"
finish
