"""`msbuild verify` with real compilers: findings for narrowed closures, none for complete ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.docker.cli import Workspace
from tests.docker.conftest import copy_shop
from tests.host.conftest import on_host, require_programs
from tests.host.narrowed import trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.docker.cli import Result

pytestmark = pytest.mark.host

HERE = Path(__file__).parent / "narrowed"


@dataclass(frozen=True)
class Tree:
    """A monorepo of one language, and the files missing from its services' narrowed closures."""

    files: Mapping[str, str]
    dropped: Mapping[str, Sequence[str]]
    path: str
    builder: Mapping[str, Any]
    links: Mapping[str, str]
    options: Mapping[str, Any]


TREES = {
    "go": Tree(
        trees.GO, trees.GO_DROPPED, "cmd/{}", {"options": {"cgo": True}}, trees.GO_LINKS, {}
    ),
    "rust": Tree(trees.RUST, trees.RUST_DROPPED, "services/{}", {}, {}, {}),
    "cpp": Tree(trees.CPP, trees.CPP_DROPPED, "{}", {"packages": ["python3"]}, {}, {}),
}


def workspace(language: str, root: Path, *, narrowed: bool) -> Workspace:
    """The tree of a language with a config and its own store."""
    tree = TREES[language]
    made = on_host(Workspace(root / "tree", f"verify-{language}"), root.parent / "store")
    plugin = f"narrowed-{language}" if narrowed else language
    services = {
        name: {"path": tree.path.format(name), "options": dict(tree.options)}
        for name in tree.dropped
    }
    config = {
        "version": 1,
        "workspace": made.name,
        "plugins": ["narrowed"],
        "builders": {"it": {"plugin": plugin, "image": "debian:trixie-slim", **tree.builder}},
        "services": services,
    }
    made.write({**tree.files, "msbuild.yaml": yaml.safe_dump(config)})
    for link, target in tree.links.items():
        (made.root / link).symlink_to(target)
    made.environment = {
        **made.environment,
        "PYTHONPATH": str(HERE),
        "NARROWED": json.dumps(tree.dropped),
    }
    return made


@pytest.fixture(scope="module")
def traced() -> None:
    """Require the programs that checks need."""
    require_programs("go", "cargo", "cc", "c++", "cmake", "ninja", "python3", "strace")


@pytest.fixture(scope="module")
def root(traced: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    del traced
    return tmp_path_factory.mktemp("verify")


def found(result: Result) -> dict[str, list[str]]:
    """The paths missing from the closure of each service."""
    services = json.loads(result.out)["services"]
    return {each["name"]: [finding["path"] for finding in each["findings"]] for each in services}


@pytest.fixture(scope="module", params=list(TREES))
def narrowed(root: Path, request: pytest.FixtureRequest) -> tuple[str, Workspace]:
    language = str(request.param)
    made = workspace(language, root / f"narrowed-{language}", narrowed=True)
    made.first = made.msbuild("verify", "--json")
    return language, made


def test_every_file_missing_from_a_closure_is_reported(narrowed: tuple[str, Workspace]) -> None:
    language, made = narrowed
    assert made.first.code == 1, made.first.everything
    paths = found(made.first)
    for service in TREES[language].dropped:
        unreported = [
            each for each in lacks(language, service) if not is_reported(each, paths[service])
        ]
        assert not unreported, made.first.everything


def lacks(language: str, service: str) -> list[str]:
    """The paths that a check has to report."""
    return [trees.PLACES.get(path, path) for path in TREES[language].dropped[service]]


def is_reported(path: str, paths: Sequence[str]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in paths)


def test_no_other_file_is_reported(narrowed: tuple[str, Workspace]) -> None:
    language, made = narrowed
    for service, paths in found(made.first).items():
        dropped = lacks(language, service)
        extra = [
            path
            for path in paths
            if path not in dropped and not any(each.startswith(f"{path}/") for each in dropped)
        ]
        assert not extra, made.first.everything


def test_written_inputs_complete_the_closure(narrowed: tuple[str, Workspace]) -> None:
    language, made = narrowed
    written = made.msbuild("verify", "--write")
    assert written.code == 1, written.everything
    again = made.msbuild("verify", "--json", "--write")
    assert again.code == 0, again.everything
    assert found(again) == {name: [] for name in TREES[language].dropped}
    lock = yaml.safe_load((made.root / "msbuild.lock").read_text())
    assert set(lock["inputs"]) == set(TREES[language].dropped)
    built = made.msbuild("all")
    assert built.code == 0, built.everything


@pytest.mark.parametrize("language", list(TREES))
def test_a_complete_closure_has_no_findings(language: str, root: Path) -> None:
    made = workspace(language, root / f"complete-{language}", narrowed=False)
    result = made.msbuild("verify", "--json")
    assert result.code == 0, result.everything
    assert found(result) == {name: [] for name in TREES[language].dropped}


def test_the_sample_shop_has_no_findings(traced: None, tmp_path: Path) -> None:
    del traced
    shop = on_host(copy_shop(tmp_path), tmp_path / "store")
    result = shop.msbuild("verify")
    assert result.code == 0, result.everything
    assert result.out.startswith("9 services verified: no undeclared paths")
