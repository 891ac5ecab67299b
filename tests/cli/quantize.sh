#!/usr/bin/env bash
# capsacc-sim quantize: a float network in, an 8-bit network out, or one line and nothing.
. tests/tap.sh

python3 tests/cli/make_network.py "$tmp/float"
capsacc quantize "$tmp/float" --images 30 --threads 1 --out "$tmp/one" --provenance "made for a test" --float-accuracy 0.125
same "a float network becomes an 8-bit one" "0||network.yaml weights.safetensors" "$code|$err|$(cd "$tmp/one" && echo *)"
same "scales of every layer are printed" 3 "$(grep -c '^  [A-Za-z0-9]* *weights [0-9]' "$tmp/out")"
same "provenance and float accuracy are kept" 2 \
	"$(grep -cE '^(provenance: .*made for a test|float_accuracy: 0.125)' "$tmp/one/network.yaml")"
capsacc quantize "$tmp/float" --images 30 --threads 2 --out "$tmp/two" --provenance "made for a test" --float-accuracy 0.125 --quiet
same "--quiet says nothing" "0||" "$code|$err|$out"
for f in network.yaml weights.safetensors; do
	same "two threads write the same $f" 0 "$(cmp "$tmp/one/$f" "$tmp/two/$f" >&2; echo $?)"
done
capsacc quantize "$tmp/float" --images 30 --out "$tmp/narrow" --result-percentile 99 --weight-percentile 99.9
if [ "$code" = 0 ] && ! cmp -s "$tmp/one/network.yaml" "$tmp/narrow/network.yaml"; then
	pass "percentiles change the scales"
else
	fail "percentiles change the scales" "status $code" "$err"
fi
capsacc quantize "$tmp/float" --images 30 --out "$tmp/judged" --evaluate 100
same "--evaluate prints three accuracies" "0|3" "$code|$(grep -c '^ *[0-9.]* %  ' "$tmp/out")"

run_it() { # NETWORK ARGUMENT...: answers of 60 images with multiplier 19DB
	printf 'name: x\nnetwork: {path: %s}\nrun: {images: 60, float_reference: false}\n' "$1" >"$tmp/run.yaml"
	shift
	capsacc run "$tmp/run.yaml" --multiplier 19DB --quiet --out "$tmp/ran" --json "$@"
}
capsacc quantize "$tmp/float" --images 40 --out "$tmp/stored" --bias-calibration 20 --multiplier 19DB
same "a stored calibration says what it is for" \
	"Biases calibrated on 20 training images for multipliers 19DB, mapping sign_magnitude_aligned." \
	"$(grep Biases "$tmp/out")"
run_it "$tmp/stored"
cut -d, -f1-3 "$tmp/ran/answers.csv" >"$tmp/stored.csv"
same "a run with it reports both accuracies" "0|1" "$code|$(grep -c '"uncalibrated"' "$tmp/out")"
capsacc quantize "$tmp/float" --images 40 --out "$tmp/plain"
run_it "$tmp/plain" --set numerics.bias_calibration=20
cut -d, -f1-3 "$tmp/ran/answers.csv" | cmp -s - "$tmp/stored.csv"
same "it gives the answers of one that the run measures" "0" "$?"
run_it "$tmp/stored" --set numerics.mapping=affine
same "another mapping is refused" "2|1" "$code|$(grep -c 'carries a bias calibration for multipliers 19DB, mapping sign_magnitude_aligned, but the run has 19DB, affine' "$tmp/err")"
run_it "$tmp/stored" --set numerics.bias_calibration=20
same "a second calibration is refused" "2|1" "$code|$(grep -c 'expected numerics.bias_calibration: 0 or' "$tmp/err")"
run_it "$tmp/stored" --set numerics.mapping=affine --set numerics.stored_calibration=false
same "it can be left out" "0|0" "$code|$(grep -c '"uncalibrated"' "$tmp/out")"

# The file to start from is the document's example, and works where it is copied to.
same "docs/networks.md shows models/capsnet-float.yaml" "$(grep -v '^# [A-Znc]' models/capsnet-float.yaml)" \
	"$(sed -n '/^```yaml$/,/^```$/p' docs/networks.md | sed '1d;/^```$/,$d')"
sed 's/^# float_accuracy: 0.99/float_accuracy: -0.5/' models/capsnet-float.yaml >"$tmp/negative.yaml"
capsacc estimate "$tmp/negative.yaml"
same "a float_accuracy below 0 that is not -1 is refused" \
	"2|capsacc-sim: $tmp/negative.yaml: float_accuracy: -0.5, expected 0..1, or -1 where it is not known" "$code|$err"
mkdir "$tmp/checkpoint"
cp models/capsnet-float.yaml "$tmp/checkpoint/network.yaml"
python3 - "$tmp/checkpoint/weights.safetensors" <<'P'
import json, random, struct, sys
header, end = {}, 0
for name, shape, count in (("conv1.weight", [256, 1, 9, 9], 20736), ("conv1.bias", [256], 256),
                           ("primarycaps.weight", [256, 256, 9, 9], 5308416), ("primarycaps.bias", [256], 256),
                           ("classcaps.weight", [1152, 10, 16, 8], 1474560)):
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + 4 * count]}
    end += 4 * count
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
rng = random.Random(1)
some = struct.pack("<1021f", *[rng.uniform(-0.05, 0.05) for _ in range(1021)])
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + (some * (end // len(some) + 1))[:end])
P
capsacc quantize "$tmp/checkpoint" --images 2 --out "$tmp/brought" --quiet
same "copied beside its weights it is quantised" "0||name: \"capsnet-mnist\"" \
	"$code|$err|$(grep '^name: ' "$tmp/brought/network.yaml")"

refused() { # SENTENCE MESSAGE: and no folder
	same "$1" "2|capsacc-sim: $2||absent" "$code|$err|$out|$([ -e "$tmp/bad" ] && echo present || echo absent)"
}
capsacc quantize "$tmp/float"
refused "without --out it is refused" "quantize: --out DIR is missing"
capsacc quantize "$tmp/one" --images 10 --out "$tmp/bad"
refused "an 8-bit network is refused" "tiny is an 8-bit network already"
capsacc quantize "$tmp/float" --images 0 --out "$tmp/bad"
refused "no images are refused" "--images 0: expected an integer in 1..60000"
capsacc quantize "$tmp/float" --images 10 --out "$tmp/bad" --pre-percentile 50
refused "a percentile of a half is refused" "--pre-percentile 50: expected a number in 50.0001..100"
capsacc quantize "$tmp/none" --out "$tmp/bad"
same "a missing network names its file" "2|1" "$code|$(grep -c "$tmp/none" "$tmp/err")"
touch "$tmp/file"
capsacc quantize "$tmp/float" --images 60000 --out "$tmp/file"
refused "an output folder that is a file is refused, before the work" "--out: $tmp/file: is not a folder"
before=$(cat "$tmp/float/network.yaml")
not_of_8_bits() { # SENTENCE NETWORK OUT
	capsacc quantize "$2" --images 10 --out "$3"
	refused "$1" "--out: $3: holds a network that is not of 8 bits, which would be written over; expected another folder"
}
not_of_8_bits "the float32 network is not written over" "$tmp/float" "$tmp/float"
not_of_8_bits "nor by another name of its folder" "$tmp/float" "$tmp/float/."
not_of_8_bits "nor where its file was named" "$tmp/float/network.yaml" "$tmp/float"
same "so it is as it was" "$before" "$(cat "$tmp/float/network.yaml")"
cp -r "$tmp/float" "$tmp/other"
not_of_8_bits "nor is another float32 network" "$tmp/float" "$tmp/other"
mv "$tmp/other/network.yaml" "$tmp/other/mine.yaml"
not_of_8_bits "nor its weights, where network.yaml has another name" "$tmp/other/mine.yaml" "$tmp/other"
echo "name: [" >"$tmp/other/network.yaml"
not_of_8_bits "nor a network that cannot be read" "$tmp/float" "$tmp/other"
capsacc quantize "$tmp/float" --images 30 --out "$tmp/narrow" --quiet
same "an 8-bit network is replaced" "0|" "$code|$err"
capsacc quantize "$tmp/float" --images 10 --out ""
refused "an output folder without a name is refused" "quantize: --out DIR is missing"
capsacc quantize "$tmp/float" --images 10 --out "$tmp/bad" --provenance $'caf\xe9'
refused "a provenance that no YAML file can hold is refused" \
	"--provenance: byte 3 is 0xe9: expected UTF-8 without control characters"

"$CAPSACC_SIM" quantize "$tmp/float" --images 60000 --threads 1 --out "$tmp/bad" >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 1
kill -TERM "$pid"
wait "$pid"
same "a signal during calibration: status 130, one line, no files" "130|1||absent" \
	"$?|$(wc -l <"$tmp/err")|$(cat "$tmp/out")|$([ -e "$tmp/bad" ] && echo present || echo absent)"
finish
