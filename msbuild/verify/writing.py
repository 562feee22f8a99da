"""Writes what a check found to `msbuild.lock`, and takes out what nothing reads any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.sources.globs import files_of
from msbuild.workspace.lockfile import NAME, read_inputs, write_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.sources.tree import SourceTree
    from msbuild.verify.results import ServiceChecked
    from msbuild.workspace.loading import Loaded


def write_found(loaded: Loaded, checked: Sequence[ServiceChecked]) -> list[str]:
    """Bring the inputs of the services that were checked up to date.

    Args:
        loaded: the workspace.
        checked: the results; services whose build failed keep what they have.

    Returns:
        What was changed, a line each, for people.
    """
    root = loaded.workspace.root
    before = read_inputs(root)
    after = {name: set(paths) for name, paths in before.items() if name in _names(loaded)}
    for each in checked:
        if each.is_service and not each.failed:
            held = {
                path for path in after.get(each.name, ()) if _is_used(path, each, loaded.sources)
            }
            after[each.name] = held | set(each.inputs)
    lines = list(_changes(before, after))
    if lines:
        write_inputs(root, {name: sorted(paths) for name, paths in after.items()})
    return lines


def _names(loaded: Loaded) -> set[str]:
    return set(loaded.workspace.services)


def _is_used(path: str, checked: ServiceChecked, sources: SourceTree) -> bool:
    """Whether somebody listed a directory of the lock file, or did anything with a file of it."""
    return path in checked.used or not checked.used.isdisjoint(files_of(path, sources))


def _changes(before: Mapping[str, Sequence[str]], after: Mapping[str, set[str]]) -> list[str]:
    lines = []
    for name in sorted({*before, *after}):
        old, new = set(before.get(name, ())), after.get(name, set())
        lines += [f"{NAME}: `{name}` now reads `{path}`" for path in sorted(new - old)]
        lines += [f"{NAME}: `{name}` no longer reads `{path}`" for path in sorted(old - new)]
    return lines
