"""How many threads of a process and of all it has started want a core, sampled while it runs."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_EVERY = 0.2
_PROC = Path("/proc")


class Demand:
    """Samples for as long as a block lasts. Linux only.

    Args:
        pid: the process.

    Attributes:
        samples: how many threads ran or could have run, five times a second.
    """

    def __init__(self, pid: int) -> None:
        self.samples: list[int] = []
        self._pid = pid
        self._over = threading.Event()
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
        self._over.set()
        self._thread.join()

    def idle(self, cores: int | None = None) -> float:
        """The share of the cores that had nothing to do, had nobody else used them.

        Where others do, threads wait and samples with many of them are more: it is less than true.
        """
        cores = cores or os.cpu_count() or 1
        if not self.samples:
            return 0.0
        return 1 - sum(min(wanted, cores) for wanted in self.samples) / (cores * len(self.samples))

    def _sample(self) -> None:
        while not self._over.wait(_EVERY):
            self.samples.append(sum(state == "R" for state in _states(self._pid)))


def _states(pid: int) -> Iterator[str]:
    """The state of every thread of a process and its descendants, as far as they live."""
    for task in _listed(_PROC / str(pid) / "task"):
        try:
            stat = (task / "stat").read_text()
            started = (task / "children").read_text().split()
        except OSError:
            continue  # it has ended meanwhile
        # the name before the state may hold anything, parentheses included
        yield stat[stat.rindex(")") + 2]
        for child in started:
            yield from _states(int(child))


def _listed(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []
