"""A PyTorch module built from a network.yaml (docs/networks.md), for training.

Maps are [batch, channels, h, w] with channel = type * dim + element; flat capsules (behind a
concat) are [batch, caps * dim, 1, 1] in native order (y, x, type).  Couplings of dynamic
routing carry no gradient: the iterations before the last only decide them.
"""
import torch
from torch import nn
import torch.nn.functional as F


def squash(s, dim):
    """v = |s|^2 / (1 + |s|^2) * s / |s|   (Sabour et al., eq. 1)."""
    n2 = (s * s).sum(dim, keepdim=True)
    return s * (torch.sqrt(n2 + 1e-12) / (1 + n2))


def route(votes, iterations):
    """Routing by agreement (Sabour et al., procedure 1) of votes [..., i, j, d]: v [..., j, d]."""
    classes = votes.shape[-2]
    c = votes.new_full(votes.shape[:-1], 1 / classes)
    with torch.no_grad():
        logits = torch.zeros_like(c)
        for _ in range(iterations - 1):
            v = squash((c.unsqueeze(-1) * votes).sum(-3), -1)
            logits = logits + (votes * v.unsqueeze(-3)).sum(-1)
            c = logits.softmax(-1)
    return squash((c.unsqueeze(-1) * votes).sum(-3), -1)


def capsules(x, dim):
    """A map's capsules [b, caps, dim] in native order (y, x, type)."""
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, dim)


class Network(nn.Module):
    """`spec`: the parsed network.yaml.  Parameters carry the names of the safetensors file."""

    def __init__(self, spec, dtype=torch.float32):
        super().__init__()
        self.spec, self.dtype = spec, dtype
        self.parts = nn.ModuleDict()
        shapes = {"input": (spec["input"]["c"], spec["input"]["h"], spec["input"]["w"], 0)}
        self.inputs, self.macs = {}, 0
        before = "input"
        for layer in spec["layers"]:
            names = layer.get("inputs") or [layer.get("input", before)]
            self.inputs[layer["name"]] = names
            ins = [shapes[n] for n in names]
            shapes[layer["name"]], macs = self.build(layer, ins)
            self.macs += macs
            before = layer["name"]
        self.shapes = shapes

    def build(self, l, ins):
        """Make the parameters of one layer; its output's (channels, h, w, dim) and its MACs."""
        (c, h, w, dim), kind = ins[0], l["kind"]
        if kind == "add":
            assert ins[0] == ins[1], "layer %s: %s and %s" % (l["name"], ins[0], ins[1])
            return ins[0], 0
        if kind == "concat":
            assert ins[0][3] == ins[1][3] > 0, "layer %s: %s and %s" % (l["name"], ins[0], ins[1])
            return (sum(a * b * d for a, b, d, _ in ins), 1, 1, dim), 0
        if kind in ("classcaps", "fc"):
            return self.build_dense(l, c * h * w, dim)
        k = l["kernel"]
        oh, ow = ((n + 2 * l.get("padding", 0) - k) // l.get("stride", 1) + 1 for n in (h, w))
        if kind == "pool":
            return (c, oh, ow, 0), 0
        out, into = l["channels"] if kind == "conv2d" else l["types"] * l["dim"], c
        macs = oh * ow * out * k * k * c
        if kind == "convcaps3d":
            into, pairs = dim, oh * ow * (c // dim) * out
            macs = pairs * k * k * dim + (2 * l.get("iterations", 3) - 1) * pairs
        part = nn.Module()
        part.weight = nn.Parameter(torch.randn(out, into, k, k) * (2 / (k * k * into)) ** 0.5)
        bias = l.get("bias", kind in ("conv2d", "primarycaps")) and kind != "convcaps3d"
        part.bias = nn.Parameter(torch.zeros(out)) if bias else None
        part.bn = nn.BatchNorm2d(out) if l.get("batchnorm") else None
        self.parts[l["name"]] = part
        return (out, oh, ow, 0 if kind == "conv2d" else l["dim"]), macs

    def build_dense(self, l, size, dim_in):
        part = nn.Module()
        self.parts[l["name"]] = part
        if l["kind"] == "fc":
            part.weight = nn.Parameter(torch.randn(l["channels"], size) * (2 / size) ** 0.5)
            part.bias = nn.Parameter(torch.zeros(l["channels"]))
            return (l["channels"], 1, 1, 0), size * l["channels"]
        caps, j, d = size // dim_in, l["channels"], l["dim"]
        part.weight = nn.Parameter(torch.randn(caps, j, d, dim_in) * 0.1)
        return (j * d, 1, 1, d), caps * j * d * (dim_in + 2 * l.get("iterations", 3) - 1)

    def conv(self, l, x):
        part, t = self.parts[l["name"]], self.dtype
        y = F.conv2d(x.to(t), part.weight.to(t), None if part.bias is None else part.bias.to(t),
                     l.get("stride", 1), l.get("padding", 0)).float()
        return y if part.bn is None else part.bn(y)

    def apply_layer(self, l, xs):
        kind, x = l["kind"], xs[0]
        if kind == "conv2d":
            y = self.conv(l, x)
        elif kind in ("primarycaps", "convcaps2d"):
            y = self.conv(l, x)
            b, _, h, w = y.shape
            return squash(y.view(b, l["types"], l["dim"], h, w), 2).view(b, -1, h, w)
        elif kind == "convcaps3d":
            return self.convcaps3d(l, x)
        elif kind == "classcaps":
            weight = self.parts[l["name"]].weight
            u = capsules(x, weight.shape[3])
            votes = torch.einsum("bik,ijdk->bijd", u, weight)
            return route(votes, l.get("iterations", 3)).reshape(x.shape[0], -1, 1, 1)
        elif kind == "fc":
            part = self.parts[l["name"]]
            dim = self.shapes[self.inputs[l["name"]][0]][3]  # a map without capsules is flattened c, h, w
            y = F.linear((capsules(x, dim) if dim else x).reshape(x.shape[0], -1), part.weight, part.bias)[:, :, None, None]
        elif kind == "add":
            y = xs[0] + xs[1]
        elif kind == "concat":
            return torch.cat([a.permute(0, 2, 3, 1).reshape(a.shape[0], -1) for a in xs], 1)[:, :, None, None]
        else:
            pool = F.max_pool2d if l["op"] == "max" else F.avg_pool2d
            y = pool(x, l["kernel"], l.get("stride", 1), l.get("padding", 0))
        return F.relu(y) if l.get("relu") else y

    def convcaps3d(self, l, x):
        b, c, h, w = x.shape
        dim_in = self.parts[l["name"]].weight.shape[1]
        y = self.conv(l, x.reshape(b * (c // dim_in), dim_in, h, w))
        h, w = y.shape[2:]
        votes = y.view(b, c // dim_in, l["types"], l["dim"], h, w).permute(0, 4, 5, 1, 2, 3)
        v = route(votes, l.get("iterations", 3))
        return v.permute(0, 3, 4, 1, 2).reshape(b, -1, h, w)

    def forward(self, x, keep=None):
        """Class capsules [b, classes, dim] or scores [b, classes]; `keep`: a dict for every result."""
        results = {"input": x}
        for l in self.spec["layers"]:
            results[l["name"]] = y = self.apply_layer(l, [results[n] for n in self.inputs[l["name"]]])
        if keep is not None:
            keep.update(results)
        dim = self.shapes[l["name"]][3]
        return y.reshape(len(x), -1, dim) if dim else y.reshape(len(x), -1)

    def tensors(self):
        """The tensors of the safetensors file, by their documented names."""
        return {n[len("parts."):]: t for n, t in self.state_dict().items() if not n.endswith("num_batches_tracked")}

    def parameter_count(self):
        """By docs/networks.md: batch normalisation folded, so that it leaves one bias a channel."""
        return sum(part.weight.numel() + (part.weight.shape[0] if self.has_bias(part) else 0)
                   for part in self.parts.values())

    @staticmethod
    def has_bias(part):
        return getattr(part, "bias", None) is not None or getattr(part, "bn", None) is not None
