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
capsacc run "$tmp/good.yaml" --set multipliers.groups.vote=NGR
refused "an unknown operation group says which there are" 2 \
	"multipliers.groups.vote: network tiny has no such operation group; expected a convolution's or fully connected layer's name, votes, sum, update or squash"
CAPSACC_DATA=$tmp/no capsacc run "$tmp/good.yaml" --data mnist --set data.path="$tmp/float"
same "a missing data set says which files are expected and where to get them" "2|1" \
	"$code|$(grep -c 't10k-images.*http' "$tmp/err")"
capsacc run "$tmp/good.yaml" --data "$tmp/float"
refused "a folder for digits is refused" 2 \
	"--data $tmp/float: the data set is digits, which are drawn and not read; add --data mnist, fashion or cifar10"
capsacc run "$tmp/good.yaml" --data minst
refused "--data that is neither set nor folder is refused" 2 \
	"--data minst: neither a folder nor a known set (digits, mnist, fashion, cifar10)"
mkdir "$tmp/mnist"
printf '\0\0\10\3\177\377\377\377\0\0\0\34\0\0\0\34' >"$tmp/mnist/t10k-images-idx3-ubyte"
printf '\0\0\10\1\0\0\0\12\0\0\0\0\0\0\0\0\0\0' >"$tmp/mnist/t10k-labels-idx1-ubyte"
capsacc run "$tmp/good.yaml" --data mnist --data "$tmp/mnist"
same "IDX with a lying header: one line that names the file" "2|1|1" \
	"$code|$(wc -l <"$tmp/err")|$(grep -c t10k-images "$tmp/err")"
mkdir "$tmp/cut" && cp "$tmp/net/network.yaml" "$tmp/cut" && head -c 2000 "$tmp/net/weights.safetensors" >"$tmp/cut/weights.safetensors"
capsacc run "$tmp/good.yaml" --network "$tmp/cut"
same "truncated weights: one line that names the file" "2|1|1" \
	"$code|$(wc -l <"$tmp/err")|$(grep -c weights.safetensors "$tmp/err")"
cp -r "$tmp/net" "$tmp/wide" && sed -i 's/^  w: 28/  w: 32/;s/w: 28,/w: 32,/' "$tmp/wide/network.yaml"
capsacc run "$tmp/good.yaml" --network "$tmp/wide"
same "weights of another shape: one line" "2|1" "$code|$(wc -l <"$tmp/err")"
capsacc run "$tmp/good.yaml" --out /proc/nothing
same "an output folder that cannot be made is an error of the environment" "3|1" "$code|$(wc -l <"$tmp/err")"
touch "$tmp/file"
capsacc run "$tmp/good.yaml" --out "$tmp/file"
same "an output folder that is a file is refused" "2|capsacc-sim: output.dir: $tmp/file: is not a folder" "$code|$err"
if [ -e "$tmp/results" ]; then fail "nothing that was refused left files"; else pass "nothing that was refused left files"; fi

# --- interrupted
"$CAPSACC_SIM" run "$tmp/good.yaml" --images 60000 --threads 1 >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 2.5
kill -TERM "$pid"
wait "$pid"
same "a signal during a run: status 130, one line, no files" "130|capsacc-sim: interrupted|absent" \
	"$?|$(cat "$tmp/err")|$([ -e "$tmp/results" ] && echo present || echo absent)"
python3 - "$CAPSACC_SIM" "$tmp" <<'P'
import signal, subprocess, sys, time
program, tmp = sys.argv[1:]
run = subprocess.Popen([program, "run", tmp + "/good.yaml", "--images", "60000", "--threads", "1"],
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

# --- done
capsacc run "$tmp/good.yaml" --quiet
same "--quiet says nothing" "0||" "$code|$err|$out"
same "four files are written" "config.yaml layers.csv report.html report.json" "$(cd "$tmp/results" && echo *)"
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
capsacc run "$tmp/good.yaml" --quiet --threads 1
mv "$tmp/results" "$tmp/second"
capsacc run "$tmp/good.yaml" --quiet
for f in layers.csv report.html config.yaml; do
	same "a second run writes the same $f" "$(sum "$tmp/first/$f")" "$(sum "$tmp/results/$f")"
done
same "a second run writes the same report.json but for its time" \
	"$(without_time "$tmp/first/report.json")" "$(without_time "$tmp/results/report.json")"
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
