#!/usr/bin/env bash
# Does the array give every sum of random tiles, and each in its cycle, whatever its size?
. tests/tap.sh

sizes=(4x4 5x7 8x8 16x8 16x16)
needs_rtl "the array gives every sum of random tiles in its cycle"
if ! ${MAKE:-make} -s -j"$(nproc)" --no-print-directory "${sizes[@]/#/build/rtl/compute_}" >"$tmp/log" 2>&1; then
	fail "the benches of the array can be built" "$(tail -n 20 "$tmp/log")"
	finish
fi

# A table whose product of zeros is not 0: a row without an operand must still add nothing.
od -An -v -tx2 -w2 --endian=little mul8u_lib/2HH.bin | tr -d ' ' >"$tmp/table.hex"
status=0
for size in "${sizes[@]}"; do
	build/rtl/compute_"$size" "+mul=$tmp/table.hex" || status=1 # prints its own cases and plan
done
exit $status
