"""The lines that peers print, and their medians."""

from dataclasses import dataclass, field
from statistics import median


def parse(line):
    """`key=value` pairs; values that are numbers become numbers."""
    pairs = (word.split("=", 1) for word in line.split() if "=" in word)
    return {key: number_or_text(value) for key, value in pairs}


def number_or_text(value):
    try:
        return float(value)
    except ValueError:
        return value


def repetitions_of(output, expected):
    """What a client printed, without the first repetition, which paid for the connection."""
    lines = [parse(line) for line in output.splitlines() if line.startswith("mode=")]
    if len(lines) != expected:
        raise ValueError(f"{len(lines)} lines of figures, expected {expected}")
    return lines[1:]


@dataclass
class Cell:
    """One peer in one row: what it measured in all rounds, and why it did not."""

    samples: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    def median(self, key):
        values = [sample[key] for sample in self.samples if key in sample]
        return median(values) if values else None

    def medians(self):
        keys = self.samples[0] if self.samples else {}
        return {key: self.median(key) for key in keys if isinstance(self.samples[0][key], float)}
