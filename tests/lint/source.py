#!/usr/bin/env python3
"""Is the shape of the sources kept?  Every rule is first shown to find what it is for."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import lint_rules as rules  # noqa: E402

C = (".c", ".h")
CODE = C + (".cpp", ".cc", ".hpp", ".sv", ".svh", ".py", ".sh")
TEXT = CODE + (".md", ".yaml", ".yml", ".cff", "Makefile", ".f", "run")

# rule, the sentence, the suffixes it reads, and examples (path, text) that must be found
RULES = [
    (rules.includes, "includes point downwards", C,
     [("sim/io/a.c", '#include "arith/b.h"\n'), ("sim/arith/a.c", '#include "io/b.h"\n'),
      ("sim/cost/a.c", '#include "engine/b.h"\n'), ("sim/base/a.c", '#include "model/b.h"\n'),
      ("sim/io/a.c", '#include "b.h"\n'), ("sim/new/a.c", "")]),
    (rules.banned_calls, "no banned call", C + (".cpp",),
     [("sim/io/a.c", "\tx = atoi(s);\n"), ("tests/a.c", "sprintf (b, f);\n")]),
    (rules.printing, "only sim/cli prints or exits", C,
     [("sim/io/a.c", '\tfprintf(stderr, "x");\n'), ("sim/base/a.c", "\texit(1);\n"),
      ("sim/engine/a.c", '\tprintf("x");\n'), ("sim/study/a.c", "\t_exit(1);\n"),
      ("sim/study/mul_process.c", "\texit(1);\n")]),
    (rules.separation, "sim/cost reads no weights and sim/engine counts no cycles", C,
     [("sim/cost/a.c", "x = layer->w8[0];\n"), ("sim/engine/a.c", "uint64_t compute_cycles;\n")]),
    (rules.leftovers, "nothing is left unfinished", TEXT, [("a.c", "/* TO" "DO */\n")]),
    (rules.machine_paths, "no path of one machine", TEXT,
     [("a.md", "see /ro" "ot/data\n"), ("a.c", 'open("/ho' 'me/me/x")\n')]),
    (rules.file_length, "no file is longer than %d lines" % rules.FILE_LINES_MOST, CODE,
     [("a.c", "\n" * (rules.FILE_LINES_MOST + 1))]),
    (rules.function_length, "no function is longer than %d lines" % rules.FUNCTION_LINES_MOST, C,
     [("a.c", "static int f(int a,\n\tint b)\n{\n" + "\n" * rules.FUNCTION_LINES_MOST + "}\n")]),
]

# what each rule must let through
FINE = [("sim/io/a.c", '#include "io/b.h"\n#include "base/b.h"\n#include <stdio.h>\n'),
        ("sim/report/a.c", '\tfprintf(file, "exit(1) to stderr, atoi(x)"); /* printf(x) */\n'),
        ("sim/study/mul_process.c", "\t\t_exit(127);\n"),
        ("sim/cli/a.c", '#include "report/b.h"\nint main(void)\n{\n\tprintf("x");\n\texit(0);\n}\n'),
        ("sim/cost/a.c", "/* weights: w8 */ uint64_t stall_cycles; snprintf(a, b, c);\n"),
        ("a.md", "[x](../shared/work/) $HOME/data network/work/x\n")]


def project_files():
    """Tracked and new files; without git, everything but what is built."""
    try:
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], check=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
        names = [n for n in out.split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names: # no git, or a tree that another repository ignores
        for folder, inside, files in os.walk("."):
            inside[:] = [d for d in inside if d not in (".git", "build", "results", "data", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, f), ".") for f in files]
    return sorted(n for n in set(names) if os.path.isfile(n) and not os.path.islink(n))


class Tap:
    def __init__(self):
        self.cases = self.failures = 0

    def case(self, sentence, findings):
        self.cases += 1
        self.failures += bool(findings)
        print("%s %d - %s" % ("not ok" if findings else "ok", self.cases, sentence))
        for finding in findings:
            print("# " + finding)


def check_rules(tap):
    missed = ["%s does not find %r in %s" % (rule.__name__, text[:60], path)
              for rule, _, _, examples in RULES for path, text in examples if not rule(path, text)]
    wrong = [finding for rule, *_ in RULES for path, text in FINE for finding in rule(path, text)]
    tap.case("every rule finds what it is for", missed)
    tap.case("no rule finds what is fine", wrong)


def check_sizes(tap, names):
    large = [(n, os.path.getsize(n)) for n in names if os.path.getsize(n) > rules.LARGE_BYTES]
    for name, size in large:
        print("# note: %s has %.1f MB" % (name, size / 1e6))
    tap.case("only trained networks are larger than 4 MB",
             [n for n, _ in large if not (n.startswith("models/") and n.endswith(".safetensors"))])
    tap.case("no data set is committed",
             [n for n in names if os.path.getsize(n) > 200000
              and ("idx3-ubyte" in n or "idx1-ubyte" in n or "_batch" in n)])


def note_lengths(texts):
    """Longer than aimed for, shorter than the limit: said, not failed."""
    for name, text in texts.items():
        if name.endswith(CODE):
            for finding in rules.file_length(name, text, rules.FILE_LINES):
                print("# note: " + finding)
        if name.endswith(C):
            for finding in rules.function_length(name, text, rules.FUNCTION_LINES):
                print("# note: " + finding)


def main():
    tap = Tap()
    names = project_files()
    texts = {}
    for name in names:
        if name.endswith(TEXT):
            with open(name, encoding="utf-8", errors="replace") as f:
                texts[name] = f.read()
    check_rules(tap)
    tap.case("there are sources to look at",
             [] if sum(n.startswith("sim/") and n.endswith(".c") for n in texts) else ["no sim/*/*.c"])
    for rule, sentence, suffixes, _ in RULES:
        tap.case(sentence, [finding for name, text in texts.items() if name.endswith(suffixes)
                            for finding in rule(name, text)])
    check_sizes(tap, names)
    note_lengths(texts)
    print("1..%d" % tap.cases)
    return tap.failures > 0


if __name__ == "__main__":
    sys.exit(main())
