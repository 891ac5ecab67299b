#!/usr/bin/env bash
# Are the figures of docs/multipliers.md those that the commands in it print?
. tests/tap.sh

# Lines of standard input that docs/multipliers.md does not have.
missing() {
	while read -r line; do
		grep -qF -- "$line" docs/multipliers.md || echo "$line"
	done
}

"$CAPSACC_SIM" mul profile --all --csv >"$tmp/profile.csv"
python3 - "$tmp/profile.csv" <<'E2' >"$tmp/gaussian"
import csv, re, sys
names = [re.match('"(.*)"', e).group(1)
         for e in open("mul8u_lib/manifest.yaml").read().split("  - name: ")[1:] if "EvoApprox8B" in e]
rows = [r for r in csv.DictReader(open(sys.argv[1])) if r["name"] in names and r["name"] != "1JFF"]
def line(test, passes):
    print("| %s | %s |" % (test, " | ".join(str(sum(passes(r, n) for r in rows)) for n in ("_1", "_9", "_81"))))
for bound in ("0.01", "0.025", "0.05", "0.1"):
    line("distance <= " + bound, lambda r, n: float(r["ks" + n]) <= float(bound))
for kurtosis, test in (1, "skewness and excess kurtosis below 1"), (2, "skewness below 1, excess kurtosis below 2"):
    line(test, lambda r, n: abs(float(r["skew" + n])) < 1 and abs(float(r["kurtosis" + n])) < kurtosis)
E2
sed 's/\*\*//g' docs/multipliers.md | grep -E '^\| (distance|skewness)' >"$tmp/documented"
same "as many errors are Gaussian-like by each test" "$(cat "$tmp/documented")" "$(cat "$tmp/gaussian")"

data=${CAPSACC_DATA:-../shared/data}
for group in conv1 votes sum update; do
	sentence="the table of the operands of $group is what mul profile prints"
	if [ ! -d "$data/mnist" ]; then
		skip "$sentence" "$data/mnist is not there"
		continue
	fi
	CAPSACC_DATA=$data capsacc mul profile --all --group $group --network models/capsnet-mnist --data mnist --markdown
	same "$sentence" "0|47|" "$code|$(wc -l <"$tmp/out")|$(missing <"$tmp/out")"
done
sentence="so is that of primarycaps, in one mapping"
if [ -d "$data/mnist" ]; then
	CAPSACC_DATA=$data capsacc mul profile NGR --group primarycaps --network models/capsnet-mnist --data mnist \
		--mapping sign_magnitude --markdown
	same "$sentence" "0|3|" "$code|$(wc -l <"$tmp/out")|$(tail -n 1 "$tmp/out" | cut -d'|' -f1-4 | missing)"
else
	skip "$sentence" "$data/mnist is not there"
fi
finish
