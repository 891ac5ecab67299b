#!/usr/bin/env bash
# capsacc-sim run: what it prints and writes, what it refuses, and how it stops.
. tests/tap.sh

python3 tests/cli/make_network.py "$tmp/float"
capsacc quantize "$tmp/float" --images 40 --out "$tmp/net"
same "the network for these tests can be made" "0|" "$code|$err"
cat >"$tmp/good.yaml" <<Y
name: "a <test> & \"more\""
network: {path: $tmp/net}
run: {images: 60, threads: 2}
output: {dir: $tmp/results}
Y

refused() { # SENTENCE STATUS MESSAGE: one line on standard error and no results folder
	same "$1" "$2|capsacc-sim: $3||absent" \
		"$code|$err|$out|$([ -e "$tmp/results" ] && echo present || echo absent)"
}
# The YAML on standard input is run.
run_yaml() {
	cat >"$tmp/bad.yaml"
	capsacc run "$tmp/bad.yaml" --out "$tmp/results" "$@"
}

# --- refused
run_yaml <<<'array: {rows: 16'
same "malformed YAML: status 2, one line with a place" "2|1|" \
	"$code|$(grep -c "^capsacc-sim: $tmp/bad.yaml:[0-9]*:[0-9]*: " "$tmp/err")|$out"
run_yaml <<<'array: {rowz: 16}'
refused "an unknown key has a place and the nearest key" 2 \
	"$tmp/bad.yaml:1:9: array.rowz: unknown key; did you mean array.rows?"
run_yaml <<<'array: {rows: 0}'
same "rows: 0 is out of range" "2|1|" \
	"$code|$(grep -c "^capsacc-sim: $tmp/bad.yaml:1:15: array.rows: 0 is outside 1..256" "$tmp/err")|$out"
capsacc run "$tmp/none.yaml" --out "$tmp/results"
same "a missing configuration is an input error" "2|1" "$code|$(grep -c "$tmp/none.yaml" "$tmp/err")"
capsacc run "$tmp/good.yaml" --set array.rows=many
same "--set of the wrong type names the override" "2|1" \
	"$code|$(grep -c '^capsacc-sim: --set array.rows=many: array.rows: ' "$tmp/err")"
capsacc run "$tmp/good.yaml" --images -1
same "--images is checked as its key is" "2|1" "$code|$(grep -c 'run.images: -1 is outside' "$tmp/err")"
capsacc run "$tmp/good.yaml" --network "$tmp/nowhere"
same "a missing network names the file" "2|1" "$code|$(grep -c "$tmp/nowhere" "$tmp/err")"
capsacc run "$tmp/good.yaml" --network "$tmp/float"
same "a float network is refused, in one line" "2|1|" "$code|$(wc -l <"$tmp/err")|$out"
capsacc run "$tmp/good.yaml" --multiplier NGRR
same "an unknown multiplier suggests the nearest" "2|1" "$code|$(grep -c NGR "$tmp/err")"
capsacc run "$tmp/good.yaml" --no-files --json --multiplier NGR,votes=DM1,update=QKX
same "--multiplier takes a map of operation groups" "0|NGR DM1 NGR QKX" "$code|$(printf '%s' "$out" | python3 -c '
import json, sys
m = json.load(sys.stdin)["multipliers"]
print(next(v for k, v in m.items() if k not in ("votes", "sum", "update", "squash")), m["votes"], m["sum"], m["update"])')"
capsacc run "$tmp/good.yaml" --set multipliers.groups.vote=NGR
refused "an unknown operation group says which there are" 2 \
	"multipliers.groups.vote: network tiny has no such operation group; expected a convolution's or fully connected layer's name, votes, sum, update or squash"
CAPSACC_DATA=$tmp/no capsacc run "$tmp/good.yaml" --data mnist --set data.path="$tmp/float"
same "a missing data set says which files are expected and where to get them" "2|1" \
	"$code|$(grep -c 't10k-images.*http' "$tmp/err")"
capsacc run "$tmp/good.yaml" --data "$tmp/float"
refused "a folder for digits is refused" 2 \
	"--data $tmp/float: the data set is digits, which are drawn and not read; add --data mnist, fashion, cifar10 or svhn"
capsacc run "$tmp/good.yaml" --data minst
refused "--data that is neither set nor folder is refused" 2 \
	"--data minst: neither a folder nor a known set (digits, mnist, fashion, cifar10, svhn)"
mkdir "$tmp/mnist"
printf '\0\0\10\3\177\377\377\377\0\0\0\34\0\0\0\34' >"$tmp/mnist/t10k-images-idx3-ubyte"
printf '\0\0\10\1\0\0\0\12\0\0\0\0\0\0\0\0\0\0' >"$tmp/mnist/t10k-labels-idx1-ubyte"
capsacc run "$tmp/good.yaml" --data mnist --data "$tmp/mnist"
same "IDX with a lying header: one line that names the file" "2|1|1" \
	"$code|$(wc -l <"$tmp/err")|$(grep -c t10k-images "$tmp/err")"
mkdir -p "$tmp/sets/mnist"
python3 - "$tmp/sets/mnist" <<'P'
import struct, sys
with open(sys.argv[1] + "/t10k-images-idx3-ubyte", "wb") as f:
    f.write(struct.pack(">IIII", 0x803, 3, 28, 28) + bytes(range(256)) * 9 + bytes(48))
with open(sys.argv[1] + "/t10k-labels-idx1-ubyte", "wb") as f:
    f.write(struct.pack(">II", 0x801, 3) + b"\1\2\3")
P
CAPSACC_DATA=$tmp/sets capsacc run "$tmp/good.yaml" --data mnist --images 0 --out "$tmp/found" --quiet
same "a set that CAPSACC_DATA leads to is named in config.yaml" "0|1" \
	"$code|$(grep -c "^  path: \"$tmp/sets/mnist\"" "$tmp/found/config.yaml")"
cp "$tmp/found/config.yaml" "$tmp/repeat.yaml"
CAPSACC_DATA='' capsacc run "$tmp/repeat.yaml" --out "$tmp/found2" --quiet
same "so the run repeats without it" "0||3" "$code|$err|$(grep -A 3 '"dataset"' "$tmp/found2/report.json" | grep -o '"images":.*[0-9]' | grep -o '[0-9]*')"
mkdir "$tmp/cut" && cp "$tmp/net/network.yaml" "$tmp/cut" && head -c 2000 "$tmp/net/weights.safetensors" >"$tmp/cut/weights.safetensors"
capsacc run "$tmp/good.yaml" --network "$tmp/cut"
same "truncated weights: one line that names the file" "2|1|1" \
	"$code|$(wc -l <"$tmp/err")|$(grep -c weights.safetensors "$tmp/err")"
cp -r "$tmp/net" "$tmp/wide" && sed -i 's/^  w: 28/  w: 32/;s/w: 28,/w: 32,/' "$tmp/wide/network.yaml"
capsacc run "$tmp/good.yaml" --network "$tmp/wide"
same "weights of another shape: one line" "2|1" "$code|$(wc -l <"$tmp/err")"
capsacc run "$tmp/good.yaml" --out /proc/nothing
same "an output folder that cannot be made is an error of the environment" "3|1" "$code|$(wc -l <"$tmp/err")"
capsacc run "$tmp/good.yaml" --out "$tmp/results" --images 10001
refused "more digits than the test set has are refused" 2 \
	"digits: 10001 images asked for, but the test set has 10000"
capsacc run "$tmp/good.yaml" --out "$tmp/results" --set name=$'caf\xe9'
refused "a name that no report can hold is refused" 2 \
	"--set name=caf"$'\xe9'": name: byte 3 is 0xe9: expected UTF-8 without control characters"
cp -r mul8u_lib "$tmp/lib" && sed -i '/name: "1JFF"/,/delay_ns/s/power_mw: .*/power_mw: 0/' "$tmp/lib/manifest.yaml"
capsacc run "$tmp/good.yaml" --out "$tmp/results" --set multipliers.library="$tmp/lib"
refused "a library whose yardstick has no power is refused" 2 \
	"$tmp/lib: 1JFF has power 0 mW and area 709.6 um2, expected both above 0: the others' are taken relative to them"
mkdir "$tmp/own" && cp "$tmp/good.yaml" "$tmp/own/config.yaml"
capsacc run "$tmp/own/config.yaml" --out "$tmp/own"
refused "a configuration of the user's own is not written over" 2 \
	"output.dir: $tmp/own: its config.yaml is the configuration that is run, and would be written over; expected another folder"
same "so it is as it was" "" "$(cmp "$tmp/good.yaml" "$tmp/own/config.yaml" 2>&1; cd "$tmp/own" && ls | grep -v '^config.yaml$')"
touch "$tmp/file"
capsacc run "$tmp/good.yaml" --out "$tmp/file"
same "an output folder that is a file is refused" "2|capsacc-sim: output.dir: $tmp/file: is not a folder" "$code|$err"
if [ -e "$tmp/results" ]; then fail "nothing that was refused left files"; else pass "nothing that was refused left files"; fi

# --- interrupted
"$CAPSACC_SIM" run "$tmp/good.yaml" --images 60000 --threads 1 --set data.split=train >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 2.5
kill -TERM "$pid"
wait "$pid"
same "a signal during a run: status 130, one line, no files" "130|capsacc-sim: interrupted|absent" \
	"$?|$(cat "$tmp/err")|$([ -e "$tmp/results" ] && echo present || echo absent)"
python3 - "$CAPSACC_SIM" "$tmp" <<'P'
import signal, subprocess, sys, time
program, tmp = sys.argv[1:]
run = subprocess.Popen([program, "run", tmp + "/good.yaml", "--images", "60000", "--threads", "1",
                        "--set", "data.split=train"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
time.sleep(2.5)
run.send_signal(signal.SIGINT)
out, err = run.communicate(timeout=60)
sys.exit(0 if (run.returncode, out, err) == (130, b"", b"capsacc-sim: interrupted\n") else 1)
P
same "Ctrl-C does the same" "0|absent" "$?|$([ -e "$tmp/results" ] && echo present || echo absent)"

# --- a full disk
if [ "$(id -u)" = 0 ] && mkdir "$tmp/small" && mount -t tmpfs -o size=16k tmpfs "$tmp/small" 2>/dev/null; then
	capsacc run "$tmp/good.yaml" --out "$tmp/small/results"
	same "a full disk: status 3, one line, nothing left" "3|1|1|" \
		"$code|$(wc -l <"$tmp/err")|$(grep -c 'No space left' "$tmp/err")|$(find "$tmp/small" -mindepth 1)"
	umount "$tmp/small"
else
	skip "a full disk: status 3, one line, nothing left" "no right to mount a small tmpfs"
fi

(ulimit -f 8 && "$CAPSACC_SIM" run "$tmp/good.yaml" --quiet --out "$tmp/limited") >"$tmp/out" 2>"$tmp/err"
same "so is a file beyond the limit of file sizes" "3|1|1|" \
	"$?|$(wc -l <"$tmp/err")|$(grep -c 'File too large' "$tmp/err")|$(find "$tmp/limited" -mindepth 1 2>/dev/null)"

# --- done
capsacc run "$tmp/good.yaml" --quiet
same "--quiet says nothing" "0||" "$code|$err|$out"
same "six files are written" "answers.csv config.yaml layers.csv operations.csv report.html report.json" "$(cd "$tmp/results" && echo *)"
capsacc run "$tmp/good.yaml" --quiet --out "$tmp/traced" --set output.traffic=true
python3 - "$tmp/traced" >"$tmp/why" 2>&1 <<'P'
import csv, json, sys
report = json.load(open(sys.argv[1] + "/report.json"))
total = {}
for row in csv.DictReader(open(sys.argv[1] + "/traffic.csv")):
    for key in ("reads", "writes", "read_bytes", "write_bytes"):
        total[row["memory"], key] = total.get((row["memory"], key), 0) + int(row[key])
compared = 0
for buffer in report["memory"]["buffers"]:
    for key in ("reads", "writes", "read_bytes", "write_bytes"):
        name = buffer["name"]
        assert total.pop((name, key), 0) == buffer[key], (name, key)
        compared += buffer[key] > 0
assert total.pop(("dram", "read_bytes")) == report["memory"]["dram_read_bytes"]
assert total.pop(("dram", "write_bytes")) == report["memory"]["dram_write_bytes"]
assert set(total) == {("dram", "reads"), ("dram", "writes")} and compared >= 20, (total, compared)
P
same "output.traffic adds a fifth file, whose accesses add up to the report's" "0||0|" "$code|$err|$?|$(tail -n 1 "$tmp/why")"
capsacc run "$tmp/good.yaml" --quiet --out "$tmp/traced"
same "a run without it leaves none of an older one" "0|answers.csv config.yaml layers.csv operations.csv report.html report.json" "$code|$(cd "$tmp/traced" && echo *)"
capsacc run "$tmp/good.yaml" --no-files
same "a run succeeds without a word on standard error" "0|" "$code|$err"
for word in "What was run" "Accuracy" "One inference" "What binds" "Memory" "Energy" "Published models" \
	"nothing here closes timing"; do
	if grep -q "$word" "$tmp/out"; then pass "the summary has \"$word\""; else fail "the summary has \"$word\""; fi
done
widest=$(python3 -c 'import sys; print(max(len(l.rstrip("\n")) for l in open(sys.argv[1], encoding="utf-8")))' "$tmp/out")
if [ "$widest" -le 120 ]; then pass "no line of the summary is wider than 120"; else fail "no line of the summary is wider than 120" "$widest"; fi

capsacc run "$tmp/good.yaml" --json --out "$tmp/json"
same "--json succeeds" "0|" "$code|$err"
python3 tests/cli/check_report.py "$tmp/out" >"$tmp/why" 2>&1
same "--json is one object with the keys of the schema, whose sums agree" "0|" "$?|$(tail -n 1 "$tmp/why")"
# Files that are not there are never equal.
sum() { if [ -s "$1" ]; then sha256sum <"$1"; else echo "no $1"; fi; }
without_time() { if [ -s "$1" ]; then sed 's/"created":.*//' "$1"; else echo "no $1"; fi; }
same "--json prints report.json" "$(without_time "$tmp/json/report.json" | sha256sum)" "$(without_time "$tmp/out" | sha256sum)"

cp -r "$tmp/results" "$tmp/first"
capsacc run "$tmp/good.yaml" --quiet --threads 64 --images 300 --out "$tmp/many"
same "as many threads as may be asked for do no harm" "0||" "$code|$err|$out"
capsacc run "$tmp/good.yaml" --quiet --threads 1
mv "$tmp/results" "$tmp/second"
capsacc run "$tmp/good.yaml" --quiet
for f in layers.csv report.html config.yaml; do
	same "a second run writes the same $f" "$(sum "$tmp/first/$f")" "$(sum "$tmp/results/$f")"
done
same "a second run writes the same report.json but for its time" \
	"$(without_time "$tmp/first/report.json")" "$(without_time "$tmp/results/report.json")"
for isa in portable avx2 avx512; do
	SOURCE_DATE_EPOCH=1 capsacc run "$tmp/good.yaml" --no-files --json --multiplier NGR --set run.isa=best && cp "$tmp/out" "$tmp/best"
	SOURCE_DATE_EPOCH=1 capsacc run "$tmp/good.yaml" --no-files --json --multiplier NGR --set run.isa=$isa
	same "run.isa $isa gives the same report" "0|0" "$code|$(cmp "$tmp/best" "$tmp/out" >&2; echo $?)"
done
static_mw() { # TECHNOLOGY MULTIPLIER
	capsacc run "$tmp/good.yaml" --no-files --json --images 1 --set technology.file="configs/tech/$1.yaml" --multiplier "$2"
	python3 -c 'import json, sys; print(json.load(sys.stdin)["energy"]["static_mw"])' <"$tmp/out"
}
# 256 PEs, 709.6 and 511.5 um2 in the library, 358.8 um2 at 32 nm; leakages of logic from the files
same "at 32 nm multipliers leak by their area there, not by the library's" "ok" "$(python3 - "$(static_mw 45nm 1JFF)" \
	"$(static_mw 45nm NGR)" "$(static_mw 32nm 1JFF)" "$(static_mw 32nm NGR)" configs/tech <<'P'
import re, sys
leak = [float(re.search(r"mw_per_mm2: *([0-9.]+)", open("%s/%s.yaml" % (sys.argv[5], node)).read()).group(1))
        for node in ("45nm", "32nm")]
saved = [float(sys.argv[i]) - float(sys.argv[i + 1]) for i in (1, 3)]
want = [256e-6 * area * (1 - 511.5 / 709.6) * mw for area, mw in zip((709.6, 358.8), leak)]
print("ok" if all(abs(s / w - 1) < 1e-9 for s, w in zip(saved, want)) else (saved, want))
P
)"
same "one thread gives the same report.json" \
	"$(without_time "$tmp/first/report.json")" "$(without_time "$tmp/second/report.json")"
cp "$tmp/results/config.yaml" "$tmp/again.yaml"
mv "$tmp/results" "$tmp/third"
capsacc run "$tmp/again.yaml" --quiet
same "a run of config.yaml is the same run" \
	"0|$(cat "$tmp/third/config.yaml")" "$code|$(cat "$tmp/results/config.yaml")"
same "and gives the same report.json" \
	"$(without_time "$tmp/third/report.json")" "$(without_time "$tmp/results/report.json")"
same "names are escaped in the page" "0|1" \
	"$(grep -c '<test>' "$tmp/results/report.html")|$(grep -c '<h1>a &lt;test&gt; &amp; &quot;more&quot;</h1>' "$tmp/results/report.html")"
python3 - "$tmp/results/report.html" >"$tmp/why" 2>&1 <<'P'
import sys
from html.parser import HTMLParser


class Page(HTMLParser):
    open_tags, seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("meta", "rect"):
            self.open_tags.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open_tags and self.open_tags[-1] == tag, (tag, self.open_tags, self.getpos())
        self.open_tags.pop()


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
assert not page.open_tags and {"table", "svg", "rect", "h2", "pre"} <= page.seen, page.seen
P
same "every tag of the page is closed, and it has tables and bars" "0|" "$?|$(cat "$tmp/why")"
same "the page loads nothing from elsewhere" 0 "$(grep -cE '(src|href)=|url\(|@import' "$tmp/results/report.html")"
capsacc run "$tmp/good.yaml" --quiet --out "$tmp/small-array" --set array.rows=7 --set array.cols=5 --multiplier NGR
same "an array that divides nothing, with another multiplier" 0 "$code"
python3 tests/cli/check_report.py "$tmp/small-array/report.json" >"$tmp/why" 2>&1
same "its sums agree, too" "0|" "$?|$(tail -n 1 "$tmp/why")"
finish
