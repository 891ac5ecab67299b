"""Layer lists (docs/networks.md) of networks that are trained here, and of NASCaps genotypes.

    python3 models/architectures.py GENOTYPE.json     parameters and MACs of its network
"""
import json
import sys


def conv_caps(name, types, dim, kernel=3, stride=1, source=None, kind="convcaps2d"):
    layer = dict(name=name, kind=kind, types=types, dim=dim, kernel=kernel, stride=stride, padding=(kernel - 1) // 2)
    if source:
        layer["input"] = source
    if kind == "convcaps3d":
        layer["iterations"] = 3
    return layer


def block(name, types, dim, kernel=3, stride=2, last=False):
    """A cell of DeepCaps: x = L1, then L3(L2(x)) + skip(x); the last one's skip is ConvCaps3D."""
    return [conv_caps(name + "l1", types, dim, kernel, stride),
            conv_caps(name + "skip", types, dim, kernel, kind="convcaps3d" if last else "convcaps2d"),
            conv_caps(name + "l2", types, dim, kernel, source=name + "l1"),
            conv_caps(name + "l3", types, dim, kernel),
            dict(name=name + "add", kind="add", inputs=[name + "l3", name + "skip"])]


def deepcaps(side, channels, conv, types, dims, classes=10, class_dim=32):
    """DeepCaps (Rajasegaran et al., CVPR 2019); conv 128, types 32, dims (4, 8, 8, 8), side 64 are theirs."""
    layers = [dict(name="conv1", kind="conv2d", channels=conv, kernel=3, padding=1, bias=False,
                   batchnorm=True, relu=True)]
    for b, dim in enumerate(dims, 1):
        layers += block("b%d" % b, types, dim, last=b == len(dims))
    layers += [dict(name="concat", kind="concat", inputs=["b%dadd" % len(dims), "b%dadd" % (len(dims) - 1)]),
               dict(name="classcaps", kind="classcaps", channels=classes, dim=class_dim, iterations=3)]
    return dict(classes=classes, input=dict(h=side, w=side, c=channels), layers=layers)


def all_cnn_c(width, side=32, channels=3, classes=10):
    """All-CNN-C (Springenberg et al. 2015, table 1) with padding that keeps the size; width 96 is theirs."""
    layers = []
    for i, (k, c, s) in enumerate([(3, width, 1), (3, width, 1), (3, width, 2), (3, 2 * width, 1),
                                   (3, 2 * width, 1), (3, 2 * width, 2), (3, 2 * width, 1), (1, 2 * width, 1)], 1):
        layers.append(dict(name="conv%d" % i, kind="conv2d", channels=c, kernel=k, stride=s, padding=k // 2,
                           bias=False, batchnorm=True, relu=True))
    layers.append(dict(name="conv9", kind="conv2d", channels=classes, kernel=1, bias=True, relu=False))
    layers.append(dict(name="pool", kind="pool", op="average", kernel=side // 4))
    return dict(classes=classes, input=dict(h=side, w=side, c=channels), layers=layers)


def whole_numbers(values, count):
    return isinstance(values, list) and len(values) == count and all(type(v) is int for v in values)


def check_rows(rows):
    """What docs/nascaps.md says of a genotype's rows.  ValueError: the row and what is wrong with it."""
    if not isinstance(rows, list) or len(rows) < 4:
        raise ValueError("expected at least two rows of layers, then [skip], [resize]")
    for i, row in enumerate(rows[:-2], 1):
        if not whole_numbers(row, 9) or row[0] not in (0, 1, 2) or min(row[1:]) < 1:
            raise ValueError("row %d: expected nine whole numbers, type 0, 1 or 2, then 1 or more" % i)
        if row[0] and row[8] > CAPSULE_MOST:
            raise ValueError("row %d: capsules of %d elements, expected 1 to %d" % (i, row[8], CAPSULE_MOST))
    if rows[-3][0] == 0:
        raise ValueError("row %d: type 0, a convolution, comes last, expected 1 or 2" % (len(rows) - 2))
    if not whole_numbers(rows[-2], 1) or not -1 <= rows[-2][0] < len(rows) - 2 or rows[-2][0] == 0:
        raise ValueError("skip: expected [-1] or [row], counted from 0, that capsules enter")
    if not whole_numbers(rows[-1], 1) or rows[-1][0] not in (1, 2):
        raise ValueError("resize: expected [1] or [2]")


def from_genotype(rows):
    """A NASCaps genotype (docs/nascaps.md) as a network: rows of [type, n_in, ch_in, caps_in, kernel, stride,
    n_out, ch_out, caps_out], then [skip], [resize]; in the files ch_out counts capsules, caps_out their size."""
    check_rows(rows)
    genes, (skip,), (resize,) = rows[:-2], rows[-2], rows[-1]
    layers, entering = [], []
    for i, (kind, _, _, _, kernel, stride, _, types, dim) in enumerate(genes[:-1], 1):
        entering.append(layers[-1]["name"] if layers else None)
        if kind == 0:
            layers.append(dict(name="conv%d" % i, kind="conv2d", channels=types * dim, kernel=kernel, stride=stride,
                               padding=(kernel - 1) // 2, relu=True))
        elif kind == 1:
            layers.append(conv_caps("caps%d" % i, types, dim, kernel, stride))
        else:
            layers += block("cell%d_" % i, types, dim, kernel, stride, last=i == len(genes) - 1)
    entering.append(layers[-1]["name"])
    if skip >= 0:
        layers.append(dict(name="concat", kind="concat", inputs=[layers[-1]["name"], entering[skip]]))
    layers.append(dict(name="class", kind="classcaps", channels=genes[-1][7], dim=genes[-1][8], iterations=3))
    side = genes[0][1]
    spec = dict(classes=genes[-1][7], input=dict(h=side, w=side, c=genes[0][2] * genes[0][3]), layers=layers)
    if resize == 2:
        spec["input"]["resize"] = "bilinear"
    shapes = derive(spec)[0]
    for i in range(1, len(genes)):
        check_side(i, "output", genes[i - 1][0], genes[i - 1][6:9], shapes[entering[i]])
        check_side(i + 1, "input", genes[i][0], genes[i][1:4], shapes[entering[i]])
    return spec


def check_side(row, side, kind, says, shape):
    """Does a row's claim (side, kinds of capsules, their size) hold?  A convolution knows no capsules."""
    n, types, size = says
    h, w, c, dim = shape
    if (h, w, c) != (n, n, types * size) or (kind and dim and dim != size):
        raise ValueError("row %d: its %s is %dx%dx%d (%d of %d), but the layers give %dx%dx%d" %
                         (row, side, n, n, types * size, types, size, h, w, c) +
                         (" (%d of %d)" % (c // dim, dim) if kind and dim else ""))


WORDS = {"conv2d": "channels kernel stride padding bias batchnorm relu",
         "primarycaps": "types dim kernel stride padding bias batchnorm",
         "convcaps2d": "types dim kernel stride padding bias batchnorm",
         "convcaps3d": "types dim kernel stride padding iterations",
         "classcaps": "channels dim iterations", "fc": "channels relu", "add": "relu", "concat": "",
         "pool": "op kernel stride padding"}
CAPSULE_MOST = 256  # elements of a capsule, and capsules to route to (docs/networks.md)
RESERVED = ("input", "votes", "sum", "update", "squash")


def check_layer(l, before):
    """Keys and values of a layer by docs/networks.md.  ValueError: what is wrong."""
    name, kind = l["name"], l["kind"]
    if kind not in WORDS:
        raise ValueError("layer %s: kind %s, expected one of %s" % (name, kind, ", ".join(WORDS)))
    if name in RESERVED or name in before:
        raise ValueError("layer %s: the name is %s" % (name, "reserved" if name in RESERVED else "that of an earlier layer"))
    pair = kind in ("add", "concat")
    for key, value in l.items():
        if key not in ["name", "kind", "inputs" if pair else "input"] + WORDS[kind].split():
            raise ValueError("layer %s: %s is no key of %s that training knows" % (name, key, kind))
        if key in ("bias", "batchnorm", "relu") and type(value) is not bool:
            raise ValueError("layer %s: %s is %s, expected true or false" % (name, key, value))
        routed = key == ("channels" if kind == "classcaps" else "types") and kind in ("classcaps", "convcaps3d")
        if (key == "dim" or routed) and type(value) is int and value > CAPSULE_MOST:
            raise ValueError("layer %s: %s is %s, expected at most %d" % (name, key, value, CAPSULE_MOST))
        if key in ("channels", "types", "dim", "kernel", "stride", "padding", "iterations") and (
                type(value) is not int or value < (key != "padding") or key == "iterations" and value > 16):
            raise ValueError("layer %s: %s is %s, expected %s" % (
                name, key, value, "one whole number, 1 to 16" if key == "iterations" else
                "one whole number, %d or more" % (key != "padding")))
    names = l["inputs"] if pair else [l.get("input", "input")]
    for source in names:
        if source != "input" and source not in before:
            raise ValueError("layer %s: input %s is no earlier layer" % (name, source))
    if kind == "pool" and l["op"] not in ("max", "average"):
        raise ValueError("layer %s: op is %s, expected max or average" % (name, l["op"]))


def check(spec):
    """Whether docs/networks.md lets a layer list be a network.  ValueError: what is wrong."""
    before = []
    for l in spec["layers"]:
        check_layer(l, before)
        before.append(l["name"])
    shapes = derive(spec)[0]
    source = "input"
    for l in spec["layers"]:
        if l["kind"] == "pool" and shapes[l.get("input", source)][3]:
            raise ValueError("layer %s: pool of capsules, expected a map without" % l["name"])
        source = l["name"]
    h, w, c, dim = shapes[source]
    if h * w * c // (dim or 1) != spec["classes"]:
        raise ValueError("layer %s: the last layer gives %d capsules or values, expected one for each of %d classes" % (
            source, h * w * c // (dim or 1), spec["classes"]))


def count(spec):
    """Parameters (batch normalisation folded) and MACs of a layer list, by docs/networks.md; needs no PyTorch."""
    return derive(spec)[1:]


def derive(spec):
    """Shapes (h, w, c, elements of a capsule or 0) by layer, parameters, MACs.  ValueError: what does not fit."""
    shapes = {"input": (spec["input"]["h"], spec["input"]["w"], spec["input"]["c"], 0)}
    before, parameters, macs = "input", 0, 0
    for l in spec["layers"]:
        ins = [shapes[n] for n in l.get("inputs") or [l.get("input", before)]]
        (h, w, c, dim), kind, routings = ins[0], l["kind"], 2 * l.get("iterations", 3) - 1
        if kind == "add" and ins[0] != ins[1] or kind == "concat" and not ins[0][3] == ins[1][3] > 0:
            raise ValueError("layer %s: %dx%dx%d capsules of %d and %dx%dx%d of %d" % (l["name"], *ins[0], *ins[1]))
        if kind in ("classcaps", "convcaps3d") and not dim:
            raise ValueError("layer %s: its input has no capsules" % l["name"])
        if kind == "add":
            out = ins[0]
        elif kind == "concat":
            out = (1, 1, sum(a * b * d for a, b, d, _ in ins), dim)
        elif kind in ("classcaps", "fc"):
            size, width = h * w * c, l.get("dim", 1) * l["channels"]
            out = (1, 1, width, l.get("dim", 0))
            parameters += size * width + (width if kind == "fc" else 0)
            macs += size * width + (size // dim * width * routings if kind == "classcaps" else 0)
        else:
            k = l["kernel"]
            side = [(n + 2 * l.get("padding", 0) - k) // l.get("stride", 1) + 1 for n in (h, w)]
            if min(side) < 1:
                raise ValueError("layer %s: the kernel does not fit %dx%d" % (l["name"], h, w))
            width = c if kind == "pool" else l["channels"] if kind == "conv2d" else l["types"] * l["dim"]
            out = (*side, width, l["dim"] if kind not in ("conv2d", "pool") else 0)
            into = 0 if kind == "pool" else dim if kind == "convcaps3d" else c
            bias = l.get("bias", kind in ("conv2d", "primarycaps")) or l.get("batchnorm")
            parameters += k * k * into * width + (width if bias and kind not in ("pool", "convcaps3d") else 0)
            outputs = side[0] * side[1] * width * (c // dim if kind == "convcaps3d" else 1)
            macs += outputs * (k * k * into + (routings if kind == "convcaps3d" else 0))
        shapes[l["name"]] = out
        before = l["name"]
    return shapes, parameters, macs


if __name__ == "__main__":
    for path in sys.argv[1:]:
        try:
            with open(path) as f:
                print("%s: %d parameters, %d MACs" % ((path,) + count(from_genotype(json.load(f)))))
        except (ValueError, OSError) as e:
            sys.exit("%s: %s" % (path, e))
