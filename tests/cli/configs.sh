#!/usr/bin/env bash
# The configurations that come with the program: each one loads and runs, one has every key.
. tests/tap.sh

python3 tests/cli/make_network.py "$tmp/float"
capsacc quantize "$tmp/float" --images 20 --out "$tmp/net" --quiet
same "the network for these tests can be made" "0|" "$code|$err"
count=0
for file in configs/accel/*.yaml configs/run/*.yaml; do
	capsacc run "$file" --network "$tmp/net" --data digits --images 5 --no-files --json
	python3 tests/cli/check_report.py "$tmp/out" >"$tmp/why" 2>&1
	same "$file runs" "0||0" "$code|$err|$?"
	count=$((count + 1))
done
if [ "$count" -ge 6 ]; then pass "there are configurations to try"; else fail "there are configurations to try" "$count"; fi

# From another folder: files of the working directory first, then those of the program's home.
program=$(realpath "$CAPSACC_SIM")
mkdir -p "$tmp/elsewhere/configs/run"
elsewhere() { # COMMAND...: its status, message and one line of what it prints
	(cd "$tmp/elsewhere" && "$program" "$@" 2>&1; echo "status $?") | grep -E "^status|configs/|name:|multiply-adds" | xargs
}
same "a configuration is found in the home" "network capsnet-digits status 0" \
	"$(elsewhere run configs/run/digits.yaml --images 2 --no-files | sed 's/:.* status/ status/')"
same "so are a network and a genotype" "status 0 status 0" \
	"$(elsewhere estimate models/capsnet-digits | tail -n 1) $(elsewhere estimate configs/genotypes/deepcaps.json | tail -n 1)"
echo 'nam: x' >"$tmp/elsewhere/configs/run/digits.yaml"
same "but not if the working directory has one" "1" "$(elsewhere run configs/run/digits.yaml --no-files | grep -c '^capsacc-sim: configs/run/digits.yaml:1:1: ')"
same "one that is nowhere is named as it was given" "capsacc-sim: configs/run/nothing.yaml: cannot open: No such file or directory status 2" \
	"$(elsewhere run configs/run/nothing.yaml --no-files)"

capsacc config --json
cp "$tmp/out" "$tmp/keys"
missing=$(python3 - "$tmp/keys" configs/accel/16x16.yaml <<'P'
import json, re, sys
keys = {row["key"] for row in json.load(open(sys.argv[1]))}
given, section = set(), ""
for line in open(sys.argv[2], encoding="utf-8"):
    match = re.match(r"( *)([a-z_]+):", line)
    if match and not match.group(1):
        section = match.group(2)
        given.add(section)
    elif match:
        given.add(section + "." + match.group(2))
print(len(keys), *sorted(keys - given))
P
)
same "configs/accel/16x16.yaml has every key" "$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))))' "$tmp/keys")" "$missing"
capsacc run configs/accel/16x16.yaml --network "$tmp/net" --images 5 --out "$tmp/full" --quiet
printf 'name: 16x16\noutput: {dir: %s}\n' "$tmp/full" >"$tmp/empty.yaml"
capsacc run "$tmp/empty.yaml" --network "$tmp/net" --images 5 --out "$tmp/defaults" --quiet
same "and every key has its default" "0|" \
	"$code|$(diff <(grep -v '^  dir:' "$tmp/full/config.yaml") <(grep -v '^  dir:' "$tmp/defaults/config.yaml"))"
finish
