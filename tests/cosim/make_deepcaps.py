"""Write a DeepCaps of 8x8 pixels with few capsules and random float32 weights: make_deepcaps.py DIR

Every kind of layer and the whole graph of models/architectures.py, small enough for RTL on any array.
"""
import json
import os
import random
import struct
import sys

sys.path.insert(0, "models")
from architectures import deepcaps  # noqa: E402


def shapes(spec):
    """Tensors of a layer list, in PyTorch's layouts (docs/networks.md)."""
    sizes, before, out = {"input": (spec["input"]["h"], spec["input"]["c"], 0)}, "input", {}
    for layer in spec["layers"]:
        side, channels, dim = sizes[(layer.get("inputs") or [layer.get("input", before)])[0]]
        kind, name = layer["kind"], layer["name"]
        if kind == "concat":
            channels = sum(sizes[n][0] ** 2 * sizes[n][1] for n in layer["inputs"])
            side = 1
        elif kind == "classcaps":
            out[name] = [side * side * channels // dim, layer["channels"], layer["dim"], dim]
        elif kind != "add":
            wide = layer["channels"] if kind == "conv2d" else layer["types"] * layer["dim"]
            out[name] = [wide, dim if kind == "convcaps3d" else channels, layer["kernel"], layer["kernel"]]
            side = (side + 2 * layer["padding"] - layer["kernel"]) // layer.get("stride", 1) + 1
            channels, dim = wide, layer.get("dim", 0)
        sizes[name], before = (side, channels, dim), name
    return out


def main(folder):
    rng, header, data = random.Random(1), {}, b""
    spec = deepcaps(8, 1, 8, 4, (2, 4, 4, 4), class_dim=6)
    del spec["layers"][0]["batchnorm"]
    spec["input"]["resize"] = "bilinear"
    for name, shape in shapes(spec).items():
        count, begin = 1, len(data)
        for n in shape:
            count *= n
        terms = shape[-1] if name == "classcaps" else count // shape[0]
        data += struct.pack("<%df" % count, *[rng.gauss(0, 3 / terms ** 0.5) for _ in range(count)])
        header[name + ".weight"] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "weights.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    plain = {"name": "deepcaps-8x8", "format": "float32", "weights": "weights.safetensors", "capsule_order": "y_x_type",
             **spec}
    with open(os.path.join(folder, "network.yaml"), "w") as f:
        f.write("".join("%s: %s\n" % (key, json.dumps(value).replace('"', "")) for key, value in plain.items()))


main(sys.argv[1])
