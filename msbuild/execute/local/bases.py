"""Base images: from the store's OCI layout, else from a registry through skopeo."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.errors import UnavailableError
from msbuild.execute.local.locks import locked
from msbuild.state.files import (
    checksummed,
    make_directory,
    read_regular,
    verify_checksum,
    write_atomically,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from msbuild.execute.local.layout import Blobs, LayoutIndex
    from msbuild.execute.local.skopeo import Skopeo
    from msbuild.execute.local.store import Store

BASE_TAG = "msbuild-base/"
_MAX_LINKS = 40


@dataclass(frozen=True, slots=True)
class Base:
    """A base image.

    Attributes:
        layers: descriptors of its layers.
        config: its config; empty for ``scratch``.
    """

    layers: tuple[Mapping[str, Any], ...] = ()
    config: Mapping[str, Any] | None = None


class Bases:
    """The base images of services.

    Args:
        store: fetched images become tags of its OCI layout.
        blobs: the blobs of that layout.
        index: its index.
        skopeo: called to access a registry.
    """

    def __init__(
        self, store: Store, blobs: Blobs, index: LayoutIndex, skopeo: Callable[[], Skopeo]
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._index = index
        self._skopeo = skopeo
        self._pins: dict[str, str] = {}

    def pin(self, reference: str, *, refresh: bool) -> str:
        """The exact image behind a reference.

        Args:
            reference: the name of an image in a registry, or a tag of the store's layout.
            refresh: look in the registry first.

        Raises:
            UnavailableError: neither has it.
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
            return f"{reference}@{self._skopeo().digest(reference)}"
        except UnavailableError:
            if held:
                return f"{reference}@{held['digest']}"
            raise

    def held(self, pins: Mapping[str, str]) -> Mapping[str, str] | None:
        """The digest behind each reference, if every pin came from a tag of the layout."""
        entries = self._index.read()
        names = {name: pin.rpartition("@")[2] for name, pin in pins.items() if "@" not in name}
        if any(entries.get(name, {}).get("digest") != digest for name, digest in names.items()):
            return None
        return names

    def load(self, pin: str, cancel: threading.Event) -> Base:
        """The base image behind a pin, fetched if it is not in the store.

        Raises:
            UnavailableError: it is unavailable.
            Cancelled: ``cancel`` was set.
        """
        name, _, digest = pin.partition("@")
        manifest = self._held(digest)
        if manifest is None:
            self._fetch(name, digest, cancel)
            manifest = self._held(digest)
        if manifest is None:
            raise UnavailableError(
                f"digest mismatch: the fetched base image is not `{pin}`",
                hint="run again; if it happens again, the registry serves damaged data",
            )
        return Base(tuple(manifest["layers"]), self._blobs.config(manifest["config"]["digest"]))

    def file(self, base: Base, path: str) -> bytes:
        """A file of a base image, as a container would see it; empty if it does not exist."""
        for _ in range(_MAX_LINKS):
            found = self._find(base, path.strip("/"))
            if isinstance(found, bytes):
                return found
            path = found
        raise UnavailableError(f"too many levels of symbolic links in the base image at `{path}`")

    def _find(self, base: Base, path: str) -> bytes | str:
        """The content at a path, or the path to which a link there or on the way points."""
        # not needed until an image is assembled
        from msbuild.execute.local.unpacking import find_in_layer, unpacked  # noqa: PLC0415

        for layer in reversed(base.layers):
            blob = self._blobs.check(layer["digest"])
            with unpacked(blob, layer["mediaType"]) as archive:
                found, hidden = find_in_layer(archive, path)
            if found is not None:
                return found
            if hidden:
                break
        return b""

    def _held(self, digest: str) -> Mapping[str, Any] | None:
        """The manifest of a base image, if all of its blobs are present and undamaged."""
        # the digest of a multi-platform image differs from that of the manifest for this platform
        for known in dict.fromkeys((self._fetched(digest), digest)):
            try:
                manifest = self._blobs.manifest(known)
                blobs = [manifest["config"], *manifest["layers"]]
            except UnavailableError:
                continue
            if all(self._blobs.intact(each["digest"]) for each in blobs):
                return manifest
        return None

    def _fetch(self, name: str, digest: str, cancel: threading.Event) -> None:
        """Fetch a base image from its registry into the store, verifying each blob."""
        with (
            locked(self._store.lock("base", digest), cancel=cancel),
            self._store.scratch("base") as scratch,
        ):
            layout = scratch / "oci"
            self._skopeo().fetch(name, digest, layout, cancel)
            (entry,) = json.loads((layout / "index.json").read_text("utf-8"))["manifests"]
            for blob in sorted((layout / "blobs" / "sha256").iterdir()):
                self._blobs.import_file(blob, f"sha256:{blob.name}")
            fields = {key: entry[key] for key in ("mediaType", "digest", "size")}
            self._index.point([_tag(digest)], fields)
            make_directory(self._store.bases)
            write_atomically(
                self._note(digest), [checksummed({"pin": digest, "manifest": entry["digest"]})]
            )

    def _note(self, digest: str) -> Path:
        return self._store.bases / f"{digest.removeprefix('sha256:')}.json"

    def _fetched(self, digest: str) -> str:
        """The digest of the manifest fetched for a pin; the pin's own digest if none is noted."""
        with suppress(OSError, ValueError, KeyError):
            note = verify_checksum(read_regular(self._note(digest)))
            if note["pin"] == digest:
                return str(note["manifest"])
        return digest


def _tag(digest: str) -> str:
    """The tag of a fetched base image: by digest, because its name may move."""
    return f"{BASE_TAG}{digest.removeprefix('sha256:')}"
