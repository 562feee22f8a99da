"""The schema as a page of Markdown, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.config.kinds import (
    Flag,
    Key,
    Kind,
    ListOf,
    MapOf,
    OneOf,
    PluginOptions,
    Record,
    Text,
    Whole,
)
from msbuild.config.options import keys_of
from msbuild.config.schema import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.plugin_api import Language, Option

_INTRODUCTION = """\
<!-- Made by `python -m msbuild.config` of `msbuild/config/schema.py` and the plugins. -->

# Configuration

`msbuild` looks for `msbuild.yaml` in the working directory and the directories above; `--file`
names another one. All problems of a config are told at once, each as `file:line:column`.

A first line `# yaml-language-server: $schema=docs/msbuild.schema.json` makes editors complete
keys and check values; `msbuild schema` prints that schema.

- **Paths** are relative to the source root, written with `/`. None may be absolute or use `..`;
  only destinations in images may be absolute.
- **Links** count together with what they lead to, which must be in the source root: one that is
  absolute, leads out, in a loop or nowhere is an error if a service needs it. A link in an asset
  that leads out of the asset becomes its content in the image. `path` of a service and `glob` of
  `discover` follow no links.
- **Ignored** files are no sources: what git ignores by `.gitignore` up to the repository's top, by
  `.git/info/exclude` and by `core.excludesFile`, unless git tracks it. A directory that loses
  files to such a rule is a warning. An LFS pointer, and a submodule that is not checked out, are
  errors if a service needs them. A clone or work tree in the source root that git does not track is
  left out by `discover`.
- **Inputs** are files, directories (all that is below) and globs: `*`, `?` and `[ab]` within a
  name, `**` for any depth, names with a leading dot included. What a language finds is added to
  them, never replaced; `msbuild inputs` shows both. A service also has the inputs of its builder,
  and those that `msbuild verify --write` has put into `msbuild.lock`.
- **Names** of builders, stages and services are lower-case letters and digits with single `.`,
  `_` or `-` between them, a letter first, 63 characters at most. Services and stages share their
  names, and `<service>-build`, `<builder>-toolchain` and `<builder>-deps` are taken, too.
- **Environment variables** are put in where the type says *with variables*, and nowhere else:
  `${NAME}`, `${NAME:-default}`, and `$$` for a dollar. Commands and scripts keep their `$`.
- **YAML** is read as YAML 1.2: `on` and `yes` are texts. In environments, labels and options
  numbers and booleans need no quotes and stay as written, so `1.20` is no `1.2`. Anchors and
  aliases are fine; merge keys (`<<`), tags and duplicate keys are errors.
"""


def reference(languages: Mapping[str, Language]) -> str:
    """The reference of the config.

    Args:
        languages: the languages, by name, whose options are listed.
    """
    parts = [_INTRODUCTION, *(_section(record) for record in _records(CONFIG))]
    for name, language in sorted(languages.items()):
        parts.append(_plugin(name, language))
    return "\n".join(parts)


def _records(root: Record) -> list[Record]:
    """A record and all below it, each once, in the order of their first use."""
    found = [root]
    for record in found:
        below = (each for key in record.keys for each in _below(key.kind))
        found.extend(each for each in dict.fromkeys(below) if each not in found)
    return found


def _below(kind: Kind) -> Iterator[Record]:
    match kind:
        case Record():
            yield kind
        case OneOf(record=record):
            yield record
        case ListOf(item=inner) | MapOf(value=inner):
            yield from _below(inner)
        case _:
            return


def _section(record: Record) -> str:
    notes = [record.doc]
    if record.one_of:
        notes.append(f"Exactly one of {_either(record.one_of)} is needed.")
    if record.any_of:
        notes.append(f"At least one of {_either(record.any_of)} is needed.")
    example = f"\n\n```yaml\n{record.example}\n```" if record.example else ""
    return f"## {record.title}\n\n{' '.join(notes)}{example}\n\n{_table(record.keys)}"


def _either(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _table(keys: Sequence[Key]) -> str:
    lines = ["| key | type | default | |", "| --- | --- | --- | --- |"]
    lines.extend(
        f"| `{key.name}` | {_type(key.kind)} | {_default(key)} | {_cell(key.doc)} |" for key in keys
    )
    return "".join(f"{line}\n" for line in lines)


def _type(kind: Kind) -> str:  # noqa: PLR0911 - one for each kind
    match kind:
        case Text():
            return kind.format.title + (", with variables" if kind.env else "")
        case Flag():
            return "boolean"
        case Whole():
            return "whole number"
        case ListOf(item=item, single=single):
            return f"{_type(item)}, or a list" if single else f"list of: {_type(item)}"
        case MapOf(key=key, value=value):
            return f"{key.title} → {_type(value)}"
        case OneOf(text=text, record=record):
            return f"{_type(text)}, or {_type(record)}"
        case PluginOptions():
            return "options of the plugin"
        case Record():
            return f"[{kind.title}](#{kind.title.lower().replace(' ', '-')})"


def _default(key: Key) -> str:
    if key.required:
        return "**required**"
    if key.absent is not None:
        return _cell(key.absent)
    if key.default in (None, (), [], ""):
        return ""
    if isinstance(key.default, bool):
        return f"`{str(key.default).lower()}`"
    if isinstance(key.default, list | tuple):
        return _cell(", ".join(f"`{item}`" for item in key.default))
    return f"`{_cell(str(key.default))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _plugin(name: str, language: Language) -> str:
    parts = [f"## Options of the plugin `{name}`"]
    groups: tuple[tuple[str, Sequence[Option]], ...] = (
        ("builders", language.builder_options),
        ("services", language.service_options),
    )
    for users, options in groups:
        table = _table(keys_of(options)) if options else "None.\n"
        parts.append(f"For {users}:\n\n{table}")
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"
