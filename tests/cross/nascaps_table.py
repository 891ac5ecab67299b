#!/usr/bin/env python3
"""The cost of every genotype of a nascaps.csv by this program's cycle model and by NASCaps's equations, as a
Markdown table, with the rank correlations (docs/nascaps.md).

    python3 tests/cross/nascaps_table.py tests/data/nascaps.csv [build/capsacc-sim]
"""
import csv
import json
import os
import subprocess
import sys
import tempfile


def estimate(program, genotype):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "g.json")
        with open(path, "w") as f:
            f.write(genotype)
        return json.loads(subprocess.run([program, "estimate", path, "--json"], check=True, capture_output=True,
                                         text=True).stdout)


def kendall(a, b):
    """tau-b's numerator over all pairs that neither side ties."""
    pairs = [((a[i] > a[j]) - (a[i] < a[j])) * ((b[i] > b[j]) - (b[i] < b[j]))
             for i in range(len(a)) for j in range(i) if a[i] != a[j] and b[i] != b[j]]
    return sum(pairs) / len(pairs)


def main():
    program = sys.argv[2] if len(sys.argv) > 2 else "build/capsacc-sim"
    seen, rows = set(), []
    for row in csv.DictReader(open(sys.argv[1], newline="")):
        if row["genotype"] not in seen:  # the released file has one network under two names
            seen.add(row["genotype"])
            rows.append((row["name"].split("/")[-1][:8], estimate(program, row["genotype"])))
    print("| network | MACs | cycles | util % | ms | energy uJ | memory KiB | released: ms, mJ, KiB | printed: ms, mJ, KiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, r in rows:
        m, t, n = r["memory"], r["timing"], r["nascaps"]
        model = (m["weight_bytes"] + m["peak_activation_bytes"]) / 1024
        published = ["%.3f, %.2f, %.0f" % (n[v]["latency_ms"], n[v]["energy_mj"], n[v]["memory_bytes"] / 1024)
                     for v in ("released", "paper")]
        print("| %s | %.1f M | %d | %.1f | %.2f | %.0f | %.0f | %s | %s |" % (
            name, m["macs"] / 1e6, t["cycles"], 100 * t["utilization"], t["latency_ms"], r["energy"]["total_uj"], model,
            *published))
    for what, mine, theirs in (("latency", lambda r: r["timing"]["cycles"], "latency_ms"),
                               ("energy", lambda r: r["energy"]["total_uj"], "energy_mj"),
                               ("memory", lambda r: r["memory"]["weight_bytes"], "memory_bytes")):
        tau = kendall([mine(r) for _, r in rows], [r["nascaps"]["released"][theirs] for _, r in rows])
        print("\nKendall's tau of %s, this model against the released one: %.2f" % (what, tau), end="")
    print()


if __name__ == "__main__":
    main()
