"""Whether images are where a run left them: asked of a socket or a file, without any client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msbuild.execute.evidence import ENGINE, REF_NAME

if TYPE_CHECKING:
    from msbuild.execute.evidence import Evidence

_SECONDS = 5
_CHUNK = 1 << 16


def stand(evidence: Evidence) -> bool:
    """Whether every tag means the image that it did."""
    try:
        found = _engine_tags if evidence.kind == ENGINE else _layout_tags
        tags = found(evidence.place)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return all(digest in tags.get(tag, ()) for tag, digest in evidence.tags.items())


def _layout_tags(place: str) -> dict[str, tuple[str, ...]]:
    """What every tag of an OCI layout means. Whether blobs are there, their signs tell."""
    with open(f"{place}/index.json", "rb") as file:  # noqa: PTH123 - saves an import
        entries = json.loads(file.read())["manifests"]
    return {entry["annotations"][REF_NAME]: (entry["digest"],) for entry in entries}


def _engine_tags(place: str) -> dict[str, tuple[str, ...]]:
    """The id and the digests behind every tag that an engine knows."""
    found: dict[str, tuple[str, ...]] = {}
    for image in json.loads(_get(place, "/images/json")):
        digests = (name.partition("@")[2] for name in image.get("RepoDigests") or ())
        means = (image["Id"], *digests)
        found.update(dict.fromkeys(image.get("RepoTags") or (), means))
    return found


def _get(place: str, path: str) -> bytes:
    """The body of an answer of the Engine API.

    Raises:
        ValueError: it is no success.
        OSError: nobody answers.
    """
    import socket  # noqa: PLC0415 - not where images are in a file

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(place)
        # of HTTP/1.0 the end of the answer is the end of the connection
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
        chunks: list[bytes] = []
        while chunk := connection.recv(_CHUNK):
            chunks.append(chunk)
    head, _, body = b"".join(chunks).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        raise ValueError(f"the engine answers {status}")
    return body
