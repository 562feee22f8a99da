"""Does everything stand as the last run saw it? Says yes, or nothing."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from msbuild import signs
from msbuild.execute.probe import engine_may_answer
from msbuild.witness import kept
from msbuild.witness.images import stand
from msbuild.witness.kept import WIDTH
from msbuild.witness.key import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from msbuild.witness.kept import Seen, Witness


def nothing_changed(directory: Path, key: Mapping[str, Any], executor: str) -> Witness | None:
    """The witness in a state directory, if all that it saw is as it was.

    Args:
        directory: the state directory.
        key: what is asked for.
        executor: ``docker``, ``local`` or ``auto``.
    """
    witness = kept.read(directory)
    if witness is None or witness.key != key:
        return None
    if witness.environment != environment(witness.evidence.variables, os.environ):
        return None
    if executor == "auto" and witness.executor == "local" and engine_may_answer():
        return None
    now = time.time_ns()
    seen = [_same(each, now) for each in witness.seen]
    if None in seen or not stand(witness.evidence):
        return None
    settled = tuple(each for each in seen if each is not None)
    if settled != witness.seen:
        # what was written just before the last run has rested since: its sign will do next time
        kept.write(directory, witness._replace(seen=settled))
    return witness


def _same(seen: Seen, now: int) -> Seen | None:
    """Files as they are seen now, if they are what they were."""
    found = signs.sweep(seen.root, seen.paths, follow=seen.follow)
    if not seen.unsettled:
        return seen if found == seen.signs else None
    expected = seen.signs[:]
    unsettled: dict[int, str] = {}
    for place, digest in seen.unsettled.items():
        part = slice(place * WIDTH, (place + 1) * WIDTH)
        path = seen.root + seen.paths[place]
        if seen.follow:
            path = os.path.realpath(path)
        if digest == signs.UNPROVEN or signs.content_digest(path) != digest:
            return None
        expected[part] = found[part]
        mtime, ctime, *_ = found[part]
        if not signs.is_settled((mtime, ctime, 0, 0, 0), now):
            unsettled[place] = digest
    return seen._replace(signs=expected, unsettled=unsettled) if found == expected else None
