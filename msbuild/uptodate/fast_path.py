"""Finds what changed since the last run, if it is only files and directories of the source tree."""

from __future__ import annotations

import json
import os
import time
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from msbuild.execute.evidence import ENGINE, LAYOUT, REF_NAME, engine_may_be_running
from msbuild.sources.git import Question, answer_to, digest_of, state_of
from msbuild.state import file_stat
from msbuild.state.files import read_regular
from msbuild.uptodate import record_file
from msbuild.uptodate.record_file import WIDTH, environment

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from msbuild.execute.evidence import Evidence
    from msbuild.uptodate.record_file import BuildRecord, RecordedFiles


class RecordedRun(NamedTuple):
    """The last run, compared with now.

    Attributes:
        build_record: its build record, with the current stats.
        changed: the source files whose content may have changed or that are gone, and the
            directories whose entries may have changed; everything else is the same.
    """

    build_record: BuildRecord
    changed: tuple[str, ...]


def changes_since(
    directory: str | Path, key: Mapping[str, Any], executor: str
) -> RecordedRun | None:
    """The changes since the last run; ``None`` if they affect more than the source tree.

    Args:
        directory: the state directory.
        key: the request.
        executor: ``docker``, ``local`` or ``auto``.
    """
    build_record = record_file.read(directory)
    if build_record is None or build_record.key != key:
        return None
    if build_record.environment != environment(build_record.evidence.variables, os.environ):
        return None
    if executor == "auto" and build_record.executor == "local" and engine_may_be_running():
        return None
    now = time.time_ns()
    groups = [(each.root, each.paths, each.follow) for each in build_record.seen]
    stats = file_stat.stats_of_many(groups)
    compared = [_compare(*each, now) for each in zip(build_record.seen, stats, strict=True)]
    sources, *others = compared
    if any(each.changed for each in others) or not sources.plain:
        return None
    repositories = _same_answers(build_record)
    evidence = _confirmed(build_record.evidence, now)
    if repositories is None or evidence is None:
        return None
    seen = tuple(each.seen for each in compared)
    fresh = build_record._replace(seen=seen, repositories=repositories, evidence=evidence)
    if not sources.changed and fresh != build_record:
        # files written just before the last run now have conclusive stats
        record_file.write(directory, fresh)
    return RecordedRun(fresh, tuple(sources.seen.paths[place] for place in sources.changed))


def _same_answers(build_record: BuildRecord) -> Mapping[str, tuple[str, str]] | None:
    """Git's output with current states, if it is the same; git runs only if an index changed."""
    found: dict[str, tuple[str, str]] = {}
    for text, (digest, state) in build_record.repositories.items():
        question = Question.read(text)
        now = state_of(question.directory)
        if (not now or now != state) and digest_of(answer_to(question)) != digest:
            return None
        found[text] = (digest, now)
    return found


class _Compared(NamedTuple):
    """The comparison of recorded files with the disk.

    Attributes:
        seen: the files, with current stats where the content is the same.
        changed: the positions of files and directories whose content may have changed.
        plain: whether all of those are regular files or directories, and have the same mode as
            before or were deleted.
    """

    seen: RecordedFiles
    changed: tuple[int, ...] = ()
    plain: bool = True


def _compare(seen: RecordedFiles, found: array[int], now: int) -> _Compared:
    if found == seen.stats and not seen.inconclusive:
        return _Compared(seen)
    known = seen.stats[:]
    inconclusive: set[int] = set()
    changed: list[int] = []
    plain = True
    for place, path in enumerate(seen.paths):
        part = slice(place * WIDTH, (place + 1) * WIDTH)
        if found[part] == known[part] and place not in seen.inconclusive:
            continue
        mode, before = found[part][-1], known[part][-1]
        if _same_content(seen, place, path):
            known[part] = found[part]
            mtime, ctime, *_ = found[part]
            if not file_stat.is_conclusive((mtime, ctime, 0, 0, 0), now):
                inconclusive.add(place)
        else:
            changed.append(place)
            plain = plain and (S_ISREG(before) or S_ISDIR(before)) and mode in (before, 0)
    fresh = seen._replace(stats=known, inconclusive=frozenset(inconclusive))
    return _Compared(fresh, tuple(changed), plain)


def _same_content(seen: RecordedFiles, place: int, path: str) -> bool:
    """Whether the content of a path is known and the same."""
    digest = seen.contents.get(place, file_stat.UNPROVEN)
    full = seen.root + path
    if seen.follow:
        full = os.path.realpath(full)
    return digest != file_stat.UNPROVEN and file_stat.content_digest(full) == digest


_SECONDS = 5
_CHUNK = 1 << 16


def _confirmed(evidence: Evidence, now: int) -> Evidence | None:
    """The evidence, if every tag still points to the same image.

    The tags of a layout are read only if the stat of its index has changed.
    """
    index = file_stat.ABSENT
    if evidence.kind == LAYOUT:
        index = file_stat.stat_of(f"{evidence.place}/index.json")
        if index == evidence.layout_index != file_stat.ABSENT:
            return evidence
    if not images_exist(evidence):
        return None
    conclusive = file_stat.is_conclusive(index, now)
    return evidence._replace(layout_index=index if conclusive else file_stat.ABSENT)


def images_exist(evidence: Evidence) -> bool:
    """Whether every tag still points to the same image."""
    try:
        found = _engine_tags if evidence.kind == ENGINE else _layout_tags
        tags = found(evidence.place)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return all(digest in tags.get(tag, ()) for tag, digest in evidence.tags.items())


def _layout_tags(place: str) -> dict[str, tuple[str, ...]]:
    """The digest of every tag of an OCI layout. Its blobs are checked by their stats."""
    entries = json.loads(read_regular(f"{place}/index.json"))["manifests"]
    return {entry["annotations"][REF_NAME]: (entry["digest"],) for entry in entries}


def _engine_tags(place: str) -> dict[str, tuple[str, ...]]:
    """The image id and digests of every tag in an engine."""
    found: dict[str, tuple[str, ...]] = {}
    for image in json.loads(_get(place, "/images/json")):
        digests = (name.partition("@")[2] for name in image.get("RepoDigests") or ())
        names = (image["Id"], *digests)
        found.update(dict.fromkeys(image.get("RepoTags") or (), names))
    return found


def _get(place: str, path: str) -> bytes:
    """The body of a response of the Engine API.

    Raises:
        ValueError: the request failed.
        OSError: there is no response.
    """
    import socket  # noqa: PLC0415 - not needed for OCI layouts

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(place)
        # in HTTP/1.0, the response ends with the connection
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
        chunks: list[bytes] = []
        while chunk := connection.recv(_CHUNK):
            chunks.append(chunk)
    head, _, body = b"".join(chunks).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        raise ValueError(f"the engine returned status {status}")
    return body
