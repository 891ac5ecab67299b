#!/usr/bin/env bash
# Does each arithmetic unit of the RTL equal its C function, and does each view of the multiplier equal
# the tables?
. tests/tap.sh

needs_rtl "the arithmetic units of the RTL equal their C functions"
if ! ${MAKE:-make} -s -j"$(nproc)" --no-print-directory build/rtl/mul build/rtl/units >"$tmp/log" 2>&1; then
	fail "the unit benches can be built" "$(tail -n 20 "$tmp/log")"
	finish
fi

# A table whose product of zeros is not 0: a lane or a row without an operand must still add nothing.  The same
# backwards: negative squares, if its words are read as int16.
od -An -v -tx2 -w2 --endian=little mul8u_lib/2HH.bin | tr -d ' ' >"$tmp/forwards.hex"
cat "$tmp/forwards.hex" <(tac "$tmp/forwards.hex") >"$tmp/table.hex"
root=$PWD
# The benches print their own cases and plans.
(cd "$tmp" && "$root/build/rtl/mul" "$root"/mul8u_lib/*.bin)
mul=$?
build/rtl/units "+mul=$tmp/table.hex"
units=$?
[ $mul -eq 0 ] && [ $units -eq 0 ]
exit
