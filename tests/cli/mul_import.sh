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
	"$CAPSACC_SIM" mul import "$tmp/t.bin" --name "P$i" --home "$tmp/parallel" >"$tmp/out$i" 2>&1 &
done
wait
same "eight imports at once are all in the library" "P1 P2 P3 P4 P5 P6 P7 P8" "$(names "$tmp/parallel")"
same "each reports its own" "P1 P2 P3 P4 P5 P6 P7 P8" "$(cat "$tmp"/out? | cut -d: -f1 | sort | xargs)"
finish
