"""What a figure means nothing without: where, when and with what it was measured."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

PACKAGES = ("erlang-base", "libcaf-dev", "g++")
ROOT = Path(__file__).resolve().parents[2]


def first_line(*command):
    """Of what a command prints; "unknown" when it cannot say."""
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=10, cwd=ROOT, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return ran.stdout.splitlines()[0] if ran.returncode == 0 and ran.stdout else "unknown"


def read_setting(path):
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return "unknown"


def cpu_model():
    found = re.search(r"^model name\s*:\s*(.*)$", read_setting("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def commit():
    """With a mark when the tree held changes that are in no commit."""
    revision = first_line("git", "rev-parse", "HEAD")
    changed = first_line("git", "--no-optional-locks", "status", "--porcelain") != "unknown"
    return f"{revision}, changed" if changed else revision


def versions():
    return {
        name: first_line("dpkg-query", "-W", "-f", "${Version}\n", name) for name in PACKAGES
    }


def describe(rounds, pin):
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "kernel": platform.release(),
        "cpu": f"{cpu_model()}, {os.cpu_count()} processors",
        "load average before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "congestion control": read_setting("/proc/sys/net/ipv4/tcp_congestion_control"),
        "tcp_rmem": " ".join(read_setting("/proc/sys/net/ipv4/tcp_rmem").split()),
        "tcp_wmem": " ".join(read_setting("/proc/sys/net/ipv4/tcp_wmem").split()),
        "GLIBC_TUNABLES": os.environ.get("GLIBC_TUNABLES", "none"),
        "placement": "client on processor 0, server on 1" if pin else "free",
        "rounds": rounds,
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
