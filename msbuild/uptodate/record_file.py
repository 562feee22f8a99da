"""The build record and its file: one line of JSON, then paths and file stats in binary.

It uses named tuples, as the fast path must start quickly and dataclasses take milliseconds to
import.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from msbuild import __version__
from msbuild.execute.evidence import Evidence
from msbuild.state.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from msbuild.run_options import RunOptions
    from msbuild.state.file_stat import FileStat

FORMAT = 7
NAME = "witness"
_SEAL = 65
"""Length of the first line: the digest of the rest, so that damaged files are ignored."""
WIDTH = 5
"""Numbers in a file stat."""


class RecordedFiles(NamedTuple):
    """Files below one root, as a run saw them.

    Attributes:
        root: a directory with a trailing slash; empty for absolute paths.
        follow: whether the stats are of the targets of links.
        paths: relative to the root.
        stats: the stats of all paths, in one flat array.
        contents: content digests by position: of all directories, and of inconclusive files.
        inconclusive: the positions of paths whose stat does not identify their content.
    """

    root: str
    follow: bool
    paths: tuple[str, ...]
    stats: array[int]
    contents: Mapping[int, str]
    inconclusive: frozenset[int] = frozenset()


class RecordedImage(NamedTuple):
    """The image of a service.

    Attributes:
        fingerprint: the fingerprint it was built from.
        id: the image's id.
        size: its size in bytes.
        seconds: how long its build took; ``None`` if unknown.
        repository: its name in image references.
    """

    fingerprint: str
    id: str
    size: int
    seconds: float | None
    repository: str


class BuildRecord(NamedTuple):
    """The state that a run saw when everything was up to date.

    Attributes:
        key: the request, and the msbuild that ran it.
        environment: the digest of the relevant variables.
        executor: ``docker`` or ``local``.
        workspace: the name of the workspace.
        reason: kind and text of the reason why services were not built.
        executor_note: the line about the executor that the run printed first, or empty.
        services: the image of each service.
        traces: the stat of the file with the traces; ``ABSENT`` if there is none.
        repositories: for each query to git, the digest of the output and the index's state.
        evidence: the evidence that the images exist.
        seen: the files that the run depended on.
    """

    key: Mapping[str, Any]
    environment: str
    executor: str
    workspace: str
    reason: tuple[str, str]
    executor_note: str
    services: Mapping[str, RecordedImage]
    traces: FileStat
    repositories: Mapping[str, tuple[str, str]]
    evidence: Evidence
    seen: tuple[RecordedFiles, ...]


def read(directory: str | Path) -> BuildRecord | None:
    """The build record in a state directory, if there is a valid one."""
    try:
        data = read_regular(os.path.join(directory, NAME))  # noqa: PTH118 - without pathlib
        if hashlib.sha256(memoryview(data)[_SEAL:]).hexdigest().encode() != data[: _SEAL - 1]:
            return None
        end = data.index(b"\n", _SEAL)
        head = json.loads(data[_SEAL:end])
        if head.pop("format") != FORMAT:
            return None
        rest = memoryview(data)[end + 1 :]
        seen = []
        for each in head.pop("seen"):
            found, rest = _unpacked(each, rest)
            seen.append(found)
        images = {name: RecordedImage(*values) for name, values in head["services"].items()}
        head["services"] = images
        mtime, ctime, size, inode, mode = head["traces"]
        head["traces"] = (mtime, ctime, size, inode, mode)
        asked = {place: (digest, state) for place, (digest, state) in head["repositories"].items()}
        head["repositories"] = asked
        head["executor_note"] = head.pop("told")
        kind, text = head["reason"]
        head["reason"] = (str(kind), str(text))
        evidence = dict(head.pop("evidence"))
        if evidence["variables"] is not None:
            evidence["variables"] = tuple(evidence["variables"])
        mtime, ctime, size, inode, mode = evidence["layout_index"]
        evidence["layout_index"] = (mtime, ctime, size, inode, mode)
        return BuildRecord(**head, evidence=Evidence(**evidence), seen=tuple(seen))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(directory: str | Path, build_record: BuildRecord) -> None:
    """Store a build record; if that fails, the next run needs a full load."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "key": build_record.key,
        "environment": build_record.environment,
        "executor": build_record.executor,
        "workspace": build_record.workspace,
        "reason": build_record.reason,
        "told": build_record.executor_note,
        "services": build_record.services,
        "traces": build_record.traces,
        "repositories": build_record.repositories,
        "evidence": {
            **build_record.evidence._replace(files={})._asdict(),
            "toolchains": dict(build_record.evidence.toolchains),
        },
        "seen": [],
    }
    body = bytearray()
    for seen in build_record.seen:
        names = os.fsencode("\0".join(seen.paths))
        head["seen"].append(
            {
                "root": seen.root,
                "follow": seen.follow,
                "names": len(names),
                "count": len(seen.paths),
                "contents": seen.contents,
                "unsettled": sorted(seen.inconclusive),
            }
        )
        body += names + seen.stats.tobytes()
    content = b"".join((json.dumps(head).encode(), b"\n", body))
    seal = hashlib.sha256(content).hexdigest().encode()
    from pathlib import Path  # noqa: PLC0415 - not needed for reading

    with suppress(OSError):
        write_atomically(Path(directory) / NAME, [seal, b"\n", content])


def forget(directory: Path) -> None:
    """Remove the build record."""
    with suppress(OSError):
        (directory / NAME).unlink(missing_ok=True)


def _unpacked(head: Mapping[str, Any], data: memoryview) -> tuple[RecordedFiles, memoryview]:
    stats = array("q")
    size = head["names"] + head["count"] * WIDTH * stats.itemsize
    if len(data) < size:
        raise ValueError("the file is truncated")
    names = os.fsdecode(bytes(data[: head["names"]]))
    stats.frombytes(data[head["names"] : size])
    paths = tuple(names.split("\0")) if head["count"] else ()
    if len(paths) != head["count"]:
        raise ValueError("the file is invalid")
    contents = {int(place): str(digest) for place, digest in head["contents"].items()}
    inconclusive = frozenset(head["unsettled"])
    return RecordedFiles(head["root"], head["follow"], paths, stats, contents, inconclusive), data[
        size:
    ]


# Variables that shells, terminals and sessions change, and that no compiler uses.
_NOISE = frozenset(
    {
        *("_", "COLORTERM", "COLUMNS", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "GPG_TTY", "HISTCMD"),
        *("INVOCATION_ID", "JOURNAL_STREAM", "LINES", "LS_COLORS", "OLDPWD", "PPID", "PS1", "PWD"),
        *("SHLVL", "STY", "TERM", "TMUX", "TMUX_PANE", "VTE_VERSION", "WAYLAND_DISPLAY"),
        *("WINDOWID", "XAUTHORITY"),
    }
)
_NOISY = ("SSH_", "TERM_", "XDG_SESSION_")


def request(options: RunOptions, file: str | Path) -> Mapping[str, Any] | None:
    """The request of a run's options, as JSON values.

    Returns:
        ``None`` if all stages are needed, even those that are up to date.
    """
    if options.load:
        return None
    return {
        "msbuild": __version__,
        "python": sys.version,
        "path": sys.path,
        **options.result,
        "file": str(file),
    }


def environment(names: Iterable[str] | None, environ: Mapping[str, str]) -> str:
    """The digest of the named variables; for ``None``, of all relevant ones.

    A digest, as values may be secrets.
    """
    if names is None:
        names = (name for name in environ if not is_noise(name))
    given = ((name, environ.get(name)) for name in sorted(names))
    return hashlib.sha256(os.fsencode(repr(list(given)))).hexdigest()


def is_noise(name: str) -> bool:
    """Whether a variable is irrelevant to builds unless the config uses it."""
    return name in _NOISE or name.startswith(_NOISY)
