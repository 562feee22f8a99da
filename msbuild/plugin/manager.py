"""Finds language plugins: installed ones by entry point, and those a config names."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, get_origin

import pluggy

from msbuild.errors import ConfigError
from msbuild.plugin import api as plugin_api

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from importlib.metadata import EntryPoint

    from msbuild.plugin.api import Language

# What the languages that come with msbuild are installed with.
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
        origin: the module that brought it.
        distribution: what that module was installed with, and its version; empty where the config
            named the module.
    """

    language: Language
    origin: str
    distribution: str


def load_plugins(
    modules: Sequence[str] = (), used: Collection[str] | None = None
) -> Mapping[str, Plugin]:
    """Every language there is, by name, or those that are used.

    An installed plugin that is not used is not imported: entry points have the name of the language
    that they bring. Only if a language is not found by it, all plugins are asked.

    Args:
        modules: importable modules that the config lists under ``plugins:``.
        used: the languages that are needed; nothing for all there are.

    Raises:
        ConfigError: a plugin does not import, misspells a hook, hands over what is no language,
            or two plugins bring a language of the same name.
    """
    plugins: dict[str, Plugin] = {}
    installed = sorted(entry_points(group=plugin_api.GROUP), key=lambda entry: entry.name)
    for entry in installed:
        if used is None or entry.name in used:
            _add_installed(plugins, entry)
    for module in modules:
        _add(plugins, _import_module(module), module, "")
    if used is not None and not plugins.keys() >= set(used):
        for entry in installed:
            _add_installed(plugins, entry)
    return plugins


def _add_installed(plugins: dict[str, Plugin], entry: EntryPoint) -> None:
    distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    _add(plugins, _import_entry(entry), entry.value, distribution)


def _add(plugins: dict[str, Plugin], module: object, origin: str, distribution: str) -> None:
    for language in _languages(module, origin):
        known = plugins.get(language.name)
        if known and known.language is not language and type(known.language) is not type(language):
            raise ConfigError(
                f"plugins `{known.origin}` and `{origin}` both bring a language `{language.name}`",
                hint="uninstall one of them, or take it out of `plugins:`",
            )
        plugins[language.name] = known or Plugin(language, origin, distribution)


def _languages(module: object, origin: str) -> list[Language]:
    # one manager for each plugin, so that an error can name the one that is wrong
    manager = pluggy.PluginManager(plugin_api.GROUP)
    manager.add_hookspecs(plugin_api.Hooks)
    try:
        manager.register(module)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise ConfigError(
            f"plugin `{origin}` does not fit: {error}",
            hint="the hooks are listed in `msbuild.plugin.api.Hooks`",
        ) from error
    if not manager.get_hookcallers(module):
        raise ConfigError(
            f"plugin `{origin}` implements no hook of msbuild",
            hint="mark a function `msbuild_languages` with `@hookimpl`",
        )
    try:
        answers: list[Any] = manager.hook.msbuild_languages()
        languages = [language for answer in answers for language in answer]
    except Exception as error:
        raise ConfigError(
            f"plugin `{origin}` failed at its hook: {type(error).__name__}: {error}",
            hint="report it to who wrote the plugin",
        ) from error
    for language in languages:
        _check(language, origin)
    return languages


def _check(language: object, origin: str) -> None:
    """Refuse what is no language, or has options that no config could give."""
    if not isinstance(language, plugin_api.Language):
        missing = sorted(name for name in _PARTS if not hasattr(language, name))
        raise ConfigError(
            f"plugin `{origin}` hands over `{type(language).__name__}`, which is no language: "
            f"it has no {', '.join(f'`{name}`' for name in missing)}",
            hint="see `msbuild.plugin.api.Language`",
        )
    for option in (*language.builder_options, *language.service_options):
        if (get_origin(option.type) or option.type) not in _OPTION_TYPES:
            raise ConfigError(
                f"plugin `{origin}` has an option `{option.name}` of a type that no config has",
                hint=f"one of {', '.join(f'`{kind.__name__}`' for kind in _OPTION_TYPES)}",
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
        hint="is it installed beside msbuild, in the same environment?",
    )
