"""Sampling of threads that want a core."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from bench import demand
from bench.demand import Demand

SPIN = "import sys\nprint('here', flush=True)\nwhile True: pass"
WAIT = "import sys\nprint('here', flush=True)\nsys.stdin.read()"


@pytest.mark.parametrize(("code", "state"), [(SPIN, "R"), (WAIT, "S")])
def test_threads_of_descendants_are_listed_with_their_state(code: str, state: str) -> None:
    child = subprocess.Popen(
        ["sh", "-c", '"$0" -c "$1"; true', sys.executable, code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    with child, child.stdout as output, child.stdin:
        assert output.readline() == b"here\n"
        for _ in range(10_000):  # it may still run for a moment after printing the line
            states = list(demand.thread_states(child.pid))
            if sorted(states) == sorted(["S", state]):
                break
        os.killpg(child.pid, 9)
    assert sorted(states) == sorted(["S", state]), "the shell waits for it"


def test_idle_is_the_share_of_unused_cores() -> None:
    seen = Demand(os.getpid())
    assert seen.idle(2) == 0
    seen.samples = [0, 1, 2, 9]
    assert seen.idle(2) == 1 - (0 + 1 + 2 + 2) / 8


def test_samples_are_taken_until_the_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = threading.Event()
    calls = []

    def states(pid: int) -> list[str]:
        calls.append(pid)
        if len(calls) == 3:
            enough.set()
        return ["R", "S", "R"]

    monkeypatch.setattr(demand, "INTERVAL", 0.001)
    monkeypatch.setattr(demand, "thread_states", states)
    with Demand(7) as seen:
        assert enough.wait(10)
    assert seen.samples[:3] == [2, 2, 2]
    assert set(calls) == {7}


def test_a_process_that_has_ended_has_no_threads() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert list(demand.thread_states(ended.pid)) == []
