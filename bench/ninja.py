"""The graph of a workspace as ninja knows it: an edge for every service, with all of its files.

    python -m bench.ninja CLOSURES DIRECTORY

writes the build file, in a process of its own because of the memory that it takes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Failed, Way, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def prepare(tree: Path, closures: Path, place: Path) -> Way | None:
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
    project = Path(__file__).resolve().parent.parent
    run(Way([sys.executable, "-m", "bench.ninja", str(closures), str(place)], project, {}))
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


def main() -> None:
    """Write the build file for the closures of ``bench.placing``."""
    closures, place = Path(sys.argv[1]), Path(sys.argv[2])
    text = build_file(json.loads(closures.read_text("utf-8")), place / "stamps")
    (place / "build.ninja").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
