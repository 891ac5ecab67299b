#!/usr/bin/env bash
# What --multiplier takes: one name, and GROUP=NAME for groups that have their own.
. tests/tap.sh

run() { # MAP
	capsacc run configs/run/digits.yaml --images 1 --no-files --quiet --json --multiplier "$1"
}
refused() { # SENTENCE MAP MESSAGE
	run "$2"
	same "$1" "2|capsacc-sim: --multiplier $2: $3|" "$code|$err|$out"
}
map() { # of the convolutions, then those of the rest that differ
	python3 -c 'import json, sys
m = json.load(sys.stdin)["multipliers"]
print(m["conv1"], *["%s=%s" % (g, n) for g, n in m.items() if n != m["conv1"] and g != "squash"])' <"$tmp/out" 2>&1
}

expected="expected NAME, or GROUP=NAME for a group of its own, with commas between, each group once"
refused "two names for every group are refused" NGR,DM1 "multipliers.default is both NGR and DM1; $expected"
refused "so are two for one group" votes=DM1,NGR,votes=NGR "multipliers.groups.votes is both DM1 and NGR; $expected"
refused "default=NAME is a name for every group" NGR,default=DM1 "multipliers.default is both NGR and DM1; $expected"
for map in NGR, ,NGR =NGR votes= NGR,,votes=DM1; do
	refused "an empty word is refused: $map" "$map" "a word is missing; $expected"
done
run default=NGR,votes=DM1
same "default=NAME does as NAME alone" "0||NGR votes=DM1" "$code|$err|$(map)"
run NGR,votes=NGR,sum=DM1
same "a group may be given the default's name" "0||NGR sum=DM1" "$code|$err|$(map)"
capsacc run configs/run/digits.yaml --images 1 --no-files --quiet --json --multiplier NGR --multiplier DM1
same "of two options the last one wins, as with --set" "0||DM1" "$code|$err|$(map)"

# Multipliers whose power and area nobody states are not passed off as known.
parts() { # of report.html and of text, the sentences on what is not stated
	grep -ohE "[0-9.]+ µm² in each processing element( \([^)]*\))?|Power not stated[^.<]*" "$1" | xargs
}
note="(area of TRUNC4 not stated, counted as exact)"
power="Power not stated, counted as that of the exact multiplier: TRUNC4"
capsacc run configs/run/digits.yaml --images 1 --multiplier TRUNC4 --out "$tmp/made"
same "text and page say what is not stated" \
	"0|709.6 µm² in each processing element $note $power|709.6 µm² in each processing element $note $power" \
	"$code|$(parts "$tmp/out")|$(parts "$tmp/made/report.html")"
capsacc run configs/run/digits.yaml --images 1 --multiplier 1JFF,votes=NGR --out "$tmp/published"
same "and nothing of the kind where all is" "0|1221 µm² in each processing element" "$code|$(parts "$tmp/out")"
counts() { # MAP: what report.json counts
	run "$1"
	python3 -c 'import json, sys
r = json.load(sys.stdin)
print(r["multipliers_without_power"], r["multipliers_without_area"])' <"$tmp/out" 2>&1
}
same "report.json counts both" "0 0|2 2|1 0" \
	"$(counts NGR)|$(counts TRUNC4,votes=DRUM3)|$(counts NGR,squash=TRUNC4)"
for form in --text --html; do
	capsacc report "$tmp/made" "$tmp/published" ${form/--text/}
	same "results side by side say in which energies are not as published: $form" \
		"0|µJ counts multipliers whose power or area is not stated as exact ones: 1 in T/made" \
		"$code|$(tr '\n' ' ' <"$tmp/out" | sed "s|$tmp|T|g; s/   */ /g" | grep -o "µJ counts [^<]*made" | sed 's/  */ /g')"
done
capsacc report "$tmp/published"
same "and nothing of the kind where they are" "0|0" "$code|$(grep -c "µJ counts" "$tmp/out")"
finish
