"""Processes that end: with the harness, whatever ends it, and never by name."""

import ctypes
import os
import select
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
GRACE_S = 2.0

libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A program did not do what it should; the text says what happened, in one line."""


def dies_with_parent(cpu):
    """Runs in the child before exec: even a harness that was killed leaves nothing behind."""

    def prepare():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})

    return prepare


class Child:
    """One process in a session of its own, so that Ctrl-C reaches only the harness. A context
    manager: the process, and what it started in that session, is gone afterwards."""

    def __init__(
        self,
        arguments,
        *,
        environment=None,
        cpu=None,
        stdin=subprocess.PIPE,
        end_with=signal.SIGTERM,
    ):
        self._end_with = end_with
        self._errors = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=None if environment is None else {**os.environ, **environment},
                start_new_session=True,
                preexec_fn=dies_with_parent(cpu),
            )
        except (OSError, subprocess.SubprocessError) as refused:
            self._errors.close()
            raise Failed(f"cannot be started: {refused}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def line(self, starts_with, timeout_s):
        """Waits for the first line of output, which must start so."""
        deadline = time.monotonic() + timeout_s
        seen = b""
        while b"\n" not in seen:
            left_s = max(0.0, deadline - time.monotonic())
            if not select.select([self._process.stdout], [], [], left_s)[0]:
                raise Failed(f"not ready within {timeout_s:g} s")
            more = os.read(self._process.stdout.fileno(), 4096)
            if not more:
                raise Failed(self._why())
            seen += more
        line = seen.decode().splitlines()[0]
        if not line.startswith(starts_with):
            raise Failed(f"said '{line}', expected '{starts_with}'")
        return line

    def output(self, timeout_s):
        """All that it prints until it ends by itself, with success."""
        try:
            output, _ = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"no result within {timeout_s:g} s") from None
        if self._process.returncode != 0:
            raise Failed(self._why())
        return output.decode()

    def running(self):
        return self._process.poll() is None

    def ended(self):
        """Why it is no longer running; nothing when it is."""
        return None if self.running() else self._why()

    def stop(self):
        if self.running():
            self._process.send_signal(self._end_with)
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        try:
            os.killpg(self._process.pid, signal.SIGKILL)  # what it may have started
        except ProcessLookupError:
            pass
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None and not stream.closed:
                stream.close()

    def _why(self):
        """The last thing that it complained of, else how it ended."""
        status = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        return said[-1] if said else f"ended with status {status}"
