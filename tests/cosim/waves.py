"""Hold a file of waveforms against the table of the run that wrote it.

python3 waves.py WAVES.vcd|WAVES.fst COSIM.json STEP|CYCLES: what was recorded is step STEP, or the first
CYCLES cycles.
"""
import json
import struct
import sys

# Of every module on the way down, and the ports that docs/rtl.md names.
SIGNALS = {"clk_i", "rst_ni", "start_i", "done_o", "running_o", "step_o", "ret_valid_o", "ret_data_o", "w_req_valid_o"}
SCOPES = {"capsacc_top", "u_control", "u_compute", "u_array", "u_squash", "u_softmax"}


def read_vcd(path):
    """Names of signals, names of scopes, and for each time the values of the signals of SIGNALS."""
    names, scopes, ids, values, times = set(), set(), {}, {}, []
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[:1] == ["$enddefinitions"]:
                break
            if words[:1] == ["$scope"]:
                scopes.add(words[2])
            elif words[:1] == ["$var"]:
                names.add(words[4])
                if words[4] in SIGNALS:
                    ids.setdefault(words[3], words[4])
        for line in file:
            if line[0] == "#":
                times.append((int(line[1:]), {}))
            elif line.strip():
                value, code = (line[1:].split() if line[0] == "b" else (line[0], line[1:].strip()))
                if code in ids:
                    values[ids[code]] = int(value, 2)
                    times[-1][1].update(values)
    return names, scopes, times


def check_vcd(path, cycles, step):
    names, scopes, times = read_vcd(path)
    assert SIGNALS <= names, SIGNALS - names
    assert SCOPES <= scopes, SCOPES - scopes
    stamps = [t for t, _ in times]
    assert stamps == sorted(set(stamps)), "times do not ascend"
    clocks = [v["clk_i"] for _, v in times if "clk_i" in v]
    assert clocks.count(1) == clocks.count(0) == cycles, (clocks.count(1), clocks.count(0), cycles)
    steps = {v["step_o"] for _, v in times if "step_o" in v}
    assert steps == {step} if step is not None else 0 in steps, (steps, step)


def check_fst(path, cycles):
    """The header as gtkwave's fstapi.c writes it, and the chain of blocks; values stay compressed."""
    with open(path, "rb") as file:
        data = file.read()
    kind, length, start, end, endian = struct.unpack(">BQQQ8s", data[:33])
    assert kind == 0 and length == 329, (kind, length)
    assert struct.unpack("<d", endian)[0] == 2.7182818284590452354, endian
    scopes, names = struct.unpack(">QQ", data[41:57])
    assert scopes > 20 and names > 1000, (scopes, names)
    assert end - start == 10 * cycles - 5, (start, end, cycles)
    at, kinds = 0, []
    while at < len(data):
        kind, length = struct.unpack(">BQ", data[at:at + 9])
        kinds.append(kind)
        at += 1 + length
    assert at == len(data) and len(kinds) >= 4, (at, len(data), kinds)


def main():
    path, table, what = sys.argv[1:]
    with open(table, encoding="ascii") as file:
        steps = json.load(file)["steps"]
    names = [s["name"] for s in steps]
    step = names.index(what) if what in names else None
    cycles = int(what) if step is None else steps[step]["rtl_cycles"]
    assert cycles > 50, cycles
    if path.endswith(".vcd"):
        check_vcd(path, cycles, step)
    else:
        check_fst(path, cycles)


main()
