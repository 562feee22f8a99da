"""How long it takes to find the stages of all programs, and how much of that is scanning."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

from bench.closures.ours import load
from msbuild.plugin.manager import load_plugins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.closures.model import Oracle, Program


def times(tree: Path, programs: Iterable[Program], oracle: Oracle) -> str:
    """Seconds of a processor for the same work twice in one process.

    What was read of a file by its content is known the second time, and nothing else is. So the
    difference is the most that keeping it between runs could save.
    """
    load_plugins(())
    wanted = tuple(programs)
    first, second = _seconds(tree, wanted, oracle), _seconds(tree, wanted, oracle)
    return f"{len(wanted)} programs: first {first:.2f} s, second {second:.2f} s"


def _seconds(tree: Path, programs: tuple[Program, ...], oracle: Oracle) -> float:
    start = process_time()
    load(tree, programs, oracle)
    return process_time() - start
