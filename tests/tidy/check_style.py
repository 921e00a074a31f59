#!/usr/bin/env python3
"""Checks what a compiler does not: the bans of the design, the folder law and the shape of files.

usage: check_style.py ROOT      prints `file:line: what is wrong; what to use`, exit 1 if any
       check_style.py --self    tries every rule on code it must find and code it must let pass

Comments and string literals are blanked first, so that prose may name what code may not use.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS_MAX = 100
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 90

LIBRARIES = ("schedules", "runtime", "sim", "faults", "models", "corpus", "cli")
FOLDERS = LIBRARIES + ("tests", "bench", "examples")
CODE = (".cpp", ".hpp")
TEXT = CODE + (".cmake", ".txt", ".json", ".py", ".sh", ".in")

# Which of our folders a folder may include.
LAW = {
    "schedules": {"schedules"},
    "runtime": {"runtime"},
    "sim": {"sim", "runtime", "schedules"},
    "faults": {"faults", "runtime", "schedules"},
    "models": {"models", "faults", "sim", "runtime", "schedules"},
    "corpus": {"corpus", "schedules"},
    "cli": set(LIBRARIES),
}

# Where a third party may be included: prefixes of paths.
THIRD_PARTIES = {
    "nlohmann/": ("schedules/src/", "corpus/src/", "models/src/"),
    "boost/asio": ("runtime/src/net/",),
    "boost/": ("runtime/",),
    "openssl/": ("runtime/src/net/", "corpus/src/"),
    "ares": ("runtime/src/net/",),
    "zstd": ("runtime/src/net/",),
    "xxhash": ("runtime/src/net/",),
    "sqlite3.h": ("corpus/src/",),
    "rapidcheck": ("faults/", "models/"),
    "CLI/": ("cli/",),
    "gtest/": (),
    "gmock/": (),
    "benchmark/": (),
}


@dataclass(frozen=True)
class Ban:
    """What a line must not contain outside runtime/src/net and cli, and what to use instead."""

    pattern: str
    use: str
    bad: str  # the self-test finds this line
    good: str  # and leaves this one alone
    allowed_by: str = ""  # a comment on the line that says why it is harmless
    regex: re.Pattern = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "regex", re.compile(self.pattern))


CLOCK = "the clock port of the context (virtual time)"
RANDOM = "the random port of the context, or a seeded generator of the schedule"
TASKS = "an actor, or the task scheduling port"

BANS = (
    Ban(r"\bsystem_clock\b", CLOCK, "auto t = std::chrono::system_clock::now();", "clock.now();"),
    Ban(r"\bsteady_clock\b", CLOCK, "using c = std::chrono::steady_clock;", "int steady_clocks;"),
    Ban(r"\bhigh_resolution_clock\b", CLOCK, "high_resolution_clock::now()", "resolution();"),
    Ban(
        r"\b(?:clock_gettime|gettimeofday)\s*\(|\bstd::time\s*\(",
        CLOCK,
        "clock_gettime(CLOCK_MONOTONIC, &t);",
        "world.time();",
    ),
    Ban(r"\brandom_device\b", RANDOM, "std::random_device{}();", "random_devices();"),
    Ban(r"(?<![\w.>])(?:std::)?s?rand\s*\(", RANDOM, "int i = rand();", "int i = operand();"),
    Ban(
        r"\buniform_(?:int|real)_distribution\b",
        "a bounded draw of the random port: the standard distributions differ between libraries",
        "std::uniform_int_distribution<int> d(0, 9);",
        "int uniform_distribution = 0;",
    ),
    Ban(
        r"\bstd::(?:shuffle|sample)\s*\(",
        "a shuffle over the random port: the standard ones differ between libraries",
        "std::shuffle(a.begin(), a.end(), g);",
        "shuffle(a, random);",
    ),
    Ban(
        r"\bsleep_(?:for|until)\b|\b(?:usleep|nanosleep)\s*\(|(?<![\w.>:])(?<!\w )sleep\s*\(",
        "a timer of the clock port, or sleep() of the context",
        "std::this_thread::sleep_for(1s);",
        "context.sleep(1s); void sleep(duration);",
    ),
    Ban(r"\bstd::j?thread\b", TASKS, "std::thread t(f);", "thread_count = 1;"),
    Ban(r"\bstd::async\b|\bstd::launch\b", TASKS, "auto f = std::async(g);", "async(g);"),
    Ban(
        r"\b(?:secure_)?getenv\s*\(",
        "an option of the application or a flag of the program",
        'auto v = std::getenv("HOME");',
        "environment(name);",
    ),
    Ban(
        r"\bunordered_(?:multi)?(?:map|set)\s*<",
        "std::map, std::set or a sorted vector; if it is never iterated, say so on the line: "
        "// order: REASON",
        "std::unordered_map<int, int> m;",
        "std::map<int, int> m;",
        allowed_by="order:",
    ),
    Ban(
        r"\b(?:map|set|multimap|multiset)\s*<\s*[^<>,]*\*\s*(?:const\s*)?[,>]",
        "a key with an order of its own (node_id, actor_id): addresses differ between runs",
        "std::map<const actor*, int> m;",
        "std::map<int, actor*> m;",
    ),
    Ban(
        r"\b(?:map|set|multimap|multiset)\s*<\s*std::(?:shared|unique)_ptr\b",
        "a key with an order of its own (node_id, actor_id): addresses differ between runs",
        "std::set<std::shared_ptr<actor>> s;",
        "std::vector<std::shared_ptr<actor>> s;",
    ),
    Ban(
        r"\bstd::(?:less|greater|hash)\s*<[^<>]*\*\s*>",
        "an order or hash of the value pointed to: addresses differ between runs",
        "std::hash<actor*>{}(a);",
        "std::hash<int>{}(a);",
    ),
)

# What one of the two compilers does not have; everywhere.
PORTABILITY = (
    Ban(r"#\s*include\s*<format>", "to_text() or string concatenation", "#include <format>", "<x>"),
    Ban(r"#\s*include\s*<expected>", "partita::result", "#include <expected>", "<x>"),
    Ban(
        r"\bsource_location\b",
        "__FILE__ and __LINE__ in a macro",
        "std::source_location here;",
        "int location;",
    ),
    Ban(r"\bstd::(?:ranges::)?views\b", "a loop", "for (x : std::views::all(v)) {}", "views;"),
)


# What is not code, longest reading first: comments, raw literals, literals.
NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|R\"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)\""
    r"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def blanked(text, only_raw_literals=False):
    """The code with comments and literals turned to blanks, line for line."""

    def blanks(match):
        if only_raw_literals and not match.group().startswith("R"):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return NOT_CODE.sub(blanks, text)


def lines_of(text):
    """As an editor counts them: only a newline ends a line."""
    return text.removesuffix("\n").split("\n")


def in_deterministic_code(path):
    """Where the bans hold: the libraries and the examples, but not the shells around them."""
    top = path.split("/")[0]
    if top in ("cli", "tests", "bench") or path.startswith("runtime/src/net/"):
        return False
    return top in FOLDERS


def ban_findings(path, raw_lines, code_lines):
    bans = PORTABILITY + (BANS if in_deterministic_code(path) else ())
    for number, (raw, code) in enumerate(zip(raw_lines, code_lines), 1):
        for ban in bans:
            match = ban.regex.search(code)
            if match and not (ban.allowed_by and f"// {ban.allowed_by}" in raw):
                yield number, f"{match.group().strip()} is banned here; use {ban.use}"


def include_findings(path, raw_lines):
    """The folder law, for ours and for third parties."""
    top = path.split("/")[0]
    for number, line in enumerate(raw_lines, 1):
        match = re.match(r"\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", line)
        if not match:
            continue
        name = match.group(1)
        foreign = re.match(r"(?:\.\./)*(?:(\w+)/)?src/", name)
        # Tests look inside their folder, and benchmarks measure what the program is made of.
        if foreign and top != "bench" and not path.startswith(f"tests/{foreign.group(1)}/"):
            yield number, f"{name} is another folder's own; include a public header"
        if top not in LAW:
            continue
        ours = re.match(r"partita/(\w+)/", name)
        if ours and ours.group(1) in LIBRARIES and ours.group(1) not in LAW[top]:
            allowed = ", ".join(sorted(LAW[top]))
            yield number, f"{top} must not include {name}; it may include {allowed}"
        if name == "partita/partita.hpp" and top not in ("models", "cli"):
            yield number, f"{top} must not include {name}; include the headers it needs"
        for prefix, places in THIRD_PARTIES.items():
            if name.startswith(prefix):
                if not path.startswith(places):
                    where = " and ".join(places) or "tests/ and bench/"
                    yield number, f"{name} belongs to {where}; keep it there behind an interface"
                break


# What stands before the brace of a body: `)` and qualifiers, or the end of a member initialiser.
BODY = re.compile(
    r"[)}]\s*(?:(?:const|noexcept|override|final|mutable|&&?)\s*)*(?:->\s*[\w:<>,&*\s]+)?$"
)
# What stands before the brace of a member initialiser: `) : x_(1), y_`.
INITIALISER = re.compile(r"\)[^;]*:[^;]*[\w>]\s*$")


def function_findings(code_lines):
    """Functions that are too long: outermost bodies only, whatever is nested in them."""
    before, saved, body_depth, body_line = "", [], None, 0
    for number, line in enumerate(code_lines, 1):
        if line.lstrip().startswith("#"):
            continue
        for letter in line + "\n":
            if letter == "{":
                saved.append("")
                if body_depth is None and BODY.search(before):
                    body_depth, body_line = len(saved), number
                elif body_depth is None and INITIALISER.search(before):
                    saved[-1] = before + "{}"
                before = ""
            elif letter == "}" and saved:
                if len(saved) == body_depth:
                    length = number - body_line + 1
                    if length > FUNCTION_LINES_MAX:
                        most = f"at most {FUNCTION_LINES_MAX}"
                        yield body_line, f"a function of {length} lines ({most}); split it"
                    body_depth = None
                before = saved.pop()
            elif letter == ";" and body_depth is None:
                before = ""
            elif body_depth is None:
                before += letter


def shape_findings(path, raw_lines, lines):
    """`lines` are those of the file without raw literals: their shape is what a test is about."""
    for number, line in enumerate(lines, 1):
        columns = len(line.rstrip())
        if columns > COLUMNS_MAX:
            yield number, f"{columns} columns; at most {COLUMNS_MAX}"
        if "\t" in line:
            yield number, "a tab; indent with four blanks"
        if raw_lines[number - 1] != raw_lines[number - 1].rstrip() and line.strip():
            yield number, "blanks at the end of the line; remove them"
        if re.search(r"\b(?:TO" r"DO|FIX" r"ME)\b", line):
            yield number, "unfinished work noted in the code; finish it, or open an issue"
    if path.endswith(CODE) and len(raw_lines) > FILE_LINES_MAX:
        yield FILE_LINES_MAX, f"{len(raw_lines)} lines; at most {FILE_LINES_MAX}: one idea a file"


def findings_of(path, text):
    """All findings in one file: (line, message)."""
    raw_lines = lines_of(text)
    if not path.endswith(CODE):
        yield from shape_findings(path, raw_lines, raw_lines)
        return
    yield from shape_findings(path, raw_lines, lines_of(blanked(text, only_raw_literals=True)))
    code_lines = lines_of(blanked(text))
    yield from ban_findings(path, raw_lines, code_lines)
    yield from include_findings(path, raw_lines)
    yield from function_findings(code_lines)
    if path.endswith(".hpp") and not any("#pragma once" in line for line in raw_lines):
        yield 1, "no #pragma once; begin the header with it"


def files_below(root):
    """The files to check. Under tests/ and examples/ only code: data there has its own format."""
    for folder in FOLDERS + ("cmake", "tools"):
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root).as_posix()
            if "__pycache__" in relative or not path.is_file():
                continue
            is_data = relative.split("/")[0] in ("tests", "examples") and (
                path.suffix in (".txt", ".json") and path.name != "CMakeLists.txt"
            )
            is_tool = folder == "tools" and not path.suffix
            if (path.suffix in TEXT or is_tool) and not is_data:
                yield relative, path


def check_tree(root):
    count, failed = 0, 0
    for relative, path in files_below(root):
        count += 1
        for line, message in sorted(findings_of(relative, path.read_text(encoding="utf-8"))):
            failed += 1
            print(f"{relative}:{line}: {message}")
    print(f"{count} files checked, {failed} findings")
    if count == 0:
        print(f"{root} holds nothing to check; give the root of the checkout")
        return 2
    return 1 if failed else 0


def self_cases():
    """(what, expected to be found, path, text)"""
    guard = "#pragma once\n"
    for ban in BANS:
        yield ban.pattern, True, "sim/src/a.cpp", ban.bad
        yield ban.pattern, False, "sim/src/a.cpp", ban.good
        yield "in net", False, "runtime/src/net/a.cpp", ban.bad
        yield "in cli", False, "cli/src/a.cpp", ban.bad
        yield "in a comment", False, "sim/src/a.cpp", "int x;  // " + ban.bad
    for ban in PORTABILITY:
        yield ban.pattern, True, "cli/src/a.cpp", ban.bad
        yield ban.pattern, False, "cli/src/a.cpp", ban.good
    order = "std::unordered_map<int, int> m;  // order: only looked up"
    yield "order comment", False, "sim/src/a.cpp", order
    yield "other comment", True, "sim/src/a.cpp", order.replace("order:", "fast:")
    yield "string", False, "sim/src/a.cpp", 'auto s = "std::thread \\" std::async";'
    yield "after a string", True, "sim/src/a.cpp", 'f("//"); std::thread t;'
    yield "digit separator", True, "sim/src/a.cpp", "int a = 1'000; std::thread t; int b = 2'000;"
    yield "law", True, "runtime/src/a.cpp", "#include <partita/sim/world.hpp>"
    yield "law", False, "sim/src/a.cpp", "#include <partita/runtime/ids.hpp>"
    yield "law", True, "corpus/src/a.cpp", "#include <partita/runtime/ids.hpp>"
    yield "law", False, "tests/sim/a_test.cpp", "#include <partita/cli/program.hpp>"
    yield "umbrella", True, "sim/src/a.cpp", "#include <partita/partita.hpp>"
    yield "third party", True, "schedules/include/a.hpp", guard + "#include <nlohmann/json.hpp>"
    yield "third party", False, "schedules/src/a.cpp", "#include <nlohmann/json.hpp>"
    yield "third party", True, "runtime/src/a.cpp", "#include <boost/asio.hpp>"
    yield "third party", False, "runtime/src/a.cpp", "#include <boost/context/fiber.hpp>"
    yield "third party", True, "sim/src/a.cpp", "#include <gtest/gtest.h>"
    yield "foreign src", True, "tests/sim/a_test.cpp", '#include "../../runtime/src/node.hpp"'
    yield "foreign src", True, "sim/src/a.cpp", '#include "../../runtime/src/node.hpp"'
    yield "own src", False, "tests/sim/a_test.cpp", '#include "../../sim/src/queue.hpp"'
    yield "columns", True, "sim/src/a.cpp", "x" * (COLUMNS_MAX + 1)
    yield "columns", False, "sim/src/a.cpp", "x" * COLUMNS_MAX
    yield "raw literal", False, "sim/src/a.cpp", 'f(R"(\n\t' + "x" * COLUMNS_MAX + '\n)");'
    yield "tab", True, "sim/src/a.cpp", "\tint x;"
    yield "blanks", True, "sim/src/a.cpp", "int x; "
    yield "unfinished", True, "sim/src/a.cpp", "// TO" + "DO: later"
    yield "guard", True, "sim/include/a.hpp", "int x;"
    yield "guard", False, "sim/include/a.hpp", guard + "int x;"
    yield "file", True, "sim/src/a.cpp", "int x;\n" * (FILE_LINES_MAX + 1)
    for head in ("int f()", "int a::f(int x) const noexcept", "a::a(int x) : x_(x), y_{x}",
                 "auto f() -> std::vector<int>"):
        for filling, long in ((FUNCTION_LINES_MAX - 2, False), (FUNCTION_LINES_MAX, True)):
            body = "namespace p {\n" + head + " {\n" + "    if (x) { y(); }\n" * filling + "}\n}\n"
            yield f"function {head}", long, "sim/src/a.cpp", body
    members = "struct s {\n" + "    int f() { return 1; }\n" * FUNCTION_LINES_MAX + "};\n"
    yield "long type", False, "sim/src/a.cpp", members


def check_self():
    count, failed = 0, 0
    for what, expected, path, text in self_cases():
        count += 1
        found = [message for _, message in findings_of(path, text)]
        if bool(found) != expected:
            failed += 1
            print(f"{what}: {'missed' if expected else 'wrongly found'} in {path}: {text[:80]!r}")
            print(f"  {found}")
    print(f"{count} cases, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.split("\n\n")[1])
        return 2
    return check_self() if arguments[0] == "--self" else check_tree(Path(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
