"""What was found out about a source tree: kept as long as the tree, for programs share most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from msbuild.plugin_api import Sources

Answer = TypeVar("Answer")

# One source tree is one moment: what is true of it stays true.
_known: WeakKeyDictionary[Sources, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(sources: Sources, question: Hashable, find: Callable[[], Answer]) -> Answer:
    """The answer to a question about a tree, looked for once.

    Args:
        sources: the source tree.
        question: what tells it apart from all others.
        find: finds the answer.
    """
    answers = _known.setdefault(sources, {})
    if question not in answers:
        answers[question] = find()
    answer: Answer = answers[question]
    return answer
