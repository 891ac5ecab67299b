#!/usr/bin/env python3
"""Train a network that is given as a layer list and write it as float32 safetensors.

    python3 models/train_network.py deepcaps-fashion --data DIR --out build/train/deepcaps-fashion
    python3 models/train_network.py GENOTYPE.json --data DIR --out build/train/mine
    python3 models/train_network.py network.yaml --data DIR --out build/train/mine

A name stands for a layer list of architectures.py; a file is a NASCaps genotype (docs/nascaps.md) or a
network.yaml (docs/networks.md).  DIR holds the IDX files of a set, or CIFAR-10's binary files, or for CIFAR-10
`test_batch.bin.gz` and the JPEG copy of the training images (`train-jpeg.tar.xz`, a folder a class).  The
network takes the images' number of channels; where they have another size they are resized to it.  Writes
OUT/checkpoint.pt after every epoch (the same command, if it was stopped, goes on from it) and
OUT/float.safetensors and OUT/network.yaml, which `capsacc-sim quantize OUT` reads, and OUT/provenance.json.
Convolutions are trained in bfloat16; accuracies are those of float32.  One thread; needs python3-torch,
python3-yaml and, for the JPEG copy, python3-pil.
"""
import argparse
import gzip
import io
import json
import math
import os
import sys
import tarfile
import time

import numpy as np
import torch
import torch.nn.functional as F
import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from architectures import all_cnn_c, check, deepcaps, from_genotype  # noqa: E402
from capsnet import margin_loss  # noqa: E402
from network import Network  # noqa: E402
from train import augment, check_options, fail, load, read_checkpoint, save_safetensors, whole  # noqa: E402

NARROW = dict(side=28, channels=1, conv=32, types=16, dims=(4, 8, 8, 8), class_dim=16)
NETWORKS = {
    "deepcaps-fashion": dict(spec=deepcaps(**NARROW), rate=1e-3, shift=2, flip=True),
    "deepcaps-mnist": dict(spec=deepcaps(**NARROW), rate=1e-3, shift=2, flip=False),
    "deepcaps-cifar10": dict(spec=deepcaps(64, 3, 128, 32, (4, 8, 8, 8)), rate=1e-3, shift=4, flip=True),
    "allcnn-cifar10": dict(spec=all_cnn_c(96), rate=0.1, shift=4, flip=True),
}
CIFAR_CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()


def read_records(folder, names):
    """CIFAR-10's binary files, plain or .gz; None if there are not all of them."""
    paths = [next((p for p in (os.path.join(folder, n), os.path.join(folder, n + ".gz")) if os.path.exists(p)), None)
             for n in names]
    if None in paths:
        return None
    raw = b""
    for path in paths:
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            raw += f.read()
    if not raw or len(raw) % 3073:
        fail("%s: %d bytes in %s, expected records of 3073" % (folder, len(raw), ", ".join(names)))
    return np.frombuffer(raw, np.uint8).reshape(-1, 3073)


def load_cifar(folder, split):
    """Images [n, 3, 32, 32] and labels; training images in the order of the files or of the archive."""
    train = ["data_batch_%d.bin" % i for i in range(1, 6)]
    raw = read_records(folder, ["test_batch.bin"] if split == "test" else train)
    if raw is not None:
        images, labels = raw[:, 1:].reshape(-1, 3, 32, 32), raw[:, 0].astype(np.int64)
    elif split == "test" or not os.path.exists(os.path.join(folder, "train-jpeg.tar.xz")):
        fail("%s: expected %s, plain or .gz%s" % (folder, "test_batch.bin" if split == "test" else ", ".join(train),
                                               "" if split == "test" else ", or train-jpeg.tar.xz"))
    else:
        from PIL import Image
        images, labels = [], []
        with tarfile.open(os.path.join(folder, "train-jpeg.tar.xz")) as archive:
            for member in archive:
                if member.name.endswith(".jpg"):
                    image = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
                    images.append(np.asarray(image).transpose(2, 0, 1))
                    labels.append(CIFAR_CLASSES.index(os.path.basename(os.path.dirname(member.name))))
        images, labels = np.stack(images), np.array(labels, np.int64)
    return torch.from_numpy(images.copy()), torch.from_numpy(labels.copy())


def read_set(folder, split):
    """Images [n, c, h, w] and labels of whichever set the folder holds."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    if any(n.startswith(("data_batch_", "test_batch", "train-jpeg")) for n in names):
        return load_cifar(folder, split)
    return load(folder, split)


def read_network(path):
    """Name and layer list of a genotype or a network.yaml.  ValueError: what is wrong with it."""
    stem, ending = os.path.splitext(os.path.basename(path))
    with open(path) as f:
        if ending == ".json":
            return stem, from_genotype(json.load(f))
        doc = yaml.safe_load(f)
    if doc.get("format", "float32") != "float32":
        raise ValueError("format %s, expected float32: scales are what quantize adds" % doc["format"])
    spec = dict(classes=doc["classes"], input=dict(doc["input"]), layers=doc["layers"])
    check(spec)
    return doc.get("name", stem), spec


def choose(argument, flip):
    """Name and recipe of a known network or of a file."""
    if argument in NETWORKS:
        return argument, NETWORKS[argument]
    if not os.path.isfile(argument):
        fail("%s: neither a file nor one of %s" % (argument, ", ".join(sorted(NETWORKS))))
    try:
        name, spec = read_network(argument)
    except KeyError as e:
        fail("%s: no genotype and no network that can be trained: %s is missing" % (argument, e))
    except (ValueError, TypeError, AttributeError, IndexError, OSError, yaml.YAMLError) as e:
        fail("%s: no genotype and no network that can be trained: %s" % (argument, " ".join(str(e).split())))
    capsules = spec["layers"][-1]["kind"] == "classcaps"
    return name, dict(spec=spec, rate=1e-3 if capsules else 0.1, shift=2, flip=flip)


def take_images(spec, images, labels):
    """The layer list for these images: their channels, and resizing where they have another size."""
    had, (c, h, w) = spec["input"], images.shape[1:]
    if had["h"] != had["w"]:
        fail("input of %dx%d: expected a square one" % (had["h"], had["w"]))
    if int(labels.max()) >= spec["classes"]:
        fail("the labels go up to %d, but the network has %d classes" % (labels.max(), spec["classes"]))
    has = dict(had, c=c)
    if (had["h"], had["w"]) != (h, w):
        has["resize"] = "bilinear"
    if has != had:
        print("input: %s in place of %s, for images of %dx%dx%d" % (has, had, h, w, c))
    return dict(spec, input=has)


def score(out):
    return (out * out).sum(-1) if out.dim() == 3 else out


def fit(x, net):
    """Images at the network's size, as values 0..1."""
    size = (net.spec["input"]["h"], net.spec["input"]["w"])
    x = x.float() / 255
    return x if tuple(x.shape[2:]) == size else F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def accuracy(net, images, labels, batch=250):
    """Images answered rightly, in float32 whatever the network is trained in."""
    trained, net.dtype = net.dtype, torch.float32
    net.eval()
    right = 0
    with torch.no_grad():
        for i in range(0, len(images), batch):
            right += int((score(net(fit(images[i:i + batch], net))).argmax(1) == labels[i:i + batch]).sum())
    net.train()
    net.dtype = trained
    return right


def write(out, name, net, record):
    save_safetensors(os.path.join(out, "float.safetensors"), net.tensors(), {k: str(v) for k, v in record.items()})
    # capsules() of network.py is the order of all that reads them
    doc = dict(name=name, format="float32", weights="float.safetensors", capsule_order="y_x_type",
               classes=net.spec["classes"], float_accuracy=record["test_correct"] / record["test_images"],
               provenance=("trained by models/train_network.py, seed %s, %s epochs of %s, PyTorch %s" % tuple(
                   record[k] for k in ("seed", "epochs", "of", "torch"))),
               input=net.spec["input"], layers=net.spec["layers"])
    with whole(os.path.join(out, "network.yaml")) as f:
        yaml.safe_dump(doc, f, sort_keys=False, default_flow_style=None, width=200)
    with whole(os.path.join(out, "provenance.json")) as f:
        json.dump(record, f, indent=2)
        f.write("\n")


def optimiser(net, rate, capsules):
    """Adam for capsules, momentum for plain convolutions."""
    if capsules:
        return torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-2)
    return torch.optim.SGD(net.parameters(), rate, momentum=0.9, weight_decay=5e-4, nesterov=True)


def train_epoch(net, opt, spec, images, labels, a, epoch, capsules):
    gen = torch.Generator().manual_seed(a.seed * 1000 + epoch)
    order = torch.randperm(len(images), generator=gen)
    steps = len(images) // a.batch
    total, hits, began = 0.0, 0, time.time()
    for step in range(steps):
        t = (epoch + step / steps) / a.epochs
        warm = min(1, t * a.epochs * steps / 300 + 0.01)
        for group in opt.param_groups:
            group["lr"] = spec["rate"] * (0.5 * (1 + math.cos(math.pi * t)) + 0.002) * warm
        idx = order[step * a.batch:(step + 1) * a.batch]
        x, y = augment(fit(images[idx], net), spec["shift"], 0.0, spec["flip"], gen), labels[idx]
        if not capsules:
            x = x.contiguous(memory_format=torch.channels_last)
        out = net(x)
        loss = margin_loss(out, y) if capsules else F.cross_entropy(out, y)
        hits += int((score(out).argmax(1) == y).sum())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        opt.step()
        total += float(loss.detach())
        if step % 100 == 0:
            print("  step %d/%d loss %.4f %.3f s/step" % (step, steps, total / (step + 1),
                                                         (time.time() - began) / (step + 1)), flush=True)
    return total / steps, 100 * hits / (steps * a.batch)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("network", help="one of %s; or a genotype (.json) or network.yaml" % ", ".join(sorted(NETWORKS)))
    ap.add_argument("--data", required=True, help="folder of the data set")
    ap.add_argument("--out", required=True, help="folder for checkpoint and result")
    ap.add_argument("--epochs", type=int, default=30, help="0: write the first weights, untrained")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--images", type=int, help="only the first ones for training, and for testing (all)")
    ap.add_argument("--flip", action="store_true", help="of a file's network: mirror images (no digits, no letters)")
    a = ap.parse_args()
    check_options(a, dict(epochs=0, batch=1, images=1, seed=0))
    name, spec = choose(a.network, a.flip)
    torch.manual_seed(a.seed)
    torch.set_num_threads(1)
    os.makedirs(a.out, exist_ok=True)
    (images, labels), (test_images, test_labels) = ([part[:a.images] for part in read_set(a.data, split)]
                                                    for split in ("train", "test"))
    spec = dict(spec, spec=take_images(spec["spec"], images, labels))
    a.batch = min(a.batch, len(images))
    net = Network(spec["spec"], torch.bfloat16)
    capsules = spec["spec"]["layers"][-1]["kind"] == "classcaps"
    if not capsules:
        net = net.to(memory_format=torch.channels_last)
    opt = optimiser(net, spec["rate"], capsules)
    ckpt, start, seconds = os.path.join(a.out, "checkpoint.pt"), 0, 0.0
    run = dict(network=name, layers=spec["spec"], seed=a.seed, images=len(images), batch=a.batch, flip=spec["flip"])
    state = read_checkpoint(ckpt, run, "cpu")
    if state:
        net.load_state_dict(state["net"])
        opt.load_state_dict(state["opt"])
        start, seconds = state["epoch"], state["seconds"]
        if start > a.epochs:
            fail("%s: has seen %d epochs, more than --epochs %d" % (ckpt, start, a.epochs))

    def save(epochs):
        right = accuracy(net, test_images, test_labels)
        write(a.out, name, net, dict(
            network=name, command="python3 models/train_network.py " + " ".join(sys.argv[1:]), epochs=epochs,
            of=a.epochs, seed=a.seed, batch=a.batch, rate=spec["rate"], torch=torch.__version__,
            test_correct=right, test_images=len(test_labels), train_seconds=round(seconds)))
        return right

    if start >= a.epochs:
        save(start)
    for epoch in range(start, a.epochs):
        began = time.time()
        loss, train = train_epoch(net, opt, spec, images, labels, a, epoch, capsules)
        seconds += time.time() - began
        torch.save(dict(run=run, net=net.state_dict(), opt=opt.state_dict(), epoch=epoch + 1, seconds=seconds),
                   ckpt + ".tmp")
        os.replace(ckpt + ".tmp", ckpt)
        right = save(epoch + 1)
        print("epoch %d/%d loss %.4f train %.2f%% test %d/%d %.0f s" % (
            epoch + 1, a.epochs, loss, train, right, len(test_labels), time.time() - began), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
