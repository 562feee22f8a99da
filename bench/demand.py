"""Samples how many threads of a process and its descendants want a core while it runs."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

INTERVAL = 0.2
_PROC = Path("/proc")


class Demand:
    """Takes samples while its `with` block runs. Linux only.

    Args:
        pid: the process.

    Attributes:
        samples: number of threads running or runnable, five times a second.
    """

    def __init__(self, pid: int) -> None:
        self.samples: list[int] = []
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def idle(self, cores: int | None = None) -> float:
        """The share of core time left unused, assuming that nothing else uses the cores.

        On a busy machine runnable threads pile up, so the figure is too low.
        """
        cores = cores or os.cpu_count() or 1
        if not self.samples:
            return 0.0
        return 1 - sum(min(wanted, cores) for wanted in self.samples) / (cores * len(self.samples))

    def _sample(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.samples.append(sum(state == "R" for state in thread_states(self._pid)))


def thread_states(pid: int) -> Iterator[str]:
    """The state of every live thread of a process and its descendants."""
    for task in _entries(_PROC / str(pid) / "task"):
        try:
            stat = (task / "stat").read_text()
            started = (task / "children").read_text().split()
        except OSError:
            continue  # it has ended in the meantime
        # the name before the state may contain anything, even parentheses
        yield stat[stat.rindex(")") + 2]
        for child in started:
            yield from thread_states(int(child))


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []
