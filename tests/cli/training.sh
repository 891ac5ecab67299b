#!/usr/bin/env bash
# models/train_network.py: networks and genotypes, from the layer list to 8 bits.  Nothing is trained well.
. tests/tap.sh

python=
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'import torch, yaml' 2>/dev/null; then python=$candidate && break; fi
done
if [ -z "$python" ]; then
	skip "networks are trained, quantised and run" "no PyTorch (python3-torch, python3-yaml)"
	finish
fi

counts=$("$python" -B tests/cli/network_counts.py "$CAPSACC_SIM" "$tmp" 2>&1)
same "PyTorch's module, Python's count and estimate have the same parameters and MACs" "compared 14" "$counts"

train() { # NETWORK OUT OPTION...
	"$python" -B models/train_network.py "$1" --out "$tmp/$2" --seed 1 "${@:3}" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$? out=$(cat "$tmp/out") err=$(cat "$tmp/err")
}
# Grey images of 28x28 and coloured ones of 32x32, 40 of each for training and testing.
"$python" - "$tmp" <<'P'
import os, random, struct, sys
rng = random.Random(1)
def picture(label, size): # noise, and a bright band at the label's height
    band = size // 10
    return bytes(rng.randrange(64) + 190 * (i // band == label) for i in range(size))
os.makedirs(sys.argv[1] + "/mnist")
os.makedirs(sys.argv[1] + "/cifar-10")
for split in "train", "t10k":
    with open("%s/mnist/%s-images-idx3-ubyte" % (sys.argv[1], split), "wb") as f:
        f.write(struct.pack(">IIII", 0x803, 40, 28, 28) + b"".join(picture(i % 10, 784) for i in range(40)))
    with open("%s/mnist/%s-labels-idx1-ubyte" % (sys.argv[1], split), "wb") as f:
        f.write(struct.pack(">II", 0x801, 40) + bytes(i % 10 for i in range(40)))
for name in ["test_batch"] + ["data_batch_%d" % i for i in range(1, 6)]:
    with open("%s/cifar-10/%s.bin" % (sys.argv[1], name), "wb") as f:
        f.write(b"".join(bytes([i % 10]) + picture(i % 10, 3072) for i in range(8)))
P
while read -r line; do
	same "the program sees the network that was trained:${line#*-}" "ok" "${line%% - *}"
	trained=$((trained + 1))
done < <(mkdir "$tmp/orders" && "$python" -B tests/cli/trained_network.py "$CAPSACC_SIM" "$tmp/orders" "$tmp" 2>&1)
same "eleven networks were trained" "11" "$trained"

to_8_bits() { # OUT SET
	capsacc quantize "$tmp/$1" --data "$2" --data "$tmp" --images 2 --out "$tmp/$1-8"
	same "$1: what was written is quantised" "0|" "$code|$err"
}
run_8_bits() { # OUT SET
	echo "network: {path: $tmp/$1-8}" >"$tmp/$1.yaml"
	capsacc run "$tmp/$1.yaml" --data "$2" --data "$tmp" --images 2 --no-files --quiet \
		--set buffers.data_bytes=4194304 --set buffers.votes_bytes=4194304 \
		--set buffers.logits_bytes=1048576 --set buffers.coupling_bytes=1048576 --set run.float_reference=false
	same "$1: and runs" "0|" "$code|$err"
}

echo '[[0,16,3,1,3,1,16,16,1],[1,16,16,1,3,2,8,4,8],[1,8,4,8,4,1,1,10,8],[-1],[1]]' >"$tmp/mine.json"
train "$tmp/mine.json" mine --data "$tmp/mnist" --epochs 2 --batch 4
same "a genotype is trained, ten steps twice" "0||1|mine" \
	"$code|$err|$(grep -c '^epoch 2/2 ' "$tmp/out")|$(sed -n 's/^name: //p' "$tmp/mine/network.yaml")"
same "its input takes the images' channels, and they are resized" "input: {c: 1, h: 16, resize: bilinear, w: 16}" \
	"$("$python" -c 'import sys, yaml; print("input: {%s}" % ", ".join("%s: %s" % kv for kv in sorted(yaml.safe_load(open(sys.argv[1]))["input"].items())))' "$tmp/mine/network.yaml")"
to_8_bits mine mnist
run_8_bits mine mnist
capsacc estimate "$tmp/mine.json" --write-network "$tmp/written"
train "$tmp/written/network.yaml" written --data "$tmp/cifar-10" --epochs 1 --images 8 --batch 4 --flip
same "so is a network.yaml, here that of estimate --write-network" "0||1" "$code|$err|$(grep -c '^epoch 1/1 ' "$tmp/out")"
to_8_bits written cifar10
run_8_bits written cifar10
train deepcaps-cifar10 deepcaps --data "$tmp/cifar-10" --epochs 0 --images 1
same "deepcaps-cifar10 is written, untrained, with images resized to 64x64" "0||1" \
	"$code|$err|$(grep -c '^input: .*h: 64.*resize: bilinear' "$tmp/deepcaps/network.yaml")"
to_8_bits deepcaps cifar10

train nothing none --data "$tmp/mnist"
same "an unknown network is refused" \
	"2|nothing: neither a file nor one of allcnn-cifar10, deepcaps-cifar10, deepcaps-fashion, deepcaps-mnist" "$code|$err"
echo '[[1,16,3,1,3,2,7,2,4],[1,7,2,4,4,1,1,10,4],[-1],[1]]' >"$tmp/unfit.json"
train "$tmp/unfit.json" none --data "$tmp/mnist"
same "a genotype whose rows do not fit is refused" "2|$tmp/unfit.json: no genotype and no network that can be trained: row 1: its output is 7x7x8 (2 of 4), but the layers give 8x8x8 (2 of 4)" "$code|$err"
refused() { # SENTENCE MESSAGE
	same "$1 is refused" "2|$2" "$code|$err"
}
bad() { # SENTENCE TEXT MESSAGE: a layer list or genotype
	case $2 in [[]*) file=$tmp/bad.json ;; *) file=$tmp/bad.yaml ;; esac
	printf '%s' "$2" >"$file"
	train "$file" none --data "$tmp/mnist"
	refused "$1" "$file: no genotype and no network that can be trained: $3"
}
list() { # LAYER...: a network.yaml with these behind a convolution and capsules
	printf 'classes: 10\ninput: {h: 28, w: 28, c: 1}\nlayers:\n- {name: a, kind: conv2d, channels: 4, kernel: 5, stride: 2}\n'
	printf -- '- {name: b, kind: primarycaps, types: 2, dim: 4, kernel: 5, stride: 2}\n'
	printf -- '- {%s}\n' "$@"
}
bad "an unknown kind" "$(list 'name: c, kind: convolution')" \
	"layer c: kind convolution, expected one of conv2d, primarycaps, convcaps2d, convcaps3d, classcaps, fc, add, concat, pool"
bad "a key that a kind has not" "$(list 'name: c, kind: classcaps, channels: 10, dim: 4, strid: 2')" \
	"layer c: strid is no key of classcaps that training knows"
bad "a stride of 0" "$(list 'name: c, kind: convcaps2d, types: 2, dim: 4, kernel: 3, stride: 0')" \
	"layer c: stride is 0, expected one whole number, 1 or more"
bad "a capsule of more elements than the squash unit takes" "$(list 'name: c, kind: classcaps, channels: 10, dim: 300')" \
	"layer c: dim is 300, expected at most 256"
bad "what is neither true nor false" "$(list 'name: c, kind: fc, channels: 10, relu: max')" "layer c: relu is max, expected true or false"
train models/capsnet-digits/network.yaml none --data "$tmp/mnist"
refused "an 8-bit network" "models/capsnet-digits/network.yaml: no genotype and no network that can be trained: format int8, expected float32: scales are what quantize adds"
bad "a name twice" "$(list 'name: a, kind: classcaps, channels: 10, dim: 4')" "layer a: the name is that of an earlier layer"
bad "a pool of capsules" "$(list 'name: c, kind: pool, op: max, kernel: 2')" "layer c: pool of capsules, expected a map without"
bad "another number of outputs than of classes" "$(list 'name: c, kind: classcaps, channels: 8, dim: 4')" \
	"layer c: the last layer gives 8 capsules or values, expected one for each of 10 classes"
bad "a layer without a kernel" "$(list 'name: c, kind: convcaps2d, types: 2, dim: 4')" "'kernel' is missing"
bad "a type of row that there is not" "[[3,28,1,1,9,1,28,4,1],[1,28,4,1,9,2,14,10,8],[-1],[1]]" \
	"row 1: expected nine whole numbers, type 0, 1 or 2, then 1 or more"
bad "a skip to what is no capsules" "[[0,28,1,1,9,1,28,4,1],[1,28,4,1,9,2,14,10,8],[0],[1]]" \
	"skip: expected [-1] or [row], counted from 0, that capsules enter"
bad "a genotype of nothing" "[]" "expected at least two rows of layers, then [skip], [resize]"
for option in "--batch 0" "--images -5" "--epochs -1"; do
	# shellcheck disable=SC2086
	train "$tmp/mine.json" none --data "$tmp/mnist" $option
	refused "$option" "$option: expected $([[ $option == --epochs* ]] && echo 0 || echo 1) or more"
done
head -c 1000 "$tmp/mnist/train-images-idx3-ubyte" >"$tmp/cut"
mkdir "$tmp/damaged"
cp "$tmp/mnist/"* "$tmp/damaged/"
mv "$tmp/cut" "$tmp/damaged/train-images-idx3-ubyte"
train "$tmp/mine.json" none --data "$tmp/damaged"
refused "a file of images that is cut off" "$tmp/damaged/train-images-idx3-ubyte: not a whole IDX file of bytes in 3 dimensions"
mkdir "$tmp/half"
cp "$tmp/cifar-10/test_batch.bin" "$tmp/half/"
train allcnn-cifar10 none --data "$tmp/half"
refused "a set without training images" "$tmp/half: expected data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, plain or .gz, or train-jpeg.tar.xz"

# A training that was stopped goes on, and ends as one that was not.
options=(--data "$tmp/mnist" --epochs 3 --batch 4)
train "$tmp/mine.json" straight "${options[@]}"
"$python" -B models/train_network.py "$tmp/mine.json" --out "$tmp/stopped" --seed 1 "${options[@]}" >"$tmp/log" 2>&1 </dev/null &
for _ in $(seq 300); do
	! grep -q '^epoch 1/3' "$tmp/log" || break
	sleep 0.1
done
kill -9 $!
wait $! 2>/dev/null
train "$tmp/mine.json" stopped "${options[@]}"
same "a training that was stopped ends with the same weights" "0||the same" "$code|$err|$("$python" - "$tmp"/{straight,stopped}/float.safetensors <<'P'
import struct, sys
def weights(path):
    with open(path, "rb") as f:
        f.seek(struct.unpack("<Q", f.read(8))[0] + 8)
        return f.read()
a, b = map(weights, sys.argv[1:])
print("the same" if a == b and len(a) > 1000 else "other weights")
P
)"
train "$tmp/mine.json" stopped "${options[@]}" --epochs 2
refused "an end before where a training is" "$tmp/stopped/checkpoint.pt: has seen 3 epochs, more than --epochs 2"
train "$tmp/mine.json" stopped "${options[@]}" --seed 2
refused "a checkpoint of another seed" "$tmp/stopped/checkpoint.pt: of another training (seed 1, not 2); give the same command, or remove it to begin anew"
same "the 8-bit network says where it comes from" "1" "$(grep -c '^provenance: "trained by models/train_network.py, seed 1, 2 epochs of 2, PyTorch' "$tmp/mine-8/network.yaml")"
sed 's/10,8/9,8/' "$tmp/mine.json" >"$tmp/nine.json"
train "$tmp/nine.json" none --data "$tmp/mnist"
refused "a class too few" "the labels go up to 9, but the network has 9 classes"

sabour() { # NETWORK OPTION...
	"$python" -B models/train.py "$1" --data "$tmp/mnist" --out "$tmp/digits" --batch 20 --threads 1 "${@:2}" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$? err=$(cat "$tmp/err")
}
sabour capsnet-digits --epochs 1
same "train.py trains" "0||1" "$code|$err|$(grep -c '^float test accuracy [0-9]*/40' "$tmp/out")"
to_8_bits digits mnist
sabour capsnet-digits --epochs 2
same "and goes on, now to another end" "0||1|0" "$code|$err|$(grep -c '^epoch 2/2' "$tmp/out")|$(grep -c '^epoch 1/' "$tmp/out")"
sabour capsnet-mnist
refused "a checkpoint of another network" "$tmp/digits/checkpoint.pt: of another training (network capsnet-digits, not capsnet-mnist); give the same command, or remove it to begin anew"
sabour capsnet-digits --epochs 0
refused "nothing to train" "--epochs 0: expected 1 or more"
finish
