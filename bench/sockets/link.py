"""Where the two nodes of a run live: on this machine's loopback, or at the ends of a link with a
delay, in a network namespace each."""

import socket
from contextlib import contextmanager

from processes import Child, Failed

UP_WITHIN_S = 10


class Site:
    """Two sides, `client` and `server`, which may be one machine; `local` is neither."""

    def __init__(self, addresses, namespaces=None, pin=False):
        self.addresses = addresses
        self._namespaces = namespaces
        self._pin = pin

    @property
    def sides(self):
        return ("client", "server") if self._namespaces else ("server",)

    def address(self, side):
        return self.addresses[side]

    def cpu(self, side):
        return {"client": 0, "server": 1}.get(side) if self._pin else None

    def start(self, side, arguments, **how):
        if self._namespaces:
            arguments = ["nsenter", f"--net={self._namespaces[side]}", *arguments]
        return Child(arguments, cpu=self.cpu(side), **how)

    def free_port(self):
        """Free a moment ago; in a namespace of our own any is."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]


@contextmanager
def site_with(rtt_ms, programs, pin):
    """The site of rows with this round trip time; it ends with the context, the namespaces and
    their devices with the process that holds them."""
    if rtt_ms == 0:
        yield Site({"client": "127.0.0.1", "server": "127.0.0.1"}, pin=pin)
        return
    addresses = {"client": "10.99.1.1", "server": "10.99.1.2"}
    program = programs / "delay_link"
    if not program.exists():
        raise Failed("delay_link is not built")
    one_way_us = str(rtt_ms * 500)
    with Child([str(program), *addresses.values(), one_way_us]) as link:
        _, client, server = link.line("up ", UP_WITHIN_S).split()
        yield Site(addresses, {"client": client, "server": server}, pin=pin)
