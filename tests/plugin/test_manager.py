from __future__ import annotations

import sys
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError
from msbuild.plugin import api as plugin_api
from msbuild.plugin import manager
from msbuild.plugin.api import Option, hookimpl
from msbuild.plugin.manager import load_plugins
from tests.project import TextLanguage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Creates an importable module with some functions, and returns its name."""

    def make(**functions: object) -> str:
        made = ModuleType("some_plugin")
        made.__dict__.update(functions)
        monkeypatch.setitem(sys.modules, "some_plugin", made)
        return "some_plugin"

    return make


@hookimpl
def msbuild_languages() -> list[object]:
    return [TextLanguage()]


def install(entries: list[EntryPoint], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that exactly these plugins are installed."""
    monkeypatch.setattr(manager, "installed_plugins", lambda: entries)


def test_installed_plugins_are_found() -> None:
    plugins = load_plugins()
    assert {"go", "rust", "cpp"} <= set(plugins)
    assert plugins["go"].origin == "msbuild_go"
    assert plugins["go"].distribution.startswith("msbuild ")


def test_a_module_of_the_config_is_a_plugin(module: Callable[..., str]) -> None:
    plugins = load_plugins([module(msbuild_languages=msbuild_languages)])
    assert plugins["text"].origin == "some_plugin"
    assert plugins["text"].distribution == ""


def test_unused_plugins_are_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = EntryPoint("absent", "no_such_module", plugin_api.GROUP)
    install([*entry_points(group=plugin_api.GROUP), absent], monkeypatch)
    assert set(load_plugins((), {"go"})) == {"go"}
    with pytest.raises(ConfigError, match="`no_such_module` cannot be imported"):
        load_plugins((), {"go", "absent"})
    with pytest.raises(ConfigError, match="`no_such_module` cannot be imported"):
        load_plugins()


def test_a_language_whose_entry_point_has_another_name_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install([EntryPoint("golang", "msbuild_go", plugin_api.GROUP)], monkeypatch)
    assert set(load_plugins((), {"go"})) == {"go"}


def problem(name: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_plugins([name])
    assert caught.value.hint
    return caught.value.message


def test_a_plugin_that_cannot_be_imported_is_an_error() -> None:
    assert problem("no_such_module") == (
        "plugin `no_such_module` cannot be imported: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    )


def test_a_misspelled_hook_is_an_error(module: Callable[..., str]) -> None:
    @hookimpl
    def msbuild_langages() -> list[object]:
        return []

    message = problem(module(msbuild_langages=msbuild_langages))
    assert message.startswith("plugin `some_plugin` does not match the plugin API: ")
    assert "unknown hook 'msbuild_langages'" in message


def test_a_module_without_hooks_is_an_error(module: Callable[..., str]) -> None:
    assert problem(module()) == "plugin `some_plugin` implements no msbuild hook"


def test_an_object_that_is_not_a_language_is_an_error(module: Callable[..., str]) -> None:
    class Half:
        name = "half"
        version = "1"

    def half() -> list[object]:
        return [Half()]

    message = problem(module(msbuild_languages=hookimpl(specname="msbuild_languages")(half)))
    assert message.startswith("plugin `some_plugin` returns `Half`, which is not a language: ")
    assert "`service_build`" in message
    assert "`name`" not in message


def test_a_failing_hook_is_an_error(module: Callable[..., str]) -> None:
    def fail() -> list[object]:
        raise ValueError("boom")

    message = problem(module(msbuild_languages=hookimpl(specname="msbuild_languages")(fail)))
    assert message == "the hook of plugin `some_plugin` failed: ValueError: boom"


def test_an_option_of_an_unsupported_type_is_an_error(module: Callable[..., str]) -> None:
    class Odd(TextLanguage):
        builder_options = (Option("when", datetime, None, "No config has dates."),)  # type: ignore[arg-type]

    def odd() -> list[object]:
        return [Odd()]

    message = problem(module(msbuild_languages=hookimpl(specname="msbuild_languages")(odd)))
    assert message == "option `when` of plugin `some_plugin` has an unsupported type"


def test_two_languages_with_the_same_name_are_an_error(module: Callable[..., str]) -> None:
    class OtherGo(TextLanguage):
        name = "go"

    def other() -> list[object]:
        return [OtherGo()]

    message = problem(module(msbuild_languages=hookimpl(specname="msbuild_languages")(other)))
    assert message == "plugins `msbuild_go` and `some_plugin` both provide `go`"


def test_a_plugin_may_import_the_api_by_its_former_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "of_before.py").write_text(
        "from msbuild.plugin_api import *\n"
        "from tests.project import TextLanguage\n\n\n"
        "@hookimpl\n"
        "def msbuild_languages():\n"
        "    return [TextLanguage()]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert load_plugins(["of_before"], {"text"})["text"].origin == "of_before"
