"""Do the PyTorch module, the Python count and `capsacc-sim estimate` agree on parameters and MACs?

    python3 tests/cli/network_counts.py PROGRAM FOLDER     from the repository root; FOLDER for files

One line a network that does not agree, then "compared N".  Needs PyTorch and PyYAML.
"""
import csv
import json
import os
import subprocess
import sys

import yaml

sys.path.insert(0, "models")
from architectures import count, from_genotype  # noqa: E402
from network import Network  # noqa: E402
from train_network import NETWORKS  # noqa: E402

# What the released ones do not have: a class cell, a skip to the first row, capsules without a convolution, a
# convolution over capsules, a stride in a cell.
MORE = {
    "class-cell": "[[0,12,1,1,3,1,12,8,1],[2,12,8,1,3,2,6,2,4],[2,6,2,4,3,1,6,4,4],[2,6,4,4,1,1,1,3,4],[2],[1]]",
    "skip": "[[1,12,2,1,3,2,6,4,4],[1,6,4,4,3,1,6,2,4],[1,6,2,4,1,1,1,5,8],[1],[2]]",
    "chain": "[[1,12,1,1,5,2,6,4,4],[0,6,16,1,3,1,6,8,1],[1,6,8,1,3,3,2,2,8],[1,2,2,8,1,1,1,10,16],[-1],[1]]",
}


def networks():
    for name, text in MORE.items():
        yield name, from_genotype(json.loads(text))
    with open("tests/data/nascaps.csv", newline="") as f:
        for row in csv.DictReader(f):
            yield row["name"], from_genotype(json.loads(row["genotype"]))
    for name, recipe in NETWORKS.items():
        yield name, recipe["spec"]
    for name in "lenet", "deepcaps":
        with open("models/%s.yaml" % name) as f:
            yield name, yaml.safe_load(f)


def estimated(program, folder, name, spec):
    """What the C program says of the same layer list."""
    path = os.path.join(folder, "network.yaml")
    with open(path, "w") as f:
        yaml.safe_dump(dict(name=name, format="float32", weights="none.safetensors", capsule_order="y_x_type",
                            classes=spec["classes"], input=spec["input"], layers=spec["layers"]), f)
    r = json.loads(subprocess.run([program, "estimate", path, "--json"], check=True, stdout=subprocess.PIPE).stdout)
    return r["memory"]["parameters"], r["memory"]["macs"]


compared = 0
for name, spec in networks():
    module = Network(spec)
    found = [(module.parameter_count(), module.macs), count(spec), estimated(*sys.argv[1:3], name, spec)]
    if len(set(found)) > 1:
        print("%s: PyTorch %s, Python's count %s, estimate %s" % (name, *found))
    compared += 1
print("compared %d" % compared)
