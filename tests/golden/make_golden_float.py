"""Write tests/golden/data/float_*: small float32 networks in PyTorch's layouts and every tensor that
PyTorch gives for them in float64.

Run from the repository root:  /usr/bin/python3 tests/golden/make_golden_float.py
expected.safetensors holds them rounded to F32, [image][iteration][element], in the program's native
order: maps h, w, c; capsules y, x, type.
"""
import itertools
import os
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_golden import DATA, to_yaml, write_safetensors  # noqa: E402

SEED = 77


def squash(s):
    """v = |s|^2 / (1 + |s|^2) s / |s| over the last axis (Sabour et al. 2017, eq. 1)."""
    norm = s.norm(dim=-1, keepdim=True)
    return norm ** 2 / (1 + norm ** 2) * s / norm


class Reference:
    """Runs a network's layers on one image [c][h][w], keeping (layer, tensor, iteration) -> native."""

    def __init__(self, network, weights, order):
        self.network, self.order, self.tensors, self.side = network, order, {}, {}
        self.weights = {k: torch.from_numpy(v).double() for k, v in weights.items()}

    def keep(self, layer, tensor, value, iteration=0):
        self.tensors["%s.%s" % (layer["name"], tensor), iteration] = value.reshape(-1).numpy().copy()

    def native(self, capsules, layer):
        """Capsules [caps in the file's order][...] of a primarycaps layer in the order y, x, type."""
        if self.order == "y_x_type":
            return capsules
        rest = capsules.shape[1:]
        return capsules.reshape(layer["types"], layer["area"], *rest).transpose(0, 1).reshape(-1, *rest)

    def convolve(self, layer, x):
        name = layer["name"]
        out = F.conv2d(x[None], self.weights[name + ".weight"], self.weights.get(name + ".bias"),
                       stride=layer["stride"], padding=layer["padding"])
        if layer.get("batchnorm"):
            mean, var, gain, shift = (self.weights[name + ".bn." + part] for part in
                                      ("running_mean", "running_var", "weight", "bias"))
            out = F.batch_norm(out, mean, var, gain, shift)
        out = out[0]
        self.keep(layer, "sums", out.permute(1, 2, 0))
        if layer.get("relu"):
            out = out.relu()
        if layer["kind"] == "conv2d":
            self.keep(layer, "result", out.permute(1, 2, 0))
            return out
        self.keep(layer, "pre", out.permute(1, 2, 0))
        self.side[layer["name"]] = tuple(out.shape[1:])
        layer["area"] = out.shape[1] * out.shape[2]
        caps = out.view(layer["types"], layer["dim"], layer["area"])
        caps = caps.permute(2, 0, 1) if self.order == "y_x_type" else caps.permute(0, 2, 1)
        caps = squash(caps.reshape(-1, layer["dim"]))
        self.keep(layer, "result", self.native(caps, layer))
        return caps

    def route(self, layer, u, below):
        """u [caps][k] in the file's order"""
        native = (lambda t: self.native(t, below)) if below["kind"] == "primarycaps" else lambda t: t
        votes = torch.einsum("ijdk,ik->ijd", self.weights[layer["name"] + ".weight"], u)
        for tensor in ("sums", "votes"):
            self.keep(layer, tensor, native(votes))
        logits = torch.zeros(votes.shape[:2], dtype=torch.float64)
        for t in range(layer["iterations"]):
            coupling = logits.softmax(1)
            self.keep(layer, "coupling", native(coupling), t)
            s = torch.einsum("ij,ijd->jd", coupling, votes)
            self.keep(layer, "pre", s, t)
            v = squash(s)
            self.keep(layer, "v", v, t)
            if t < layer["iterations"] - 1:
                logits = logits + torch.einsum("ijd,jd->ij", votes, v)
                self.keep(layer, "logits", native(logits), t)
        self.keep(layer, "result", v)
        return v

    def route_positions(self, layer, x):
        """convcaps3d of a map [c][h][w]: routing at each position; [types dim][h][w]"""
        dim_in = self.weights[layer["name"] + ".weight"].shape[1]
        votes = F.conv2d(x.reshape(-1, dim_in, *x.shape[1:]), self.weights[layer["name"] + ".weight"],
                         padding=layer["padding"])                      # [i][j d][h][w]
        types, _, h, w = votes.shape
        votes = votes.reshape(types, layer["types"], layer["dim"], h, w).permute(3, 4, 0, 1, 2)
        for tensor in ("sums", "votes"):
            self.keep(layer, tensor, votes)
        logits = torch.zeros(votes.shape[:4], dtype=torch.float64)
        for t in range(layer["iterations"]):
            coupling = logits.softmax(3)
            self.keep(layer, "coupling", coupling, t)
            s = (coupling[..., None] * votes).sum(2)
            self.keep(layer, "pre", s, t)
            v = squash(s)
            self.keep(layer, "v", v, t)
            if t < layer["iterations"] - 1:
                logits = logits + (votes * v[:, :, None]).sum(4)
                self.keep(layer, "logits", logits, t)
        self.keep(layer, "result", v)
        return v.reshape(h, w, -1).permute(2, 0, 1)

    def run_block(self, pixels):
        """Layers of DeepCaps: maps stay [c][h][w], channel = type dim + element, until a concat."""
        results = {"input": torch.from_numpy(pixels).double().permute(2, 0, 1) / 255}
        before = "input"
        for layer in self.network["layers"]:
            kind = layer["kind"]
            xs = [results[n] for n in layer.get("inputs_name") or [layer.get("input_name", before)]]
            if kind == "add":
                y = xs[0] + xs[1]
            elif kind == "concat":
                y = torch.cat([x.permute(1, 2, 0).reshape(-1) for x in xs])
            elif kind == "pool":
                pool = F.max_pool2d if layer["op"] == "max" else F.avg_pool2d
                y = pool(xs[0][None], tuple(layer["kernel"]), layer["stride"], layer["padding"])[0]
            elif kind == "convcaps3d":
                y = self.route_positions(layer, xs[0])
            elif kind == "classcaps":
                y = self.route(layer, xs[0].reshape(-1, self.weights[layer["name"] + ".weight"].shape[3]), layer)
            else:
                y = self.convolve(layer, xs[0])
                if kind == "convcaps2d":
                    y = y.reshape(self.side[layer["name"]] + (-1,)).permute(2, 0, 1)
            if kind in ("add", "concat", "pool"):
                self.keep(layer, "result", y.permute(1, 2, 0) if y.dim() == 3 else y)
            results[layer["name"]] = y
            before = layer["name"]
        return int((y ** 2).sum(-1).argmax())

    def run(self, pixels):
        x, below = torch.from_numpy(pixels).double().permute(2, 0, 1) / 255, None
        for layer in self.network["layers"]:
            if layer["kind"] == "classcaps":
                x = self.route(layer, x, below)
            elif layer["kind"] == "fc":
                x = F.linear(x.reshape(-1), self.weights[layer["name"] + ".weight"],
                             self.weights[layer["name"] + ".bias"])
                self.keep(layer, "sums", x)
                x = x.relu() if layer.get("relu") else x
                self.keep(layer, "result", x)
            else:
                x = self.convolve(layer, x)
            below = layer
        return int((x ** 2).sum(-1).argmax() if layer["kind"] == "classcaps" else x.argmax())


def make_weights(rng, network, inputs):
    """He-sized; inputs: terms of each layer's classcaps or fc by name, [caps][k] or [in]."""
    weights, channels = {}, network["input_shape"][2]
    for layer in network["layers"]:
        if layer["kind"] == "classcaps":
            caps, k = inputs[layer["name"]]
            shape, size = (caps, layer["channels"], layer["dim"], k), 1.5
            layer.setdefault("iterations", 3)
        elif layer["kind"] == "fc":
            shape = (layer["channels"], inputs[layer["name"]])
            size = (2 / shape[1]) ** 0.5
        else:
            out = layer.get("channels") or layer["types"] * layer["dim"]
            shape = (out, channels, *layer["kernel"])
            size, channels = (4 / np.prod(shape[1:])) ** 0.5, out
        weights[layer["name"] + ".weight"] = rng.normal(0, size, shape).astype(np.float32)
        if layer["kind"] != "classcaps":
            weights[layer["name"] + ".bias"] = rng.normal(0, 0.3, shape[0]).astype(np.float32)
    return weights


def conv(name, channels, kernel, stride, padding, relu):
    return dict(name=name, kind="conv2d", channels=channels, kernel=kernel, stride=stride,
                padding=padding, relu=relu)


def primary(name, types, dim, kernel, stride, padding=0):
    return dict(name=name, kind="primarycaps", types=types, dim=dim, kernel=kernel, stride=stride,
                padding=padding)


def caps(name, channels, dim, iterations):
    return dict(name=name, kind="classcaps", channels=channels, dim=dim, iterations=iterations)


def fc(name, channels, relu):
    return dict(name=name, kind="fc", channels=channels, relu=relu)


def networks():
    """(name, capsule order or None for the default, network, inputs)"""
    def net(shape, classes, *layers):
        return {"input_shape": shape, "classes": classes, "layers": list(layers)}
    routed = [conv("conv", 3, [3, 3], 1, 1, True), primary("primary", 2, 3, [2, 3], 2, 1),
              caps("middle", 5, 4, 2), caps("top", 4, 6, 3)]
    # 6x5: conv keeps it, primarycaps gives 4x3 of 2 types
    sizes = {"middle": (24, 3), "top": (5, 4)}
    yield "float_type_y_x", None, net((6, 5, 2), 4, *map(dict, routed)), sizes
    yield "float_y_x_type", "y_x_type", net((6, 5, 2), 4, *map(dict, routed)), sizes
    # 7x6 -> 4x3x3 -> 4 -> 5
    yield "float_plain", None, net((7, 6, 1), 5, conv("conv", 3, [2, 3], 2, 1, False),
                                   fc("hidden", 6, True), fc("last", 5, False)), \
        {"hidden": 4 * 3 * 3, "last": 6}
    # fc behind capsules: 6x6 -> 2x2 of 3 types of 4
    yield "float_capsule_fc", "type_y_x", net((6, 6, 1), 3, primary("primary", 3, 4, [3, 3], 3),
                                              fc("last", 3, False)), {"last": 2 * 2 * 3 * 4}


def block(rng):
    """The end of a DeepCaps: every kind that has no place in a chain, and a batch normalisation."""
    def capsules(name, source=None, kind="convcaps2d"):
        layer = dict(name=name, kind=kind, types=2, dim=3, kernel=[3, 3], stride=1, padding=1)
        if kind == "convcaps3d":
            layer["iterations"] = 3
        if source:
            layer["input_name"] = source
        return layer
    layers = [dict(conv("conv", 5, [2, 2], 1, 0, True), bias=False, batchnorm=True),
              dict(name="largest", kind="pool", op="max", kernel=[2, 2], stride=2, padding=0),
              dict(name="mean", kind="pool", op="average", kernel=[2, 2], stride=1, padding=1),
              capsules("l1"), capsules("skip", kind="convcaps3d"), capsules("l2", "l1"),
              dict(name="add", kind="add", inputs_name=["l2", "skip"], relu=False),
              dict(name="concat", kind="concat", inputs_name=["add", "l1"]), caps("class", 3, 4, 3)]
    network = {"input_shape": (8, 7, 1), "classes": 3, "layers": layers}
    shapes = {"conv": (5, 1, 2, 2), "l1": (6, 5, 3, 3), "skip": (6, 3, 3, 3), "l2": (6, 6, 3, 3), "class": (64, 3, 4, 3)}
    weights = {n + ".weight": rng.normal(0, (4 / np.prod(s[1:])) ** 0.5 if n != "class" else 0.7, s).astype(np.float32)
               for n, s in shapes.items()}
    for part, value in (("weight", rng.normal(1, 0.3, 5)), ("bias", rng.normal(0, 0.3, 5)),
                        ("running_mean", rng.normal(0, 0.3, 5)), ("running_var", rng.uniform(0.2, 2, 5))):
        weights["conv.bn." + part] = value.astype(np.float32)
    return network, weights


def main():
    versions = {"seed": str(SEED), "python": platform.python_version(), "numpy": np.__version__,
                "torch": torch.__version__, "generator": "tests/golden/make_golden_float.py"}
    print(versions)
    torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)
    chains = ((name, order, network, make_weights(rng, network, inputs), Reference.run)
              for name, order, network, inputs in networks())
    graph = ("float_block", "y_x_type", *block(np.random.default_rng(SEED + 1)), Reference.run_block)
    for name, order, network, weights, run_all in itertools.chain(chains, [graph]):
        pixels = rng.integers(0, 256, (2, *network["input_shape"])).astype(np.uint8)
        folder, kept, answers = os.path.join(DATA, name), [], []
        for image in pixels:
            run = Reference(network, weights, order or "type_y_x")
            answers.append(run_all(run, image))
            kept.append(run.tensors)
        out = {}
        for key in dict.fromkeys(k for k, _ in kept[0]):
            steps = 1 + max(t for k, t in kept[0] if k == key)
            out[key] = np.array([[one[key, t] for t in range(steps)] for one in kept], np.float32)
        os.makedirs(folder, exist_ok=True)
        text = to_yaml(name, network, "random weights, tests/golden/make_golden_float.py")
        if order:
            text = text.replace("classes:", "capsule_order: %s\nclasses:" % order, 1)
        with open(os.path.join(folder, "network.yaml"), "w") as file:
            file.write(text)
        write_safetensors(os.path.join(folder, "weights.safetensors"), weights, versions)
        write_safetensors(os.path.join(folder, "expected.safetensors"),
                          {"pixels": pixels, "answers": np.array(answers, np.int32), **out}, versions)
        print(name, "answers", answers, {k: "%d..: %.3g" % (v.size, np.abs(v).max())
                                          for k, v in out.items()})


if __name__ == "__main__":
    main()
