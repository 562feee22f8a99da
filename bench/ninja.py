"""A workspace's graph for ninja: one edge per service, with all files of its closure.

    python -m bench.ninja CLOSURES DIRECTORY

writes the build file. It runs in a separate process because of the memory it needs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Command, Failed, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RULE = "rule stamp\n  command = touch $out\n\n"
PER_LINE = " $\n  "


def build_file(closures: Mapping[str, Sequence[str]], stamps: Path) -> str:
    """A build file with a stamp per service, rebuilt when one of its files is newer."""
    edges = (
        f"build {_escaped(str(stamps / name))}: stamp{PER_LINE}"
        + PER_LINE.join(_escaped(path) for path in files)
        + "\n"
        for name, files in closures.items()
    )
    return f"builddir = {_escaped(str(stamps.parent))}\n{RULE}{''.join(edges)}"


def prepare(tree: Path, closures: Path, place: Path) -> Command | None:
    """Build everything once. Returns None, with a message, if ninja is not installed.

    Raises:
        Failed: ninja does not find everything up to date afterwards.
    """
    program = shutil.which("ninja")
    if not program:
        print("skipped: ninja (`ninja` is not on the PATH)")
        return None
    place.mkdir()
    file = place / "build.ninja"
    project = Path(__file__).resolve().parent.parent
    run(Command([sys.executable, "-m", "bench.ninja", str(closures), str(place)], project, {}))
    command = [program, "-C", str(tree), "-f", str(file)]
    timed = Command(command, tree, {})
    run(timed)
    if "no work to do" not in run(timed).printed:
        raise Failed("ninja is not up to date after a build")
    return timed


def version() -> str:
    """The installed version, such as ``ninja 1.12.1``."""
    answer = subprocess.run(["ninja", "--version"], check=True, capture_output=True, text=True)
    return f"ninja {answer.stdout.strip()}"


def _escaped(path: str) -> str:
    return path.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def main() -> None:
    """Write the build file for the closures of ``bench.fake_images``."""
    closures, place = Path(sys.argv[1]), Path(sys.argv[2])
    text = build_file(json.loads(closures.read_text("utf-8")), place / "stamps")
    (place / "build.ninja").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
