"""Does a report.json have the keys of its schema, and do its parts add up to its totals?

python3 check_report.py FILE: exit status 0, or an assertion that says what is wrong.
"""
import json
import math
import sys

SHAPE = {
    "schema": str, "network": {"name": str, "parameters": int, "macs": int},
    "dataset": {"name": str, "images": int}, "multipliers": dict, "mapping": str,
    "multiplier_area_um2_per_pe": (int, float),
    "numerics": {"requant": str, "psum_bits": int, "accumulator_bits": int, "overflow": str,
                 "bias_calibration_images": int},
    "accuracy": {"top1": (int, float), "correct": int, "images": int},
    "timing": {"clock_mhz": (int, float), "cycles": int, "latency_ms": (int, float),
               "utilization": (int, float),
               "layers": [{"name": str, "step": str, "macs": int, "cycles": int, "compute_cycles": int,
                           "stall_cycles": int, "bound_cycles": int, "bound_by": str,
                           "utilization": (int, float)}]},
    "memory": {"weight_bytes": int, "peak_activation_bytes": int, "dram_read_bytes": int,
               "dram_write_bytes": int,
               "buffers": [{"name": str, "size_bytes": int, "peak_bytes": int, "reads": int,
                            "writes": int}]},
    "energy": {"total_uj": (int, float), "static_uj": (int, float), "components": dict,
               "layers": [{"name": str, "uj": (int, float)}]},
    "nascaps": {v: {"cycles": int, "latency_ms": (int, float), "energy_mj": (int, float),
                    "memory_bytes": int, "layers": list} for v in ("paper", "released")},
    "overflows": dict,
}


def check(value, shape, path):
    if isinstance(shape, dict):
        assert isinstance(value, dict), path + " is no object"
        for key, part in shape.items():
            assert key in value, "%s.%s is missing" % (path, key)
            check(value[key], part, path + "." + key)
    elif isinstance(shape, list):
        assert isinstance(value, list) and value, path + " is no list or empty"
        for i, item in enumerate(value):
            check(item, shape[0], "%s[%d]" % (path, i))
    else:
        assert isinstance(value, shape) and not isinstance(value, bool), "%s: %r" % (path, value)


def close(a, b, what):
    assert math.isclose(a, b, rel_tol=1e-9), "%s: %r and %r" % (what, a, b)


def main(path):
    with open(path, encoding="utf-8") as file:
        r = json.load(file)
    check(r, SHAPE, "report")
    assert r["schema"] == "capsacc-report/1"
    layers, t, a = r["timing"]["layers"], r["timing"], r["accuracy"]
    pes = r["array"]["rows"] * r["array"]["cols"]
    close(a["top1"], a["correct"] / a["images"], "top1")
    if "float" in a:
        f = a["float"]
        assert f["only_8bit"] - f["only_float"] == a["correct"] - f["correct"], "pairs"
        assert 0 <= f["p_value"] <= 1 and f["only_8bit"] + f["only_float"] <= a["images"] - f["agree"]
    assert r["multiplier_area_um2_per_pe"] > 0
    assert r["dataset"]["images"] == a["images"]
    assert sum(s["cycles"] for s in layers) == t["cycles"], "cycles do not add up"
    assert sum(s["macs"] for s in layers) == r["network"]["macs"], "MACs do not add up"
    close(t["utilization"], r["network"]["macs"] / (pes * t["cycles"]), "utilization")
    close(t["latency_ms"], t["cycles"] / t["clock_mhz"] / 1e3, "latency")
    for s in layers:
        assert s["bound_cycles"] <= s["cycles"], s["step"] + " is below its bound"
        assert 0 <= s["utilization"] <= 1, s["step"] + " is above full utilisation"
        assert s["cycles"] * pes >= s["macs"], s["step"] + " has more MACs than slots"
        assert s["cycles"] == sum(s[c + "_cycles"] for c in
                                  ("compute", "edge", "unit", "fill_drain", "stall")), s["step"]
        assert s["stall_cycles"] == sum(s[c + "_stall_cycles"] for c in ("weight", "buffer", "dram"))
    e = r["energy"]
    close(sum(e["components"].values()), e["total_uj"], "energy by component")
    close(sum(x["uj"] for x in e["layers"]), e["total_uj"], "energy by layer")
    close(sum(x["uj"] for x in e["steps"]), e["total_uj"], "energy by step")
    close(e["components"]["static"], e["static_uj"], "static energy")
    for b in r["memory"]["buffers"]:
        assert b["peak_bytes"] <= b["size_bytes"], b["name"] + " overflows"
    for variant in r["nascaps"].values():
        assert sum(x["cycles"] for x in variant["layers"]) == variant["cycles"]
        assert sum(x["macs"] for x in variant["layers"]) == r["network"]["macs"]
    assert all(x in r["may_overflow"] for x, count in r["overflows"].items() if count)
    assert set(r["overflows"]) == {x["name"] for x in e["layers"]}


main(sys.argv[1])
