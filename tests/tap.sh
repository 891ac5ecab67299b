# For the scripts in tests/cli and tests/lint; source it: . tests/tap.sh
# Cases are sentences.  End a script with `finish`: without it the runner reports a failure.
# shellcheck shell=bash
cases=0 failures=0
export LC_ALL=C
tmp=$(mktemp -d) && [ -n "$tmp" ] || exit 1 # never go on with an empty name: scripts remove "$tmp/..."
trap 'rm -rf "$tmp"' EXIT

pass() { # SENTENCE
	cases=$((cases + 1))
	echo "ok $cases - $1"
}

fail() { # SENTENCE [DETAIL...]: each detail may have several lines
	cases=$((cases + 1)) failures=$((failures + 1))
	echo "not ok $cases - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

skip() { # SENTENCE REASON
	cases=$((cases + 1))
	echo "ok $cases - $1 # SKIP $2"
}

same() { # SENTENCE WANT GOT
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "want: $2" "got:  $3"; fi
}

# Run the program; then $out, $err and $code hold what it wrote and its exit status.
# shellcheck disable=SC2034
capsacc() {
	"$CAPSACC_SIM" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	out=$(cat "$tmp/out") err=$(cat "$tmp/err")
}

finish() {
	echo "1..$cases"
	[ "$failures" -eq 0 ]
	exit
}

# Leave the script, its one case skipped, where the RTL cannot be built (or is another build's to test).
needs_rtl() { # SENTENCE [PACKAGE...]: besides verilator
	local why=
	[[ $BUILD == build ]] || why="built without sanitizers only"
	[[ $# -lt 2 || -e /usr/include/systemc ]] || why="needs the package $2"
	command -v verilator >/dev/null || why="needs the package verilator"
	[[ -n $why ]] || return 0
	skip "$1" "$why"
	finish
}
