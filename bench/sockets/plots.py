#!/usr/bin/env python3
"""Draws what `tools/bench sockets --json` measured, and writes it beside the figures of the talk.

usage: plots.py REPORT.json DIRECTORY     SVG files and a README.md; gnuplot draws
"""

import json
import subprocess
import sys
from pathlib import Path

import deck
from workloads import KB, size_of

PEERS = {
    "partita": ("Partita", "#009E73"),
    "disterl": ("Distributed Erlang", "#D55E00"),
    "caf": ("CAF 0.17", "#0072B2"),
    "floor": ("bare epoll", "#999999"),
}
MISSING = "?"
LOGARITHMIC = "set logscale y"


def figure(row, peer, key):
    """The median of the variant that stands for the peer; nothing when it was not measured."""
    label = row["best"][peer]
    return None if label is None else row["cells"][label]["medians"].get(key)


def peers_in(rows, key):
    return [peer for peer in PEERS if any(figure(row, peer, key) is not None for row in rows)]


def block(name, rows, first, peers, key, scale=1.0):
    """A table for gnuplot: what `first` says of a row, then one column a peer."""
    yield f"${name} << END"
    for row in rows:
        values = [figure(row, peer, key) for peer in peers]
        shown = (MISSING if value is None else f"{value * scale:.6g}" for value in values)
        yield f"{first(row)} {' '.join(shown)}"
    yield "END"


def line_style(peer):
    name, colour = PEERS[peer]
    return f'with linespoints lw 2 pt 7 ps 0.5 lc rgb "{colour}" title "{name}"'


def legend(peers):
    """In the panel that is left over."""
    yield "unset border; unset tics; unset grid; unset title; unset xlabel; unset ylabel"
    yield "set key center center"
    yield "set yrange [1:2]"
    yield "plot " + ", ".join(f"1/0 {line_style(peer)}" for peer in peers)


def lines_over_actors(rows):
    """One panel a payload, the number of actors to the right."""
    panels = sorted({row["payload_bytes"] for row in rows})
    yield "set multiplot layout 2,3"
    yield "set logscale xy"
    yield "set xrange [0.8:160]"
    yield "set xtics (1, 16, 32, 64, 128)"
    yield 'set format y "%.0s%c"'
    yield 'set xlabel "actors"'
    yield "unset key"
    for number, payload_bytes in enumerate(panels):
        of_panel = sorted(
            (row for row in rows if row["payload_bytes"] == payload_bytes),
            key=lambda row: row["actors"],
        )
        key, unit = ("msgs_per_s", "echoes/s") if payload_bytes <= KB else ("mb_per_s", "MB/s")
        peers = peers_in(of_panel, key)
        if not peers:
            continue
        yield from block(f"p{number}", of_panel, lambda row: row["actors"], peers, key)
        yield f'set title "{size_of(payload_bytes)}"'
        yield f'set ylabel "{unit}"'
        series = [f"$p{number} using 1:{at} {line_style(peer)}" for at, peer in enumerate(peers, 2)]
        yield "plot " + ", ".join(series)
    yield from legend(peers_in(rows, "msgs_per_s"))
    yield "unset multiplot"


def clustered_bars(rows, first, key, unit, scale=1.0, axis="set yrange [0:*]"):
    """One cluster a row, one bar a peer."""
    peers = peers_in(rows, key)
    yield from block("bars", rows, first, peers, key, scale)
    yield "set style data histogram"
    yield "set style histogram clustered gap 1"
    yield "set style fill solid noborder"
    yield axis
    yield f'set ylabel "{unit}"'
    yield "set key outside top horizontal"
    series = [
        f'$bars using {at}:xtic(1) lc rgb "{PEERS[peer][1]}" title "{PEERS[peer][0]}"'
        for at, peer in enumerate(peers, 2)
    ]
    yield "plot " + ", ".join(series)


def echoes(rows, rtt_ms):
    return [
        row
        for row in rows
        if row["mode"] == "echo" and row["rtt_ms"] == rtt_ms and not row["waiting"]
    ]


def shape_of(row):
    return f"\"{row['actors']} x {size_of(row['payload_bytes'])}\""


def plots_of(rows):
    """File name, caption, the rows it needs, how to draw them."""
    hol = sorted((row for row in rows if row["mode"] == "hol"), key=lambda row: row["rtt_ms"])
    yield (
        "throughput-rtt0.svg",
        "Echoes on loopback: rate over the number of actors, one panel a payload.",
        echoes(rows, 0),
        lines_over_actors,
    )
    yield (
        "throughput-rtt20.svg",
        "Echoes at a round trip of 20 ms: payload one way.",
        echoes(rows, 20),
        lambda of: clustered_bars(of, shape_of, "mb_per_s", "MB/s"),
    )
    yield (
        "ping-p99.svg",
        "A ping of 64 bytes beside four actors that send 8 MB each: 99th percentile.",
        hol,
        lambda of: clustered_bars(
            of,
            lambda row: f"\"round trip {row['rtt_ms']} ms\"",
            "p99_us",
            "ms",
            1e-3,
            LOGARITHMIC,
        ),
    )


def draw(path, commands):
    terminal = "set terminal svg size 1080,640 font 'sans,12' background '#ffffff'"
    setup = [terminal, f'set output "{path}"', "set grid y", f'set datafile missing "{MISSING}"']
    script = "\n".join([*setup, *commands, ""])
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def write_readme(path, report, drawn):
    lines = ["# Plots of `tools/bench sockets`", ""]
    for name, caption in drawn:
        lines += [caption, "", f"![{caption}]({name})", ""]
    lines += [
        "## Beside the talk",
        "",
        "Times better than Distributed Erlang: Partisan in the talk, Partita in this run, and",
        "Partisan 5.0.3 measured beside OTP 25, on one machine of two processors.",
        "",
        *deck.table(report["rows"]),
        "",
        "## Measured with",
        "",
        *(f"* {key}: {value}" for key, value in report["meta"].items()),
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def main(words):
    if len(words) != 2:
        print(__doc__.split("\n\n")[1].strip())
        return 2
    report = json.loads(Path(words[0]).read_text(encoding="utf-8"))["sockets"]
    directory = Path(words[1])
    directory.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, caption, rows, commands in plots_of(report["rows"]):
        if any(label for row in rows for label in row["best"].values()):
            draw(directory / name, commands(rows))
            drawn.append((name, caption))
    write_readme(directory / "README.md", report, drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
