"""Who is measured in a row, and how each is started."""

import shutil
import signal
import subprocess
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass

from figures import repetitions_of
from processes import Failed

READY_WITHIN_S = 20
# Connections a channel, by round trip time: what one window carries decides how many are of use.
PARALLELISM = {0: ("1",), 1: ("1", "8", "16"), 20: ("8", "16")}
RUN_WITHIN_S = 60


@dataclass(frozen=True)
class Column:
    """A peer with the options of one variant; `label` tells variants of one peer apart."""

    peer: str
    label: str
    options: tuple = ()


def columns_of(row):
    if row.mode == "pingpong":
        return [Column("disterl", "disterl"), Column("caf", "caf"), Column("partita", "partita")]
    if row.waiting:
        # The floor knows no middle: it sleeps or spins.
        floor = ("--spin",) if row.waiting == "spin" else ()
        partita = (f"--{row.waiting}",)
        return [Column("floor", "floor", floor), Column("partita", "partita", partita)]
    columns = [Column("disterl", "disterl"), Column("caf", "caf")]
    if row.mode == "hol":
        columns.append(Column("floor", "floor:2", ("--connections", "2")))
    else:
        columns.append(Column("floor", "floor"))
        if row.rtt_ms > 0:
            columns.append(Column("floor", "floor:16", ("--connections", "16")))
    for parallelism in PARALLELISM[row.rtt_ms]:
        label = "partita" if parallelism == "1" else f"partita:{parallelism}"
        columns.append(Column("partita", label, ("--parallelism", parallelism)))
    return columns


def load_of(row):
    """The words that say what to do, the same for every peer."""
    words = (row.mode, row.actors, row.payload_bytes, row.count, row.repetitions)
    return [str(word) for word in words]


def output_of(client, server):
    """What the client prints. When it fails, the reason may lie with the server."""
    try:
        return client.output(RUN_WITHIN_S)
    except Failed as failure:
        ended = server.ended()
        raise Failed(f"{failure}; the server: {ended}" if ended else str(failure)) from None


class Program:
    """A C++ program with the command line of bench/peers/command.hpp."""

    def __init__(self, path):
        self._path = path

    def missing(self):
        return None if self._path.exists() else f"{self._path.name} is not built"

    def measure(self, row, column, site):
        if row.mode == "pingpong":
            words = ["local", "pingpong", str(row.count), str(row.repetitions)]
            with site.start("local", [str(self._path), *words]) as local:
                return local.output(RUN_WITHIN_S)
        at = f"{site.address('server')}:{site.free_port()}"
        with site.start("server", [str(self._path), "srv", at, *column.options]) as server:
            server.line("ready", READY_WITHIN_S)
            words = ["cli", at, *load_of(row), *column.options]
            with site.start("client", [str(self._path), *words]) as client:
                return output_of(client, server)


def named(node):
    """A node that listens on the address in its name, and on no other."""
    interface = node.partition("@")[2].replace(".", ",")
    return ["-name", node, "-kernel", "inet_dist_use_interface", f"{{{interface}}}"]


class DistributedErlang:
    """Two BEAM nodes with default flags; with an epmd of their own on each side, on a port of its
    own, a cookie drawn for the run, and nobody's home folder. They are killed: an emulator takes a
    second to end at SIGTERM, and has nothing to put in order."""

    def __init__(self, programs):
        self._programs = programs

    def missing(self):
        if not (self._programs / "dist_echo.beam").exists():
            return "dist_echo.beam is not built"
        absent = [name for name in ("erl", "epmd") if shutil.which(name) is None]
        return f"{absent[0]} is not installed" if absent else None

    def measure(self, row, column, site):
        with ExitStack() as started:
            port = site.free_port()
            how = {
                "environment": {
                    "HOME": "/nonexistent",
                    "ERL_EPMD_PORT": str(port),
                    "ERL_CRASH_DUMP_SECONDS": "0",
                },
                "stdin": subprocess.DEVNULL,
                "end_with": signal.SIGKILL,
            }
            if row.mode == "pingpong":
                words = ["local", "pingpong", str(row.count), str(row.repetitions)]
                command = self._emulator(words)
                local = started.enter_context(site.start("local", command, **how))
                return local.output(RUN_WITHIN_S)
            for side in site.sides:
                self._start_epmd(started, site, side, port, how)
            cookie = uuid.uuid4().hex
            node = f"server@{site.address('server')}"
            flags = ["-start_epmd", "false", "-setcookie", cookie]
            command = self._emulator(["srv"], [*flags, *named(node)])
            server = started.enter_context(site.start("server", command, **how))
            server.line("ready", READY_WITHIN_S)
            words = ["cli", node, *load_of(row)]
            name = f"client@{site.address('client')}"
            command = self._emulator(words, [*flags, *named(name)])
            client = started.enter_context(site.start("client", command, **how))
            return output_of(client, server)

    def _emulator(self, words, flags=()):
        code = ["-pa", str(self._programs), "-run", "dist_echo", "main", *words]
        return ["erl", "-noinput", *flags, *code]

    @staticmethod
    def _start_epmd(started, site, side, port, how):
        """Returns when it answers."""
        command = ["epmd", "-port", str(port), "-address", site.address(side)]
        daemon = started.enter_context(site.start(side, command, **how))
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and daemon.running():
            with site.start(side, [*command, "-names"], **how) as question:
                try:
                    question.output(READY_WITHIN_S)
                    return
                except Failed:
                    time.sleep(0.02)
        raise Failed("epmd does not answer")


def all_peers(programs):
    return {
        "disterl": DistributedErlang(programs),
        "caf": Program(programs / "caf_echo"),
        "floor": Program(programs / "floor_echo"),
        "partita": Program(programs / "partita_echo"),
    }


def measure(peer, row, column, site):
    """The repetitions of one run, without the first. Raises Failed."""
    try:
        return repetitions_of(peer.measure(row, column, site), row.repetitions)
    except ValueError as wrong:
        raise Failed(str(wrong)) from None
