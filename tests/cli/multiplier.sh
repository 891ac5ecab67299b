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
finish
