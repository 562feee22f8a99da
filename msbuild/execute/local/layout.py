"""The index of an OCI layout: the manifest behind every tag."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from msbuild.execute.evidence import REF_NAME
from msbuild.execute.local.files import make_directory
from msbuild.execute.local.locks import locked
from msbuild.state.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION = {"imageLayoutVersion": "1.0.0"}


class LayoutIndex:
    """``index.json``: one entry for each tag, sorted, so that equal content gives equal files.

    Args:
        layout: the OCI layout.
        lock: the lock file, held during changes.
    """

    def __init__(self, layout: Path, lock: Path) -> None:
        self._layout = layout
        self._lock = lock

    def read(self) -> dict[str, dict[str, Any]]:
        """The descriptor behind every tag; malformed entries are ignored."""
        try:
            index = json.loads(read_regular(self._layout / "index.json"))
        except (OSError, ValueError, RecursionError):
            return {}
        entries = index.get("manifests") if isinstance(index, dict) else None
        found = {}
        for entry in entries if isinstance(entries, list) else ():
            if tag := _tag_of(entry):
                found[tag] = entry
        return found

    def digests(self) -> Mapping[str, frozenset[str]]:
        """The tags of every manifest."""
        found: dict[str, set[str]] = {}
        for tag, entry in self.read().items():
            found.setdefault(entry["digest"], set()).add(tag)
        return {digest: frozenset(tags) for digest, tags in found.items()}

    def point(self, tags: Iterable[str], descriptor: Mapping[str, Any]) -> None:
        """Point tags to a manifest."""
        self.point_all(dict.fromkeys(tags, descriptor))

    def point_all(self, descriptors: Mapping[str, Mapping[str, Any]]) -> None:
        """Point every tag to its manifest, in one change."""

        def change(entries: dict[str, dict[str, Any]]) -> None:
            for tag, descriptor in descriptors.items():
                entries[tag] = {**descriptor, "annotations": {REF_NAME: tag}}

        self._change(change)

    def forget(self, tags: Collection[str]) -> None:
        """Remove tags."""

        def change(entries: dict[str, dict[str, Any]]) -> None:
            for tag in tags:
                entries.pop(tag, None)

        self._change(change)

    def _change(self, change: Callable[[dict[str, dict[str, Any]]], None]) -> None:
        with locked(self._lock):
            entries = self.read()
            change(entries)
            make_directory(self._layout)
            _write(self._layout / "oci-layout", _VERSION)
            manifests = [entries[tag] for tag in sorted(entries)]
            index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
            _write(self._layout / "index.json", index)


def _tag_of(entry: object) -> str | None:
    """The tag of an entry; ``None`` if the entry is malformed."""
    if not isinstance(entry, dict) or not isinstance(entry.get("annotations"), dict):
        return None
    digest, tag = entry.get("digest"), entry["annotations"].get(REF_NAME)
    valid = isinstance(digest, str) and DIGEST.fullmatch(digest)
    return tag if valid and isinstance(tag, str) else None


def _write(path: Path, value: Mapping[str, Any]) -> None:
    write_atomically(path, [json.dumps(value, indent=1, sort_keys=True).encode(), b"\n"])
