"""The experiments of the talk that Partita carries on, beside today's figures."""

from dataclasses import dataclass

from report import shown

NOTES = {
    "otp": "Erlang cuts large messages into fragments since OTP 22: a stronger baseline.",
    "window": "One connection is bound by its window, about 140 MB/s at 20 ms here, and many by "
    "the two processors, which the link shares: that is where the gain ends on this machine.",
    "processors": "At 1 ms processors are the bound, not windows, and the link takes most of one.",
    "riak": "There: Riak Core on 3 nodes, a hash ring between the actors. Here: bare echoes.",
    "store": "Not repeated: a store with a delay of 10 ms and quorums of 2 of 3 measures itself; "
    "the echo rows are the part that the network has in it.",
    "queues": "Not repeated: a cost, not a gain. Parallelism is 8 or 16 here.",
    "five": "Those 5 are 42 MB/s; Erlang does three times that here.",
    "channels": "Named channels take the pinger off the connection of the bulk.",
}


@dataclass(frozen=True)
class Experiment:
    """`row` names the workload that stands for it, `partisan` what Partisan 5.0.3 reached beside
    OTP 25 when it was measured in the shape of that row."""

    title: str
    deck: str
    row: str | None
    partisan: str
    why: tuple  # keys of NOTES


EXPERIMENTS = (
    Experiment(
        "Baseline vs optimal, 512 KB, 1 ms, 128 actors",
        "1.9x",
        "rtt1/echo/128x512KB",
        "0.9x",
        ("otp", "processors"),
    ),
    Experiment(
        "Queue maintenance overhead, 512 KB, 1 ms, as many connections as actors",
        "33x increase (2485 ms)",
        None,
        "",
        ("queues",),
    ),
    Experiment(
        "Increased latency, 512 KB, 20 ms",
        "13.4x",
        "rtt20/echo/128x512KB",
        "3.3x",
        ("otp", "window"),
    ),
    Experiment(
        "Increased payload, 8 MB, 1 ms",
        "3.7x",
        "rtt1/echo/16x8MB",
        "1.4x",
        ("otp", "processors"),
    ),
    Experiment(
        "Echo service, up to 512 KB, 1 ms",
        "roughly similar",
        "rtt1/echo/128x512KB",
        "0.9x",
        ("riak", "processors"),
    ),
    Experiment(
        "Echo service, 8 MB, 1 ms",
        "3.10x",
        "rtt1/echo/16x8MB",
        "1.4x",
        ("riak", "otp", "processors"),
    ),
    Experiment(
        "Echo service, 512 KB, 20 ms",
        "7.21x",
        "rtt20/echo/128x512KB",
        "3.3x",
        ("riak", "otp", "window"),
    ),
    Experiment(
        "Echo service, 8 MB, 20 ms (Erlang: 5 echoes/s)",
        "34.96x",
        "rtt20/echo/16x8MB",
        "4.2x",
        ("riak", "five", "otp", "window"),
    ),
    Experiment("KVS service, 512 KB, 1 ms", "roughly on par", None, "", ("store",)),
    Experiment("KVS service, 8 MB, 1 ms", "1.4x", None, "", ("store",)),
    Experiment("KVS service, 512 KB, 20 ms", "1.8x", None, "", ("store",)),
    Experiment("KVS service, 8 MB, 20 ms", "95 operations/s beside 1 in all", None, "", ("store",)),
    Experiment(
        "Head-of-line blocking, 20 ms: p99 of a ping beside bulk",
        "no figure",
        "rtt20/hol/4x8MB",
        "9.6x",
        ("channels",),
    ),
)


def gain(row):
    """How many times better Partita is than Distributed Erlang in what the row is about."""
    by_peer = {peer: row["cells"][label]["medians"] for peer, label in row["best"].items() if label}
    if not {"partita", "disterl"} <= by_peer.keys():
        return "not measured"
    key, direction = ("p99_us", -1) if row["mode"] == "hol" else ("msgs_per_s", 1)
    quotient = (by_peer["partita"][key] / by_peer["disterl"][key]) ** direction
    return f"{shown(quotient)}x"


def baseline(row):
    """What Distributed Erlang does in the row today."""
    label = row["best"]["disterl"]
    if label is None:
        return "not measured"
    medians = row["cells"][label]["medians"]
    if row["mode"] == "hol":
        return f"{medians['p99_us'] / 1e3:.3g} ms"
    return f"{shown(medians['msgs_per_s'])} echoes/s"


def table(rows):
    by_name = {row["name"]: row for row in rows}
    numbers = {key: str(number) for number, key in enumerate(NOTES, 1)}
    yield "| experiment | deck | row here | Partita | Erlang here | Partisan 5.0.3 | why |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for each in EXPERIMENTS:
        row = by_name.get(each.row)
        if each.row is None:
            today = ("none", "", "")
        elif row is None:
            today = (each.row, "not measured", "not measured")
        else:
            today = (each.row, gain(row), baseline(row))
        why = ", ".join(numbers[key] for key in each.why)
        yield f"| {' | '.join((each.title, each.deck, *today, each.partisan, why))} |"
    yield ""
    for key, note in NOTES.items():
        yield f"{numbers[key]}. {note}"
