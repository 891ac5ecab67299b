#!/usr/bin/env bash
# What `mul import` does to a library.
. tests/tap.sh

new_home() { # NAME: an empty library in $tmp/NAME
	mkdir -p "$tmp/$1/mul8u_lib"
	printf 'schema: capsacc-multipliers/1\nmultipliers: []\n' >"$tmp/$1/mul8u_lib/manifest.yaml"
}

names() { # HOME
	"$CAPSACC_SIM" mul list --csv --sort name --home "$1" 2>&1 | tail -n +2 | cut -d, -f1 | xargs
}

new_home parallel
"$CAPSACC_SIM" mul export NGR "$tmp/t.bin"
for i in 1 2 3 4 5 6 7 8; do
	"$CAPSACC_SIM" mul import "$tmp/t.bin" --name "P$i" --home "$tmp/parallel" >"$tmp/out$i" 2>"$tmp/err$i" &
done
wait
same "eight imports at once are all in the library" "P1 P2 P3 P4 P5 P6 P7 P8" "$(names "$tmp/parallel")"
same "each reports its own" "P1 P2 P3 P4 P5 P6 P7 P8" "$(cat "$tmp"/out? | cut -d: -f1 | sort | xargs)"

new_home figures
echo 'int f(signed char a, signed char b) { return a * b; }' >"$tmp/f.c"
echo 'int g(int a, int b) { return a * b & ~15; }' >"$tmp/g.c"
import() {
	capsacc mul import "$@" --home "$tmp/figures"
	printf '%s|%s|%s' "$code" "$err" "${out//$tmp/T}"
}
same "an import says how far the table is from exact" \
	"0||G: T/figures/mul8u_lib/G.bin: MAE 6.5, WCE 15, EP 81.25 %" "$(import "$tmp/g.c" --name G)"
same "a signed model that was taken as unsigned shows" "0||F: T/figures/mul8u_lib/F.bin: MAE 32512, WCE 65280, EP 74.61 %
  taken as unsigned; as signed (--signed or --signed-table) its MAE would be 0" "$(import "$tmp/f.c" --name F)"
same "taken as signed it is exact" "0||FS: T/figures/mul8u_lib/FS.bin: MAE 0, WCE 0, EP 0.00 %" \
	"$(import "$tmp/f.c" --name FS --signed-table)"
same "so is a generated one" "0||EXACTS: T/figures/mul8u_lib/EXACTS.bin: MAE 0, WCE 0, EP 0.00 %" \
	"$(import --generate EXACTS)"
same "power, area and delay of a generated one may be given" "0|0.2" "$(import --generate DRUM7 --power 0.2 | cut -d'|' -f1
	)|$("$CAPSACC_SIM" mul list --csv --home "$tmp/figures" | grep ^DRUM7, | cut -d, -f2)"
capsacc mul import "$tmp/t.bin" --name N --json --home "$tmp/figures"
same "and in JSON" "0|N 161" \
	"$code|$(python3 -c 'import json,sys; m=json.load(sys.stdin)["imported"][0]; print(m["name"], m["wce"])' <"$tmp/out")"

new_home swapped
echo 'int h(unsigned char a, unsigned char b) { return a << 8 | b; }' >"$tmp/h.c"
"$CAPSACC_SIM" mul import "$tmp/h.c" --name H --home "$tmp/swapped" >/dev/null
printf 'module h(input [7:0] B, input [7:0] A, output [15:0] O);\nassign O = {B, A};\nendmodule\n' >"$tmp/h.v"
for format in bin csv npy hex; do
	"$CAPSACC_SIM" mul export H "$tmp/h.$format" --home "$tmp/swapped"
done
"$CAPSACC_SIM" mul export H "$tmp/want.bin" --swap --home "$tmp/swapped"
command -v verilator >/dev/null || rm "$tmp/h.v"
for file in "$tmp"/h.*; do
	"$CAPSACC_SIM" mul import "$file" --swap --name "S${file##*.}" --home "$tmp/swapped" >"$tmp/out" 2>&1
	same "--swap exchanges the operands of a .${file##*.}" "" \
		"$(cmp "$tmp/want.bin" "$tmp/swapped/mul8u_lib/S${file##*.}.bin" 2>&1)"
done

capsacc mul import --evoapprox "$tmp/nothing" --home "$tmp/unborn"
same "a failing import makes no library" "2|capsacc-sim: $tmp/nothing/mul8u.csv: cannot open: No such file or directory|" \
	"$code|$err|$(ls -d "$tmp/unborn" 2>/dev/null)"

cp "$tmp/t.bin" "$tmp/figures/mul8u_lib/MINE.bin"
same "a table is not imported over a file of the user's, not even over itself" \
	"2|capsacc-sim: $tmp/figures/mul8u_lib/MINE.bin: is there, but not in the library's manifest: yours, to be moved away, or left by an import that was killed, to be removed||0" \
	"$(import "$tmp/figures/mul8u_lib/MINE.bin" --name MINE)|$(cmp "$tmp/t.bin" "$tmp/figures/mul8u_lib/MINE.bin"; echo $?)"
finish
