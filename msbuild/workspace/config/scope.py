"""What the makers of builders, stages and services need to know of the whole config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from msbuild.plugin.api import Language
    from msbuild.workspace.config.given import Given
    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.reader import Reader
    from msbuild.workspace.config.source_paths import SourcePaths


@dataclass(frozen=True, slots=True)
class Scope:
    """The config as read, and where to ask and complain.

    Attributes:
        languages: every language by name; nothing where they could not be loaded.
        paths: the source tree; nothing where the source root is wrong.
    """

    config: Given
    languages: Mapping[str, Language] | None
    paths: SourcePaths | None
    reader: Reader
    problems: Problems

    def table(self, key: str) -> Mapping[str, Given]:
        """The entries of a mapping by name, without those that are wrong."""
        given = self.config.get(key)
        return dict(given.items()) if given else {}

    def names(self, key: str) -> Collection[str]:
        """The names in a mapping, those of wrong entries, too."""
        given = self.config.get(key)
        return given.value.keys() if given else ()

    def plugin(self, builder: str) -> str | None:
        """The name of a builder's plugin; nothing where it is wrong."""
        given = self.table("builders").get(builder)
        if given is None or given.is_wrong("plugin"):
            return None
        plugin: str | None = given.plain("plugin")
        return plugin or builder

    def language(self, builder: str) -> Language | None:
        """The language of a builder, if both are known."""
        plugin = self.plugin(builder)
        return self.languages.get(plugin) if self.languages and plugin else None
