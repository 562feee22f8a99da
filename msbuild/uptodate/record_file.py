"""The file of a witness: a line of JSON, then paths and signs as they are in memory.

Named tuples, for a run without anything to do must come quickly, and importing dataclasses alone
costs some milliseconds.
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
    import argparse
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from msbuild.state.file_stat import FileStat

FORMAT = 5
NAME = "witness"
_SEAL = 65
"""Bytes of the first line: the digest of all that follows. A damaged file says nothing."""
WIDTH = 5
"""Numbers in a sign."""


class RecordedFiles(NamedTuple):
    """Files below one root, as a run saw them.

    Attributes:
        root: a directory with a slash at its end; empty where paths are absolute.
        follow: whether signs are of what links lead to.
        paths: from the root.
        signs: of all paths, one after another.
        contents: the digest of the content of some, by position: of all directories, and of what
            is unsettled.
        unsettled: the positions of paths whose sign proves nothing.
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
        fingerprint: what it was made from.
        id: the image's id.
        size: bytes.
    """

    fingerprint: str
    id: str
    size: int


class BuildRecord(NamedTuple):
    """What a run saw when everything stood.

    Attributes:
        key: what was asked, and by which msbuild.
        environment: digest of the variables that matter.
        executor: ``docker`` or ``local``.
        told: the line about the executor that the run began with; empty if there was none.
        workspace: what the config says of the workspace as a whole.
        services: the image of each service.
        stages: the sign of the file that holds the stages; ``ABSENT`` where there is none.
        repositories: what git was asked: by question the digest of the answer, and the state of
            the index then.
    """

    key: Mapping[str, Any]
    environment: str
    executor: str
    told: str
    workspace: Mapping[str, Any]
    services: Mapping[str, RecordedImage]
    stages: FileStat
    repositories: Mapping[str, tuple[str, str]]
    evidence: Evidence
    seen: tuple[RecordedFiles, ...]


def read(directory: Path) -> BuildRecord | None:
    """The witness in a state directory, if there is one that makes sense."""
    try:
        data = read_regular(directory / NAME)
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
        mtime, ctime, size, inode, mode = head["stages"]
        head["stages"] = (mtime, ctime, size, inode, mode)
        asked = {place: (digest, state) for place, (digest, state) in head["repositories"].items()}
        head["repositories"] = asked
        evidence = dict(head.pop("evidence"))
        if evidence["variables"] is not None:
            evidence["variables"] = tuple(evidence["variables"])
        return BuildRecord(**head, evidence=Evidence(**evidence), seen=tuple(seen))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(directory: Path, build_record: BuildRecord) -> None:
    """Keep a witness; where that fails, the next run takes the long way."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "key": build_record.key,
        "environment": build_record.environment,
        "executor": build_record.executor,
        "told": build_record.told,
        "workspace": build_record.workspace,
        "services": build_record.services,
        "stages": build_record.stages,
        "repositories": build_record.repositories,
        "evidence": build_record.evidence._replace(files={})._asdict(),
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
    with suppress(OSError):
        write_atomically(directory / NAME, [seal, b"\n", content])


def forget(directory: Path) -> None:
    """Remove a witness."""
    with suppress(OSError):
        (directory / NAME).unlink(missing_ok=True)


def _unpacked(head: Mapping[str, Any], data: memoryview) -> tuple[RecordedFiles, memoryview]:
    stats = array("q")
    size = head["names"] + head["count"] * WIDTH * stats.itemsize
    if len(data) < size:
        raise ValueError("the file is cut off")
    names = os.fsdecode(bytes(data[: head["names"]]))
    stats.frombytes(data[head["names"] : size])
    paths = tuple(names.split("\0")) if head["count"] else ()
    if len(paths) != head["count"]:
        raise ValueError("the file makes no sense")
    contents = {int(place): str(digest) for place, digest in head["contents"].items()}
    inconclusive = frozenset(head["unsettled"])
    return RecordedFiles(head["root"], head["follow"], paths, stats, contents, inconclusive), data[
        size:
    ]


# What shells, terminals and sessions set anew each time, and no compiler asks for.
_NOISE = frozenset(
    {
        *("_", "COLORTERM", "COLUMNS", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "GPG_TTY", "HISTCMD"),
        *("INVOCATION_ID", "JOURNAL_STREAM", "LINES", "LS_COLORS", "OLDPWD", "PPID", "PS1", "PWD"),
        *("SHLVL", "STY", "TERM", "TMUX", "TMUX_PANE", "VTE_VERSION", "WAYLAND_DISPLAY"),
        *("WINDOWID", "XAUTHORITY"),
    }
)
_MORE = ("no_cache", "push", "json", "verbose", "junit", "trace")
_NOISY = ("SSH_", "TERM_", "XDG_SESSION_")


def request(arguments: argparse.Namespace, file: Path) -> Mapping[str, Any] | None:
    """What a command line asks for, as JSON values.

    Returns:
        Nothing where a witness is no answer: something else than the images is wanted.
    """
    more = any(getattr(arguments, name) for name in _MORE)
    if more or arguments.cache_to is not None or os.environ.get("GITHUB_ACTIONS") == "true":
        return None
    return {
        "msbuild": __version__,
        "python": sys.version,
        "path": sys.path,
        "file": str(file),
        "tags": list(dict.fromkeys(arguments.tag or ("latest",))),
        "compression": arguments.compression,
    }


def environment(names: Iterable[str] | None, environ: Mapping[str, str]) -> str:
    """The digest of the variables of these names; of all but noise for ``None``.

    A digest, because values may be secrets.
    """
    if names is None:
        names = (name for name in environ if not is_noise(name))
    given = ((name, environ.get(name)) for name in sorted(names))
    return hashlib.sha256(os.fsencode(repr(list(given)))).hexdigest()


def is_noise(name: str) -> bool:
    """Whether a variable says nothing about a build, unless somebody asks for it."""
    return name in _NOISE or name.startswith(_NOISY)
