"""Results about a source tree, cached for as long as the tree: most programs share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Answer = TypeVar("Answer")

# A source tree is a snapshot, so results stay valid.
_known: WeakKeyDictionary[object, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(sources: object, question: Hashable, find: Callable[[], Answer]) -> Answer:
    """The answer to a question about a source tree, computed once.

    The answer must not hold a reference to the tree, or neither would ever be freed.

    Args:
        sources: the source tree.
        question: the key, unique in the module that defines ``find``.
        find: computes the answer.
    """
    answers = _known.setdefault(sources, {})
    key = (find.__module__, question)
    if key not in answers:
        answers[key] = find()
    answer: Answer = answers[key]
    return answer
