"""docs/numerics.md a second time: an executor in Python and NumPy, written from that page and not
from the C sources, so that a slip in either shows.  Sections are cited by number.

Codes are NumPy int64 arrays.  Sums are taken term by term in the order of section 5, vectorised only
over the outputs (which do not meet each other), so there is one path for wide and narrow widths.
"""
import math

import numpy as np

SIGN_MAGNITUDE, ALIGNED, AFFINE = "sign_magnitude", "sign_magnitude_aligned", "affine"
SIGNED = "signed"
MAPPINGS = (SIGN_MAGNITUDE, ALIGNED, AFFINE, SIGNED)
GROUPS = ("layer", "votes", "sum", "update", "squash")
CAPSULE_SCALE = 1 / 128
CAPSULES = ("primarycaps", "convcaps2d", "convcaps3d", "classcaps") # kinds that end with a squash


class Config:
    """The keys of a run that decide arithmetic.  tables: group -> 65,536 products, index x << 8 | y."""

    def __init__(self, mapping, tables, swap_operands=False, zero_gating=False, psum_bits=25,
                 acc_bits=32, saturate=False, requant="multiplier", iterations=0, rows=16,
                 patches=()):
        self.mapping, self.swap_operands, self.zero_gating = mapping, swap_operands, zero_gating
        self.tables = {g: np.asarray(t).astype(np.int64) for g, t in tables.items()}
        self.psum_bits, self.acc_bits, self.saturate = psum_bits, acc_bits, saturate
        self.requant, self.iterations, self.rows = requant, iterations, rows
        self.patches = set(patches)     # indices of layers that are read as patches


# -- section 3: the product of two codes -------------------------------------------------------

def look_up(config, group, x, y):
    """T as swap_operands and zero_gating leave it."""
    table = config.tables[group]
    first, second = (y, x) if config.swap_operands else (x, y)
    if config.mapping == SIGNED:
        words = table[first % 256 << 8 | second % 256]
        product = np.where(words >= 1 << 15, words - (1 << 16), words)
    else:
        product = table[first << 8 | second]
    return np.where((x == 0) | (y == 0), 0, product) if config.zero_gating else product


def zero_point(config, signed):
    return 128 if config.mapping == AFFINE and signed else 0


def operand(config, code, signed):
    """What the table sees of a code."""
    if config.mapping == AFFINE:
        return code + zero_point(config, signed)
    if config.mapping == SIGNED:
        return code if signed else np.minimum(127, (code + 1) >> 1)
    return 2 * np.abs(code) if config.mapping == ALIGNED and signed else np.abs(code)


def doublings(config, a_signed, w_signed):
    """e: p is worth S_a S_w / 2^e."""
    if config.mapping == SIGNED:
        return -int(not a_signed) - int(not w_signed)
    return int(a_signed) + int(w_signed) if config.mapping == ALIGNED else 0


# -- sections 4, 5: the sum --------------------------------------------------------------------

def narrow(config, value, bits):
    """N of section 5 on an array: (result, number of events)."""
    lo, hi = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    events = int(np.count_nonzero((value < lo) | (value > hi)))
    if not events:
        return value, 0
    if config.saturate:
        return np.clip(value, lo, hi), events
    return ((value - lo) & ((1 << bits) - 1)) + lo, events


def sum_of_products(config, group, a, w, a_signed, w_signed, run_length):
    """P and the number of overflows.  a, w: codes with the terms along the first axis, the others
    broadcast against each other.  run_length: terms of one group of section 5."""
    shape = np.broadcast(a[0], w[0]).shape
    acc = np.zeros(shape, np.int64)
    x_sum, y_sum = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    z_a, z_w = zero_point(config, a_signed), zero_point(config, w_signed)
    terms, events = len(a), 0
    assert len(w) == terms and terms % run_length == 0
    for run in range(0, terms, run_length):
        for first in range(run, run + run_length, config.rows):
            psum = np.zeros(shape, np.int64)
            for k in range(first, min(first + config.rows, run + run_length)):
                x, y = operand(config, a[k], a_signed), operand(config, w[k], w_signed)
                p = look_up(config, group, x, y)
                if config.mapping in (SIGN_MAGNITUDE, ALIGNED):
                    p = np.where((a[k] < 0) != (w[k] < 0), -p, p)
                psum, cut = narrow(config, psum + p, config.psum_bits)
                events += cut
                x_sum += x
                y_sum += z_w - y
            acc, cut = narrow(config, acc + psum, config.acc_bits)
            events += cut
    if config.mapping == AFFINE:
        acc = acc - z_w * x_sum + z_a * y_sum
    return acc, events


def exact_sum(config, a, w, a_signed, w_signed):
    """P of the exact product from the same operands, in the same unit, no width in its way."""
    e, total = doublings(config, a_signed, w_signed), 0
    for k in range(len(a)):
        if config.mapping == SIGNED:
            total = total + operand(config, a[k], a_signed) * operand(config, w[k], w_signed)
        else:
            total = total + ((a[k] * w[k]) << e)
    return total


def scaled_bias(bias, e):
    """round_half_away(b 2^e), on an array or a number."""
    if e >= 0:
        return bias * 2 ** e
    return np.sign(bias) * ((2 * np.abs(bias) + 2 ** -e) // (2 * 2 ** -e))


def round_half_away_ratio(num, den):
    q = (2 * abs(num) + den) // (2 * den)
    return -q if num < 0 else q


# -- section 6: requantisation -----------------------------------------------------------------

def multiplier_and_shift(ratio, mode):
    assert 2.0 ** -40 <= ratio <= 2.0 ** 14
    f, x = math.frexp(ratio)
    if mode == "shift":
        return 1 << 15, 15 - (x - 1 if f < math.sqrt(0.5) else x)
    m = math.floor(f * 65536 + 0.5)
    if m == 1 << 16:
        m, x = 1 << 15, x + 1
    return m, 16 - x


def requantise(level, ratio, mode, e, lo, hi):
    m, shift = multiplier_and_shift(ratio, mode)
    t = shift + e
    magnitude = np.abs(level)
    assert int(magnitude.max(initial=0)) < 1 << 46 and t >= 0
    if t > 62:
        return np.zeros_like(level)
    magnitude = magnitude * m
    if t:
        magnitude = (magnitude + (1 << (t - 1))) >> t
    return np.clip(np.sign(level) * magnitude, lo, hi)


def rescale(codes, ratios, lo, hi):
    """add: both codes; concat: one."""
    top = max(ratios)
    assert 2.0 ** -15 <= top <= 2.0 ** 14
    _, x = math.frexp(top)
    t = 16 - x
    if math.floor(top * 2.0 ** t + 0.5) == 1 << 16:
        t = 15 - x
    level = sum(a * math.floor(r * 2.0 ** t + 0.5) for a, r in zip(codes, ratios))
    return np.clip(np.sign(level) * ((np.abs(level) + (1 << (t - 1))) >> t), lo, hi)


# -- section 7: squash -------------------------------------------------------------------------

def squash_table(s_scale, dim):
    """(coef[1024], h, g)"""
    g = 0
    while math.isqrt(4 * dim * 127 ** 2) >> g > 1023:
        g += 1
    c = []
    for i in range(1024):
        norm = (i * 2.0 ** g + (2.0 ** g - 1) / 2) / 2 * s_scale
        c.append(s_scale * norm / (1 + norm * norm) * 128)
    h = max(k for k in range(31) if math.floor(max(c) * 2.0 ** k + 0.5) <= 65535)
    return [min(math.floor(v * 2.0 ** h + 0.5), 65535) for v in c], h, g


def squash(config, codes, s_scale):
    """codes [..., D] to codes Q0.7."""
    coef, h, g = squash_table(s_scale, codes.shape[-1])
    aligned = config.mapping == ALIGNED
    m = np.abs(codes) * (2 if aligned else 1)
    squares = np.maximum(0, look_up(config, "squash", m, m)).sum(-1)
    if aligned:
        squares = squares >> 2
    out = np.zeros_like(codes)
    for at in np.ndindex(squares.shape):
        index = min(math.isqrt(4 * int(squares[at])) >> g, 1023)
        for d, q in enumerate(codes[at]):
            v = round_half_away_ratio(int(q) * coef[index], 1 << h)
            out[at][d] = max(-127, min(127, v))
    return out


# -- section 8: softmax ------------------------------------------------------------------------

def exp(x):
    y = x / 64
    term = total = 1.0
    for i in range(1, 21):
        term = term * y / i
        total = total + term
    for _ in range(6):
        total = total * total
    return total


def softmax_table(logit_scale):
    return [0 if d * logit_scale > 64 else math.floor(255 * exp(-(d * logit_scale)) + 0.5)
            for d in range(256)]


def softmax(table, logits):
    """logits [I][J] to couplings Q0.8."""
    out = np.zeros_like(logits)
    for i, row in enumerate(logits):
        e = [table[int(row.max() - b)] for b in row]
        s = sum(e)
        out[i] = [min(255, (256 * v + s // 2) // s) for v in e]
    return out


# -- sections 2, 9: layers and networks --------------------------------------------------------

def conv_terms(layer, x):
    """Codes [K][positions][1] of a map [h][w][c] under the kernel, and the output's sides."""
    (k_h, k_w), stride, pad = layer["kernel"], layer["stride"], layer["padding"]
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    h, w = (x.shape[0] - k_h) // stride + 1, (x.shape[1] - k_w) // stride + 1
    terms = np.stack([x[y * stride:y * stride + k_h, z * stride:z * stride + k_w].reshape(-1)
                      for y in range(h) for z in range(w)], axis=-1)
    return terms[:, :, None], h, w


def vote_terms(layer, x, types):
    """convcaps3d: codes [K][positions][types][1][1] of a map [h][w][types dim], and the output's sides."""
    (k_h, k_w), stride, pad = layer["kernel"], layer["stride"], layer["padding"]
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    h, w = (x.shape[0] - k_h) // stride + 1, (x.shape[1] - k_w) // stride + 1
    x = x.reshape(*x.shape[:2], types, -1)
    terms = np.array([[x[y * stride:y * stride + k_h, z * stride:z * stride + k_w, i].reshape(-1)
                       for i in range(types)] for y in range(h) for z in range(w)])
    return terms.transpose(2, 0, 1)[:, :, :, None, None], h, w


def windows(layer, x, outside):
    """Codes [places][h][w][c] under each place of a pool's kernel."""
    (k_h, k_w), stride, pad = layer["kernel"], layer["stride"], layer["padding"]
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)), constant_values=outside)
    h, w = (x.shape[0] - k_h) // stride + 1, (x.shape[1] - k_w) // stride + 1
    return np.stack([x[y:y + h * stride:stride, z:z + w * stride:stride][:h, :w]
                     for y in range(k_h) for z in range(k_w)])


class Executor:
    """One network under one configuration.

    network: {"input_sign", "input_scale", "layers": [{"name", "kind", "input" (index, -1: the
    network's), "weight" (native layout), "bias", scales and shapes as in network.yaml}]}.
    tensors: after run(), (layer, tensor, iteration) -> codes or sums.  overflows: by layer, over all
    runs."""

    def __init__(self, network, config):
        self.network, self.config = network, config
        self.overflows = [0] * len(network["layers"])
        self.tensors = {}
        self.q = {}             # bias calibration: (layer, group) -> array
        self.measured = -1      # layer whose errors are collected
        self.errors = {}        # (layer, group) -> [sum, count]

    def group_sum(self, index, group, a, w, a_signed, w_signed, run_length, channel_axes):
        """P; while this layer is calibrated also its error, summed over all but channel_axes."""
        p, events = sum_of_products(self.config, group, a, w, a_signed, w_signed, run_length)
        self.overflows[index] += events
        if index == self.measured:
            error = p - exact_sum(self.config, a, w, a_signed, w_signed)
            others = tuple(d for d in range(p.ndim) if d not in channel_axes)
            count = p.size // math.prod(p.shape[d] for d in channel_axes)
            old = self.errors.get((index, group), [0, 0])
            self.errors[index, group] = [old[0] + error.sum(others), old[1] + count]
        return p

    def to_codes(self, index, group, p, ratio, a_signed, w_signed, lo, hi, bias=0):
        e = doublings(self.config, a_signed, w_signed)
        level = p + scaled_bias(bias, e) + self.q.get((index, group), 0)
        return requantise(level, ratio, self.config.requant, e, lo, hi)

    def run_dense(self, index, layer, x, signed, scale):
        """conv2d, primarycaps, fc"""
        put = self.tensors.__setitem__
        if layer["kind"] == "fc":
            a, h, w = x.reshape(-1, 1, 1), 1, 1
            run_length = len(a)
        else:
            a, h, w = conv_terms(layer, x)
            run_length = layer["kernel"][1] * x.shape[2]
        if index in self.config.patches:
            run_length = len(a)
        weight = layer["weight"].reshape(len(a), 1, -1)
        p = self.group_sum(index, "layer", a, weight, signed, True, run_length, (1,))
        put((index, "sums", 0), p.reshape(h, w, -1))
        caps = layer["kind"] in ("primarycaps", "convcaps2d")
        lo, hi = (0, 255) if not caps and layer["result_sign"] == "u8" else (-127, 127)
        if layer.get("relu"):
            lo = 0
        ratio = (scale * layer["weight_scale"]) / layer["pre_scale" if caps else "result_scale"]
        codes = self.to_codes(index, "layer", p, ratio, signed, True, lo, hi, layer.get("bias", 0))
        if caps:
            put((index, "pre", 0), codes.reshape(h, w, -1))
            codes = squash(self.config, codes.reshape(-1, layer["dim"]), layer["pre_scale"])
        result = codes.reshape(h, w, -1)
        put((index, "result", 0), result)
        return result

    def run_classcaps(self, index, layer, x, signed, scale):
        weight = layer["weight"]                        # [i][k][j][d]
        caps, k_dim, classes, dim = weight.shape
        u = x.reshape(caps, k_dim)
        p = self.group_sum(index, "votes", u.T[:, :, None, None], weight.transpose(1, 0, 2, 3), signed,
                           True, k_dim, (1, 2))         # [i][j][d]
        v = self.route(index, layer, p[None], signed, scale)
        return v.reshape(1, 1, -1)

    def run_convcaps3d(self, index, layer, x, signed, scale):
        weight = layer["weight"]                        # [k_y][k_x][k][j][d]
        k_dim = weight.shape[2]
        a, h, w = vote_terms(layer, x, x.shape[2] // k_dim)
        p = self.group_sum(index, "votes", a, weight.reshape(-1, 1, 1, *weight.shape[3:]), signed, True, k_dim,
                           (2, 3))                      # [p][i][j][d]
        return self.route(index, layer, p, signed, scale).reshape(h, w, -1)

    def route(self, index, layer, p, signed, scale):
        """Sums of votes [p][i][j][d] to capsules [p][j][d]: section 9 at each position."""
        put, kept = self.tensors.__setitem__, {}
        put((index, "sums", 0), p)
        votes = self.to_codes(index, "votes", p, (scale * layer["weight_scale"]) / layer["votes_scale"],
                              signed, True, -127, 127)
        put((index, "votes", 0), votes)
        v = [self.route_position(index, layer, at, lambda *key: kept.setdefault(key[:2], []).append(key[2]))
             for at in votes]
        for (tensor, t), values in kept.items():
            put((index, tensor, t), np.stack(values))
        put((index, "result", 0), np.stack(v))
        return np.stack(v)

    def route_position(self, index, layer, votes, put):
        caps, classes, dim = votes.shape
        iterations = self.config.iterations or layer["iterations"]
        table = softmax_table(layer["logit_scale"])
        logits = np.zeros((caps, classes), np.int64)
        for t in range(iterations):
            coupling = softmax(table, logits)
            put("coupling", t, coupling)
            p = self.group_sum(index, "sum", coupling[:, :, None], votes, False, True, caps, (0, 1))
            s = self.to_codes(index, "sum", p, (1 / 256 * layer["votes_scale"]) / layer["pre_scale"],
                              False, True, -127, 127)
            put("pre", t, s)
            v = squash(self.config, s, layer["pre_scale"])
            put("v", t, v)
            if t == iterations - 1:
                return v
            p = self.group_sum(index, "update", votes.transpose(2, 0, 1), v.T[:, None, :], True, True,
                               dim, (1,))               # [i][j]
            delta = self.to_codes(index, "update", p,
                                  (layer["votes_scale"] * CAPSULE_SCALE) / layer["logit_scale"],
                                  True, True, -127, 127)
            logits = np.clip(logits + delta, -127, 127)
            put("logits", t, logits)

    def run_pair(self, index, layer, one, two):
        """add, concat; one, two: (codes, signed, scale)"""
        signed = layer["result_sign"] == "s8"
        lo, hi = (-127, 127) if signed else (0, 255)
        lo = 0 if layer.get("relu") else lo
        ratios = [x[2] / layer["result_scale"] for x in (one, two)]
        if layer["kind"] == "add":
            result = rescale([one[0], two[0]], ratios, lo, hi)
        else:
            result = np.concatenate([rescale([x[0]], [r], lo, hi).reshape(-1)
                                     for x, r in zip((one, two), ratios)]).reshape(1, 1, -1)
        self.tensors[index, "result", 0] = result
        return result

    def run_pool(self, index, layer, x, signed, scale):
        if layer["op"] == "max":
            result = windows(layer, x, -1 << 20).max(0)
        else:
            k_h, k_w = layer["kernel"]
            lo, hi = (-127, 127) if signed else (0, 255)
            result = requantise(windows(layer, x, 0).sum(0), scale / (k_h * k_w * layer["result_scale"]),
                                self.config.requant, 0, lo, hi)
        self.tensors[index, "result", 0] = result
        return result

    def run(self, pixels):
        """The answer for codes [h][w][c]."""
        net = self.network
        results = {-1: (np.asarray(pixels, np.int64), net["input_sign"] == "s8", net["input_scale"])}
        self.tensors = {}
        for index, layer in enumerate(net["layers"]):
            x, signed, scale = results[layer["input"]]
            if layer["kind"] in ("add", "concat"):
                codes = self.run_pair(index, layer, results[layer["input"]], results[layer["input2"]])
            else:
                run = getattr(self, "run_" + layer["kind"], self.run_dense)
                codes = run(index, layer, x, signed, scale)
            if layer["kind"] in CAPSULES:
                results[index] = codes, True, CAPSULE_SCALE
            else:
                results[index] = codes, layer["result_sign"] == "s8", layer["result_scale"]
        last = net["layers"][-1]
        codes = codes.reshape(-1)
        if last["kind"] in CAPSULES:
            codes = (codes.reshape(-1, last["dim"]) ** 2).sum(-1)
        return int(np.argmax(codes))                    # the first of equals

    def calibrate(self, images):
        """Section 4, layer by layer; overflows of these runs are not counted."""
        self.q = {}
        for index in range(len(self.network["layers"])):
            self.measured, self.errors = index, {}
            for pixels in images:
                self.run(pixels)
            for key, (total, count) in self.errors.items():
                self.q[key] = np.array([-round_half_away_ratio(int(v), count)
                                        for v in np.ravel(total)]).reshape(np.shape(total))
        self.measured, self.overflows = -1, [0] * len(self.network["layers"])
