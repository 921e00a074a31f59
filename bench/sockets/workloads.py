"""The rows of the comparison: what is asked of every peer, and the bars that Partita must meet."""

from dataclasses import dataclass, replace

KB, MB = 1024, 1024 * 1024

# Echoes of one repetition: enough for a stable rate, few enough for the slowest peer.
SMALL_MESSAGES = 32_000
LONE_MESSAGES = 2_000
BULK_BYTES = 256 * MB
# 64 and 128 actors with 8 MB each would need 0.5 and 1 GB on each side at RTT 0; left out.
WHOLE_MOST = 256 * MB


@dataclass(frozen=True)
class Metric:
    key: str  # in a line that a peer prints
    unit: str
    scale: float = 1.0
    higher_is_better: bool = True


RATE = Metric("msgs_per_s", "msgs/s")
THROUGHPUT = Metric("mb_per_s", "MB/s")
ECHO_P50 = Metric("p50_us", "p50 us", higher_is_better=False)
PING_P50 = Metric("p50_us", "p50 ms", 1e-3, higher_is_better=False)
PING_P99 = Metric("p99_us", "p99 ms", 1e-3, higher_is_better=False)
BULK = Metric("bulk_mb_per_s", "bulk MB/s")
MESSAGE_COST = Metric("ns_per_message", "ns/msg", higher_is_better=False)


@dataclass(frozen=True)
class Bar:
    """`metric` of Partita, divided by that of the peer `against` (or not at all), must be
    `relation` `required`."""

    metric: Metric
    against: str | None
    relation: str  # ">", ">=" or "<="
    required: float

    def met(self, measured):
        if self.relation == "<=":
            return measured <= self.required
        return measured > self.required if self.relation == ">" else measured >= self.required


@dataclass(frozen=True)
class Workload:
    """`count` is echoes an actor (echo), milliseconds of pinging (hol) or messages (pingpong)."""

    mode: str
    rtt_ms: int
    actors: int
    payload_bytes: int
    count: int
    repetitions: int = 3
    waiting: str = ""  # "spin" or "sleep": how both sides wait; "": as they do by default

    @property
    def name(self):
        if self.mode == "pingpong":
            return "local/pingpong"
        shape = f"{self.actors}x{size_of(self.payload_bytes)}{self.waiting and '/' + self.waiting}"
        return f"rtt{self.rtt_ms}/{self.mode}/{shape}"

    @property
    def metrics(self):
        """The first one is what the row is about."""
        if self.mode == "pingpong":
            return [MESSAGE_COST]
        if self.mode == "hol":
            return [PING_P99, PING_P50, BULK]
        if self.payload_bytes > KB:
            return [THROUGHPUT]
        if self.waiting:
            return [ECHO_P50, RATE]
        return [RATE, ECHO_P50] if self.actors == 1 else [RATE]

    @property
    def bars(self):
        return [*special_bars(self), *caf_bars(self)]


def size_of(payload_bytes):
    if payload_bytes >= MB:
        return f"{payload_bytes // MB}MB"
    return f"{payload_bytes // KB}KB" if payload_bytes >= KB else f"{payload_bytes}B"


def special_bars(row):
    """The bars that hold for one row or a few."""
    if row.mode == "pingpong":
        return [Bar(MESSAGE_COST, None, "<=", 100)]
    shape = (row.actors, row.payload_bytes)
    if row.mode == "hol" and row.rtt_ms == 0:
        return [Bar(PING_P99, "disterl", "<=", 0.1), Bar(BULK, "disterl", ">=", 1)]
    if row.mode == "hol" and row.rtt_ms == 20:
        return [Bar(PING_P99, None, "<=", 1.1 * row.rtt_ms)]
    if row.mode == "echo" and row.rtt_ms == 20 and shape in ((128, 512 * KB), (16, 8 * MB)):
        return [Bar(THROUGHPUT, "disterl", ">=", 5)]
    if row.mode != "echo" or row.rtt_ms != 0:
        return []
    if row.waiting:
        return [Bar(ECHO_P50, "floor", "<=", 1.5 if row.waiting == "spin" else 1.3)]
    if shape == (1, 64):
        return [Bar(RATE, "disterl", ">", 1)]
    if row.actors >= 16 and row.payload_bytes <= KB:
        return [Bar(RATE, "disterl", ">=", 2.5)]
    bulk = {(16, 512 * KB): 2.2, (16, 8 * MB): 2.7}
    return [Bar(THROUGHPUT, "disterl", ">=", bulk[shape])] if shape in bulk else []


def caf_bars(row):
    """Twice as good as CAF in what the row is about, everywhere."""
    if row.waiting:
        return []
    metric = row.metrics[0]
    if metric.higher_is_better:
        return [Bar(metric, "caf", ">=", 2)]
    return [Bar(metric, "caf", "<=", 0.5)]


def echo_count(actors, payload_bytes):
    if payload_bytes <= KB:
        return LONE_MESSAGES if actors == 1 else SMALL_MESSAGES // actors
    return max(1, BULK_BYTES // (actors * payload_bytes))


def at_loopback():
    for payload_bytes in (64, KB, 512 * KB, MB, 8 * MB):
        for actors in (1, 16, 32, 64, 128):
            if actors * payload_bytes <= WHOLE_MOST:
                count = echo_count(actors, payload_bytes)
                yield Workload("echo", 0, actors, payload_bytes, count)
    yield Workload("echo", 0, 1, 64, 10 * LONE_MESSAGES, waiting="spin")
    yield Workload("echo", 0, 1, 64, LONE_MESSAGES, waiting="sleep")


def delayed(rtt_ms):
    yield Workload("echo", rtt_ms, 128, 64, 50)
    yield Workload("echo", rtt_ms, 16, MB, 4)
    yield Workload("echo", rtt_ms, 128, 512 * KB, 2)
    yield Workload("echo", rtt_ms, 16, 8 * MB, 1)


def full_matrix():
    rows = [Workload("pingpong", 0, 2, 0, 1_000_000), *at_loopback()]
    rows.append(Workload("hol", 0, 4, 8 * MB, 1_000))
    rows.extend(delayed(1))
    rows.append(Workload("hol", 1, 4, 8 * MB, 1_000))
    rows.extend(delayed(20))
    rows.append(Workload("hol", 20, 4, 8 * MB, 4_000, repetitions=2))
    return rows


QUICK = {
    "local/pingpong": 100_000,
    "rtt0/echo/1x64B": 500,
    "rtt0/echo/1x64B/spin": 2_000,
    "rtt0/echo/128x1KB": 60,
    "rtt0/echo/16x512KB": 8,
    "rtt0/hol/4x8MB": 300,
    "rtt20/echo/16x1MB": 2,
}


def quick_matrix():
    return [
        replace(row, count=QUICK[row.name], repetitions=2)
        for row in full_matrix()
        if row.name in QUICK
    ]
