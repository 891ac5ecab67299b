#!/usr/bin/env python3
"""Train one of the project's capsule networks and write it as float32 safetensors.

    python3 models/train.py capsnet-mnist --data DIR --out build/train/capsnet-mnist

DIR holds the four IDX files (plain or .gz).  Runs on a GPU where there is one, else on all
cores.  Writes OUT/checkpoint.pt after every epoch (a run that was stopped goes on from it),
OUT/float.safetensors, OUT/network.yaml (`capsacc-sim quantize OUT` reads the two) and
OUT/provenance.json at the end.
"""
import argparse
import contextlib
import gzip
import json
import math
import os
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from capsnet import CapsNet, margin_loss  # noqa: E402

SABOUR = dict(image=28, channels=1, conv1=(9, 1, 256), primary=(9, 2, 32, 8),
              classes=10, class_dim=16)
NETWORKS = {
    "capsnet-mnist": dict(net=SABOUR, rank=64, shift=2, rotate=8.0),
    "capsnet-fashion": dict(net=SABOUR, rank=64, shift=1, rotate=0.0, flip=True),
    "capsnet-digits": dict(net=dict(image=28, channels=1, conv1=(9, 2, 32), primary=(5, 2, 8, 8),
                                    classes=10, class_dim=16, decoder=False), rank=0, shift=0, rotate=0.0),
}


def fail(text):
    """One line on standard error, and exit status 2."""
    print(text, file=sys.stderr)
    sys.exit(2)


def check_options(a, least):
    for name, low in least.items():
        value = getattr(a, name)
        if value is not None and value < low:
            fail("--%s %s: expected %s or more" % (name.replace("_", "-"), value, low))


@contextlib.contextmanager
def whole(path):
    """A text file that is there whole or not at all."""
    with open(path + ".tmp", "w") as f:
        yield f
    os.replace(path + ".tmp", path)


def read_checkpoint(path, run, device):
    """The state that a training of the same `run` left, or None."""
    if not os.path.exists(path):
        return None
    try:
        state = torch.load(path, map_location=device)
    except Exception as e:  # whatever pickle and zip make of a damaged file
        fail("%s: cannot be read (%s); remove it to begin anew" % (path, type(e).__name__))
    had = state.get("run")
    if had is None:
        fail("%s: of an older version of this script; remove it to begin anew" % path)
    for key, value in run.items():
        if had.get(key) != value:
            fail("%s: of another training (%s); give the same command, or remove it to begin anew" % (
                path, "other layers" if key == "layers" else "%s %s, not %s" % (key, had.get(key), value)))
    return state


def read_idx(folder, name):
    for path in (os.path.join(folder, name), os.path.join(folder, name + ".gz")):
        if os.path.exists(path):
            with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
                raw = f.read()
            dims = 3 if "images" in name else 1
            shape = struct.unpack(">%dI" % dims, raw[4:4 + 4 * dims]) if len(raw) >= 4 + 4 * dims else ()
            if raw[:4] != bytes((0, 0, 8, dims)) or len(raw) != 4 + 4 * dims + math.prod(shape):
                fail("%s: not a whole IDX file of bytes in %d dimensions" % (path, dims))
            return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)
    fail("%s: no %s or %s.gz in it" % (folder, name, name))


def load(folder, split):
    prefix = "train" if split == "train" else "t10k"
    images = torch.from_numpy(read_idx(folder, prefix + "-images-idx3-ubyte").copy())
    labels = torch.from_numpy(read_idx(folder, prefix + "-labels-idx1-ubyte").astype(np.int64))
    if len(images) != len(labels) or not len(images):
        fail("%s: %d images and %d labels" % (folder, len(images), len(labels)))
    return images.unsqueeze(1), labels


def augment(x, shift, rotate, flip, gen):
    """Random whole-pixel shifts; rotation and scaling by `rotate` degrees and percent."""
    b, _, n, _ = x.shape
    if rotate:
        a = (torch.rand(b, generator=gen) * 2 - 1) * math.radians(rotate)
        z = 1 + (torch.rand(b, generator=gen) * 2 - 1) * rotate / 100
        theta = torch.zeros(b, 2, 3)
        theta[:, 0, 0] = theta[:, 1, 1] = torch.cos(a) * z
        theta[:, 0, 1], theta[:, 1, 0] = -torch.sin(a) * z, torch.sin(a) * z
        x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False).to(x.device),
                          align_corners=False)
    if flip:
        m = (torch.rand(b, generator=gen) < 0.5).to(x.device)
        x = torch.where(m[:, None, None, None], x.flip(3), x)
    if shift:
        p = F.pad(x, (shift,) * 4)
        d = torch.randint(0, 2 * shift + 1, (b, 2), generator=gen)
        x = torch.stack([p[i, :, d[i, 0]:d[i, 0] + n, d[i, 1]:d[i, 1] + n] for i in range(b)])
    return x


def accuracy(net, images, labels, device, batch=200):
    net.eval()
    right = 0
    with torch.no_grad():
        for i in range(0, len(images), batch):
            x = images[i:i + batch].to(device).float() / 255
            v = net(x)
            right += int(((v * v).sum(-1).argmax(1).cpu() == labels[i:i + batch]).sum())
    net.train()
    return right


def save_safetensors(path, tensors, metadata):
    header, offset, blobs = {"__metadata__": metadata}, 0, []
    for name, t in tensors.items():
        a = np.ascontiguousarray(t.detach().float().cpu().numpy())
        header[name] = {"dtype": "F32", "shape": list(a.shape), "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
        blobs.append(a.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    os.replace(path + ".tmp", path)


NETWORK_YAML = """\
# Float32 network for `capsacc-sim quantize`; written by models/train.py.
name: {name}
format: float32
weights: float.safetensors
capsule_order: type_y_x
classes: {classes}
float_accuracy: {accuracy}
input: {{h: {image}, w: {image}, c: {channels}}}
layers:
  - {{name: conv1, kind: conv2d, channels: {conv1[2]}, kernel: {conv1[0]}, stride: {conv1[1]}, relu: true}}
  - {{name: primarycaps, kind: primarycaps, types: {primary[2]}, dim: {primary[3]}, kernel: {primary[0]}, stride: {primary[1]}}}
  - {{name: classcaps, kind: classcaps, channels: {classes}, dim: {class_dim}, iterations: {iters}}}
"""


def save_network_yaml(path, name, net, accuracy):
    with whole(path) as f:
        f.write(NETWORK_YAML.format(name=name, accuracy=accuracy, **{"iters": 3, **net}))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("network", choices=sorted(NETWORKS))
    ap.add_argument("--data", required=True, help="folder with the IDX files")
    ap.add_argument("--out", required=True, help="folder for checkpoint and result")
    ap.add_argument("--epochs", type=int, default=12)
    ap.add_argument("--full-epochs", type=int, default=2, help="last epochs with the unfactored PrimaryCaps")
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--rate", type=float, default=1.5e-3)
    ap.add_argument("--full-rate", type=float, default=1.5e-4)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--threads", type=int, default=os.cpu_count())
    ap.add_argument("--eval-every", type=int, default=2, help="epochs between printed test accuracies")
    a = ap.parse_args()
    check_options(a, dict(epochs=1, full_epochs=0, batch=1, seed=0, threads=1, eval_every=1))
    spec = NETWORKS[a.network]
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16
    images, labels = load(a.data, "train")
    test_images, test_labels = load(a.data, "test")
    if images.shape[2:] != (spec["net"]["image"],) * 2 or int(labels.max()) >= spec["net"]["classes"]:
        fail("%s: images of %dx%d and labels up to %d, expected %dx%d and up to %d" % (
            a.data, *images.shape[2:], labels.max(), *(spec["net"]["image"],) * 2, spec["net"]["classes"] - 1))
    a.batch = min(a.batch, len(images))
    os.makedirs(a.out, exist_ok=True)
    ckpt = os.path.join(a.out, "checkpoint.pt")
    net = CapsNet(rank=spec["rank"], **spec["net"]).to(device)
    low = max(0, a.epochs - a.full_epochs) if spec["rank"] else a.epochs
    steps = len(images) // a.batch
    start, seconds = 0, 0.0
    opt = torch.optim.Adam(net.parameters(), lr=a.rate)
    run = dict(network=a.network, seed=a.seed, images=len(images), batch=a.batch)  # a schedule may change on the way
    state = read_checkpoint(ckpt, run, device)
    if state:
        start, seconds = state["epoch"], state["seconds"]
        if start > a.epochs:
            fail("%s: has seen %d epochs, more than --epochs %d" % (ckpt, start, a.epochs))
        if state["merged"]:
            net.merge()
            opt = torch.optim.Adam(net.parameters(), lr=a.full_rate)
        net.load_state_dict(state["net"])
        opt.load_state_dict(state["opt"])
    for epoch in range(start, a.epochs):
        if epoch >= low and net.rank:
            net.merge()
            opt = torch.optim.Adam(net.parameters(), lr=a.full_rate)
        gen = torch.Generator().manual_seed(a.seed * 1000 + epoch)
        order = torch.randperm(len(images), generator=gen)
        first, span, peak = (0, low, a.rate) if epoch < low else (low, a.epochs - low, a.full_rate)
        began, total, hits = time.time(), 0.0, 0
        for step in range(steps):
            t = (epoch - first + step / steps) / span
            rate = peak * (0.5 * (1 + math.cos(math.pi * t)) + 0.01) * min(1, t * span * steps / 200 + 0.01)
            for group in opt.param_groups:
                group["lr"] = rate
            idx = order[step * a.batch:(step + 1) * a.batch]
            x = augment(images[idx].to(device).float() / 255, spec["shift"], spec["rotate"],
                        spec.get("flip", False), gen)
            y = labels[idx].to(device)
            v = net(x, dtype)
            loss = margin_loss(v, y)
            hits += int(((v * v).sum(-1).argmax(1) == y).sum())
            if net.decoder is not None:  # reconstruction as a regulariser (section 4.1)
                mask = F.one_hot(y, v.shape[1]).float().unsqueeze(-1)
                loss = loss + 0.392 * F.mse_loss(net.decoder((v * mask).flatten(1)), x.flatten(1))
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            total += float(loss.detach())
            if step % 100 == 0:
                print("  step %d/%d loss %.4f %.2f s/step" % (step, steps, total / (step + 1),
                      (time.time() - began) / (step + 1)), flush=True)
        seconds += time.time() - began
        torch.save({"run": run, "merged": not net.rank and spec["rank"] > 0, "epoch": epoch + 1, "seconds": seconds, "net": net.state_dict(), "opt": opt.state_dict()}, ckpt + ".tmp")
        os.replace(ckpt + ".tmp", ckpt)
        shown = ""
        if (epoch + 1) % a.eval_every == 0 or epoch + 1 in (low, a.epochs):
            shown = "test %d/%d" % (accuracy(net, test_images, test_labels, device), len(test_labels))
        print("epoch %d/%d loss %.4f train %.2f%% %s %.0f s" % (
            epoch + 1, a.epochs, total / steps, 100 * hits / (steps * a.batch), shown, time.time() - began), flush=True)
    right = accuracy(net, test_images, test_labels, device)
    record = {"network": a.network, "command": "python3 models/train.py " + " ".join(sys.argv[1:]), "epochs": a.epochs,
              "full_epochs": a.full_epochs if spec["rank"] else a.epochs, "batch": a.batch, "rate": a.rate,
              "full_rate": a.full_rate, "seed": a.seed, "device": device, "torch": torch.__version__,
              "test_correct": right, "test_images": len(test_labels), "train_seconds": round(seconds)}
    save_safetensors(os.path.join(a.out, "float.safetensors"), net.tensors(),
                     {k: str(v) for k, v in record.items()})
    save_network_yaml(os.path.join(a.out, "network.yaml"), a.network, spec["net"],
                      right / len(test_labels))
    with whole(os.path.join(a.out, "provenance.json")) as f:
        json.dump(record, f, indent=2)
        f.write("\n")
    print("float test accuracy %d/%d = %.2f %%" % (right, len(test_labels), 100 * right / len(test_labels)))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
