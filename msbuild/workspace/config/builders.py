"""Creates builders and custom stages, and checks the options that their languages declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_origin

from msbuild.model import Builder, CustomStage
from msbuild.workspace.config import formats
from msbuild.workspace.config.problems import Meant, listed, shown
from msbuild.workspace.config.schema import Flag, Integer, Key, ListOf, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from msbuild.plugin.api import Language, Option
    from msbuild.workspace.config.problems import Given, Problems, Scope
    from msbuild.workspace.config.reader import Reader
    from msbuild.workspace.config.schema import Kind

# Versions are common options: unquoted `1.20` must not become 1.2.
_TEXT = Text(formats.SCRIPT, unquoted=("number", "boolean"))
_LARGEST = 10**15
_KINDS: Mapping[type, Kind] = {
    str: _TEXT,
    bool: Flag(),
    int: Integer(-_LARGEST, _LARGEST),
    list: ListOf(_TEXT, single=True),
}


def keys_of(options: Sequence[Option]) -> tuple[Key, ...]:
    """The options that a language declares, as schema keys."""
    return tuple(
        Key(
            option.name,
            _KINDS[get_origin(option.type) or option.type],
            option.doc,
            default=option.default,
        )
        for option in options
    )


def read_options(
    given: Given | None,
    language: Language,
    of: Literal["builders", "services"],
    reader: Reader,
    problems: Problems,
) -> Mapping[str, Any]:
    """The value of every declared option, given or default; lists become tuples.

    Args:
        given: the value of ``options:``.
        language: declares the options.
        of: whether the options are those of a builder or a service.
        reader: reads the values.
        problems: receives unknown options and invalid values.
    """
    keys = {key.name: key for key in keys_of(_declared(language)[of])}
    values = {name: _frozen(key.default) for name, key in keys.items()}
    for name, option in given.items() if given else ():
        if name in keys:
            values[name] = reader.read(option.value, keys[name].kind, f"`{name}`").stripped()
        else:
            message = f"plugin `{language.name}` has no option {shown(name)} for {of}"
            problems.add(option.key, message, _known(name, language, keys), Meant(name, keys))
    return values


def _declared(language: Language) -> Mapping[str, Sequence[Option]]:
    return {"builders": language.builder_options, "services": language.service_options}


def _known(name: str, language: Language, keys: Collection[str]) -> str:
    for of, options in _declared(language).items():
        if name in {option.name for option in options}:
            return f"it is an option for {of}"
    return f"known options: {listed(keys)}" if keys else "it has no options"


def _frozen(default: Any) -> Any:
    return tuple(default) if isinstance(default, list) else default


def make_builder(name: str, given: Given, scope: Scope) -> Builder:
    """A builder; its plugin must exist and accept its options."""
    plugin, language = scope.plugin(name) or name, scope.language(name)
    if language:
        options = read_options(
            given.get("options"), language, "builders", scope.reader, scope.problems
        )
    else:
        _note_unknown_plugin(name, given, scope)
        options = {}
    return Builder(
        name=name,
        plugin=plugin,
        image=given.plain("image"),
        packages=given.plain("packages"),
        env=given.plain("env") or {},
        options=options,
        at=given.key,
        cores=given.plain("cores"),
        inputs=read_inputs(given, scope),
    )


def make_stage(name: str, given: Given, scope: Scope) -> CustomStage:
    """A custom stage; its inputs must exist."""
    return CustomStage(
        name=name,
        builder=choose_builder(given, scope) or "",
        inputs=read_inputs(given, scope),
        run=given.plain("run") or (),
        network=given.plain("network"),
        at=given.key,
        cores=given.plain("cores"),
    )


def read_inputs(given: Given, scope: Scope) -> tuple[str, ...]:
    """The inputs that a builder, stage or service lists; adds a problem for each missing one."""
    for path in given.get("inputs") or ():
        if scope.paths:
            scope.paths.expect_files(path.value, path.at)
    inputs: tuple[str, ...] = given.plain("inputs")
    return inputs


def choose_builder(given: Given, scope: Scope) -> str | None:
    """The builder of a service or stage: its own, the default, or the only one.

    ``None`` if there is no such builder, which is added to the problems.
    """
    known = scope.names("builders")
    defaults = scope.config.get("defaults")
    for named in (given, defaults):
        if named is not None and "builder" in named:
            return _named_builder(named, scope)
    if len(known) > 1:
        hint = f"add `builder:` or `defaults.builder`; known builders: {listed(known)}"
        scope.problems.add(given.key, "`builder` is required, as there are several builders", hint)
    return next(iter(known), None) if len(known) == 1 else None


def check_default_builder(scope: Scope) -> None:
    """Add a problem if the default builder does not exist, even if no service uses it."""
    defaults = scope.config.get("defaults")
    if defaults and "builder" in defaults:
        _named_builder(defaults, scope)


def _named_builder(given: Given, scope: Scope) -> str | None:
    builder, known = given.get("builder"), scope.names("builders")
    if builder is None:
        return None
    name: str = builder.value
    if known and name not in known:
        hint = f"known builders: {listed(known)}"
        scope.problems.add(builder.at, f"unknown builder {shown(name)}", hint, Meant(name, known))
        return None
    return name


def _note_unknown_plugin(name: str, given: Given, scope: Scope) -> None:
    if scope.languages is None or given.is_wrong("plugin"):
        return
    plugin = given.get("plugin")
    wanted = plugin.value if plugin else name
    installed = listed(scope.languages) if scope.languages else "none"
    hint = f"installed plugins: {installed}"
    scope.problems.add(
        plugin.at if plugin else given.key,
        f"unknown plugin {shown(wanted)}",
        hint if plugin else f"{hint}; choose one with `plugin:`",
        Meant(wanted, scope.languages),
    )
