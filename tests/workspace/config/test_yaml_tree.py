from __future__ import annotations

import pytest

from msbuild.errors import ConfigError
from msbuild.workspace.config.yaml_tree import Limits, ListNode, MapNode, Node, ScalarNode, parse

LIMITS = Limits(size=1000, nodes=20, depth=5)


def tree(text: str) -> Node:
    node = parse(text, "f", LIMITS)
    assert node is not None
    return node


def places(node: Node) -> list[tuple[str, int, int]]:
    """Every text with its line and column, in node order."""
    match node:
        case ScalarNode(text, _, at):
            return [(text, at.line, at.column)]
        case ListNode(items):
            return [place for item in items for place in places(item)]
        case MapNode(entries):
            return [place for entry in entries for each in entry for place in places(each)]


def test_every_node_has_its_location() -> None:
    text = "a: 1\nbö:\n  - x\n  - {y: 'z', w: [v]}\n"
    assert places(tree(text)) == [
        ("a", 1, 1),
        ("1", 1, 4),
        ("bö", 2, 1),
        ("x", 3, 5),
        ("y", 4, 6),
        ("z", 4, 9),
        ("w", 4, 14),
        ("v", 4, 18),
    ]


def test_columns_count_characters() -> None:
    assert places(tree("{äöü€: x}"))[1] == ("x", 1, 8)


def test_an_alias_has_its_own_location() -> None:
    node = tree("a: &x [v]\nb: *x\n")
    assert isinstance(node, MapNode)
    first, second = (value for _, value in node.entries)
    assert isinstance(first, ListNode)
    assert isinstance(second, ListNode)
    assert first.items == second.items
    assert str(second.at) == "f:2:4"


def test_plain_and_quoted_texts_are_distinguished() -> None:
    node = tree("[a, 'a', \"a\"]")
    assert isinstance(node, ListNode)
    assert [isinstance(each, ScalarNode) and each.plain for each in node.items] == [
        True,
        False,
        False,
    ]


def test_duplicate_keys_are_preserved() -> None:
    node = tree("{a: 1, a: 2}")
    assert isinstance(node, MapNode)
    assert len(node.entries) == 2


def test_an_empty_text_has_no_node() -> None:
    assert parse("# nothing\n", "f", LIMITS) is None


@pytest.mark.parametrize(
    "text",
    [
        "[[[[[x]]]]]",
        "a: &a [[x]]\nb: [[*a]]",
        f"[{'x,' * 19}]",
        "[&a [x, x, x, x], *a, *a]",
    ],
)
def test_values_within_the_limits_are_accepted(text: str) -> None:
    assert tree(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[[[[[x]]]]]]", "nesting is deeper than 5 levels"),
        ("a: &a [[x]]\nb: [[[*a]]]", "nesting is deeper than 5 levels"),
        (f"[{'x,' * 20}]", "more than 20 values"),
        ("[&a [x, x, x, x], *a, *a, *a, *a]", "more than 20 values"),
    ],
)
def test_values_beyond_the_limits_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        tree(text)
    assert caught.value.message == message
