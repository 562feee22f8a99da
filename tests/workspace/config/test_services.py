"""Merging of defaults, discovered settings and a service's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigErrors
from tests.workspace.config.case import HEAD, TREE

if TYPE_CHECKING:
    from msbuild.model import Runtime, Service
    from tests.workspace.config.tree import Tree

DEFAULTS = """\
defaults:
  runtime:
    user: 7
    env: {MODE: fast, LEVEL: low}
    ports: [80]
    labels: {team: shop}
"""
DISCOVER = """\
discover:
  - glob: '[aw]*'
    options: {target: cmd, tags: [a, b]}
    assets: [static]
    depends_on: [{stage: gen}]
    runtime: {user: shop, env: {MODE: slow, FOUND: yes}}
stages: {gen: {run: make}}
"""


@pytest.fixture(autouse=True)
def _sources(tree: Tree) -> None:
    tree.add(TREE)


def runtime(tree: Tree, text: str) -> Runtime:
    return tree.load(HEAD + text).services["api"].runtime


def service(tree: Tree, text: str, name: str = "api") -> Service:
    return tree.load(HEAD + DISCOVER + text).services[name]


def test_defaults_apply_to_every_service(tree: Tree) -> None:
    found = runtime(tree, f"{DEFAULTS}services: {{api: {{path: api}}}}\n")
    assert str(found.user) == "7:7"
    assert found.env == {"MODE": "fast", "LEVEL": "low"}
    assert found.ports == ("80",)


def test_mappings_merge_with_defaults_and_lists_replace_them(tree: Tree) -> None:
    own = "{user: web, env: {MODE: slow}, ports: [], labels: {tier: front}}"
    found = runtime(tree, f"{DEFAULTS}services: {{api: {{path: api, runtime: {own}}}}}\n")
    assert found.user.name == "web"
    assert found.env == {"MODE": "slow", "LEVEL": "low"}
    assert found.ports == ()
    assert found.labels == {"team": "shop", "tier": "front"}


def test_settings_of_discover_override_the_defaults(tree: Tree) -> None:
    found = tree.load(HEAD + DEFAULTS + DISCOVER).services["api"].runtime
    assert found.user.name == "shop"
    assert found.env == {"MODE": "slow", "LEVEL": "low", "FOUND": "yes"}


def test_a_named_service_overrides_the_discovered_one(tree: Tree) -> None:
    found = service(
        tree,
        "services: {api: {options: {tags: [c]}, runtime: {env: {FOUND: no}}, depends_on: []}}\n",
    )
    assert found.path == "api"
    assert found.options == {"target": "cmd", "tags": ("c",), "level": 1}
    assert found.runtime.env == {"MODE": "slow", "FOUND": "no"}
    assert found.runtime.user.name == "shop"
    assert found.depends_on == ()


def test_the_location_of_a_service_is_that_of_its_name(tree: Tree) -> None:
    text = "services:\n  api: {runtime: {user: 9}}\n"
    assert str(service(tree, text).at) == "msbuild.yaml:12:3"
    assert str(service(tree, text, "web").at) == "msbuild.yaml:5:11"


def test_only_assets_of_a_discover_entry_may_be_missing(tree: Tree) -> None:
    assert service(tree, "services: {api: {options: {level: 2}}}\n").assets == ()
    assert [each.source for each in service(tree, "", "web").assets] == ["web/static"]
    with pytest.raises(ConfigErrors, match="1 problems"):
        service(tree, "services: {api: {assets: [static]}}\n")


def test_a_discovered_path_may_be_repeated(tree: Tree) -> None:
    assert service(tree, "services: {api: {path: api}}\n").path == "api"


def test_users_merge_key_by_key(tree: Tree) -> None:
    text = "defaults: {runtime: {user: {name: shop, uid: 5}}}\n"
    own = "services: {api: {path: api, runtime: {user: {name: web}}}}\n"
    user = runtime(tree, text + own).user
    assert (user.name, user.uid) == ("web", 5)


def test_a_string_replaces_a_mapping(tree: Tree) -> None:
    text = "defaults: {runtime: {user: {name: shop, uid: 5}}}\n"
    user = runtime(tree, f"{text}services: {{api: {{path: api, runtime: {{user: 9}}}}}}\n").user
    assert (user.name, user.uid) == (None, 9)
