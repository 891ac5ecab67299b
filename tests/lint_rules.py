"""The rules of the house as functions: (path, text) in, a list of findings out.

Used by source.py, which also feeds each rule a line that breaks it.
"""
import re

# Dependencies point downwards only; two folders on one floor never include each other.
FLOOR = {"base": 0, "io": 1, "arith": 1, "model": 2, "engine": 3, "cost": 3,
         "study": 4, "report": 5, "cli": 6}

BANNED = "sprintf vsprintf strcpy strcat strncat atoi atol atof system gets strtok alloca".split()
PRINTING = "printf vprintf puts putchar perror exit _exit quick_exit abort".split()

# Calls that a rule would find and that must stand, each with its reason.
CALLS_ALLOWED = {
    ("sim/study/mul_process.c", "_exit"): "a child after fork must not run the parent's exit handlers",
}

FILE_LINES, FILE_LINES_MOST = 400, 600
FUNCTION_LINES, FUNCTION_LINES_MOST = 60, 100
LARGE_BYTES = 4 << 20


def blank_comments(text, strings=True):
    """C or C++ text with comments (and the insides of literals) blanked, line for line."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        word = match.group(0)
        if word[0] in "\"'":
            return word[0] + " " * (len(word) - 2) + word[0] if strings else word
        return re.sub(r"[^\n]", " ", word)

    return re.sub(pattern, blank, text, flags=re.S)


def found(path, text, pattern, message):
    """One finding for each match; `message` may use the match's groups."""
    return ["%s:%d: %s" % (path, text.count("\n", 0, m.start()) + 1, m.expand(message))
            for m in re.finditer(pattern, text, flags=re.M)]


def in_sim(path):
    """The folder of sim/ that holds the path, or None."""
    parts = path.split("/")
    return parts[1] if parts[0] == "sim" and len(parts) > 2 else None


def includes(path, text):
    folder = in_sim(path)
    if not folder:
        return []
    if folder not in FLOOR:
        return ["%s: sim/%s has no floor; known: %s" % (path, folder, " ".join(FLOOR))]
    out = []
    for m in re.finditer(r'^\s*#\s*include\s+"([^"]*)"', blank_comments(text, strings=False), re.M):
        line = text.count("\n", 0, m.start(1)) + 1
        other = m.group(1).split("/")[0]
        if other not in FLOOR or "/" not in m.group(1):
            out.append('%s:%d: "%s" is not of the form "folder/file.h"' % (path, line, m.group(1)))
        elif other != folder and FLOOR[other] >= FLOOR[folder]:
            out.append("%s:%d: sim/%s must not include sim/%s" % (path, line, folder, other))
    return out


def banned_calls(path, text):
    return found(path, blank_comments(text), r"\b(%s)\s*\(" % "|".join(BANNED), r"\1 is banned")


def printing(path, text):
    if in_sim(path) in (None, "cli"):
        return []
    code = blank_comments(text)
    calls = [c for c in PRINTING if (path, c) not in CALLS_ALLOWED]
    return (found(path, code, r"\b(%s)\s*\(" % "|".join(calls), r"only sim/cli may call \1")
            + found(path, code, r"\b(stdout|stderr)\b", r"only sim/cli may write to \1"))


def separation(path, text):
    """sim/cost never reads weights, sim/engine never counts cycles (DESIGN: the two meet in study)."""
    code = blank_comments(text)
    if in_sim(path) == "cost":
        return found(path, code, r"(?:->|\.)(w8|b32|wf|bf)\b", r"sim/cost must not read weights (\1)")
    if in_sim(path) == "engine":
        return found(path, code, r"\b(\w*cycles)\b", r"sim/engine must not count cycles (\1)")
    return []


def leftovers(path, text):
    return found(path, text, r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", r"\1: finish it or file it")


def machine_paths(path, text):
    return found(path, text, r"(?<![\w.$}])(/(?:wo" r"rk|ro" r"ot|ho" r"me|Us" r"ers)/[\w.-]+)",
                 r"\1 exists on one machine only")


def file_length(path, text, most=FILE_LINES_MOST):
    lines = text.count("\n")
    return ["%s: %d lines, more than %d" % (path, lines, most)] if lines > most else []


def functions(text):
    """(line, name, length) of every function body in C text, from its name to its closing brace."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  blank_comments(text), flags=re.M)
    depth, start, out = 0, None, []
    for m in re.finditer(r"[{}]", code):
        if m.group(0) == "{":
            head = code[:m.start()].rstrip()
            if depth == 0 and head.endswith(")"):
                begin = max(code.rfind("}", 0, m.start()), code.rfind(";", 0, m.start())) + 1
                name = re.search(r"(\w+)\s*\(", code[begin:m.start()])
                if name:
                    start = (code.count("\n", 0, begin + name.start()) + 1, name.group(1))
            depth += 1
        else:
            depth -= 1
            if depth == 0 and start:
                line = code.count("\n", 0, m.start()) + 1
                out.append((start[0], start[1], line - start[0] + 1))
                start = None
    return out


def function_length(path, text, most=FUNCTION_LINES_MOST):
    return ["%s:%d: %s has %d lines, more than %d" % (path, line, name, lines, most)
            for line, name, lines in functions(text) if lines > most]
