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
	"1|nothing: neither a file nor one of allcnn-cifar10, deepcaps-cifar10, deepcaps-fashion, deepcaps-mnist" "$code|$err"
echo '[[1,16,3,1,3,2,7,2,4],[1,7,2,4,4,1,1,10,4],[-1],[1]]' >"$tmp/unfit.json"
train "$tmp/unfit.json" none --data "$tmp/mnist"
same "a genotype whose rows do not fit is refused" "1|$tmp/unfit.json: no genotype and no network that can be trained: row 1: its output is 7x7x8 (2 of 4), but the layers give 8x8x8 (2 of 4)" "$code|$err"
sed 's/10,8/9,8/' "$tmp/mine.json" >"$tmp/nine.json"
train "$tmp/nine.json" none --data "$tmp/mnist"
same "too few classes are refused" "1|the labels go up to 9, but the network has 9 classes" "$code|$err"
finish
