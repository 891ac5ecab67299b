#!/usr/bin/env bash
# capsacc-sim report: stored results side by side.
. tests/tap.sh

python3 tests/cli/make_network.py "$tmp/float"
capsacc quantize "$tmp/float" --images 40 --out "$tmp/net" --quiet
printf 'name: "<one>, two"\nnetwork: {path: %s}\nrun: {images: 60}\n' "$tmp/net" >"$tmp/c.yaml"
capsacc run "$tmp/c.yaml" --quiet --out "$tmp/a"
capsacc run "$tmp/c.yaml" --quiet --out "$tmp/b" --multiplier NGR --set array.rows=4
same "there are two results" "0||answers.csv config.yaml layers.csv operations.csv report.html report.json" "$code|$err|$(cd "$tmp/b" && echo *)"

capsacc report "$tmp/a" "$tmp/b/"
same "two results make one table" "0||1|1|1" \
	"$code|$err|$(grep -c "^the same in all" "$tmp/out")|$(grep -c "^$tmp/a  *16 .*1JFF" "$tmp/out")|$(grep -c "^$tmp/b  *4 .*NGR but for squash (1JFF)" "$tmp/out")"
same "what they share is said once" "1|0" "$(grep -c '^images  *60$' "$tmp/out")|$(grep -c '^cycles' "$tmp/out")"
capsacc report "$tmp/a/report.json"
same "one result is a list, and its file will do" "0|1|1" \
	"$code|$(grep -c "^result  *$tmp/a/report.json$" "$tmp/out")|$(grep -c '^cycles  *[0-9]' "$tmp/out")"
capsacc report "$tmp/a" "$tmp/b" --csv
python3 - "$tmp/out" "$tmp/a/report.json" "$tmp/b/report.json" >"$tmp/why" 2>&1 <<'P'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
assert len(rows) == 2 and rows[0]["name"] == "<one>, two", rows
for row, path in zip(rows, sys.argv[2:]):
    report, compared = json.load(open(path, encoding="utf-8")), 0
    for key, cell in row.items():
        value = report
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, (int, float)):
            assert float(cell) == value, (key, cell, value)
            compared += 1
    assert compared >= 15, compared
P
same "--csv has the numbers of report.json in full" "0|" "$?|$(tail -n 1 "$tmp/why")"
capsacc report "$tmp/a" "$tmp/b" --html --out "$tmp/page.html"
same "--html --out writes a page and prints nothing" "0||" "$code|$err|$out"
same "with three charts, nothing from elsewhere, and text escaped" "3|0|0|1" \
	"$(grep -c '</svg>' "$tmp/page.html")|$(grep -cE '(src|href)=|url\(|@import' "$tmp/page.html")|$(grep -c '<one>' "$tmp/page.html")|$(grep -c '&lt;one&gt;' "$tmp/page.html")"

refused() { # SENTENCE MESSAGE
	same "$1" "2|capsacc-sim: $2|" "$code|$err|$out"
}
capsacc report "$tmp/a" "$tmp/float"
refused "a folder without a report is refused" "$tmp/float/report.json: cannot open: No such file or directory"
capsacc report "$tmp/c.yaml"
refused "a file that is no JSON is refused" "$tmp/c.yaml: is no JSON"
echo '{"schema": "other/1"}' >"$tmp/other.json"
capsacc report "$tmp/a" "$tmp/other.json"
refused "another schema is refused" \
	"$tmp/other.json: schema: expected \"capsacc-report/1\", which capsacc-sim run writes"
echo '{"schema": "capsacc-report/1"}' >"$tmp/odd.json"
capsacc report "$tmp/odd.json" "$tmp/a"
refused "a report without results is refused" "$tmp/odd.json: accuracy.images: missing, or no number"
echo '{"schema": "capsacc-report/1", "accuracy": {"images": 5}, "timing": {"cycles": -1e30}}' >"$tmp/odd.json"
capsacc report "$tmp/odd.json" "$tmp/a"
refused "a count below 0 is refused" "$tmp/odd.json: timing.cycles: -1e+30, expected a count of 0 or more"
echo '{"schema": "capsacc-report/1", "accuracy": {"images": 5}, "timing": {"cycles": 7}, "multipliers": [1]}' >"$tmp/odd.json"
capsacc report "$tmp/odd.json" "$tmp/a"
same "a report that lacks other values is still shown" "0||1" "$code|$err|$(grep -c "^$tmp/odd.json" "$tmp/out")"
before=$(cat "$tmp/a/report.json")
capsacc report "$tmp/a" "$tmp/b" --html --out "$tmp/a/../a/report.json"
refused "a result that is read is not written over" "--out: $tmp/a/../a/report.json: is one of the results that are read"
same "so it is as it was" "$before" "$(cat "$tmp/a/report.json")"
capsacc report "$tmp/a" --csv --out "$tmp/a/answers.csv"
refused "nor its answers" "--out: $tmp/a/answers.csv: is one of the results that are read"
capsacc report "$tmp/a/report.json" --csv --out "$tmp/a/answers.csv"
refused "nor those beside a report that is named itself" "--out: $tmp/a/answers.csv: is one of the results that are read"
capsacc report "$tmp/a/report.json" --csv --out "$tmp/a/report.json"
refused "nor that report" "--out: $tmp/a/report.json: is one of the results that are read"
capsacc run configs/run/digits.yaml --images 60 --set run.float_reference=false --quiet --out "$tmp/s3"
capsacc run configs/run/digits.yaml --images 60 --set run.float_reference=false --quiet --out "$tmp/s4" --set data.seed=4 \
	--set routing.iterations=2
capsacc report "$tmp/s3" "$tmp/s4"
same "other seeds and iterations are seen" "1|1" \
	"$(grep -c "^result .*seed .*iterations set" "$tmp/out")|$(grep -c "^$tmp/s4  *4  *2 " "$tmp/out")"
capsacc report "$tmp/a" --csv --html
refused "two formats at once are refused" "report: either --csv or --html, not both"
capsacc report
refused "nothing to report is refused" "report: expected DIR..., got 0 arguments; see capsacc-sim report --help"
finish
