"""`msbuild plugins`: which languages there are, and where each comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msbuild_cpp
import pytest

from msbuild import cli

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """
from msbuild.plugin.api import hookimpl

class Cobol:
    name = "cobol"
    version = "{version}"
    builder_options = service_options = ()
    inputs = shared_stages = service_build = print

@hookimpl
def msbuild_languages():
    return [Cobol()]
"""


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """The cells of each line, by language."""
    assert cli.main(["plugins"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["language", "version", "module", "from"]
    return {line.split()[0]: line.split(maxsplit=3)[1:] for line in lines}


def test_installed_languages_are_listed_without_a_config(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = listed(capsys)
    assert {"cpp", "go", "rust"} <= found.keys()
    version, module, origin = found["cpp"]
    assert version.isdigit()
    assert module == msbuild_cpp.__name__
    assert origin.startswith("msbuild ")
    assert list(found) == sorted(found)


def test_plugins_of_the_config_are_listed_with_their_version(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "listed_cobol.py").write_text(PLUGIN.format(version="85"))
    (workspace / "msbuild.yaml").write_text(
        "version: 1\nworkspace: w\nplugins: [listed_cobol]\nservices: {}\n"
    )
    monkeypatch.syspath_prepend(str(workspace))
    assert listed(capsys)["cobol"] == ["85", "listed_cobol", "`plugins:` of the config"]
    sys.modules.pop("listed_cobol", None)


def test_a_listed_plugin_that_does_not_exist_is_an_error(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "msbuild.yaml").write_text(
        "version: 1\nworkspace: w\nplugins: [no_such_plugin]\nservices: {}\n"
    )
    assert cli.main(["plugins"]) == 2
    assert "no_such_plugin" in capsys.readouterr().err
