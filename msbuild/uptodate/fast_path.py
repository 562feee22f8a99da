"""What has changed since the last run saw it? Says nothing where that is more than contents."""

from __future__ import annotations

import os
import time
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from msbuild.execute.probe import engine_may_answer
from msbuild.sources.git_index import Question, answer_to, digest_of, state_of
from msbuild.state import file_stat as signs
from msbuild.uptodate import record_file as kept
from msbuild.uptodate.images import stand
from msbuild.uptodate.key import environment
from msbuild.uptodate.record_file import WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from msbuild.uptodate.record_file import BuildRecord, RecordedFiles


class RecordedRun(NamedTuple):
    """What a run that came before has left.

    Attributes:
        witness: what it saw, brought up to now.
        changed: the source files whose content may be another; everything else is as it was.
    """

    build_record: BuildRecord
    changed: tuple[str, ...]


def changes_since(directory: Path, key: Mapping[str, Any], executor: str) -> RecordedRun | None:
    """What has changed since the last run, if it is nothing but the content of source files.

    Args:
        directory: the state directory.
        key: what is asked for.
        executor: ``docker``, ``local`` or ``auto``.
    """
    build_record = kept.read(directory)
    if build_record is None or build_record.key != key:
        return None
    if build_record.environment != environment(build_record.evidence.variables, os.environ):
        return None
    if executor == "auto" and build_record.executor == "local" and engine_may_answer():
        return None
    now = time.time_ns()
    compared = [_compare(each, now) for each in build_record.seen]
    sources, *others = compared
    if any(each.changed for each in others) or not sources.only_contents:
        return None
    repositories = _same_answers(build_record)
    if repositories is None or not stand(build_record.evidence):
        return None
    seen = tuple(each.seen for each in compared)
    fresh = build_record._replace(seen=seen, repositories=repositories)
    if not sources.changed and fresh != build_record:
        # what was written just before the last run has rested since: its sign will do next time
        kept.write(directory, fresh)
    return RecordedRun(fresh, tuple(sources.seen.paths[place] for place in sources.changed))


def _same_answers(build_record: BuildRecord) -> Mapping[str, tuple[str, str]] | None:
    """What git says now, if it is what it said; it is asked only where an index has changed."""
    found: dict[str, tuple[str, str]] = {}
    for text, (digest, state) in build_record.repositories.items():
        question = Question.read(text)
        now = state_of(question.directory)
        if (not now or now != state) and digest_of(answer_to(question)) != digest:
            return None
        found[text] = (digest, now)
    return found


class _Compared(NamedTuple):
    """Files beside what was seen of them.

    Attributes:
        seen: with the signs of now, where the content is what it was.
        changed: the positions of those that may be another.
        only_contents: whether those were regular files of the same mode, and still are.
    """

    seen: RecordedFiles
    changed: tuple[int, ...] = ()
    only_contents: bool = True


def _compare(seen: RecordedFiles, now: int) -> _Compared:
    found = signs.sweep(seen.root, seen.paths, follow=seen.follow)
    if found == seen.signs and not seen.inconclusive:
        return _Compared(seen)
    known = seen.signs[:]
    inconclusive: set[int] = set()
    changed: list[int] = []
    only_contents = True
    for place, path in enumerate(seen.paths):
        part = slice(place * WIDTH, (place + 1) * WIDTH)
        if found[part] == known[part] and place not in seen.inconclusive:
            continue
        mode, before = found[part][-1], known[part][-1]
        if _same_content(seen, place, path):
            known[part] = found[part]
            mtime, ctime, *_ = found[part]
            if not signs.is_conclusive((mtime, ctime, 0, 0, 0), now):
                inconclusive.add(place)
        else:
            changed.append(place)
            only_contents = only_contents and S_ISREG(mode) and mode == before
    fresh = seen._replace(signs=known, inconclusive=frozenset(inconclusive))
    return _Compared(fresh, tuple(changed), only_contents)


def _same_content(seen: RecordedFiles, place: int, path: str) -> bool:
    """Whether what is at a path is known, and the same."""
    digest = seen.contents.get(place, signs.UNPROVEN)
    full = seen.root + path
    if seen.follow:
        full = os.path.realpath(full)
    return digest != signs.UNPROVEN and signs.content_digest(full) == digest
