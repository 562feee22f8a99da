"""Measures how long it takes to find the stages of all programs, and how much of it is scanning."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

from bench.closures.ours import load
from msbuild.plugin.manager import load_plugins
from msbuild.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.closures.model import Oracle, Program


def times(tree: Path, programs: Iterable[Program], oracle: Oracle) -> str:
    """CPU seconds for doing the same work twice in one process.

    The second time only the scans of file contents are cached. So the difference is the most that
    storing them between runs could save.
    """
    load_plugins(())
    wanted = tuple(programs)
    first, second = _seconds(tree, wanted, oracle), _seconds(tree, wanted, oracle)
    return f"{counted(len(wanted), 'program')}: first {first:.2f} s, second {second:.2f} s"


def _seconds(tree: Path, programs: tuple[Program, ...], oracle: Oracle) -> float:
    start = process_time()
    load(tree, programs, oracle)
    return process_time() - start
