"""Does `capsacc-sim quantize` see the network that PyTorch trained?  As many images right in float32.

    python3 tests/cli/trained_network.py PROGRAM FOLDER DATA     from the repository root; DATA has `mnist`

One line a network; networks whose capsules are read by class capsules, by a fully connected layer, behind an
addition, a pool and a concatenation, with and without batch normalisation, as models/train_network.py writes them.
"""
import os
import subprocess
import sys

import torch
import yaml

sys.path.insert(0, "models")
from architectures import check, from_genotype  # noqa: E402
from capsnet import margin_loss  # noqa: E402
from network import Network  # noqa: E402
from train_network import accuracy, fit, read_set, score, take_images, write  # noqa: E402

CONV = dict(name="conv", kind="conv2d", channels=8, kernel=5, stride=2, relu=True)
PRIMARY = dict(name="caps", kind="primarycaps", types=4, dim=4, kernel=3, stride=2)
CAPS = dict(PRIMARY, kind="convcaps2d", batchnorm=True)
MORE = dict(name="more", kind="convcaps3d", types=4, dim=4, kernel=3, stride=1, padding=1, iterations=2)
ADD = dict(name="add", kind="add", inputs=["caps", "more"])
CLASS = dict(name="class", kind="classcaps", channels=10, dim=6, iterations=2)
FC = dict(name="class", kind="fc", channels=10)
LISTS = {
    "primarycaps to class capsules": [CONV, PRIMARY, CLASS],
    "convcaps2d to class capsules": [CONV, CAPS, CLASS],
    "convcaps3d to class capsules": [CONV, CAPS, MORE, CLASS],
    "addition to class capsules": [CONV, CAPS, MORE, ADD, CLASS],
    "concatenation to class capsules": [CONV, CAPS, MORE, dict(ADD, kind="concat"), CLASS],
    "primarycaps to fc": [CONV, PRIMARY, FC],
    "convcaps3d to fc": [CONV, CAPS, MORE, FC],
    "concatenation to fc": [CONV, CAPS, MORE, dict(ADD, kind="concat"), FC],
    "class capsules to fc": [CONV, PRIMARY, dict(CLASS, name="lower", channels=6), FC],
    "map to fc": [dict(CONV, batchnorm=True, bias=True), dict(name="pool", kind="pool", op="max", kernel=2, stride=2), FC],
}


def networks():
    for name, layers in LISTS.items():
        spec = dict(classes=10, input=dict(h=16, w=16, c=1, resize="bilinear"), layers=layers)
        check(spec)
        yield name, spec
    yield "genotype without a skip", from_genotype([[0, 16, 1, 1, 3, 2, 8, 8, 1], [1, 8, 8, 1, 3, 2, 4, 4, 4],
                                                    [1, 4, 4, 4, 4, 1, 1, 10, 6], [-1], [2]])


def train(net, images, labels):
    """Until nearly all images are known: a network read in another order knows one in ten."""
    opt = torch.optim.Adam(net.parameters(), 5e-3)
    for _ in range(300):
        out = net(fit(images, net))
        loss = margin_loss(out, labels) if out.dim() == 3 else torch.nn.functional.cross_entropy(out, labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if int((score(out).argmax(1) == labels).sum()) == len(labels) and float(loss.detach()) < 0.05:
            return


program, folder, data = sys.argv[1:]
torch.manual_seed(1)
torch.set_num_threads(1)
images, labels = read_set(os.path.join(data, "mnist"), "test")
for name, spec in networks():
    net = Network(take_images(spec, images, labels))
    train(net, images, labels)
    right, out = accuracy(net, images, labels), os.path.join(folder, name.replace(" ", "-"))
    os.makedirs(out)
    write(out, name.replace(" ", "-"), net, dict(test_correct=right, test_images=len(labels), seed=1, epochs=1, of=1,
                                                 torch=torch.__version__))
    said = subprocess.run([program, "quantize", out, "--data", "mnist", "--data", data, "--images", "20", "--evaluate",
                           str(len(labels)), "--out", out + "-8", "--set", "run.threads=1"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True).stdout
    want = "%.2f %% float32 network" % (100 * right / len(labels))
    print("ok" if want in " ".join(said.split()) and right > len(labels) // 2 else "not ok: %d right, %s" % (right, said), "-", name)
