#!/usr/bin/env python3
"""Measures Partita on sockets beside Distributed Erlang, CAF and a bare epoll loop.

tools/bench sockets builds what this runs, and calls it.
"""

import argparse
import json
import os
import re
import signal
import sys
from pathlib import Path

import machine
import report
from peers import all_peers
from rounds import Measurements
from workloads import full_matrix, quick_matrix

ROUNDS = 3


def regex(text):
    try:
        return re.compile(text)
    except re.error as wrong:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {wrong}") from None


def positive(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}': expected a number above 0")
    return int(text)


def arguments_of(words):
    parser = argparse.ArgumentParser(prog="tools/bench sockets", description=__doc__)
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a smoke test: few rows, one round")
    parser.add_argument("--json", action="store_true", help="one JSON object, not a table")
    parser.add_argument("--only", type=regex, metavar="REGEX", help="rows whose name contains it")
    parser.add_argument("--rounds", type=positive, help=f"default {ROUNDS}")
    parser.add_argument("--pin", action="store_true", help="client on processor 0, server on 1")
    parser.add_argument("--list", action="store_true", help="the names of the rows, and no more")
    given = parser.parse_args(words)
    if given.pin and not {0, 1} <= os.sched_getaffinity(0):
        parser.error("--pin needs processors 0 and 1")
    given.rounds = given.rounds or (1 if given.quick else ROUNDS)
    given.rows = quick_matrix() if given.quick else full_matrix()
    if given.only:
        given.rows = [row for row in given.rows if given.only.search(row.name)]
    if not given.rows:
        parser.error(f"no row is called like '{given.only.pattern}'; --list shows them")
    return given


def end_by_signal(number, _):
    raise SystemExit(128 + number)


def main(words):
    given = arguments_of(words)
    if given.list:
        print("\n".join(row.name for row in given.rows))
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_by_signal)
    meta = machine.describe(given.rounds, given.pin)
    measurements = Measurements(given.rows, all_peers(given.programs))
    for number in range(1, given.rounds + 1):
        measurements.run_round(number, given.programs, given.pin)
    if given.json:
        print(json.dumps({"sockets": report.as_json(measurements, meta)}, indent=1))
    else:
        print(report.as_text(measurements, meta))


if __name__ == "__main__":
    main(sys.argv[1:])
