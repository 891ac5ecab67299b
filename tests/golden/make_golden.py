"""Write tests/golden/data: small random 8-bit networks and every tensor that numerics.py gives.

Run from the repository root:  /usr/bin/python3 tests/golden/make_golden.py
Each folder gets network.yaml, weights.safetensors (docs/networks.md) and expected.safetensors, whose
tensors have the axes [case][image]...; test_golden.c says what the columns of `cases` mean.
"""
import collections
import hashlib
import json
import os
import platform
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import numerics  # noqa: E402
from numerics import Config, Executor, GROUPS, MAPPINGS  # noqa: E402

SEED = 20240611
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
TABLES = ("exact", "rough", "garbage", "NGR", "2HH", "exact_signed", "rough_signed", "TRUNCS4")
# (layer, votes, sum, update, squash)
MIXED = ("NGR", "2HH", "rough", "exact", "NGR")
# Under the mapping signed: multipliers of signed operands, in the squash unit either kind.
MIXED_SIGNED = ("TRUNCS4", "rough_signed", "exact_signed", "garbage", "NGR")
COLUMNS = ("mapping", "table_layer", "table_votes", "table_sum", "table_update", "table_squash",
           "swap_operands", "zero_gating", "psum_bits", "acc_bits", "saturate", "shift_requant",
           "iterations", "rows", "patches", "calibrate")


# -- files -------------------------------------------------------------------------------------

def write_safetensors(path, tensors, metadata):
    names = {"float32": "F32", "float64": "F64", "int8": "I8", "uint8": "U8", "int32": "I32",
             "int64": "I64"}
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name, array in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": names[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def to_yaml(name, network, provenance):
    """network.yaml; only 8-bit networks have scales."""
    h, w, c = network["input_shape"]
    codes = "input_sign" in network
    lines = ["name: " + name, "format: " + ("int8" if codes else "float32"),
             "provenance: \"%s\"" % provenance, "classes: %d" % network["classes"], "input:",
             "  h: %d" % h, "  w: %d" % w, "  c: %d" % c]
    if codes:
        lines += ["  sign: " + network["input_sign"], "  scale: %r" % network["input_scale"]]
    lines.append("layers:")
    for layer in network["layers"]:
        start = "  - "
        for key in ("name", "kind", "input_name", "inputs_name", "op", "channels", "types", "dim", "kernel", "stride",
                    "padding", "bias", "batchnorm", "relu", "iterations", "weight_scale", "votes_scale", "pre_scale",
                    "logit_scale", "result_sign", "result_scale"):
            if key == "dim" and layer["kind"] in ("add", "concat"):
                continue                        # known to the builder only
            if key == "bias" and not isinstance(layer.get(key), bool):
                continue                        # the values, which are in the other file
            if key in layer and not key.startswith("result"):
                value = layer[key]
                text = value if isinstance(value, str) else json.dumps(value)
                lines.append("%s%s: %s" % (start, key.replace("_name", ""), text))
                start = "    "
        if codes:
            lines += ["    result:", "      sign: " + layer["result_sign"],
                      "      scale: %r" % layer["result_scale"]]
    return "\n".join(lines) + "\n"


# -- tables ------------------------------------------------------------------------------------

def make_tables():
    x, y = np.divmod(np.arange(65536, dtype=np.uint64), np.uint64(256))
    # The same formula stands in test_golden.c; all in 32 bits.
    g = (np.arange(65536, dtype=np.uint64) + 12345) * 0x9E3779B1 & 0xFFFFFFFF
    g ^= g >> np.uint64(15)
    g = g * 0x85EBCA77 & 0xFFFFFFFF
    g ^= g >> np.uint64(13)
    g &= np.uint64(0xFFFF)
    tables = {"exact": x * y, "garbage": g, "rough": x * y ^ g & np.uint64(0x3FF)}
    # Operands as two's complement bytes, products as the words of int16.
    tables["exact_signed"] = ((x ^ 128) - np.uint64(128)) * ((y ^ 128) - np.uint64(128)) & np.uint64(0xFFFF)
    tables["rough_signed"] = tables["exact_signed"] ^ g & np.uint64(0x3FF)
    for name in ("NGR", "2HH", "TRUNCS4"):
        with open("mul8u_lib/%s.bin" % name, "rb") as file:
            tables[name] = np.frombuffer(file.read(), "<u2").astype(np.uint64)
    return tables


# -- networks ----------------------------------------------------------------------------------

class Builder:
    """Layer after layer; scales are chosen so that the codes of exact products fill their range."""

    def __init__(self, rng, shape, classes, images, input_sign="u8"):
        self.rng = rng
        lo, hi = (0, 255) if input_sign == "u8" else (-127, 127)
        pixels = rng.integers(lo, hi + 1, (images, *shape))
        pixels[rng.random(pixels.shape) < 0.3] = 0
        self.pixels = pixels
        self.network = {"input_shape": shape, "input_sign": input_sign, "classes": classes,
                        "input_scale": 1 / 255 if input_sign == "u8" else 1 / 127, "layers": []}
        exact = make_tables()["exact"]
        self.config = Config(numerics.SIGN_MAGNITUDE, {g: exact for g in GROUPS})

    def weights(self, *shape):
        w = np.rint(self.rng.normal(0, 35, shape)).astype(np.int64)
        w[self.rng.random(shape) < 0.1] = 0
        return np.clip(w, -127, 127)

    def tap(self, tensor, iteration=0):
        """That tensor of the last layer, over all images, with exact products."""
        out = []
        for image in self.pixels:
            run = Executor(self.network, self.config)
            run.run(image)
            out.append(run.tensors[len(self.network["layers"]) - 1, tensor, iteration])
        return np.stack(out)

    def input_of(self, source):
        """(index, shape, scale)"""
        layers = self.network["layers"]
        index = len(layers) - 1 if source is None else source
        if index < 0:
            return index, self.network["input_shape"], self.network["input_scale"]
        return index, layers[index]["out"], layers[index]["result_scale"]

    def dense(self, layer, outputs, pre_scale=0.0, source=None):
        index, shape, scale = self.input_of(source)
        terms, out = int(np.prod(shape)), (1, 1, outputs)
        if layer["kind"] != "fc":
            k, pad, stride = layer["kernel"], layer["padding"], layer["stride"]
            terms = k[0] * k[1] * shape[2]
            out = (*((shape[d] + 2 * pad - k[d]) // stride + 1 for d in (0, 1)), outputs)
            weight = self.weights(*k, shape[2], outputs)
        else:
            weight = self.weights(terms, outputs)
        layer.update(input=index, weight=weight, out=out, weight_scale=1e-2, result_scale=1.0,
                     # odd: half a bias is no integer
                     bias=self.rng.integers(-30, 31, outputs) * int(100 * terms ** 0.5) | 1)
        if source is not None:
            names = [known["name"] for known in self.network["layers"]]
            layer["input_name"] = names[source] if source >= 0 else "input"
        caps = layer["kind"] in ("primarycaps", "convcaps2d")
        if layer["kind"] == "convcaps2d":
            del layer["bias"]
        if caps:
            layer["pre_scale"] = 1.0
        else:
            layer.setdefault("result_sign", "u8" if layer["relu"] else "s8")
        self.network["layers"].append(layer)
        p = self.tap("sums") + layer.get("bias", 0)
        ratio = (255 if layer.get("result_sign") == "u8" else 127) / (2.5 * p.std())
        if caps:
            layer.update(pre_scale=pre_scale, result_sign="s8", result_scale=numerics.CAPSULE_SCALE,
                         weight_scale=float(pre_scale * ratio / scale))
        else:
            layer["result_scale"] = float(scale * layer["weight_scale"] / ratio)
        return self

    def conv(self, name, channels, kernel, stride=1, padding=0, relu=True, source=None, **more):
        return self.dense(dict(name=name, kind="conv2d", channels=channels, kernel=list(kernel),
                               stride=stride, padding=padding, relu=relu, **more), channels,
                          source=source)

    def fc(self, name, channels, relu=False):
        return self.dense(dict(name=name, kind="fc", channels=channels, relu=relu), channels)

    def primary(self, name, types, dim, kernel, stride=1, padding=0, scale=0.02, source=None):
        return self.dense(dict(name=name, kind="primarycaps", types=types, dim=dim,
                               kernel=list(kernel), stride=stride, padding=padding), types * dim,
                          scale, source)

    def convcaps2d(self, name, types, dim, kernel, stride=1, padding=0, scale=0.02, source=None):
        return self.dense(dict(name=name, kind="convcaps2d", types=types, dim=dim, kernel=list(kernel),
                               stride=stride, padding=padding), types * dim, scale, source)

    def plain(self, layer, sources, out):
        """A layer without weights: its scale lets its largest result fill the codes."""
        layers = self.network["layers"]
        layer.update(input=sources[0], out=out, result_scale=layer.get("result_scale", 1.0))
        if len(sources) == 2:
            layer.update(input2=sources[1], inputs_name=[layers[s]["name"] for s in sources])
        layers.append(layer)
        return self

    def pool(self, name, op, kernel, stride, padding=0):
        index, (h, w, c), scale = self.input_of(None)
        out = (*((n + 2 * padding - k) // stride + 1 for n, k in zip((h, w), kernel)), c)
        return self.plain(dict(name=name, kind="pool", op=op, kernel=list(kernel), stride=stride, padding=padding,
                               result_sign=self.network["layers"][index]["result_sign"],
                               result_scale=scale if op == "max" else 0.6 * scale), [index], out)

    def add(self, name, one, two, scale, relu=False):
        layers = self.network["layers"]
        return self.plain(dict(name=name, kind="add", relu=relu, result_sign="u8" if relu else "s8",
                               result_scale=scale, dim=layers[one]["dim"]), [one, two], layers[one]["out"])

    def concat(self, name, one, two, scale):
        layers = self.network["layers"]
        size = int(np.prod(layers[one]["out"]) + np.prod(layers[two]["out"]))
        return self.plain(dict(name=name, kind="concat", result_sign="s8", result_scale=scale,
                               dim=layers[one]["dim"]), [one, two], (1, 1, size))

    def convcaps3d(self, name, types, dim, kernel, padding, iterations=3, pre_scale=0.02, source=None,
                   stride=1):
        index, shape, scale = self.input_of(source)
        below = self.network["layers"][index]["dim"]
        out = (*((n + 2 * padding - k) // stride + 1 for n, k in zip(shape, kernel)), types * dim)
        layer = dict(name=name, kind="convcaps3d", input=index, types=types, dim=dim, kernel=list(kernel),
                     stride=stride, padding=padding, out=out, weight=self.weights(*kernel, below, types, dim))
        if source is not None:
            layer["input_name"] = self.network["layers"][index]["name"]
        return self.routed(layer, scale, types, iterations, pre_scale)

    def classes(self, name, channels, dim, iterations=3, pre_scale=0.02):
        index, shape, scale = self.input_of(None)
        below = self.network["layers"][-1]["dim"]
        caps = int(np.prod(shape)) // below
        layer = dict(name=name, kind="classcaps", input=index, channels=channels, dim=dim,
                     weight=self.weights(caps, below, channels, dim), out=(1, 1, channels * dim))
        return self.routed(layer, scale, channels, iterations, pre_scale)

    def routed(self, layer, scale, channels, iterations, pre_scale):
        layer.update(iterations=iterations, weight_scale=1.0, votes_scale=1.0, logit_scale=1.0, pre_scale=1.0,
                     result_sign="s8", result_scale=numerics.CAPSULE_SCALE)
        self.network["layers"].append(layer)
        votes_ratio = 127 / (2.5 * self.tap("sums").std())
        layer["votes_scale"] = float(scale / votes_ratio)
        votes = self.tap("votes")                       # [image][p][i][j][d]
        sums = votes.sum(2) * (256 // channels)
        votes_scale = float(pre_scale * 256 * 127 / (2.5 * sums.std()))
        layer.update(votes_scale=votes_scale, pre_scale=pre_scale,
                     weight_scale=float(votes_scale * votes_ratio / scale))
        if iterations > 1:
            v = self.tap("v")
            agreement = (votes * v[:, :, None]).sum(-1) * votes_scale / 128
            layer["logit_scale"] = float(min(1, np.abs(agreement).max() / 127))
        return self


def make_networks():
    rng = np.random.default_rng(SEED)
    small = Builder(rng, (7, 7, 1), 3, 2)
    small.conv("conv", 4, (3, 3), 2, 1).primary("primary", 2, 5, (3, 3)).classes("class", 3, 5)
    signed = Builder(rng, (5, 4, 2), 3, 1)      # dims above 16: an index shift in the squash
    signed.conv("conv", 4, (2, 3), 1, 2, relu=False).primary("primary", 1, 20, (4, 3), 3, 0, 0.05)
    signed.classes("class", 3, 17, 3, 0.05)
    plain = Builder(rng, (6, 6, 1), 5, 2)
    plain.conv("first", 4, (3, 3), 1, 1, result_sign="s8").conv("second", 5, (3, 2), 2, 1, relu=False)
    plain.conv("third", 3, (2, 2)).fc("hidden", 9, relu=True).fc("last", 5)
    deep = Builder(rng, (5, 5, 3), 5, 1, "s8")  # capsules on capsules; a branch that leads nowhere
    deep.conv("branch", 2, (1, 1), 3).primary("primary", 2, 4, (3, 3), 3, 1, 0.01, source=-1)
    deep.classes("middle", 3, 5, 2, 0.03).classes("top", 5, 7, 1, 0.01)
    rng = np.random.default_rng(SEED + 1)
    block = Builder(rng, (8, 7, 1), 3, 1)       # the end of a DeepCaps: 8x7 -> 7x6 -> 3x3 -> 3x2
    block.conv("conv", 5, (2, 2)).pool("largest", "max", (2, 2), 2).pool("mean", "average", (1, 2), 1)
    block.convcaps2d("l1", 2, 3, (3, 3), 1, 1).convcaps3d("skip", 2, 3, (3, 3), 1, 3)
    block.convcaps2d("l2", 2, 3, (3, 3), 1, 1, source=3).add("add", 5, 4, 0.011)
    block.concat("concat", 6, 3, 0.0093).classes("class", 3, 4, 2)
    rng = np.random.default_rng(SEED + 2)
    relu = Builder(rng, (6, 6, 1), 3, 1)        # capsules without a sign, then votes a stride apart
    relu.conv("conv", 4, (3, 3)).convcaps2d("one", 2, 3, (3, 3), 1, 1).convcaps2d("two", 2, 3, (3, 3), 1, 1)
    relu.add("add", 2, 1, 0.007, relu=True).convcaps3d("routed", 3, 2, (2, 2), 0, 2, stride=2)
    relu.classes("class", 3, 4)
    return {"small": small, "signed": signed, "plain": plain, "deep": deep, "block": block, "relu": relu}


# -- cases -------------------------------------------------------------------------------------

def case(mapping, tables, **more):
    out = dict.fromkeys(COLUMNS, 0)
    out.update(psum_bits=25, acc_bits=32, rows=16, mapping=mapping)
    for group, table in zip(GROUPS, [tables] * 5 if isinstance(tables, str) else tables):
        out["table_" + group] = TABLES.index(table)
    assert set(more) <= set(out)
    out.update(more)
    return out


def make_cases():
    cases = []
    for m in range(3):
        cases += [case(m, "exact", rows=m + 4), case(m, "rough", zero_gating=1, rows=256),
                  case(m, "garbage", swap_operands=m % 2, zero_gating=(m + 1) % 2, calibrate=2),
                  case(m, "NGR", swap_operands=(m + 1) % 2, shift_requant=1, rows=7),
                  case(m, "2HH", calibrate=1, patches=1), case(m, MIXED, iterations=3 - m),
                  # widths: inside the array, below it, both; bare entries (affine) are larger
                  case(m, "exact", psum_bits=(15, 16, 18)[m], rows=4, saturate=m % 2),
                  case(m, "rough", acc_bits=(15, 16, 19)[m], rows=5, saturate=(m + 1) % 2, patches=1),
                  case(m, MIXED, psum_bits=(15, 17, 18)[m], acc_bits=(16, 17, 20)[m], rows=4,
                       saturate=(m + 1) % 2, calibrate=2)]
    cases += [case(0, "garbage", psum_bits=17, acc_bits=16, rows=2, calibrate=2),
              case(2, "exact", psum_bits=19, acc_bits=18, rows=8),
              case(1, "garbage", rows=1, iterations=1)]
    exact = ("exact_signed",) * 4 + ("exact",)
    cases += [case(3, exact, rows=9), case(3, "rough_signed", swap_operands=1, rows=5, calibrate=2),
              case(3, MIXED_SIGNED, zero_gating=1, shift_requant=1, patches=1, calibrate=1),
              case(3, exact, psum_bits=15, acc_bits=15, rows=4, saturate=1, iterations=2),
              case(3, "garbage", psum_bits=16, acc_bits=17, rows=6, swap_operands=1, calibrate=1),
              case(3, "TRUNCS4", rows=3)]
    return cases


def config_of(row, tables, layers):
    return Config(MAPPINGS[row["mapping"]],
                  {g: tables[TABLES[row["table_" + g]]] for g in GROUPS},
                  bool(row["swap_operands"]), bool(row["zero_gating"]), row["psum_bits"],
                  row["acc_bits"], bool(row["saturate"]),
                  "shift" if row["shift_requant"] else "multiplier", row["iterations"], row["rows"],
                  range(layers) if row["patches"] else ())


def run_cases(network, pixels, cases, tables):
    """Tensors by name, [case][image]...; iterations that a case does not have are 0."""
    layers, found = network["layers"], collections.defaultdict(dict)
    answers = np.zeros((len(cases), len(pixels)), np.int32)
    words = np.zeros(len(cases), np.int64)
    overflows = np.zeros((len(cases), len(layers)), np.int64)
    for c, row in enumerate(cases):
        run = Executor(network, config_of(row, tables, len(layers)))
        if row["calibrate"]:
            run.calibrate(pixels[:row["calibrate"]])
        for i, image in enumerate(pixels):
            answers[c, i] = run.run(image)
            words[c] += sum(t.size for t in run.tensors.values())
            for (index, tensor, t), value in run.tensors.items():
                found["%s.%s" % (layers[index]["name"], tensor)][c, i, t] = value
        overflows[c] = run.overflows
    out = {"overflows": overflows, "words": words, "answers": answers}
    for name, values in found.items():
        first = next(iter(values.values()))
        steps = 1 + max(t for _, _, t in values)
        whole = np.zeros((len(cases), len(pixels), steps, first.size), np.int64)
        for (c, i, t), value in values.items():
            whole[c, i, t] = value.ravel()
        if name.endswith(".sums"):
            assert np.abs(whole).max() < 1 << 31
            out[name] = whole.astype(np.int32)
        else:
            assert whole.min() >= -127 and whole.max() <= 255
            out[name] = (whole & 255).astype(np.uint8)
    return out


def describe(name, cases, out):
    """How much of the material says something: no tensor may be dead or all at its bounds."""
    for c in range(len(cases)):
        parts = []
        for tensor, value in out.items():
            if tensor.endswith((".result", ".v", ".logits", ".votes")):
                code = value[c]
                parts.append("%s %d" % (tensor, len(np.unique(code))))
        print("  %s case %2d: distinct codes: %s; overflows %s" % (
            name, c, ", ".join(parts), out["overflows"][c].tolist()))


def main():
    tables, cases = make_tables(), make_cases()
    versions = {"seed": str(SEED), "python": platform.python_version(), "numpy": np.__version__,
                "generator": "tests/golden/make_golden.py", "columns": " ".join(COLUMNS),
                "tables": " ".join("%s=%s" % (n, hashlib.sha256(
                    tables[n].astype("<u2").tobytes()).hexdigest()[:16]) for n in TABLES)}
    print(versions)
    for number, (name, builder) in enumerate(make_networks().items()):
        folder, network = os.path.join(DATA, name), builder.network
        os.makedirs(folder, exist_ok=True)
        mine = [dict(row, calibrate=min(row["calibrate"], len(builder.pixels)))
                for i, row in enumerate(cases) if (i + number) % 3]     # each in 2 or 3 of the 4 networks
        rows = np.array([[row[k] for k in COLUMNS] for row in mine], np.int32)
        with open(os.path.join(folder, "network.yaml"), "w") as file:
            file.write(to_yaml(name, network, "random weights, tests/golden/make_golden.py"))
        weights = {}
        for layer in network["layers"]:
            if "weight" in layer:
                weight = layer["weight"].astype(np.int8)
                shape = (*weight.shape[:3], -1) if layer["kind"] == "convcaps3d" else weight.shape
                weights[layer["name"] + ".weight"] = weight.reshape(shape)
            if "bias" in layer:
                weights[layer["name"] + ".bias"] = layer["bias"].astype(np.int32)
        write_safetensors(os.path.join(folder, "weights.safetensors"), weights, versions)
        out = run_cases(network, builder.pixels, mine, tables)
        describe(name, mine, out)
        write_safetensors(os.path.join(folder, "expected.safetensors"), {
            "pixels": (builder.pixels & 255).astype(np.uint8), "cases": rows, **out}, versions)


if __name__ == "__main__":
    main()
