"""A client for what msbuild asks of OCI registries: is an image there, and call it something else.

client     the two questions, over the distribution API
auth       who we are: the user's Docker config and its credential helpers
transport  one exchange: what is worth another try, where redirects may lead, how much is read
names      which host and repository a reference means; imports nothing heavy
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msbuild.registry.client import Registry

__all__ = ["Registry"]


def __getattr__(name: str) -> Any:
    """Import the client, and with it an HTTP library, only where it is used."""
    if name == "Registry":
        from msbuild.registry.client import Registry  # noqa: PLC0415

        return Registry
    raise AttributeError(name)
