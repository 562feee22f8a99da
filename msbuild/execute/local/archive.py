"""Exports an image as an archive for ``docker load``, in old and new formats at once."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from msbuild.execute.context import MTIME
from msbuild.execute.evidence import REF_NAME
from msbuild.execute.local.layout import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.execute.local.executor import LocalExecutor

_IMAGE_NAME = "io.containerd.image.name"


@contextmanager
def docker_archive(local: LocalExecutor, tag: str) -> Iterator[BinaryIO]:
    """An archive with the image behind a tag, and all tags of that image.

    It is an OCI layout for engines that read one, with a ``manifest.json`` for all others.

    Raises:
        UnavailableError: the image does not exist, or it is damaged.
    """
    manifest = local.check(tag)
    entry = local.index.read()[tag]
    tags = sorted(local.index.digests()[entry["digest"]])
    digests = [entry["digest"], *(part["digest"] for part in _parts(manifest))]
    with local.store.scratch("load") as scratch:
        path = scratch / "image.tar"
        with tarfile.open(path, "w") as archive:
            for digest in dict.fromkeys(digests):
                archive.add(local.blobs.path(digest), _blob_path(digest), filter=_anonymous)
            _add(archive, "oci-layout", {"imageLayoutVersion": "1.0.0"})
            _add(archive, "index.json", _index(entry, tags))
            _add(archive, "manifest.json", _docker_manifest(manifest, tags))
        with path.open("rb") as file:
            yield file


def _parts(manifest: Any) -> list[dict[str, Any]]:
    return [manifest["config"], *manifest["layers"]]


def _index(entry: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    manifests = [
        {**entry, "annotations": {_IMAGE_NAME: _full(tag), REF_NAME: tag.rpartition(":")[2]}}
        for tag in tags
    ]
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}


def _full(tag: str) -> str:
    """A tag with its registry, as containerd requires it."""
    first, slash, _ = tag.partition("/")
    has_registry = slash and ("." in first or ":" in first or first == "localhost")
    return tag if has_registry else f"docker.io/{tag if slash else f'library/{tag}'}"


def _docker_manifest(manifest: Any, tags: list[str]) -> list[dict[str, Any]]:
    layers = [_blob_path(layer["digest"]) for layer in manifest["layers"]]
    config = _blob_path(manifest["config"]["digest"])
    return [{"Config": config, "RepoTags": tags, "Layers": layers}]


def _blob_path(digest: str) -> str:
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def _add(archive: tarfile.TarFile, name: str, value: Any) -> None:
    data = json.dumps(value).encode()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mtime = MTIME
    archive.addfile(info, io.BytesIO(data))


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = MTIME
    return info
