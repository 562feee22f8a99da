"""The graph of a workspace as ninja knows it: an edge for every service, with all of its files."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from bench.timing import Failed, Way, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RULE = "rule stamp\n  command = touch $out\n\n"
PER_LINE = " $\n  "


def build_file(closures: Mapping[str, Sequence[str]], stamps: Path) -> str:
    """A stamp for every service, made anew when one of its files is newer."""
    edges = (
        f"build {_word(str(stamps / name))}: stamp{PER_LINE}"
        + PER_LINE.join(_word(path) for path in files)
        + "\n"
        for name, files in closures.items()
    )
    return f"builddir = {_word(str(stamps.parent))}\n{RULE}{''.join(edges)}"


def prepare(tree: Path, closures: Mapping[str, Sequence[str]], place: Path) -> Way | None:
    """Build everything once; nothing where there is no ninja, which is said.

    Raises:
        Failed: it does not find everything up to date afterwards.
    """
    program = shutil.which("ninja")
    if not program:
        print("left out: ninja (there is no `ninja` in the path)")
        return None
    place.mkdir()
    file = place / "build.ninja"
    file.write_text(build_file(closures, place / "stamps"), "utf-8")
    command = [program, "-C", str(tree), "-f", str(file)]
    way = Way(command, tree, {})
    run(way)
    if "no work to do" not in run(way).printed:
        raise Failed("ninja would build something")
    return way


def version() -> str:
    """``ninja 1.12.1``."""
    answer = subprocess.run(["ninja", "--version"], check=True, capture_output=True, text=True)
    return f"ninja {answer.stdout.strip()}"


def _word(path: str) -> str:
    return path.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")
