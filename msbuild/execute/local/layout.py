"""The index of an OCI layout: which manifest every tag means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msbuild.evidence import REF_NAME
from msbuild.execute.local.locks import locked
from msbuild.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_VERSION = {"imageLayoutVersion": "1.0.0"}


class LayoutIndex:
    """``index.json``: one entry a tag, sorted, so that equal contents are equal files.

    Args:
        layout: the OCI layout.
        lock: held while it changes.
    """

    def __init__(self, layout: Path, lock: Path) -> None:
        self._layout = layout
        self._lock = lock

    def read(self) -> dict[str, dict[str, Any]]:
        """The descriptor behind every tag; empty where there is no index or it makes no sense."""
        try:
            found = json.loads((self._layout / "index.json").read_text("utf-8"))
            entries = found["manifests"]
            return {entry["annotations"][REF_NAME]: entry for entry in entries}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def digests(self) -> Mapping[str, frozenset[str]]:
        """The tags of every manifest."""
        found: dict[str, set[str]] = {}
        for tag, entry in self.read().items():
            found.setdefault(entry["digest"], set()).add(tag)
        return {digest: frozenset(tags) for digest, tags in found.items()}

    def point(self, tags: Iterable[str], descriptor: Mapping[str, Any]) -> None:
        """Have tags mean a manifest."""
        self.point_all(dict.fromkeys(tags, descriptor))

    def point_all(self, descriptors: Mapping[str, Mapping[str, Any]]) -> None:
        """Have every tag mean its manifest, in one change."""

        def change(entries: dict[str, dict[str, Any]]) -> None:
            for tag, descriptor in descriptors.items():
                entries[tag] = {**descriptor, "annotations": {REF_NAME: tag}}

        self._change(change)

    def forget(self, tags: Collection[str]) -> None:
        """Take tags out."""

        def change(entries: dict[str, dict[str, Any]]) -> None:
            for tag in tags:
                entries.pop(tag, None)

        self._change(change)

    def _change(self, change: Callable[[dict[str, dict[str, Any]]], None]) -> None:
        with locked(self._lock):
            entries = self.read()
            change(entries)
            self._layout.mkdir(parents=True, exist_ok=True)
            _write(self._layout / "oci-layout", _VERSION)
            manifests = [entries[tag] for tag in sorted(entries)]
            index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
            _write(self._layout / "index.json", index)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    write_whole(path, [json.dumps(value, indent=1, sort_keys=True).encode(), b"\n"])
