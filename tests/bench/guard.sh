#!/usr/bin/env bash
# Count the instructions of the fixed workloads of build/guard and compare them with the baseline.
# Usage: tests/bench/guard.sh [1], from the repository root; 1: rewrite the baseline.
# Environment: CC, the compiler that built it; GUARD_REPEAT=NAME runs that workload twice, to see it fail.
#
# A workload that takes more than 3 % more instructions is a regression: exit status 1.  With another
# version of the baseline's compiler the tolerance is 30 %; with another compiler, another architecture,
# or without AVX2 (the C library and requantisation choose by it) nothing is compared, which is said.
set -euo pipefail

baseline=tests/bench/guard-baseline.txt
update=${1:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

machine() {
	local cc=${CC:-gcc} avx2=no-avx2
	! grep -qsw avx2 /proc/cpuinfo || avx2=avx2
	echo "$(basename "${cc%% *}") $($cc -dumpfullversion 2>/dev/null || $cc -dumpversion) $(uname -m) $avx2"
}

# "NAME COUNT" for each workload, in the order of guard.c
count() {
	LD_BIND_NOW=1 OPENBLAS_NUM_THREADS=1 valgrind --tool=callgrind --collect-atstart=no --toggle-collect='guard_*' \
		--callgrind-out-file="$tmp/profile" build/guard ${GUARD_REPEAT:+"$GUARD_REPEAT"} >"$tmp/log" 2>&1 ||
		{ cat "$tmp/log" >&2; return 3; }
	callgrind_annotate --inclusive=yes --threshold=100 --auto=no "$tmp/profile" |
		sed -nE 's/^ *([0-9,]+) .*[: ]guard_([a-z_]+)( .*)?$/\2 \1/p' | tr -d , >"$tmp/unordered"
	grep -oE '^WORKLOAD guard_\w+\(struct guard \*g\);' tests/bench/guard.c | sed -E 's/.*guard_(\w+)\(.*/\1/' |
		while read -r name; do grep -m1 "^$name " "$tmp/unordered" || { echo "guard: $name was not counted" >&2; exit 3; }; done
}

command -v valgrind >/dev/null || { echo "guard: valgrind is missing: tests/deps.sh guard" >&2; exit 3; }
here=$(machine)
count >"$tmp/counts"
[ "$(wc -l <"$tmp/counts")" -ge 9 ] || { echo "guard: too few workloads were counted" >&2; exit 3; }

if [ "$update" = 1 ]; then
	{
		echo "# Instructions of each workload of tests/bench/guard.c; make bench-guard UPDATE=1 writes this file."
		echo "machine $here"
		cat "$tmp/counts"
	} >"$tmp/new"
	mv "$tmp/new" "$baseline"
	cat "$baseline"
	exit
fi

there=$(sed -n 's/^machine //p' "$baseline")
tolerance=3
if [ "$here" != "$there" ]; then
	if [ "$(cut -d' ' -f1,3- <<<"$here")" != "$(cut -d' ' -f1,3- <<<"$there")" ]; then
		echo "guard: skipped: the baseline is of '$there', this is '$here'"
		exit
	fi
	tolerance=30
	echo "guard: the baseline is of '$there', this is '$here': tolerance $tolerance %"
fi
awk -v tolerance=$tolerance '
	NR == FNR { if (!/^(#|machine )/) { base[$1] = $2; wanted++ } next }
	FNR == 1 { printf "%-14s %14s %14s %9s\n", "workload", "baseline", "now", "change" }
	!($1 in base) { printf "%-14s %14s %14d  new: run make bench-guard UPDATE=1\n", $1, "-", $2; bad = 1; next }
	{
		change = 100 * ($2 / base[$1] - 1); seen++
		verdict = change > tolerance ? "REGRESSION" : change < -tolerance ? "fewer; UPDATE=1 keeps it" : ""
		if (change > tolerance) bad = 1
		printf "%-14s %14d %14d %+8.2f %% %s\n", $1, base[$1], $2, change, verdict
	}
	END {
		if (seen != wanted) { print "guard: " wanted - seen " workloads of the baseline were not counted"; bad = 1 }
		exit bad
	}' "$baseline" "$tmp/counts"
