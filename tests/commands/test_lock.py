from __future__ import annotations

import sys
from pathlib import Path

import pytest

from msbuild.commands.lock import generated_files, write_generated
from msbuild.errors import UnavailableError
from msbuild.plugin.api import Generated
from msbuild.workspace import loading

SAY = "import os, sys; print('b'); print(os.environ.get('WHO', 'nobody')); print()"


def made(*scripts: str, **more: object) -> Generated:
    commands = tuple((sys.executable, "-c", script) for script in scripts)
    return Generated("d/x.links", "d", commands, **more)  # type: ignore[arg-type]


def test_generated_lines_are_unique_and_sorted(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    environments = ((("WHO", "me"),), (("WHO", "a you"),))
    message = write_generated(
        made(SAY, "print('c')", environments=environments, head="# of 1"), tmp_path
    )
    assert message == "wrote `d/x.links`"
    assert (tmp_path / "d/x.links").read_text() == (
        "# Written by `msbuild lock`; commit it.\n# of 1\na you\nb\nc\nme\n"
    )


def test_a_failing_command_leaves_the_file_unchanged(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/x.links").write_text("old")
    with pytest.raises(UnavailableError, match="failed: no way"):
        write_generated(made("print('b')", "import sys; sys.exit('no way')"), tmp_path)
    assert (tmp_path / "d/x.links").read_text() == "old"
    assert [each.name for each in (tmp_path / "d").iterdir()] == ["x.links"]


def test_a_missing_tool_is_reported(tmp_path: Path) -> None:
    generated = Generated("x.links", "", (("no-such-tool", "list"),))
    assert write_generated(generated, tmp_path) == (
        "skipped `x.links`: `no-such-tool` is not installed"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_shops_committed_files_match_its_lock_files() -> None:
    loaded = loading.load(Path(__file__).parents[2] / "msbuild.yaml")
    languages = {name: plugin.language for name, plugin in loaded.plugins.items()}
    for generated in generated_files(loaded.workspace, languages, loaded.sources):
        text = (loaded.workspace.source_root / generated.path).read_text()
        assert generated.head in text.splitlines(), "run `msbuild lock`"
