#!/usr/bin/env bash
# capsacc-sim estimate: published figures, one matrix product, and what is refused.
. tests/tap.sh

get() { # EXPRESSION over the JSON object r
	python3 -c "import json,sys; r=json.load(open(sys.argv[1])); print($1)" "$tmp/out" 2>&1
}

# Every genotype of the released results, to the last digit (tests/data/nascaps.csv).
python3 - "$tmp" <<'P'
import csv, os, sys
with open("tests/data/nascaps.csv", newline="") as f:
    for i, row in enumerate(csv.DictReader(f)):
        with open(os.path.join(sys.argv[1], "g%03d.json" % i), "w") as g:
            g.write(row["genotype"])
        with open(os.path.join(sys.argv[1], "g%03d.want" % i), "w") as g:
            g.write("%r %r %d\n" % (float(row["energy_mJ"]), float(row["latency_s"]), float(row["memory_bytes"])))
P
wrong=0 count=0
for genotype in "$tmp"/g*.json; do
	capsacc estimate "$genotype" --json
	got=$(get "'%r %r %d' % (r['nascaps']['released']['energy_mj'], r['nascaps']['released']['latency_ms'] / 1e3, r['nascaps']['released']['memory_bytes'])")
	want=$(cat "${genotype%.json}.want")
	count=$((count + 1))
	python3 -c 'import sys
w, g = sys.argv[1].split(), sys.argv[2].split()
sys.exit(0 if w[0] == g[0] and w[2] == g[2] and abs(float(w[1]) / float(g[1]) - 1) < 4e-16 else 1)' "$want" "$got" || {
		wrong=$((wrong + 1))
		echo "# $genotype: want $want, got $got"
	}
done
# A second reading of the genotypes, in Python and apart from this program's: parameters and MACs agree.
apart=0
for genotype in "$tmp"/g*.json; do
	capsacc estimate "$genotype" --json
	got=$(get "'%d parameters, %d MACs' % (r['memory']['parameters'], r['memory']['macs'])")
	want=$(python3 -B models/architectures.py "$genotype")
	capsacc estimate "$genotype" --json --write-network "${genotype%.json}"
	mine=$(capsacc estimate "${genotype%.json}" --json
		get "'%d parameters, %d MACs' % (r['memory']['parameters'], r['memory']['macs'])")
	[ "${want#*: }" = "$got" ] && [ "$mine" = "$got" ] || apart=$((apart + 1))
done
same "the network of each genotype has the parameters and MACs that models/architectures.py counts, written out and read back too" 0 "$apart"
if [ "$count" -gt 0 ]; then pass "there are released genotypes to compare with"; else fail "there are released genotypes to compare with"; fi
same "the released variant gives their energy, latency and memory, digit by digit" 0 "$wrong"

# Every run of SCALE-Sim on record.
wrong=0 count=0
while IFS=, read -r name rows cols _ m n k _ cycles _; do
	[ "$name" != name ] || continue
	capsacc estimate --gemm "${m}x${k}x$n" --array "${rows}x$cols" --json
	[ "$(get "r['scalesim']['ws']")" = "$cycles" ] || wrong=$((wrong + 1))
	[ "$(get "r['gemm']['bound_cycles'] <= r['gemm']['cycles'] and 0 < r['gemm']['utilization'] <= 1")" = True ] || wrong=$((wrong + 1))
	[ "$(get "r['gemm']['cycles'] * $rows * $cols >= $m * $k * $n")" = True ] || wrong=$((wrong + 1))
	count=$((count + 1))
done <tests/data/scalesim.csv
same "the forms of SCALE-Sim give its cycles, and the cycle model stays physical" "0|7" "$wrong|$count"
capsacc estimate --gemm 400x81x256 --array 16x16 --json
same "CapsNet's first layer as a product takes the cycles of the design's table" 38457 "$(get "r['gemm']['cycles']")"
for size in 1x1x1 3x5x7 17x33x2 4097x1x1; do
	for array in 1x1 3x7 256x256; do
		capsacc estimate --gemm "$size" --array "$array" --json
		same "$size on $array is physical" "0|True" \
			"$code|$(get "0 < r['gemm']['utilization'] <= 1 and r['gemm']['bound_cycles'] <= r['gemm']['cycles']")"
	done
done

python3 tests/cli/make_network.py "$tmp/net"
capsacc estimate "$tmp/net" --array 8x4 --clock 100 --json
same "a network has all three models" "0|True" \
	"$code|$(get "set(r) >= {'nascaps', 'scalesim', 'timing'} and set(r['nascaps']) == {'paper', 'released'}")"
same "its cycles add up" True "$(get "sum(s['cycles'] for s in r['timing']['layers']) == r['timing']['cycles']")"
rm "$tmp/net/weights.safetensors"
capsacc estimate "$tmp/net/network.yaml"
same "network.yaml alone is enough, without weights" "0|" "$code|$err"

# What estimate takes is what a run needs: with it all the run starts, with any of it left out it does not.
python3 tests/cli/make_network.py "$tmp/float"
capsacc quantize "$tmp/float" --images 20 --out "$tmp/net8"
echo "network: {path: $tmp/net8}" >"$tmp/run.yaml"
small=()
for key in data votes logits coupling v; do
	small+=(--set "buffers.${key}_bytes=64")
done
capsacc estimate "$tmp/net8" "${small[@]}"
line=$(grep 'The configured buffers' "$tmp/out")
capsacc estimate "$tmp/net8" "${small[@]}" --json
sizes=$(get "' '.join('%s=%d' % kv for kv in r['memory']['buffers_enlarged'].items())")
same "buffers that are too small are enlarged, all of them" \
	"data_bytes votes_bytes logits_bytes coupling_bytes v_bytes" \
	"$(printf '%s' "$sizes" | sed 's/=[0-9]*//g')"
said="  The configured buffers do not hold this network; taken, and needed for a run, are"
for size in $sizes; do
	bytes=${size#*=}
	said="$said buffers.${size%=*} $(if ((bytes % 1024)); then echo "$bytes B"; else echo "$((bytes / 1024)) KiB"; fi),"
done
same "the text names each and its size" "${said%,}." "$line"
for left_out in none $sizes; do
	taken=("${small[@]}")
	for size in $sizes; do
		[ "$size" = "$left_out" ] || taken+=(--set "buffers.$size")
	done
	capsacc run "$tmp/run.yaml" --images 2 --no-files --quiet "${taken[@]}"
	if [ "$left_out" = none ]; then
		same "a run with what estimate took fits" "0|" "$code|$err"
	else
		same "without ${left_out%=*} it does not" "2|1" "$code|$(grep -c "raise buffers.${left_out%=*}\$" "$tmp/err")"
	fi
done
capsacc estimate "$tmp/net8" --json
same "nothing is enlarged where everything fits" "0|{}" "$code|$(get "r['memory']['buffers_enlarged']")"

# Genotypes that are no network: the equations do not ask for one.
only_equations() { # NAME REASON
	same "$1: the equations are computed, and why there is no network" "0|array name nascaps no_network|$tmp/$1.json: $2" \
		"$code|$(get "' '.join(sorted(r)) + '|' + r['no_network']")"
}
echo '[[0,28,1,1,9,1,20,256,1],[1,20,256,1,9,2,6,32,8],[1,6,32,8,6,1,1,10,16],[-1],[1]]' >"$tmp/unpadded.json"
capsacc estimate "$tmp/unpadded.json" --json
unpadded="row 1: its output is 20x20x256 (256 of 1), but kernel, stride and padding give 28x28x256"
only_equations unpadded "$unpadded"
same "unpadded: they are those of Sabour et al.'s CapsNet" True \
	"$(get "abs(r['nascaps']['released']['energy_mj'] - 79.24) < 0.005 and r['nascaps']['released']['cycles'] == 442166")"
capsacc estimate "$tmp/unpadded.json"
same "unpadded: the text says so too" "0|1|2|0" "$code|$(grep -c "^No network can be built of these rows, so there is no \
cycle model: $tmp/unpadded.json: row 1: " "$tmp/out")|$(grep -c '^NASCaps, ' "$tmp/out")|$(grep -c SCALE-Sim "$tmp/out")"
capsacc estimate "$tmp/unpadded.json" --write-network "$tmp/none"
same "unpadded: there is no network to write" "2|capsacc-sim: $tmp/unpadded.json: $unpadded|absent" \
	"$code|$err|$([ -e "$tmp/none" ] && echo present || echo absent)"
echo '[[1,6,32,8,6,1,1,10,16],[-1],[1]]' >"$tmp/single.json"
capsacc estimate "$tmp/single.json" --json
only_equations single "1 rows of layers, expected 2..25 to make a network"
python3 -c 'print([[0, 8, 1, 1, 3, 1, 8, 1, 1]] * 63 + [[1, 8, 1, 1, 8, 1, 1, 10, 16], [-1], [1]])' >"$tmp/long.json"
capsacc estimate "$tmp/long.json" --json
only_equations long "64 rows of layers, expected 2..25 to make a network"

# The data buffer spills, as in a run: it keeps its configured size, unless that is forbidden.
enlarged() {
	get "' '.join(r['memory']['buffers_enlarged'])+'|'+str(r['memory']['spill_steps'] > 0)"
}
for bytes in 262144 65536; do
	capsacc estimate models/deepcaps.yaml --set buffers.data_bytes=$bytes --json
	same "DeepCaps spills from a data buffer of $bytes bytes" "votes_bytes logits_bytes coupling_bytes|True" "$(enlarged)"
done
cycles=$(get "r['timing']['cycles']")
capsacc estimate models/deepcaps.yaml --json
same "a smaller data buffer takes more cycles" True "$(get "r['timing']['cycles'] < $cycles")"
capsacc estimate models/deepcaps.yaml --set buffers.allow_spills=false --json
same "where spills are forbidden the data buffer is enlarged" \
	"data_bytes votes_bytes logits_bytes coupling_bytes|False" "$(enlarged)"
capsacc estimate models/alexnet.yaml --json
same "AlexNet spills, and needs no larger buffer" "|True" "$(enlarged)"
steps=$(get "r['memory']['spill_steps']")
capsacc estimate models/alexnet.yaml
same "the text says in how many steps" "  $steps steps are spills, since a tensor did not fit its buffer (\
buffers.data_bytes is 256 KiB); they are not verified." "$(grep spills "$tmp/out")"
capsacc estimate models/lenet.yaml
same "and nothing where there are none" 0 "$(grep -c spill "$tmp/out")"

# Tables of the documents, line by line.
python3 tests/cross/nascaps_table.py tests/data/nascaps.csv "$CAPSACC_SIM" >"$tmp/table"
same "docs/nascaps.md section 7 has the table that its command prints" "6 lines, 6 of them there" \
	"$(grep -c '^|' "$tmp/table") lines, $(grep '^|' "$tmp/table" | grep -cxFf docs/nascaps.md) of them there"
same "and its rank correlations" "$(grep -o 'latency [0-9.]*, energy [0-9.]*, memory [0-9.]*[0-9]' docs/nascaps.md)" \
	"$(sed -n "s/^Kendall's tau of \([a-z]*\),.*: /\1 /p" "$tmp/table" | paste -sd, | sed 's/,/, /g')"
for row in "LeNet-5:models/lenet.yaml" "AlexNet, one tower:models/alexnet.yaml" "CapsNet:models/capsnet-mnist" \
	"DeepCaps, 64x64:models/deepcaps.yaml"; do
	capsacc estimate "${row#*:}" --json
	same "docs/validation.md has the row of ${row%%:*}" 1 "$(grep -c "^| ${row%%:*}\( (.*)\)\? | $(get "'{:,} | {:,} | {:.1f} | {:,} | {:,}, {:.1f} % |'.format(
		*(r['memory'][k] for k in ('weight_bytes', 'macs', 'macs_per_byte', 'peak_activation_bytes')),
		r['timing']['cycles'], 100 * r['timing']['utilization'])")\$" docs/validation.md)"
done

# No run has a buffer beyond 1 GiB, so none is taken.
capsules() { # CLASSES DIM: 524,288 capsules with votes for each class
	cat >"$tmp/capsules.yaml" <<-END
		name: capsules
		classes: $1
		input: {h: 128, w: 128, c: 1}
		layers:
		  - {name: caps, kind: convcaps2d, types: 32, dim: 2, kernel: 3, padding: 1}
		  - {name: classcaps, kind: classcaps, channels: $1, dim: $2}
	END
}
refused() { # SENTENCE MESSAGE
	same "$1" "2|capsacc-sim: $2|" "$code|$err|$out"
}
capsules 250 16
capsacc estimate "$tmp/capsules.yaml"
refused "votes that no run's buffer holds are refused" \
	"layer classcaps: votes buffer: 2097152000 bytes needed, the largest buffers.votes_bytes is 1073741824"
capsules 256 8
for votes in 262144 629145600; do
	capsacc estimate "$tmp/capsules.yaml" --set buffers.votes_bytes=$votes --json
	same "those that fill 1 GiB are not, from $votes bytes up" "0||1073741824" "$code|$err|$(get "r['memory']['buffers_enlarged']['votes_bytes']")"
	capsacc run configs/run/digits.yaml --images 1 --no-files --quiet \
		--set buffers.votes_bytes="$(get "r['memory']['buffers_enlarged']['votes_bytes']")"
	same "and a run takes that size" "0|" "$code|$err"
done
cat >"$tmp/wide.yaml" <<END
name: wide
classes: 1
input: {h: 4096, w: 4096, c: 64}
layers:
  - {name: conv, kind: conv2d, channels: 64, kernel: 1}
  - {name: fc, kind: fc, channels: 1}
END
capsacc estimate "$tmp/wide.yaml"
refused "so is a layer that does not fit in parts" \
	"layer fc: data buffer: 1073741825 bytes needed, the largest buffers.data_bytes is 1073741824"
capsacc estimate "$tmp/wide.yaml" --set buffers.allow_spills=false
refused "and one that does but must not" "layer conv: data buffer: 2147483648 bytes needed, the largest \
buffers.data_bytes is 1073741824; set buffers.allow_spills"

capsacc estimate models/deepcaps.yaml --json
same "configs/run/deepcaps.yaml names the buffers that the full size needs" \
	"$(grep -o '^#.*--set buffers.*' configs/run/deepcaps.yaml | grep -o '[a-z]*_bytes=[0-9]*' | xargs)" \
	"$(get "' '.join('%s=%d' % kv for kv in r['memory']['buffers_enlarged'].items())")"
capsacc estimate models/lenet.yaml --json
same "the buffers' peaks of LeNet-5 are its patches and conv1's result" $((784 * 25 + 4704)) \
	"$(get "r['memory']['peak_activation_bytes']")"

# The genotypes that come with the program, and the commands that the documents show.
same "configs/genotypes/ has the released genotypes, and docs/nascaps.md one of them whole" "5 files, 5 rows, 5 the same, True" \
	"$(python3 - <<'P'
import csv, glob, json, os
files = {os.path.basename(f)[:-5]: json.load(open(f)) for f in glob.glob("configs/genotypes/*.json")}
rows = list(csv.DictReader(open("tests/data/nascaps.csv", newline="")))
alike = sum(files.get(r["name"].lower() if "/" not in r["name"] else "cifar10-" + r["name"].split("/")[1][:8])
            == json.loads(r["genotype"]) for r in rows)
shown = open("docs/nascaps.md", encoding="utf-8").read().split("```json\n")[1].split("```")[0]
print("%d files, %d rows, %d the same, %s" % (len(files), len(rows), alike, json.loads(shown) == files["capsnet"]))
P
)"
capsacc estimate --help
{ cat "$tmp/out" README.md; } | sed -n 's/^ *\(build\/\)\?capsacc-sim \(estimate .*\)/\2/p' >"$tmp/shown"
failed='' shown=0
while read -r -a words; do
	shown=$((shown + 1))
	capsacc "${words[@]/#my-network/$tmp/shown-$shown}"
	[ "$code" = 0 ] || failed="$failed${words[*]}: $err;"
done <"$tmp/shown"
same "the commands of README.md and --help work as they stand" "8 shown|" "$shown shown|$failed"
capsacc estimate configs/genotypes/capsnet.json
same "a genotype's network is named by its file" "capsnet on 16 x 16" "$(head -n 1 "$tmp/out" | cut -d' ' -f1-5)"

# Keys: what changes the cost does so as in a run, what changes nothing is refused.
energy() { # OPTION...: in nJ
	capsacc estimate "$tmp/net8" --json "$@"
	get "round(1000 * r['energy']['total_uj'])"
}
for keys in multipliers.default=1JFF multipliers.default=YX7 multipliers.groups.conv1=NGR accumulator.bits=40; do
	capsacc run "$tmp/run.yaml" --images 2 --no-files --json --set "$keys" --set run.float_reference=false
	same "$keys costs what it does in a run" "$(get "round(1000 * r['energy']['total_uj'])")" "$(energy --set "$keys")"
done
# What the library does not state of a multiplier is said as in a run, with names.
said() { # what the text says of multipliers
	sed -n 's/^  [Mm]ultipliers:\? *\(.*µm².*[^.]\)\.\?$/\1/p; s/^  \(Power not stated.*\)/\1/p' "$tmp/out"
}
stated() { # what JSON says of them
	get "[r[k] for k in ('multipliers', 'multipliers_without_power', 'multipliers_without_area', 'multiplier_area_um2_per_pe')]"
}
per_pe="µm² in each processing element"
counted="counted as that of the exact multiplier"
while IFS='|' read -r words counts area power; do
	keys=()
	for word in $words; do
		keys+=(--set "multipliers.$word")
	done
	capsacc estimate "$tmp/net8" "${keys[@]}"
	same "$words: the text says what is not stated" "0||$area|$power" "$code|$err|$(said | sed -n 1p)|$(said | sed -n 2p)"
	text=$(said)
	capsacc run "$tmp/run.yaml" --images 2 --no-files --set run.float_reference=false "${keys[@]}"
	same "$words: in the words of a run" "0|$text" "$code|$(said)"
	capsacc estimate "$tmp/net8" --json "${keys[@]}"
	same "$words: JSON counts both" "0|$counts" \
		"$code|$(get "'%d %d' % (r['multipliers_without_power'], r['multipliers_without_area'])")"
	json=$(stated)
	capsacc run "$tmp/run.yaml" --images 2 --no-files --json --set run.float_reference=false "${keys[@]}"
	same "$words: and is that of a run" "0|$json" "$code|$(stated)"
done <<END
default=1JFF|0 0|1JFF everywhere; 709.6 $per_pe|
default=TRUNC8 groups.squash=TRUNC8|1 1|TRUNC8 everywhere; 709.6 $per_pe (area of TRUNC8 not stated, counted as exact)|Power not stated, $counted: TRUNC8.
default=TRUNC8 groups.votes=DRUM3|2 2|TRUNC8 but for squash (1JFF), votes (DRUM3); 1419 $per_pe (area of TRUNC8, DRUM3 not stated, counted as exact)|Power not stated, $counted: TRUNC8, DRUM3.
default=1JFF groups.squash=TRUNC8|1 0|1JFF but for squash (TRUNC8); 709.6 $per_pe|Power not stated, $counted: TRUNC8.
END
if [ "$(energy)" -gt "$(energy --set multipliers.default=YX7)" ]; then
	pass "a cheaper multiplier costs less"
else
	fail "a cheaper multiplier costs less"
fi
capsacc estimate "$tmp/net8" --set array.clock_mhz=100 --json
latency=$(get "r['nascaps']['released']['latency_ms']")
capsacc estimate "$tmp/net8" --clock 100 --json
same "--set array.clock_mhz=100 is --clock 100" "$latency" "$(get "r['nascaps']['released']['latency_ms']")"

capsacc estimate "$tmp/net8" --set multipliers.default=NOSUCH
same "an unknown multiplier is refused, as in a run" "2|1|" "$code|$(grep -c NOSUCH "$tmp/err")|$out"
for key in run.images=5 data.set=mnist output.traffic=true name=x network.path=models/capsnet-mnist \
	numerics.requant=shift accumulator.overflow=saturate; do
	capsacc estimate "$tmp/net8" --set "$key"
	refused "--set $key is refused" "--set ${key%%=*}: nothing that estimate prints depends on this key"
done
capsacc estimate --gemm 1x1x1 --set multipliers.default=YX7
refused "a product has cycles, no energy" "--set multipliers.default: nothing that estimate --gemm prints depends on this key"
capsacc estimate --gemm 10x10x10 --set array.clock_mhz=5
refused "nor a clock" "--set array.clock_mhz: nothing that estimate --gemm prints depends on this key"
capsacc estimate --gemm 10x10x10 --clock 5
refused "by its option neither" "--clock: nothing that estimate --gemm prints depends on this option"
capsacc estimate --gemm 10x10x10 --write-network "$tmp/product"
refused "and it is no network to write" "--write-network: --gemm is no network; expected NETWORK|GENOTYPE.json"
for option in --array=8x16 --set=array.rows=8 --set=array.cols=8 --set=accumulator.depth=1 --set=buffers.weight_bytes=512 \
	--set=dram.beat_bytes=1 --set=dram.cycles_per_beat=8 --set=dram.latency_cycles=10000 --json; do
	gemm=1x300x300
	[ "$option" != --set=accumulator.depth=1 ] || gemm=5x300x300
	capsacc estimate --gemm "$gemm"
	plain=$out
	capsacc estimate --gemm "$gemm" "$option"
	same "$option changes what a product prints" "0||changed" \
		"$code|$err|$([ "$out" = "$plain" ] && echo unchanged || echo changed)"
done
capsacc estimate "$tmp/net8" --set run.imges=5
same "an unknown key is refused with the nearest" "2|1|" "$code|$(grep -c run.images "$tmp/err")|$out"
before=$(cat "$tmp/g000/network.yaml")
capsacc estimate "$tmp/g001.json" --write-network "$tmp/g000"
refused "a network.yaml is not written over" \
	"--write-network: $tmp/g000/network.yaml: is there already and would be written over; expected another folder"
same "so it is as it was, and named by its genotype's file" "$before|name: \"g000\"" \
	"$(cat "$tmp/g000/network.yaml")|$(grep '^name: ' "$tmp/g000/network.yaml")"
mkdir "$tmp/weights"
touch "$tmp/weights/weights.safetensors"
capsacc estimate "$tmp/g001.json" --write-network "$tmp/weights"
same "weights may be there first" "0||network.yaml weights.safetensors" "$code|$err|$(cd "$tmp/weights" && echo *)"
for keys in multipliers.default=NOPE multipliers.library=configs technology.file=models/lenet.yaml; do
	capsacc estimate models/lenet.yaml --set "$keys" --write-network "$tmp/refused"
	same "$keys: what is refused writes no network" "2|1||absent" \
		"$code|$(wc -l <"$tmp/err")|$out|$([ -e "$tmp/refused" ] && echo present || echo absent)"
done
capsacc estimate --gemm 1x0x1
refused "a size of 0 is refused" "--gemm 1x0x1: 0 is outside 1..65536"
capsacc estimate --gemm 1x2
refused "two sizes are refused" "--gemm 1x2: expected MxKxN, integers with an x between them"
capsacc estimate --gemm 1x2x3x4
refused "four sizes are refused" "--gemm 1x2x3x4: expected MxKxN, integers with an x between them"
capsacc estimate --gemm 99999999999999999999x1x1
refused "a number beyond all limits is refused" \
	"--gemm 99999999999999999999x1x1: expected MxKxN, integers with an x between them"
capsacc estimate --gemm 1x1x1 --array 16x257
refused "an array beyond 256 is refused" "--array 16x257: 257 is outside 1..256"
capsacc estimate
refused "nothing to estimate is refused" \
	"estimate: expected either NETWORK|GENOTYPE.json or --gemm MxKxN; see capsacc-sim estimate --help"
echo '[[0,28,1,0,9,1,20,256,1],[1,20,256,1,9,2,6,32,8],[-1],[1]]' >"$tmp/bad.json"
capsacc estimate "$tmp/bad.json"
refused "a size of 0 in a genotype is refused" "$tmp/bad.json: row 1, field 4 (caps_in): 0 is no integer in 1..4096"
echo '[[0, 28' >"$tmp/bad.json"
capsacc estimate "$tmp/bad.json"
same "a malformed genotype has a place" "2|1|" "$code|$(grep -c "^capsacc-sim: $tmp/bad.json:1:" "$tmp/err")|$out"
finish
