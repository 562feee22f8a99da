"""The values given in a config: with their locations, and without defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from msbuild.model import Location
    from msbuild.plugin.api import Language
    from msbuild.workspace.config.kinds import Record
    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.reader import Reader
    from msbuild.workspace.config.source_paths import SourcePaths


@dataclass(frozen=True, slots=True)
class Given:
    """A value of a config.

    Attributes:
        value: a text, number or boolean; a tuple of ``Given`` for a list; a dictionary of them for
            a mapping; a node for a plugin option. ``None`` if it was invalid, which has been
            reported.
        at: the location of the value.
        key: the location of its key.
        record: the kind of record, if it is one.
    """

    value: Any
    at: Location
    key: Location
    record: Record | None = None

    def __contains__(self, name: str) -> bool:
        """Whether a key is present, valid or not."""
        return name in self.value

    def __getitem__(self, name: str) -> Given:
        """The value of a key that is present."""
        given: Given = self.value[name]
        return given

    def get(self, name: str) -> Given | None:
        """The value of a key, or ``None`` if it is absent or invalid."""
        given: Given | None = self.value.get(name)
        return None if given is None or given.value is None else given

    def is_wrong(self, name: str) -> bool:
        """Whether a key is present with an invalid value, which has been reported."""
        return name in self.value and self.value[name].value is None

    def __iter__(self) -> Iterator[Given]:
        """The valid items of a list."""
        return (item for item in self.value if item.value is not None)

    def items(self) -> Iterator[tuple[str, Given]]:
        """The valid entries of a mapping."""
        return ((name, each) for name, each in self.value.items() if each.value is not None)

    def plain(self, name: str) -> Any:
        """The value of a key without locations, or the key's default."""
        given = self.get(name)
        if given is not None:
            return given.stripped()
        key = self.record.key(name) if self.record else None
        return key.default if key else None

    def stripped(self) -> Any:
        """The value without locations."""
        if isinstance(self.value, tuple):
            return tuple(item.stripped() for item in self)
        if isinstance(self.value, dict):
            return {name: each.stripped() for name, each in self.items()}
        return self.value

    def over(self, below: Given | None) -> Given:
        """This value merged over another: mappings merge key by key, other values replace."""
        if below is None or not (isinstance(self.value, dict) and isinstance(below.value, dict)):
            return self
        merged = below.value | {
            name: each.over(below.value.get(name)) for name, each in self.value.items()
        }
        return Given(merged, self.at, self.key, self.record)

    def without(self, *names: str) -> Given:
        """A mapping without some keys."""
        rest = {name: each for name, each in self.value.items() if name not in names}
        return Given(rest, self.at, self.key, self.record)


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole config while its builders, stages and services are created.

    Attributes:
        languages: every language by name; ``None`` if they could not be loaded.
        paths: the source tree; ``None`` if the source root is invalid.
    """

    config: Given
    languages: Mapping[str, Language] | None
    paths: SourcePaths | None
    reader: Reader
    problems: Problems

    def table(self, key: str) -> Mapping[str, Given]:
        """The valid entries of a mapping by name."""
        given = self.config.get(key)
        return dict(given.items()) if given else {}

    def names(self, key: str) -> Collection[str]:
        """The names in a mapping, including those of invalid entries."""
        given = self.config.get(key)
        return given.value.keys() if given else ()

    def plugin(self, builder: str) -> str | None:
        """The name of a builder's plugin; ``None`` if it is invalid."""
        given = self.table("builders").get(builder)
        if given is None or given.is_wrong("plugin"):
            return None
        plugin: str | None = given.plain("plugin")
        return plugin or builder

    def language(self, builder: str) -> Language | None:
        """The language of a builder, if both are known."""
        plugin = self.plugin(builder)
        return self.languages.get(plugin) if self.languages and plugin else None
