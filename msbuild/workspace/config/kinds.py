"""The kinds of values that ``schema.py`` describes a config with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msbuild.workspace.config.formats import Format


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes:
        unquoted: other types accepted without quotes, as written: ``number``, ``boolean``.
        env: whether environment variables are substituted.
        for_shell: ``${`` is left alone, for the shell that runs later.
    """

    format: Format
    unquoted: tuple[str, ...] = ()
    env: bool = False
    for_shell: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``, without the other spellings of YAML 1.1."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A integer."""

    least: int
    most: int
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list.

    Attributes:
        single: whether a single item may be given instead of a list.
        least: the minimum number of items.
        command: whether the items are the words of a command.
    """

    item: Text | OneOf | Record
    single: bool = False
    least: int = 0
    command: bool = False


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys the user chooses.

    Attributes:
        least: the minimum number of entries.
    """

    key: Format
    value: Text | Record
    least: int = 0


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text, or a record that says the same in more detail."""

    text: Text
    record: Record


@dataclass(frozen=True, slots=True)
class PluginOptions:
    """The options of a language plugin, which are known once the plugin is."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record.

    Attributes:
        doc: one sentence for editors and the reference.
        default: the value if the key is absent.
        absent: what absence means, in words, if no single value expresses it.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = False
    default: Any = None
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys.

    Attributes:
        title: what such a record is called.
        one_of: keys of which exactly one must be present.
        any_of: keys of which at least one must be present.
        example: YAML for the reference.
    """

    title: str
    doc: str
    keys: tuple[Key, ...]
    one_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    example: str = ""

    def key(self, name: str) -> Key | None:
        """The key with a name."""
        return next((key for key in self.keys if key.name == name), None)


Kind = Text | Flag | Whole | ListOf | MapOf | OneOf | PluginOptions | Record
