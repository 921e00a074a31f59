"""The order of measuring: peers take turns within a row, rows within a round, so that a busy minute
of the machine falls on all of them."""

import sys
import time
from itertools import groupby

from figures import Cell
from link import site_with
from peers import columns_of, measure
from processes import Failed


class Measurements:
    """Cells by row and column label. A peer that fails in a row leaves a reason there, and is not
    tried again in that row."""

    def __init__(self, rows, peers):
        self.rows = rows
        self._peers = peers
        self._absent = {name: reason for name, peer in peers.items() if (reason := peer.missing())}
        self._cells = {
            (row, column.label): Cell() for row in rows for column in columns_of(row)
        }

    def cell(self, row, label):
        return self._cells.get((row, label), Cell())

    def failures(self):
        """One line each."""
        for name, reason in self._absent.items():
            yield f"{name}: left out, {reason}"
        for (row, label), cell in self._cells.items():
            for reason in cell.failures:
                yield f"{row.name} {label}: {reason}"

    def run_round(self, number, programs, pin):
        by_rtt = sorted(self.rows, key=lambda row: row.rtt_ms)
        for rtt_ms, rows in groupby(by_rtt, key=lambda row: row.rtt_ms):
            rows = list(rows)
            try:
                with site_with(rtt_ms, programs, pin) as site:
                    for row in rows:
                        self._run_row(number, row, site)
            except Failed as failure:
                self._fail_all(rows, f"no link of {rtt_ms} ms: {failure}")

    def _run_row(self, number, row, site):
        for column in columns_of(row):
            cell = self.cell(row, column.label)
            if column.peer in self._absent or cell.failures:
                continue
            start = time.monotonic()
            try:
                cell.samples += measure(self._peers[column.peer], row, column, site)
                said = f"{time.monotonic() - start:.1f} s"
            except Failed as failure:
                cell.failures.append(str(failure))
                said = str(failure)
            print(f"round {number} {row.name} {column.label}: {said}", file=sys.stderr)

    def _fail_all(self, rows, reason):
        print(reason, file=sys.stderr)
        for row in rows:
            for column in columns_of(row):
                if reason not in self.cell(row, column.label).failures:
                    self.cell(row, column.label).failures.append(reason)
