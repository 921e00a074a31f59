#!/usr/bin/env python3
"""Does what a tutorial says, in an empty folder, and compares what it shows.

    run_tutorial.py TUTORIAL.md FOLDER [NAME=VALUE ...]

Blocks are taken in order. A block whose info string is

    LANGUAGE FILE       is the whole of that file
    diff FILE           is a change of it, as `patch` reads it
    console             has lines `$ COMMAND`, run by bash, each with all that it prints below it;
                        a line `...` stands for any lines, and `...` in a line for any text; a
                        command that ends otherwise than with 0 says so: `# exit 1`

NAME=VALUE pairs are put into the environment of the commands.
"""

import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"cpp", "cmake", "text"}


class Disagreement(Exception):
    pass


def pattern_of(expected):
    """Lines as a regular expression, `...` being anything."""
    lines = []
    for line in expected:
        if line == "...":
            lines.append(r"(?:[^\n]*\n)*?")
        else:
            lines.append(".*?".join(re.escape(part) for part in line.split("...")) + r"\n")
    return re.compile("".join(lines))


def apply_diff(path, diff):
    """A diff without line numbers: each hunk, `@@` and lines, must fit in one place."""
    text = path.read_text()
    for hunk in diff.split("@@\n")[1:]:
        lines = hunk.splitlines()
        before = "".join(line[1:] + "\n" for line in lines if line[:1] != "+")
        after = "".join(line[1:] + "\n" for line in lines if line[:1] != "-")
        if text.count(before) != 1:
            raise Disagreement(f"{path.name}: this is there {text.count(before)} times:\n{before}")
        text = text.replace(before, after)
    path.write_text(text)


def commands_of(body):
    """Pairs of a command and the lines expected of it. A command goes on behind a backslash."""
    found = []
    for line in body.splitlines():
        if found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] = found[-1][0][:-1] + line.strip()
        elif line.startswith("$ "):
            found.append([line[2:], []])
        elif not found:
            raise Disagreement(f"console block: expected a line `$ COMMAND`, found {line!r}")
        else:
            found[-1][1].append(line)
    return found


def run_console(body, folder, environment):
    for command, expected in commands_of(body):
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        wanted = int(command.rpartition("# exit ")[2]) if "# exit " in command else 0
        if done.returncode != wanted:
            raise Disagreement(f"$ {command}\nexit {done.returncode}\n{done.stdout}")
        if expected and not pattern_of(expected).fullmatch(done.stdout):
            raise Disagreement(f"$ {command}\nexpected:\n" + "\n".join(expected) +
                               f"\nbut it prints:\n{done.stdout}")


def run_block(info, body, folder, environment):
    words = info.split()
    if words == ["console"]:
        run_console(body, folder, environment)
    elif len(words) == 2 and words[0] == "diff":
        apply_diff(folder / words[1], body)
    elif len(words) == 2 and words[0] in LANGUAGES:
        (folder / words[1]).parent.mkdir(parents=True, exist_ok=True)
        (folder / words[1]).write_text(body)
    else:
        raise Disagreement(f"block {info!r}: expected console, diff FILE, or a language and a FILE")


def main():
    tutorial = pathlib.Path(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True)
    environment = dict(os.environ, **dict(pair.split("=", 1) for pair in sys.argv[3:]))
    text = tutorial.read_text()
    blocks = list(BLOCK.finditer(text))
    if not blocks:
        sys.exit(f"{tutorial}: no blocks")
    for block in blocks:
        line = text.count("\n", 0, block.start()) + 1
        try:
            run_block(block["info"], block["body"], folder, environment)
        except Disagreement as wrong:
            sys.exit(f"{tutorial}:{line}: {wrong}")
    print(f"{tutorial}: {len(blocks)} blocks agree")


if __name__ == "__main__":
    main()
