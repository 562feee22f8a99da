"""No random edit changes an observation without being noticed, however many came before it."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import MsbuildError
from msbuild.plugin.memo import Trace
from msbuild.sources.tree import SourceTree
from msbuild.state.file_stat import content_digest
from msbuild.uptodate.traces import Traces, observe

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.uptodate.traces import Observation

NAMES = ("a", "b", "c", "x")
KINDS = ("place", "exists", "is_directory", "read", "names", "directories", "files", "find")
STEPS = 4


class Edits:
    """Makes random edits of a tree, and random observations."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self._root = root
        self._chance = chance
        self._ways = (self._write, self._write, self._make, self._remove, self._rename, self._link)

    def one(self) -> None:
        with suppress(OSError):
            self._chance.choice(self._ways)(self._root / self.path(least=1))

    def path(self, least: int = 0) -> str:
        return "/".join(self._chance.choices(NAMES, k=self._chance.randint(least, 4)))

    def observation(self) -> Observation:
        kind, path = self._chance.choice(KINDS), self.path()
        return (kind, path, self._chance.choice(NAMES)) if kind == "find" else (kind, path or ".")

    def _write(self, path: Path) -> None:
        path.write_text(self._chance.choice(("1", "2", "3")))

    def _make(self, path: Path) -> None:
        path.mkdir(parents=True)

    def _remove(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def _rename(self, path: Path) -> None:
        path.rename(self._root / self.path(least=1))

    def _link(self, path: Path) -> None:
        path.symlink_to(self._chance.choice(("", "../")) + self._chance.choice(NAMES))


def ask(observations: set[Observation], sources: SourceTree) -> None:
    with sources.trace.question("service", "s"):
        for kind, *arguments in observations:
            with suppress(MsbuildError, OSError):
                getattr(sources, kind)(*arguments)


def seen(root: Path, sources: SourceTree) -> dict[str, tuple[bool, bool, str]]:
    """What was read: whether it is a link, or a directory, and its content."""
    return {path: state(root / path) for path in sources.stat_cache.stats}


def state(path: Path) -> tuple[bool, bool, str]:
    return path.is_symlink(), path.is_dir(), content_digest(str(path))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_no_edit_is_overlooked(part: int, tmp_path: Path) -> None:
    compared = 0
    for seed in range(part * 200, part * 200 + 200):
        root = tmp_path / str(seed)
        root.mkdir()
        compared += compare(root, random.Random(seed))  # noqa: S311 - reproducible
    assert compared > 300


def compare(root: Path, chance: random.Random) -> int:
    """Compare what an incremental load notices with the truth; returns how often."""
    edits = Edits(root, chance)
    for _ in range(12):
        edits.one()
    wanted = {edits.observation() for _ in range(8)}
    sources = SourceTree(root)
    ask(wanted, sources)
    stored = Traces({}, {}, {}, set(), False, {}, {}, set(), {}, (), {}, {}, 0)
    stored.update(sources, {}, ())
    known = seen(root, sources)
    for step in range(STEPS):
        edits.one()
        now = {path: state(root / path) for path in known}
        paths = [path for path in known if now[path] != known[path]]
        kinds = [(known[path][:2], now[path][:2]) for path in paths if (root / path).exists()]
        # other kinds of files need a full load anyway, and so do links
        if any(old != new or True in (old[0], new[0]) for old, new in kinds) or any(
            known[path][0] for path in paths
        ):
            return step
        fresh = SourceTree(root, Trace(count=stored.numbers))
        changes = stored.changes(paths, fresh)
        if changes is None:
            return step
        truth = SourceTree(root)
        ask(wanted, truth)
        live = {each for each in truth.trace.users if isinstance(each, tuple)}
        missed = {
            each
            for each in live & stored.observations.keys() - changes
            # of a missing file, what it resolves to is recorded as well
            if ("place", each[1]) not in changes
            and observe(each, truth) != stored.observations[each]
        }
        assert not missed, (paths, changes)
        if changes:
            ask(wanted, fresh)
        if changes or not stored.are_current(fresh):
            stored.update(fresh, {}, changes)
        assert live <= stored.observations.keys()
        known = {path: each for path, each in known.items() if path not in paths}
        known |= seen(root, fresh)
    return STEPS
