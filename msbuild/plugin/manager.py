"""Finds language plugins: installed ones by entry point, and those a config names."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_origin

import pluggy

from msbuild.errors import ConfigError
from msbuild.plugin import api as plugin_api

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from importlib.metadata import EntryPoint

    from msbuild.plugin.api import Language

# The distribution of the languages that come with msbuild.
BUILT_IN = frozenset({"msbuild"})
_OPTION_TYPES = (str, bool, int, list)
_PARTS = (
    *("name", "version", "builder_options", "service_options"),
    *("inputs", "shared_stages", "service_build"),
)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A language and where it comes from.

    Attributes:
        origin: the module that provides it.
        distribution: name and version of the module's distribution; empty if the config names the
            module.
    """

    language: Language
    origin: str
    distribution: str


def installed_plugins() -> Iterable[EntryPoint]:
    """The entry points of installed plugins."""
    # takes longer to import than most of what an edit needs
    from importlib.metadata import entry_points  # noqa: PLC0415

    return entry_points(group=plugin_api.GROUP)


def load_plugins(
    modules: Sequence[str] = (), used: Collection[str] | None = None
) -> Mapping[str, Plugin]:
    """The languages that are used, or all of them, by name.

    An entry point has the name of its language, so installed plugins that are not used are not
    imported. If that doesn't find every used language, all plugins are imported.

    Args:
        modules: importable modules that the config lists under ``plugins:``.
        used: the languages that are needed; ``None`` for all.

    Raises:
        ConfigError: a plugin cannot be imported, misspells a hook or returns something that is not
            a language, or two plugins provide the same language.
    """
    plugins: dict[str, Plugin] = {}
    installed = sorted(installed_plugins(), key=lambda entry: entry.name)
    for entry in installed:
        if used is None or entry.name in used:
            _add_installed(plugins, entry)
    for module in modules:
        _add(plugins, _import_module(module), module, "")
    if used is not None and not plugins.keys() >= set(used):
        for entry in installed:
            _add_installed(plugins, entry)
    return plugins


def load_origins(origins: Iterable[tuple[str, str]]) -> Mapping[str, Plugin]:
    """The languages of plugins that an earlier run found.

    Args:
        origins: the ``origin`` and ``distribution`` of each plugin.

    Raises:
        ConfigError: a plugin cannot be imported, or misspells a hook.
    """
    found: dict[str, Plugin] = {}
    for origin, distribution in origins:
        module, _, attribute = origin.partition(":")
        imported = _import_module(module)
        _add(found, getattr(imported, attribute) if attribute else imported, origin, distribution)
    return found


def _add_installed(plugins: dict[str, Plugin], entry: EntryPoint) -> None:
    distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    _add(plugins, _import_entry(entry), entry.value, distribution)


def _add(plugins: dict[str, Plugin], module: object, origin: str, distribution: str) -> None:
    for language in _languages(module, origin):
        known = plugins.get(language.name)
        if known and known.language is not language and type(known.language) is not type(language):
            raise ConfigError(
                f"plugins `{known.origin}` and `{origin}` both provide `{language.name}`",
                hint="uninstall one of them, or remove it from `plugins:`",
            )
        plugins[language.name] = known or Plugin(language, origin, distribution)


def _languages(module: object, origin: str) -> list[Language]:
    # one manager per plugin, so that errors can name the plugin
    manager = pluggy.PluginManager(plugin_api.GROUP)
    manager.add_hookspecs(plugin_api.Hooks)
    try:
        manager.register(module)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise ConfigError(
            f"plugin `{origin}` does not match the plugin API: {error}",
            hint="`msbuild.plugin.api.Hooks` lists the hooks",
        ) from error
    if not manager.get_hookcallers(module):
        raise ConfigError(
            f"plugin `{origin}` implements no msbuild hook",
            hint="mark a function `msbuild_languages` with `@hookimpl`",
        )
    try:
        answers: list[Any] = manager.hook.msbuild_languages()
        languages = [language for answer in answers for language in answer]
    except Exception as error:
        raise ConfigError(
            f"the hook of plugin `{origin}` failed: {type(error).__name__}: {error}",
            hint="report this to the plugin's author",
        ) from error
    for language in languages:
        _check(language, origin)
    return languages


def _check(language: object, origin: str) -> None:
    """Refuse anything that is not a language, and options of unsupported types."""
    if not isinstance(language, plugin_api.Language):
        missing = sorted(name for name in _PARTS if not hasattr(language, name))
        raise ConfigError(
            f"plugin `{origin}` returns `{type(language).__name__}`, which is not a language: "
            f"it has no {', '.join(f'`{name}`' for name in missing)}",
            hint="see `msbuild.plugin.api.Language`",
        )
    for option in (*language.builder_options, *language.service_options):
        if (get_origin(option.type) or option.type) not in _OPTION_TYPES:
            raise ConfigError(
                f"option `{option.name}` of plugin `{origin}` has an unsupported type",
                hint=f"use one of {', '.join(f'`{kind.__name__}`' for kind in _OPTION_TYPES)}",
            )


def _import_entry(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        raise _import_failed(entry.value, error) from error


def _import_module(name: str) -> object:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise _import_failed(name, error) from error


def _import_failed(name: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"plugin `{name}` cannot be imported: {type(error).__name__}: {error}",
        hint="is it installed in the same environment as msbuild?",
    )
