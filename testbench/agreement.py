#!/usr/bin/env python3
"""The table of docs/cosim.md: whole inferences of capsnet-digits in RTL against the C model, over array
sizes, mappings and multipliers; with data sets at hand also the full-size CapsNet, DeepCaps and a plain CNN
on 16x16.

Usage: testbench/agreement.py [SIZE...], from the root of the source tree.  Exit 1 if anything differs.
"""
import json
import os
import subprocess
import sys

SIZES = ["4x4", "8x8", "16x16", "16x8", "5x7"]
MAPPINGS = ["sign_magnitude", "sign_magnitude_aligned", "affine"]
MULTIPLIERS = ["1JFF", "2HH", "17KS", "JV3", "QKX", "L40", "NGR", "YX7"]
SIGNED = ["EXACTS", "TRUNCS4"]
# Sums that do not fit: narrow partial sums and accumulators, both policies.
WIDTHS = [("psum 15, acc 17, wrap", ["pe.psum_bits=15", "accumulator.bits=17"]),
          ("psum 16, acc 18, saturate", ["pe.psum_bits=16", "accumulator.bits=18", "accumulator.overflow=saturate"])]
# Memories: as configured; half the bandwidth and far away; narrow beats that do not divide a word.
MEMORIES = [("default", []), ("slow", ["dram.cycles_per_beat=2", "dram.latency_cycles=200"]),
            ("3-byte beats", ["dram.beat_bytes=3"])]


def run(config, sets, images=1):
    command = ["build/capsacc-sim", "cosim", config, "--json", "--images", str(images)]
    for word in sets:
        command += ["--set", word]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not done.stdout:
        sys.exit("agreement: %s: %s" % (" ".join(command), done.stderr.strip()))
    result = json.loads(done.stdout)
    result["differences"] = sum(abs(s["rtl_cycles"] - s["model_cycles"]) for s in result["steps"])
    result["overflow"] = sum(o["rtl"] for o in result["overflows"])
    result["overflow_differences"] = sum(abs(o["rtl"] - o["model"]) for o in result["overflows"])
    result["passes"] = sum(s["passes"] for s in result["steps"])
    return result


def row(cells, results):
    words, wrong, passes, wrong_passes, differences, overflows, wrong_overflows, wrong_steps = (
        sum(r[key] for r in results)
        for key in ("words_compared", "mismatches", "passes", "wrong_passes", "differences", "overflow",
                    "overflow_differences", "wrong_cycles"))
    cycles = sorted({r["rtl_cycles"] for r in results})
    print("| %s | %d | %s | %d | %d | %d | %d | %d | %d | %d |" % (
        " | ".join(cells), len(results), " / ".join("{:,}".format(c) for c in cycles), words, wrong,
        passes, wrong_passes, differences, overflows, wrong_overflows), flush=True)
    return wrong + wrong_passes + differences + wrong_steps + wrong_overflows == 0 and words > 0


def main():
    good = True
    print("| array | mapping; widths | memory | inferences | cycles of one | words compared | mismatches | passes | "
          "wrong passes | cycles of difference, all steps | overflows | difference |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for size in sys.argv[1:] or SIZES:
        rows, cols = size.split("x")
        array = ["array.rows=" + rows, "array.cols=" + cols]
        for mapping in MAPPINGS:
            results = [run("configs/run/digits.yaml", array + ["numerics.mapping=" + mapping,
                       "multipliers.default=" + m]) for m in MULTIPLIERS]
            good &= row([size, mapping, "default"], results)
        good &= row([size, "signed", "default"],
                    [run("configs/run/digits.yaml", array + ["numerics.mapping=signed", "multipliers.default=" + m])
                     for m in SIGNED])
        for name, sets in WIDTHS:
            good &= row([size, "all four; " + name, "default"],
                        [run("configs/run/digits.yaml", array + sets + ["numerics.mapping=" + mapping])
                         for mapping in MAPPINGS] +
                        [run("configs/run/digits.yaml", array + sets + ["numerics.mapping=signed",
                             "multipliers.default=EXACTS"])])
        for name, sets in MEMORIES[1:]:
            good &= row([size, MAPPINGS[1], name],
                        [run("configs/run/digits.yaml", array + sets + ["multipliers.default=NGR"])])
    if os.environ.get("CAPSACC_DATA") or os.path.isdir("data"):
        for name, sets in MEMORIES[:2]:
            good &= row(["16x16, CapsNet on MNIST", MAPPINGS[1], name], [run("configs/run/mnist.yaml", sets)])
        for mapping in MAPPINGS:
            good &= row(["16x16, DeepCaps on Fashion-MNIST", mapping, "default"],
                        [run("configs/run/deepcaps.yaml", ["numerics.mapping=" + mapping, "multipliers.default=" + m])
                         for m in ("1JFF", "NGR")])
        good &= row(["16x16, DeepCaps on Fashion-MNIST", MAPPINGS[1], "slow"],
                    [run("configs/run/deepcaps.yaml", MEMORIES[1][1])])
        good &= row(["16x16, All-CNN-C on CIFAR-10", MAPPINGS[1], "default"],
                    [run("configs/run/allcnn.yaml", ["multipliers.default=" + m]) for m in ("1JFF", "NGR")])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
