"""Images with one layer of a few bytes and the labels and tags of a job."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msbuild.execute.local.layout import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from msbuild.execute.api import Job
    from msbuild.execute.local.layout import Blobs

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MARK = "org.msbuild.bench"
"""The label that marks images created by a benchmark."""

_BLOCK = 512


def image(job: Job, platform: str) -> tuple[bytes, bytes]:
    """The layer, unique to the service, and the config of a job's image."""
    system, _, architecture = platform.partition("/")
    layer = _file("service", f"{job.name}\n".encode()) + bytes(2 * _BLOCK)
    config = {
        "architecture": architecture,
        "os": system,
        "config": {"Labels": {**job.labels, MARK: "1"}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
    }
    return layer, json.dumps(config).encode()


def add(blobs: Blobs, job: Job, platform: str) -> dict[str, Any]:
    """Add an image to an OCI layout. Returns the descriptor of its manifest."""

    def blob(media_type: str, data: bytes) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": blobs.add(data), "size": len(data)}

    layer, config = image(job, platform)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blob(CONFIG, config),
        "layers": [blob(LAYER, layer)],
    }
    return blob(MANIFEST, json.dumps(manifest).encode())


@contextmanager
def archive(jobs: Sequence[Job], platform: str) -> Iterator[BinaryIO]:
    """An archive of all images, in the format of `docker save`."""
    with tempfile.TemporaryFile() as file:
        manifest = []
        for job in jobs:
            layer, config = image(job, platform)
            names = f"{sha256(config)}.json", f"{sha256(layer)}.tar"
            file.write(_file(names[0], config) + _file(names[1], layer))
            manifest.append({"Config": names[0], "RepoTags": job.tags, "Layers": [names[1]]})
        file.write(_file("manifest.json", json.dumps(manifest).encode()) + bytes(2 * _BLOCK))
        file.seek(0)
        yield file


def _file(name: str, data: bytes) -> bytes:
    """A file as a member of a tar archive."""
    packed = io.BytesIO()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    packed.write(info.tobuf())
    packed.write(data + bytes(-len(data) % _BLOCK))
    return packed.getvalue()


def sha256(data: bytes) -> str:
    """The digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
