"""Host and repository of a reference, by Docker's rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HUB = "docker.io"
_HUB_API = "registry-1.docker.io"
_PORT = re.compile(r":[0-9]{1,5}")
_NUMBERS = re.compile(r"127(?:\.(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])){3}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of a registry.

    Attributes:
        host: the registry, by the name under which credentials are stored.
        path: the repository in it.
    """

    host: str
    path: str

    @property
    def url(self) -> str:
        """Its address in the distribution API, without a trailing slash."""
        scheme = "http" if is_loopback(self.host) else "https"
        return f"{scheme}://{_HUB_API if self.host == _HUB else self.host}/v2/{self.path}"


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine: only then is TLS optional.

    The full name decides, as with Docker: ``localhost.example.com`` may be any machine.
    """
    name, colon, port = host.rpartition(":")
    if not colon or "]" in port:
        name = host
    elif not _PORT.fullmatch(f":{port}"):
        return False
    return name.lower() == "localhost" or name == "[::1]" or bool(_NUMBERS.fullmatch(name))


def host_of(reference: str) -> str:
    """The registry of a reference, with or without tag and digest."""
    return repository_of(reference.partition("@")[0]).host


def repository_of(name: str) -> Repository:
    """The repository of a name without a tag: ``team/shop`` is on Docker Hub."""
    host, slash, path = name.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        host, path = _HUB, name if slash else f"library/{name}"
    return Repository(host, path)
