"""The entries of a mapping node, once its keys are known to be single texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.workspace.config.problems import shown
from msbuild.workspace.config.yaml_tree import ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.workspace.config.problems import Problems
    from msbuild.workspace.config.yaml_tree import MapNode, Node


def entries(node: MapNode, problems: Problems) -> Iterator[tuple[ScalarNode, Node]]:
    """Keys and values. Keys that come again, merge keys and keys that are no texts are noted."""
    first: dict[str, ScalarNode] = {}
    for key, value in node.entries:
        if not isinstance(key, ScalarNode):
            problems.add(key.at, "a key must be text", "put `{{ … }}` and the like in quotes")
        elif key.text == "<<" and key.plain:
            problems.add(
                key.at,
                "merge keys (`<<`) are not supported",
                "use `defaults:`, or repeat a whole value with an alias (`*name`)",
            )
        elif key.text in first:
            line = first[key.text].at.line
            problems.add(
                key.at, f"duplicate key {shown(key.text)}", f"it is in line {line} already"
            )
        else:
            first[key.text] = key
            yield key, value
