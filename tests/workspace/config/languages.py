"""A plugin with two languages whose options are of every type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.plugin.api import Option, hookimpl
from tests.project import TextLanguage

if TYPE_CHECKING:
    from collections.abc import Sequence


class Go(TextLanguage):
    name = "go"
    builder_options: Sequence[Option] = (
        Option("cgo", bool, False, "Compile C, too."),
        Option("flags", list, ["-trimpath"], "More flags."),
    )
    service_options: Sequence[Option] = (
        Option("target", str, ".", "The main package."),
        Option("tags", list[str], [], "Build tags."),
        Option("level", int, 1, "How hard to try."),
    )


class Rust(TextLanguage):
    name = "rust"


@hookimpl
def msbuild_languages() -> list[TextLanguage]:
    return [Go(), Rust()]
