"""The Rust language: services that cargo builds."""

from __future__ import annotations

from msbuild.plugin.api import Language, hookimpl
from msbuild_rust.language import Rust

__all__ = ["Rust", "msbuild_languages"]


@hookimpl
def msbuild_languages() -> list[Language]:
    """The language of this plugin."""
    return [Rust()]
