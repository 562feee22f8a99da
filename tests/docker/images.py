"""Reads images without running them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker


def files(engine: docker.DockerClient, image: str) -> dict[str, str]:
    """The files of an image with the SHA-256 of their bytes, and its links with their targets."""
    found: dict[str, str] = {}
    archive = _archive(engine, image)
    for layer in _manifest(archive)["Layers"]:
        with tarfile.open(fileobj=archive.extractfile(layer)) as tar:
            for member in tar:
                path = "/" + member.name.removeprefix("./").strip("/")
                if member.isfile():
                    content = tar.extractfile(member)
                    assert content is not None
                    found[path] = hashlib.sha256(content.read()).hexdigest()
                elif not member.isdir():
                    found[path] = member.linkname
    return found


def config(engine: docker.DockerClient, image: str) -> dict[str, Any]:
    """The runtime settings of an image, as reported by the engine."""
    api: Any = engine.api
    settings: dict[str, Any] = api.inspect_image(image)["Config"]
    names = ("User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Labels")
    return {name: settings.get(name) or None for name in names}


def _archive(engine: docker.DockerClient, image: str) -> tarfile.TarFile:
    data = b"".join(engine.api.get_image(image))
    return tarfile.open(fileobj=io.BytesIO(data))


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    content = archive.extractfile("manifest.json")
    assert content is not None
    manifest: dict[str, Any] = json.load(content)[0]
    return manifest


def assert_same_behavior(engine: docker.DockerClient, ours: str, theirs: str) -> None:
    assert files(engine, ours) == files(engine, theirs)
    mine, other = config(engine, ours), config(engine, theirs)
    labels = {k: v for k, v in (mine.pop("Labels") or {}).items() if "msbuild" not in k}
    assert labels == (other.pop("Labels") or {})
    assert mine == other
