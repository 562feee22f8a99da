"""Properties of loading that hold for any config."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msbuild.errors import ConfigError
from msbuild.model import Location, Workspace
from msbuild.workspace.config import formats, load
from msbuild.workspace.config.schema import (
    CONFIG,
    Flag,
    Integer,
    ListOf,
    MapOf,
    OneOf,
    PluginOptions,
    Record,
    Text,
)
from tests.workspace.config.case import TREE
from tests.workspace.config.good_configs import GOOD
from tests.workspace.config.languages import Go

if TYPE_CHECKING:
    import random

    from msbuild.workspace.config.formats import Format
    from msbuild.workspace.config.schema import Kind
    from tests.workspace.config.good_configs import Good
    from tests.workspace.config.tree import Tree

pytestmark = pytest.mark.slow

# All examples share one tree, so nothing has to be recreated for each of them.
LAWS = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
WORDS = (
    "api", "web", "go", "rust", "main", "web/static", "static", "*", "a*", "**", ".", "..", "",
    "/app", "8080", "0", "root", "30s", "a:1", "golang:1.23", "scratch", "${HOME}", "$", "a\nb",
    "NAME", "x.y", "é", "\x7f",
)  # fmt: skip
# Many of the words are plugins, and many are directories.
LANGUAGES = {word: Go() for word in (*WORDS, "rust")}
ROOTS = ("", "api/", "web/", "static/", "main/")
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=5,
)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values of a kind, most of them valid."""
    match kind:
        case Text(format=form):
            near: st.SearchStrategy[Any] = fitting(form)
        case Flag():
            near = st.booleans()
        case Integer(least=least, most=most):
            near = st.integers(least, most)
        case ListOf(item=item, least=least):
            near = st.lists(values(item), min_size=least, max_size=2)
        case MapOf(key=key, value=value, least=least):
            near = st.dictionaries(fitting(key), values(value), min_size=least, max_size=3)
        case OneOf(text=text, record=record):
            near = values(text) | values(record)
        case PluginOptions():
            near = st.fixed_dictionaries({}, optional={"target": fitting(formats.PATH)})
        case Record():
            near = entries(kind)
    # sometimes another type
    return st.integers(0, 99).flatmap(lambda number: ANYTHING if number == 0 else near)


def entries(record: Record) -> st.SearchStrategy[Any]:
    """Mappings with some of the keys of a record."""
    keys = {key.name: values(key.kind) for key in record.keys}
    chosen = st.sampled_from(record.one_of or record.any_of or ("",))
    required = {key.name for key in record.keys if key.required}

    def having(name: str) -> st.SearchStrategy[Any]:
        must = required | {name}
        return st.fixed_dictionaries(
            {each: value for each, value in keys.items() if each in must},
            optional={
                each: value for each, value in keys.items() if each not in {*must, *record.one_of}
            },
        )

    return chosen.flatmap(having)


def fitting(form: Format) -> st.SearchStrategy[str]:
    """Texts of a format; only a few, so that names collide."""
    return st.sampled_from([word for word in WORDS if form.complaint(word) is None])


def placeless(value: Any) -> Any:
    """A value without locations, for comparison."""
    if isinstance(value, Location):
        return None
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {field.name: placeless(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {name: placeless(each) for name, each in value.items()}
    return [placeless(each) for each in value] if isinstance(value, tuple) else value


def restyled(config: str, chance: random.Random) -> str:
    """The same config with keys in another order and other YAML styles."""
    root = yaml.compose(config, yaml.SafeLoader)
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = chance.choice([True, False])
        if isinstance(node, yaml.MappingNode):
            chance.shuffle(node.value)
            waiting.extend(value for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
    text: str = yaml.serialize(root, Dumper=yaml.SafeDumper)
    return text


def read(tree: Tree, config: bytes) -> Workspace | ConfigError:
    """The workspace or the errors of a config; other exceptions fail the test."""
    tree.configure(config)
    try:
        return load(tree.root / "msbuild.yaml", lambda _, __: LANGUAGES, {})
    except ConfigError as error:
        return error


@pytest.fixture
def sources(tree: Tree) -> Tree:
    tree.add(f"{root}{path}" for root in ROOTS for path in (*TREE, "go/main.go", "static/x"))
    return tree


@LAWS
@given(config=st.binary())
def test_any_bytes_result_in_a_workspace_or_errors(config: bytes, sources: Tree) -> None:
    assert isinstance(read(sources, config), ConfigError)


@LAWS
@given(text=st.text(st.sampled_from("ab1:-?[]{},&*!|>'\"%@`#~ \n\t"), max_size=40))
def test_any_yaml_results_in_a_workspace_or_errors(text: str, sources: Tree) -> None:
    assert isinstance(read(sources, text.encode()), ConfigError)


@settings(LAWS, max_examples=300)
@given(config=values(CONFIG))
def test_any_config_results_in_a_workspace_or_errors(config: Any, sources: Tree) -> None:
    text = yaml.safe_dump(config, allow_unicode=True)
    found = read(sources, text.encode())
    if isinstance(found, Workspace):
        assert all(each.builder in found.builders for each in found.services.values())
        assert all(each.builder in found.builders for each in found.stages.values())


@settings(LAWS, max_examples=300)
@given(good=st.sampled_from(GOOD), cut=st.integers(0, 400), put=st.binary(max_size=3))
def test_any_damage_results_in_a_workspace_or_errors(
    good: Good, cut: int, put: bytes, sources: Tree
) -> None:
    config = good.config.encode()
    read(sources, config[:cut] + put + config[cut + 1 :])


@LAWS
@given(good=st.sampled_from(GOOD), chance=st.randoms(use_true_random=False))
def test_order_and_style_do_not_change_the_workspace(
    good: Good, chance: random.Random, sources: Tree
) -> None:
    expected = read(sources, good.config.encode())
    assert isinstance(expected, Workspace)
    found = read(sources, restyled(good.config, chance).encode())
    assert placeless(found) == placeless(expected)
