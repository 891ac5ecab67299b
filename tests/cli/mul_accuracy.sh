#!/usr/bin/env bash
# Which results `mul accuracy --csv` goes on with: those of the same answers, whatever else was set.
. tests/tap.sh

go_on() { # OPTION...
	capsacc mul accuracy "$@"
	printf '%s|%s' "$code" "$err"
}

digits=(--images 10 --names NGR --mappings affine --csv "$tmp/a.csv")
capsacc mul accuracy configs/run/digits.yaml "${digits[@]}"
cp "$tmp/a.csv" "$tmp/before.csv"
sed '/^#/d; s/ *#.*//; s/^name:.*/name: another/' configs/run/digits.yaml >"$tmp/other.yaml"
same "comments and the run's name decide nothing" "0|" "$(go_on "$tmp/other.yaml" "${digits[@]}")"
for key in output.traffic=true output.dir=elsewhere run.threads=1 run.isa=portable run.float_reference=false \
	technology.file=configs/tech/32nm.yaml array.cols=8 array.clock_mhz=100 squash.lanes=8 \
	buffers.weight_bytes=32768 dram.latency_cycles=100 multipliers.groups.squash=1JFF multipliers.default=DM1 numerics.mapping=sign_magnitude; do
	same "nor does $key" "0|" "$(go_on configs/run/digits.yaml "${digits[@]}" --set $key)"
done
same "nothing was run again" "" "$(diff "$tmp/before.csv" "$tmp/a.csv")"
for key in pe.psum_bits=24 accumulator.bits=31 accumulator.overflow=saturate array.rows=8 numerics.requant=shift \
	numerics.swap_operands=true numerics.zero_gating=true numerics.bias_calibration=5 routing.iterations=2 \
	data.seed=4 data.split=train multipliers.groups.votes=DM1 multipliers.groups.squash=DM1; do
	go_on configs/run/digits.yaml "${digits[@]}" --set $key >"$tmp/said"
	same "but $key does" "2 1" "$code $(grep -c 'were made with other settings or weights' "$tmp/said")"
done

# Another table behind the same name, as in another library.
sed -n "2s/,NGR,[0-9a-f]*,/,NGR,0123456789abcdef,/p" "$tmp/a.csv" | cat <(head -n 1 "$tmp/a.csv") - >"$tmp/t.csv"
same "nor are results of another table gone on with" \
	"2|capsacc-sim: the results so far of NGR are of another table (0123456789abcdef, now $(sed -n 2p "$tmp/a.csv" | cut -d, -f6))" \
	"$(go_on configs/run/digits.yaml "${digits[@]:0:6}" --csv "$tmp/t.csv")"

# The same test images, other training images: they decide only where biases are calibrated on them.
files() { # FOLDER SEED: MNIST's four files, 10 test images and 5 of training that depend on the seed
	mkdir "$1"
	python3 - "$1" "$2" <<'P'
import random, struct, sys
folder, seed = sys.argv[1], int(sys.argv[2])
for split, count, s in (("t10k", 10, 0), ("train", 5, seed)):
    rng = random.Random(s)
    with open(f"{folder}/{split}-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">4I", 2051, count, 28, 28) + bytes(rng.randrange(256) for _ in range(count * 784)))
    with open(f"{folder}/{split}-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">2I", 2049, count) + bytes(i % 10 for i in range(count)))
P
}
files "$tmp/one" 1
files "$tmp/two" 2
for calibration in 0 5; do
	on=(configs/run/digits.yaml --images 10 --names NGR --mappings affine --csv "$tmp/c$calibration.csv"
		--set data.set=mnist --set numerics.bias_calibration=$calibration)
	same "a sweep on files, $calibration calibration images" "0|" "$(go_on "${on[@]}" --set data.path="$tmp/one")"
	go_on "${on[@]}" --set data.path="$tmp/two" >"$tmp/said$calibration"
done
same "other training images decide nothing without calibration" "0|" "$(cat "$tmp/said0")"
same "but do with it" "2 1" "$(cut -c 1 "$tmp/said5" | head -n 1) $(grep -c 'with other settings or weights' "$tmp/said5")"

# Wilson's interval of 10 of 10 is 0.7225 to 1 (z = 1.96), of 9 of 10 0.5958 to 0.9821.
head -n 1 "$tmp/a.csv" >"$tmp/b.csv"
sed -n 2p "$tmp/a.csv" | awk -F, -v OFS=, '{ $(NF - 2) = 10; $(NF - 1) = 1; $NF = 0; print; $5 = "DM1"; $7 = 0.195
	$(NF - 2) = 9; $(NF - 1) = 0.9; $NF = 0.094868; print }' >>"$tmp/b.csv"
capsacc mul accuracy --from "$tmp/b.csv"
same "where all answers are right the interval is not empty" "0||DM1 0.195 * 90.00 (59.58-98.21) NGR 0.276 * 100.00 (72.25-100.00)" \
	"$code|$err|$(sed -n 3,4p "$tmp/out" | tr -s ' \n' ' ' | sed 's/ $//')"
capsacc mul accuracy --from "$tmp/b.csv" --markdown
same "nor in the Markdown table" "0|95 % intervals (Wilson) reach at most 30.42 from their figure" \
	"$code|$(grep -o '95 % inter[^.]*[.][^.]*' "$tmp/out")"
capsacc mul accuracy --from "$tmp/b.csv" --json
same "nor in JSON" "0|0.722 1.000" "$code|$(python3 -c 'import json, sys
m = json.load(sys.stdin)["multipliers"][1]["mappings"]["affine"]
print("%.3f %.3f" % (m["low95"], m["high95"]))' <"$tmp/out")"

data=${CAPSACC_DATA:-../shared/data}
committed() { # FILE OPTION...
	local sentence="docs/$1 can be gone on with"
	if [ ! -d "$data/mnist" ]; then
		skip "$sentence" "$data/mnist is not there"
		return
	fi
	cp "docs/$1" "$tmp/$1"
	same "$sentence" "0|" "$(CAPSACC_DATA=$data go_on configs/run/mnist.yaml --csv "$tmp/$1" --names NGR "${@:2}")"
	same "and nothing in it is run again" "" "$(diff "docs/$1" "$tmp/$1")"
}
committed mul-accuracy-mnist.csv
committed mul-accuracy-mnist-squash.csv --images 2000 --squash --mappings sign_magnitude,sign_magnitude_aligned
committed mul-accuracy-mnist-calibrated.csv --images 2000 --set numerics.bias_calibration=100 \
	--mappings sign_magnitude_aligned,affine
finish
