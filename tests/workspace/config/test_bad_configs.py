"""Every problem of a config has its exact message on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild import cli
from msbuild.errors import EXIT_USAGE
from tests.workspace.config.bad_commands import COMMANDS
from tests.workspace.config.bad_dependencies import DEPENDENCIES
from tests.workspace.config.bad_discovery import DISCOVERY
from tests.workspace.config.bad_environment import ENVIRONMENT
from tests.workspace.config.bad_files import FILES
from tests.workspace.config.bad_images import IMAGES
from tests.workspace.config.bad_inputs import INPUTS
from tests.workspace.config.bad_keys import KEYS
from tests.workspace.config.bad_missing import MISSING
from tests.workspace.config.bad_names import NAMES
from tests.workspace.config.bad_paths import PATHS
from tests.workspace.config.bad_plugins import PLUGINS
from tests.workspace.config.bad_runtimes import RUNTIMES
from tests.workspace.config.bad_values import VALUES
from tests.workspace.config.bad_yaml import YAML
from tests.workspace.config.case import TREE

if TYPE_CHECKING:
    from tests.workspace.config.case import Case
    from tests.workspace.config.tree import Tree

CASES = [
    *FILES,
    *YAML,
    *KEYS,
    *MISSING,
    *VALUES,
    *NAMES,
    *IMAGES,
    *PLUGINS,
    *PATHS,
    *INPUTS,
    *DISCOVERY,
    *DEPENDENCIES,
    *RUNTIMES,
    *COMMANDS,
    *ENVIRONMENT,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_config_gets_its_exact_message(
    case: Case,
    tree: Tree,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tree.add((*TREE, *case.files), case.links)
    tree.configure(case.config)
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["graph"]) == EXIT_USAGE
    streams = capsys.readouterr()
    assert streams.err == case.stderr.removeprefix("\n")
    assert not streams.out


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert len(names) >= 60
