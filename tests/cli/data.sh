#!/usr/bin/env bash
# --data: every set is found below the folder that is named, and in it; files that are none are refused.
. tests/tap.sh

# Three images of each set; the labels are 1, 2, 3.
python3 - "$tmp/sets" <<'P'
import os, struct, sys, zlib

def write(folder, name, data):
    os.makedirs(os.path.join(sys.argv[1], folder), exist_ok=True)
    with open(os.path.join(sys.argv[1], folder, name), "wb") as f:
        f.write(data)

def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)

def array(name, kind, dims, data):
    inner = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack("<%di" % len(dims), *dims))
    packed = zlib.compress(element(14, inner + element(1, name) + element(2, data)))
    return struct.pack("<II", 15, len(packed)) + packed

pixels = bytes(i * 7 % 251 for i in range(3 * 3072))
for folder in "mnist", "fashion-mnist":
    for split in "t10k", "train":
        write(folder, split + "-images-idx3-ubyte", struct.pack(">IIII", 0x803, 3, 28, 28) + pixels[:3 * 784])
        write(folder, split + "-labels-idx1-ubyte", struct.pack(">II", 0x801, 3) + b"\1\2\3")
write("cifar-10", "test_batch.bin",
      b"".join(bytes([i + 1]) + pixels[i * 3072:i * 3072 + 3072] for i in range(3)))
for split in "test", "train":
    write("svhn", split + "_32x32.mat", b"MATLAB".ljust(124) + b"\0\1IM" + array(b"y", 9, [3, 1], b"\1\2\3")
          + array(b"X", 9, [32, 32, 3, 3], pixels))
P
python3 tests/cli/make_network.py "$tmp/grey"
python3 tests/cli/make_network.py "$tmp/colour" colour
for kind in "grey mnist" "colour svhn"; do
	read -r kind set <<<"$kind"
	capsacc quantize "$tmp/$kind" --images 3 --data "$set" --data "$tmp/sets" --out "$tmp/$kind-8"
	same "$set: a network can be calibrated on the training images" "0|" "$code|$err"
	echo "network: {path: $tmp/$kind-8}" >"$tmp/$kind.yaml"
done

while read -r set folder kind; do
	capsacc run "$tmp/$kind.yaml" --data "$set" --data "$tmp/sets" --images 0 --out "$tmp/above" --quiet
	same "$set: its folder is found below the one above" "0||1" \
		"$code|$err|$(grep -c "^  path: \"$tmp/sets/$folder\"" "$tmp/above/config.yaml")"
	capsacc run "$tmp/$kind.yaml" --data "$set" --data "$tmp/sets/$folder" --images 0 --no-files --json
	same "$set: all its images are run" "0|$set 3" "$code|$(printf '%s' "$out" | python3 -c '
import json, sys
data = json.load(sys.stdin)["dataset"]
print(data["name"], data["images"])')"
done <<'SETS'
mnist mnist grey
fashion fashion-mnist grey
cifar10 cifar-10 colour
svhn svhn colour
SETS
capsacc config
same "those are all sets there are" 1 "$(grep -c '^data.set .* digits, mnist, fashion, cifar10, svhn$' "$tmp/out")"

refused() { # SENTENCE MESSAGE: of test_32x32.mat
	capsacc run "$tmp/colour.yaml" --data svhn --data "$tmp/sets" --images 1 --no-files
	same "$1" "2|capsacc-sim: $mat: $2|" "$code|$err|$out"
}
mat=$tmp/sets/svhn/test_32x32.mat
cp "$mat" "$tmp/good.mat"
size=$(wc -c <"$mat")
x_at=$((136 + $(od -An -tu4 -j132 -N4 "$mat")))
truncate -s -8 "$mat"
refused "a cut file is refused, also where X comes last" \
	"byte $((size - 8)): file ends, expected the $((size - x_at - 8)) bytes of the array of byte $x_at"
: >"$mat"
refused "an empty file is refused" "byte 0: file ends, expected the 128 bytes of a MATLAB header"
rm "$mat" && mkfifo "$mat"
refused "a pipe is refused and not waited for" "is a pipe or a device, expected a file"
rm "$mat" && gzip -c "$tmp/good.mat" >"$mat.gz"
capsacc run "$tmp/colour.yaml" --data svhn --data "$tmp/sets" --images 1 --no-files --quiet
same "a .gz of it is read, as the message for missing files says" "0|" "$code|$err"
rm "$mat.gz"
capsacc run "$tmp/colour.yaml" --data svhn --data "$tmp/sets" --images 1 --no-files
same "a missing file is named" \
	"2|capsacc-sim: svhn: test set not found (no test_32x32.mat): expected test_32x32.mat, plain or .gz, in $tmp/sets/svhn; get them from http://ufldl.stanford.edu/housenumbers (cropped digits)" \
	"$code|$err"
images=$tmp/sets/mnist/t10k-images-idx3-ubyte
gzip "$images" && printf junk >>"$images.gz"
capsacc run "$tmp/grey.yaml" --data mnist --data "$tmp/sets" --images 1 --no-files
same "IDX: what follows the compressed data is refused" "2|1" "$code|$(grep -c \
	"^capsacc-sim: $images.gz: byte [0-9]*: 4 more bytes, expected the end after the compressed data\$" "$tmp/err")"
rm "$images.gz" && mkfifo "$images"
capsacc run "$tmp/grey.yaml" --data mnist --data "$tmp/sets" --images 1 --no-files
same "IDX: a pipe is refused too" "2|capsacc-sim: $images: is a pipe or a device, expected a file" "$code|$err"
finish
