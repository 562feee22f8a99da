"""What a directory that is taken whole loses to ignore rules, as a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild.sources import SourceTree

_MOST_TOLD = 3


def losses(what: str, paths: Iterable[str], sources: SourceTree) -> Iterator[str]:
    """A line for each directory that loses files.

    Args:
        what: what the directories are, ``input`` or ``asset``.
        paths: files, globs and directories, from the source root.
        sources: the source tree.
    """
    for path in paths:
        if not sources.is_directory(path):
            continue
        if ignored := sources.ignored(path):
            rules = dict.fromkeys(sources.ignored_by(each) for each in ignored[:_MOST_TOLD])
            told = ", ".join(f"`{each}`" for each in ignored[:_MOST_TOLD])
            more = f" and {len(ignored) - _MOST_TOLD} more" if len(ignored) > _MOST_TOLD else ""
            yield f"{what} `{path}` loses {told}{more} to ignore rules ({', '.join(rules)})"
