"""Base images: from the store's own layout, else from a registry, fetched by skopeo."""

from __future__ import annotations

import json
import posixpath
import tarfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msbuild.errors import EnvironmentFault
from msbuild.execute.local.image import Base
from msbuild.execute.local.locks import locked

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from msbuild.execute.local.blobs import Blobs
    from msbuild.execute.local.layout import LayoutIndex
    from msbuild.execute.local.skopeo import Skopeo
    from msbuild.execute.local.store import Store

BASE_TAG = "msbuild-base/"


class Bases:
    """The images that services may stand on.

    Args:
        store: where fetched images go: they are tags of its layout like any other.
        blobs: the blobs of that layout.
        index: its index.
        skopeo: asks registries.
    """

    def __init__(self, store: Store, blobs: Blobs, index: LayoutIndex, skopeo: Skopeo) -> None:
        self._store = store
        self._blobs = blobs
        self._index = index
        self._skopeo = skopeo
        self._pins: dict[str, str] = {}

    def pin(self, reference: str, *, refresh: bool) -> str:
        """The exact image behind a reference.

        Args:
            reference: a name, which a tag of the store's layout may be.
            refresh: ask the registry first.

        Raises:
            EnvironmentFault: nobody knows it.
        """
        if "@" in reference:
            return reference
        if reference not in self._pins or refresh:
            self._pins[reference] = self._pin(reference, refresh=refresh)
        return self._pins[reference]

    def _pin(self, reference: str, *, refresh: bool) -> str:
        held = self._index.read().get(reference)
        if held and not refresh:
            return f"{reference}@{held['digest']}"
        try:
            return f"{reference}@{self._skopeo.digest(reference)}"
        except EnvironmentFault:
            if held:
                return f"{reference}@{held['digest']}"
            raise

    def held(self, pins: Mapping[str, str]) -> Mapping[str, str] | None:
        """The digest behind each reference, if a tag of the layout is what the pin came from."""
        entries = self._index.read()
        names = {name: pin.rpartition("@")[2] for name, pin in pins.items() if "@" not in name}
        if any(entries.get(name, {}).get("digest") != digest for name, digest in names.items()):
            return None
        return names

    def load(self, pin: str, cancel: threading.Event) -> Base:
        """The base behind a pin, fetched if the store has not got it.

        Raises:
            EnvironmentFault: it cannot be had.
            Cancelled: ``cancel`` was set.
        """
        name, _, digest = pin.partition("@")
        manifest = self._held(digest)
        if manifest is None:
            self._fetch(name, digest, cancel)
            manifest = self._held(digest)
        if manifest is None:
            raise EnvironmentFault(
                f"the base image `{pin}` was fetched, and is not what was asked for",
                hint="run again; if it stays, the registry gives damaged data",
            )
        config = json.loads(self._blobs.read(manifest["config"]["digest"]))
        return Base(tuple(manifest["layers"]), config)

    def file(self, base: Base, path: str) -> bytes:
        """A file of a base; nothing where it has none."""
        for layer in reversed(base.layers):
            blob = self._blobs.check(layer["digest"])
            with unpacked(blob, layer["mediaType"]) as archive:
                for member in archive:
                    if posixpath.normpath(f"/{member.name}") == path and member.isfile():
                        content = archive.extractfile(member)
                        return content.read() if content else b""
        return b""

    def _held(self, digest: str) -> Mapping[str, Any] | None:
        """The manifest of a base if all of it is here and undamaged."""
        entries = self._index.read()
        known = [entries[tag] for tag in [_tag(digest)] if tag in entries]
        known += [entry for entry in entries.values() if entry["digest"] == digest]
        for entry in known:
            try:
                manifest: dict[str, Any] = json.loads(self._blobs.read(entry["digest"]))
                blobs = [manifest["config"], *manifest["layers"]]
            except (EnvironmentFault, KeyError):
                continue
            if all(self._blobs.intact(each["digest"]) for each in blobs):
                return manifest
        return None

    def _fetch(self, name: str, digest: str, cancel: threading.Event) -> None:
        """Bring a base from its registry into the store, each blob hashed on its way."""
        with (
            locked(self._store.lock("base", digest), cancel=cancel),
            self._store.scratch("base") as scratch,
        ):
            layout = scratch / "oci"
            self._skopeo.fetch(name, digest, layout, cancel)
            (entry,) = json.loads((layout / "index.json").read_text("utf-8"))["manifests"]
            for blob in sorted((layout / "blobs" / "sha256").iterdir()):
                self._blobs.take(blob, f"sha256:{blob.name}")
            fields = {key: entry[key] for key in ("mediaType", "digest", "size")}
            self._index.point([_tag(digest)], fields)


def _tag(digest: str) -> str:
    """What a fetched base is called in the layout: what a name means today may change."""
    return f"{BASE_TAG}{digest.removeprefix('sha256:')}"


@contextmanager
def unpacked(blob: Path, media_type: str) -> Iterator[tarfile.TarFile]:
    """The archive in a layer.

    Raises:
        EnvironmentFault: it takes a package that is not installed.
    """
    if not media_type.endswith("zstd"):
        with tarfile.open(blob) as archive:
            yield archive
        return
    try:
        import zstandard  # noqa: PLC0415
    except ImportError as error:
        raise EnvironmentFault(
            "the base image is compressed with zstd, and the package `zstandard` is not installed",
            hint="`pip install msbuild[zstd]`",
        ) from error
    with (
        blob.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        yield archive
