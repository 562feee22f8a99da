"""Which host and repository a reference means, by Docker's rules."""

from __future__ import annotations

from dataclasses import dataclass

_HUB = "docker.io"
_HUB_API = "registry-1.docker.io"
# As Docker: only what is on this machine is talked to without TLS.
_LOOPBACK = ("localhost", "127.", "[::1]")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of a registry.

    Attributes:
        host: the registry's name as credentials are kept for it.
        path: the repository in it.
    """

    host: str
    path: str

    @property
    def url(self) -> str:
        """Where the distribution API has it, without a slash at the end."""
        scheme = "http" if self.host.startswith(_LOOPBACK) else "https"
        return f"{scheme}://{_HUB_API if self.host == _HUB else self.host}/v2/{self.path}"


def repository_of(name: str) -> Repository:
    """The repository of a name without tag: ``team/shop`` is on Docker Hub."""
    host, slash, path = name.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        host, path = _HUB, name if slash else f"library/{name}"
    return Repository(host, path)
