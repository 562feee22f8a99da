"""The generated files are up to date; `tools/config_reference.py docs` writes them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from msbuild.workspace.config import reference
from msbuild.workspace.config.schema import CONFIG, RUNTIME, SERVICE, ListOf, MapOf, OneOf, Record
from tests.workspace.config.languages import Go, Rust

if TYPE_CHECKING:
    from tests.workspace.config.tree import Tree

REPOSITORY = Path(__file__).parents[3]
# The files that the examples refer to.
SOURCES = (
    "go/schema/shop.json",
    "go/services/gateway/main.go",
    "go/services/gateway/templates/index.html",
    "web/config/shop.json",
    "web/templates/index.html",
)


def records(kind: object) -> list[Record]:
    """A record and all nested ones."""
    match kind:
        case Record(keys=keys):
            below = [each for key in keys for each in records(key.kind)]
            return list(dict.fromkeys([kind, *below]))
        case OneOf(record=record):
            return records(record)
        case ListOf(item=inner) | MapOf(value=inner):
            return records(inner)
        case _:
            return []


def around(record: Record) -> str:
    """A config that contains the example of a record."""
    example: dict[str, Any] = yaml.safe_load(record.example)
    web: dict[str, Any] = {"path": "web", "runtime": {}}
    config = {
        "version": 1,
        "workspace": "shop",
        "builders": {"go": {"image": "golang:1.23"}},
        "stages": {"codegen": {"run": "make"}},
        "services": {"web": web},
    }
    for place, kind in ((config, CONFIG), (web, SERVICE), (web["runtime"], RUNTIME)):
        place.update({name: value for name, value in example.items() if kind.key(name)})
    # JSON is YAML
    return json.dumps(config)


def test_the_generated_files_are_up_to_date(tmp_path: Path) -> None:
    program = [sys.executable, "tools/config_reference.py", str(tmp_path)]
    subprocess.run(program, cwd=REPOSITORY, check=True)
    for name in ("msbuild.schema.json", "configuration.md"):
        assert (REPOSITORY / "docs" / name).read_text() == (tmp_path / name).read_text()


@pytest.mark.parametrize("record", records(CONFIG), ids=lambda record: record.title)
def test_the_reference_has_a_line_for_every_key(record: Record) -> None:
    section = reference({}).split(f"\n## {record.title}\n", 1)[1].split("\n## ", 1)[0]
    assert all(f"| `{key.name}` |" in section for key in record.keys)
    assert record.example in section


def test_the_options_of_plugins_are_listed() -> None:
    sections = reference({"go": Go(), "rust": Rust()}).split("\n## Options of the plugin ")
    assert [each.partition("\n")[0] for each in sections[1:]] == ["`go`", "`rust`"]
    assert "| `cgo` | boolean | `false` | Compile C, too. |\n" in sections[1]
    assert "| `flags` | string, or a list | `-trimpath` | More flags. |\n" in sections[1]
    assert "| `level` | integer | `1` | How hard to try. |\n" in sections[1]
    assert sections[2].count("None.") == 2


@pytest.mark.parametrize("record", records(CONFIG), ids=lambda record: record.title)
def test_the_examples_of_the_reference_are_valid(record: Record, tree: Tree) -> None:
    tree.add(SOURCES)
    assert record.example
    assert tree.load(around(record)).services
