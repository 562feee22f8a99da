"""A client for OCI registries: checks whether an image exists, and adds tags to one.

client     the two requests, over the distribution API
auth       credentials from the user's Docker config and its credential helpers; tokens
transport  one HTTP exchange: transient errors, safe redirects, size limits
retrying   retries with backoff
names      host and repository of a reference; imports nothing heavy
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msbuild.registry.client import Registry

__all__ = ["Registry"]


def __getattr__(name: str) -> Any:
    """Import the client, and with it an HTTP library, only when it is used."""
    if name == "Registry":
        from msbuild.registry.client import Registry  # noqa: PLC0415

        return Registry
    raise AttributeError(name)
