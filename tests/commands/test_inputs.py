"""How `msbuild inputs` and `msbuild explain` show listed files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from msbuild import cli

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
version: 1
workspace: w
builders: {go: {image: 'debian:trixie-slim', inputs: [VERSION]}}
services: {api: {path: api, inputs: ['sql/*', docs]}}
"""
LOCK = "version: 1\nimages: {}\ninputs: {api: [.sqlx], web: [x]}\n"
FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "api/main.go": "package main\n\nfunc main() {}\n",
    "VERSION": "1",
    "sql/a.sql": "",
    "sql/b.sql": "",
    "docs/x": "",
    "docs/y": "",
    "docs/z.tmp": "",
    ".gitignore": "*.tmp\nstore\n",
    ".sqlx/q.json": "{}",
    "msbuild.yaml": CONFIG,
    "msbuild.lock": LOCK,
}


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MSBUILD_STORE", str(tmp_path / "store"))


def run_command(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(list(words)) == 0
    return capsys.readouterr().out


def test_inputs_names_where_each_file_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(capsys, "inputs", "api") == (
        ".sqlx/q.json  found by `msbuild verify`\n"
        "VERSION       listed in `inputs` of builder `go`\n"
        "api/main.go   the main package\n"
        "docs/x        listed in `inputs`\n"
        "docs/y        listed in `inputs`\n"
        "sql/a.sql     listed in `inputs`\n"
        "sql/b.sql     listed in `inputs`\n"
        "fact  go.mod: module example.com/m; go 1.22\n"
        "warn  ignore rules exclude `docs/z.tmp` from input `docs` (.gitignore:1)\n"
        "7 files\n"
    )
    found = json.loads(run_command(capsys, "inputs", "api", "--json"))
    assert found["warnings"] == [
        "ignore rules exclude `docs/z.tmp` from input `docs` (.gitignore:1)"
    ]


def test_explain_names_listed_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    out = run_command(capsys, "explain", "api", "--executor", "local")
    assert out.splitlines()[-4:] == [
        "also  .sqlx/q.json: found by `msbuild verify`",
        "also  VERSION: listed in `inputs` of builder `go`",
        "also  docs/x, docs/y, sql/a.sql and 1 more: listed in `inputs`",
        "warn  ignore rules exclude `docs/z.tmp` from input `docs` (.gitignore:1)",
    ]


def test_a_useless_input_in_the_lock_file_is_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["plan", "--executor", "local"]) == 0
    assert (
        "warning: `msbuild.lock` lists inputs of unknown service `web`\n" in capsys.readouterr().err
    )


def test_inputs_shows_assets_and_shortens_long_facts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "msbuild.yaml").write_text(
        CONFIG.replace("path: api", "path: api, assets: [page.html]")
    )
    (tmp_path / "api" / "page.html").touch()
    (tmp_path / "go.mod").write_text(f"module example.com/{'m' * 60}\n\ngo 1.22\n")
    lines = run_command(capsys, "inputs", "api").splitlines()
    assert "api/page.html  an asset" in lines
    (fact,) = (line for line in lines if line.startswith("fact"))
    assert fact.endswith("mmm…")
    whole = json.loads(run_command(capsys, "inputs", "api", "--json"))["facts"]["go.mod"]
    assert whole == f"module example.com/{'m' * 60}; go 1.22"


def test_directories_included_in_full_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = "path: api, depends_on: [{stage: gen, from: made.go, to: api/made.go}]"
    config = CONFIG.replace("path: api, inputs: ['sql/*', docs]", service)
    config = config.replace(", inputs: [VERSION]", "")
    (tmp_path / "msbuild.yaml").write_text(f"{config}stages: {{gen: {{builder: go, run: [x]}}}}\n")
    (tmp_path / "msbuild.lock").unlink()
    wide = "wide  .: Go code that `gen` generates in `api` may import any package\n"
    assert wide in run_command(capsys, "inputs", "api")
    assert wide in run_command(capsys, "explain", "api", "--executor", "local")
    closure = json.loads(run_command(capsys, "inputs", "api", "--json"))
    assert list(closure["widened"]) == ["."]


def test_inputs_of_an_unknown_service_is_an_error_with_a_suggestion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["inputs", "apo"]) == 2
    assert "did you mean `api`?" in capsys.readouterr().err
