"""The Go language: services that the go command builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import hookimpl
from msbuild_go.language import Go

if TYPE_CHECKING:
    from msbuild.plugin.api import Language


@hookimpl
def msbuild_languages() -> list[Language]:
    """The language of this plugin."""
    return [Go()]
