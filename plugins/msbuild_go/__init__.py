"""The language plugin for Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import hookimpl
from msbuild_go.language import Go

if TYPE_CHECKING:
    from msbuild.plugin.api import Language


@hookimpl
def msbuild_languages() -> list[Language]:
    """The one language of this plugin."""
    return [Go()]
