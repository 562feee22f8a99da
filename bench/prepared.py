"""A generated workspace in which every service is up to date.

Its images are put in place (``bench.fake_images``) instead of compiled: a thousand compilations
would measure the compiler. Everything else is real: the images are in a store of the local executor
or in the engine, labeled with the fingerprints of their services, and `msbuild all` finds them
there before anything is timed.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Command, Failed, run
from bench.workspaces import make
from msbuild.state.file_stat import CLOCK_RESOLUTION

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTLE_SECONDS = CLOCK_RESOLUTION / 1e9 + 0.1
_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Prepared:
    """The workspace and how to run commands in it.

    Attributes:
        tree: its root.
        executor: which executor has the images, ``local`` or ``docker``.
        services: number of services.
        store: the local executor's store.
        closures: a JSON file with the files of every service.
    """

    tree: Path
    executor: str
    services: int
    store: Path
    closures: Path

    def msbuild(self, *words: str) -> Command:
        """An `msbuild` command, run with the program installed with this interpreter."""
        return Command(
            [program(), *words, "--executor", self.executor], self.tree, self._environment
        )

    def python(self, *words: str) -> Command:
        """A Python command in the same directory and environment."""
        return Command([sys.executable, *words], self.tree, self._environment)

    def fake_images(self, action: str) -> None:
        """Run ``bench.fake_images``: create the images or remove them."""
        words = [action, str(self.tree / "msbuild.yaml"), str(self.closures)]
        command = [sys.executable, "-m", "bench.fake_images", *words]
        run(Command(command, _PROJECT, self._environment))

    def check(self, command: str = "all") -> None:
        """Run a command that must find every service up to date, and wait.

        Right after files were written, their stats cannot be trusted yet.

        Raises:
            Failed: not every service is up to date.
        """
        printed = run(self.msbuild(command)).printed
        if f"nothing to build: {self.services} services up to date" not in printed:
            raise Failed(f"not every service is up to date: {printed[-500:]}")
        time.sleep(_SETTLE_SECONDS)

    @property
    def _environment(self) -> dict[str, str]:
        return {"MSBUILD_STORE": str(self.store)}


def prepare(
    place: Path,
    services: int,
    executor: str = "local",
    write: Callable[[Path, int], None] = make,
) -> Prepared:
    """Generate a workspace in a new directory and bring every service up to date.

    Args:
        place: the new directory.
        services: the number of services.
        executor: which executor gets the images.
        write: writes the workspace.

    Raises:
        Failed: not every service is up to date afterwards.
    """
    place.mkdir()
    tree = place / "tree"
    write(tree, services)
    prepared = Prepared(tree, executor, services, place / "store", place / "closures.json")
    prepared.fake_images(executor)
    # a plan first, so that nothing is compiled by mistake
    for command in ("plan", "all", "all"):
        prepared.check(command)
    return prepared


def program() -> str:
    """The `msbuild` program installed with this interpreter.

    Raises:
        Failed: it is not installed.
    """
    found = shutil.which("msbuild", path=sysconfig.get_path("scripts"))
    if not found:
        raise Failed("msbuild is not installed with this interpreter")
    return found
