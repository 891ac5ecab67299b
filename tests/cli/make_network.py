"""Write a small float32 CapsNet with random weights to a folder: python3 make_network.py DIR [colour]

With `colour` its input has three channels, and images are resized to it.  Nobody has trained it; it is for the tests of the commands, which need a network and not a good one.
"""
import json
import os
import random
import struct
import sys

SHAPES = {
    "Conv1.weight": [16, 1, 9, 9], "Conv1.bias": [16],
    "PrimaryCaps.weight": [32, 16, 5, 5], "PrimaryCaps.bias": [32],
    "ClassCaps.weight": [36, 10, 8, 8],
}
YAML = """name: tiny
format: float32
weights: weights.safetensors
capsule_order: y_x_type
classes: 10
float_accuracy: 0.1
provenance: "random weights <b>&\\"for tests\\"</b>"
input: {h: 28, w: 28, c: 1}
layers:
  - {name: Conv1, kind: conv2d, channels: 16, kernel: 9, stride: 2, relu: true}
  - {name: PrimaryCaps, kind: primarycaps, types: 4, dim: 8, kernel: 5, stride: 2}
  - {name: ClassCaps, kind: classcaps, channels: 10, dim: 8, iterations: 3}
"""


def main(folder):
    rng = random.Random(1)
    header, data = {}, b""
    for name, shape in SHAPES.items():
        count = 1
        for n in shape:
            count *= n
        spread = 0.02 if name.endswith("bias") else 1.0 if name.startswith("Class") else 4.0 / (count / shape[0]) ** 0.5
        start = len(data)
        data += struct.pack("<%df" % count, *[rng.uniform(-spread, spread) for _ in range(count)])
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "weights.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    with open(os.path.join(folder, "network.yaml"), "w", encoding="utf-8") as f:
        f.write(YAML)


if sys.argv[2:] == ["colour"]:
    SHAPES["Conv1.weight"][1] = 3
    YAML = YAML.replace("c: 1}", "c: 3, resize: bilinear}")
main(sys.argv[1])
