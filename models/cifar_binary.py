#!/usr/bin/env python3
"""Write CIFAR-10's binary files from the JPEG copy of its training images (train-jpeg.tar.xz, a folder a class)
and test_batch.bin.gz, so that `capsacc-sim quantize --data DIR` can calibrate on training images.

    /usr/bin/python3 models/cifar_binary.py SOURCE DIR
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from train_network import load_cifar  # noqa: E402


def write(path, images, labels):
    records = np.concatenate([labels.numpy().astype(np.uint8)[:, None], images.numpy().reshape(len(images), -1)], 1)
    with open(path, "wb") as f:
        f.write(records.tobytes())


def main():
    if len(sys.argv) != 3 or "--help" in sys.argv:
        sys.exit(__doc__)
    source, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    images, labels = load_cifar(source, "train")
    order = np.random.default_rng(0).permutation(len(images))  # the archive is sorted by class
    for part in range(5):
        chosen = order[part * 10000:(part + 1) * 10000]
        write(os.path.join(out, "data_batch_%d.bin" % (part + 1)), images[chosen], labels[chosen])
    write(os.path.join(out, "test_batch.bin"), *load_cifar(source, "test"))


if __name__ == "__main__":
    main()
