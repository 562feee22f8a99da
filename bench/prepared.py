"""A generated workspace in which everything stands, for the benches that need one.

Its images are put in place (``bench.placing``), not compiled: a thousand compilations would measure
the compiler. All else is real: they lie in a store of the local executor or in the engine and carry
the fingerprints of their services, and real runs of `msbuild all` look at them before anything is
timed.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

from bench.timing import Failed, Way, run
from bench.workspaces import make
from msbuild.state.file_stat import CLOCK_RESOLUTION

_REST = CLOCK_RESOLUTION / 1e9 + 0.1
_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Prepared:
    """The workspace.

    Attributes:
        tree: its root.
        executor: where its images are, ``local`` or ``docker``.
        services: how many.
        store: where the local executor's are.
        closures: a JSON file with the files of every service.
    """

    tree: Path
    executor: str
    services: int
    store: Path
    closures: Path

    def msbuild(self, *words: str) -> Way:
        """A command of the program that is installed beside this interpreter."""
        return Way([program(), *words, "--executor", self.executor], self.tree, self._environment)

    def python(self, *words: str) -> Way:
        """The interpreter in the same surroundings."""
        return Way([sys.executable, *words], self.tree, self._environment)

    def place(self, what: str) -> None:
        """Run ``bench.placing``."""
        words = ["-m", "bench.placing", what, str(self.tree / "msbuild.yaml"), str(self.closures)]
        run(Way([sys.executable, *words], _PROJECT, self._environment))

    @property
    def _environment(self) -> dict[str, str]:
        return {"MSBUILD_STORE": str(self.store)}


def prepare(place: Path, services: int, executor: str = "local") -> Prepared:
    """Generate a workspace in a new directory and make everything stand.

    Raises:
        Failed: not everything came to stand.
    """
    place.mkdir()
    tree = place / "tree"
    make(tree, services)
    prepared = Prepared(tree, executor, services, place / "store", place / "closures.json")
    prepared.place(executor)
    expected = f"nothing to build: {services} services up to date"
    # first a plan: nothing is compiled by mistake
    for command in ("plan", "all", "all"):
        # a run right after files were written cannot trust their signs yet
        printed = run(prepared.msbuild(command)).printed
        if expected not in printed:
            raise Failed(f"not everything stands: {printed[-500:]}")
        time.sleep(_REST)
    return prepared


def program() -> str:
    """The `msbuild` that belongs to this interpreter.

    Raises:
        Failed: there is none.
    """
    found = shutil.which("msbuild", path=sysconfig.get_path("scripts"))
    if not found:
        raise Failed("msbuild is not installed beside this interpreter")
    return found
