"""What was measured, beside the bars: as a table and as JSON."""

from dataclasses import dataclass

from peers import columns_of
from workloads import size_of

PEERS = ("disterl", "caf", "floor")
HOW_BOTH_WAIT = {"": "", "spin": ", both sides spinning", "sleep": ", both sides sleeping"}


@dataclass(frozen=True)
class Judged:
    """A bar and what was measured for it; nothing when a peer is missing."""

    bar: object
    measured: float | None

    @property
    def word(self):
        if self.measured is None:
            return "not measured"
        return "met" if self.bar.met(self.measured) else "missed"

    def text(self):
        required = f"{self.bar.relation} {self.bar.required:g}"
        against = f" {self.bar.against}" if self.bar.against else ""
        return f"{required}{against}: {self.word}"


class Comparison:
    """One row of measurements: figures, quotients, bars. Where a peer has variants, the one that is
    best in the row's first metric stands for it in all of them."""

    def __init__(self, row, measurements):
        self.row = row
        self._cells = {
            column.label: (column.peer, measurements.cell(row, column.label))
            for column in columns_of(row)
        }

    @property
    def cells(self):
        return {label: cell for label, (_, cell) in self._cells.items()}

    def figure(self, label, metric):
        _, cell = self._cells.get(label, (None, None))
        median = cell.median(metric.key) if cell else None
        return None if median is None else median * metric.scale

    def best(self, peer):
        """The label of the variant that stands for the peer."""
        first = self.row.metrics[0]
        ranked = [
            (value if first.higher_is_better else -value, label)
            for label, (whose, _) in self._cells.items()
            if whose == peer and (value := self.figure(label, first)) is not None
        ]
        return max(ranked)[1] if ranked else None

    def quotient(self, metric, against):
        """Partita's figure divided by that of the peer."""
        ours = self.figure(self.best("partita"), metric)
        theirs = self.figure(self.best(against), metric)
        return ours / theirs if ours is not None and theirs else None

    def judged(self):
        for bar in self.row.bars:
            if bar.against:
                yield Judged(bar, self.quotient(bar.metric, bar.against))
            else:
                yield Judged(bar, self.figure(self.best("partita"), bar.metric))


def shown(value):
    """Three digits, and no more than are known."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def title_of(row):
    if row.mode == "pingpong":
        return "Two actors of one process"
    if row.mode == "hol":
        return "A pinger (64 B, 1 ms think time) beside bulk actors"
    return f"Echoes, round trip {row.rtt_ms} ms" + HOW_BOTH_WAIT[row.waiting]


def label_of(row):
    if row.mode == "pingpong":
        return "pingpong"
    shape = f"{row.actors} x {size_of(row.payload_bytes)}"
    return f"{shape}, {row.rtt_ms} ms" if row.mode == "hol" else shape


def aligned(lines):
    """Columns as wide as they must be: the first two to the left, the last, too, the rest right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines)]
    for line in lines:
        cells = [
            cell.ljust(width) if at < 2 or at == len(line) - 1 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths))
        ]
        yield "  ".join(cells).rstrip()


def section(title, comparisons):
    labels = list(dict.fromkeys(label for each in comparisons for label in each.cells))
    lines = [["", "", *labels, *(f"/{peer}" for peer in PEERS), "bars"]]
    for each in comparisons:
        judged = list(each.judged())
        for metric in each.row.metrics:
            of_metric = [one.text() for one in judged if one.bar.metric == metric]
            first = metric == each.row.metrics[0]
            lines.append(
                [
                    label_of(each.row) if first else "",
                    metric.unit,
                    *(shown(each.figure(label, metric)) for label in labels),
                    *(shown(each.quotient(metric, peer)) for peer in PEERS),
                    "; ".join(of_metric),
                ]
            )
    return [title, *aligned(lines), ""]


NOTES = """\
Medians over all rounds, the first repetition of each run dropped. MB/s: payload one way. /peer:
Partita's figure divided by the peer's; of times, less than 1 is better. name:K has K connections;
where a name has variants, the one that is best in the row's first figure is taken. A bar without a
peer holds for the figure itself. 64 and 128 actors with 8 MB at RTT 0 are left out:
they need over 1 GB of payload in memory."""


def as_text(measurements, meta):
    sections = {}
    for row in measurements.rows:
        sections.setdefault(title_of(row), []).append(Comparison(row, measurements))
    lines = [f"{key}: {value}" for key, value in meta.items()] + [""]
    for title, comparisons in sections.items():
        lines += section(title, comparisons)
    lines.append(NOTES)
    failures = list(measurements.failures())
    if failures:
        lines += ["", "Not measured:", *failures]
    return "\n".join(lines)


def as_json(measurements, meta):
    return {
        "meta": meta,
        "rows": [row_as_json(Comparison(row, measurements)) for row in measurements.rows],
        "not_measured": list(measurements.failures()),
    }


def row_as_json(comparison):
    row = comparison.row
    return {
        "name": row.name,
        "mode": row.mode,
        "rtt_ms": row.rtt_ms,
        "actors": row.actors,
        "payload_bytes": row.payload_bytes,
        "count": row.count,
        "repetitions": row.repetitions,
        "waiting": row.waiting,
        "cells": {
            label: {
                "samples": len(cell.samples),
                "medians": cell.medians(),
                "failures": cell.failures,
            }
            for label, cell in comparison.cells.items()
        },
        "best": {peer: comparison.best(peer) for peer in (*PEERS, "partita")},
        "bars": [
            {
                "metric": judged.bar.metric.unit,
                "against": judged.bar.against,
                "required": f"{judged.bar.relation} {judged.bar.required:g}",
                "measured": judged.measured,
                "verdict": judged.word,
            }
            for judged in comparison.judged()
        ],
    }
