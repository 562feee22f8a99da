"""The kinds of values a config is described with; the description itself is in ``schema.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from msbuild.workspace.config.formats import Format


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    Attributes:
        unquoted: what else is taken without quotes, as written: ``number``, ``boolean``.
        env: environment variables are put in.
        for_shell: ``${`` belongs to a shell that runs later, and stays.
    """

    format: Format
    unquoted: tuple[str, ...] = ()
    env: bool = False
    for_shell: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``; not the other spellings that YAML 1.1 knew."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int
    most: int
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list.

    Attributes:
        single: one item may stand for the list of it.
        least: the fewest items.
        command: the items are the words of a command.
    """

    item: Text | OneOf | Record
    single: bool = False
    least: int = 0
    command: bool = False


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys the user chooses.

    Attributes:
        least: the fewest entries.
    """

    key: Format
    value: Text | Record
    least: int = 0


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text, or the same in more detail as a record."""

    text: Text
    record: Record


@dataclass(frozen=True, slots=True)
class PluginOptions:
    """The options of a language plugin; which there are is known once the plugin is."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record.

    Attributes:
        doc: one sentence for editors and the reference.
        default: the value where the key is absent, as the code has it.
        absent: what absence means, in words, where no value says it.
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
        title: what one is called.
        one_of: keys of which exactly one must be there.
        any_of: keys of which at least one must be there.
        example: YAML for the reference.
    """

    title: str
    doc: str
    keys: tuple[Key, ...]
    one_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    example: str = ""

    def key(self, name: str) -> Key | None:
        """The key of a name."""
        return next((key for key in self.keys if key.name == name), None)


Kind = Text | Flag | Whole | ListOf | MapOf | OneOf | PluginOptions | Record
