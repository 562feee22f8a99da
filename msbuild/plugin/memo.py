"""What was found out about a source tree: kept as long as the tree, for programs share most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Answer = TypeVar("Answer")

# One source tree is one moment: what is true of it stays true.
_known: WeakKeyDictionary[object, dict[Hashable, Any]] = WeakKeyDictionary()


def remembered(sources: object, question: Hashable, find: Callable[[], Answer]) -> Answer:
    """The answer to a question about a source tree, looked for once.

    An answer must not hold on to the tree, or both would stay for good.

    Args:
        sources: the source tree.
        question: what tells it apart from all others of the module that ``find`` is defined in.
        find: finds the answer.
    """
    answers = _known.setdefault(sources, {})
    key = (find.__module__, question)
    if key not in answers:
        answers[key] = find()
    answer: Answer = answers[key]
    return answer
