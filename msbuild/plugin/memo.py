"""Results about a source tree, shared between questions, and traces of their dependencies."""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

Answer = TypeVar("Answer")
Tree = TypeVar("Tree")
Key = int | tuple[str, ...]
"""An intermediate result by its number; an observation or a question by kind and arguments."""

RECALLED = "recalled"

# A source tree is a snapshot, so results stay valid.
_known: WeakKeyDictionary[object, dict[Hashable, Any]] = WeakKeyDictionary()
# The questions being answered, innermost last, each with the trace that records it.
_asking: list[tuple[Trace, Key]] = []


class Trace:
    """The dependencies of answers: observations of a source tree, and other answers.

    Args:
        recalled: answers of an earlier run that are still valid, for ``recalled``.
        count: how many intermediate results the earlier run had.

    Attributes:
        users: for each observation and answer, the questions and answers that used it directly.
        recalled: the answers for ``recalled`` in the next run.
        count: how many intermediate results there are.
    """

    def __init__(self, recalled: Mapping[str, Any] | None = None, count: int = 0) -> None:
        self.users: dict[Key, set[Key]] = {}
        self.recalled: dict[str, Any] = dict(recalled or {})
        self.count = count

    @contextmanager
    def question(self, *key: str) -> Iterator[None]:
        """Record the accesses in the body as dependencies of a question."""
        with self._asked(key):
            yield

    @contextmanager
    def result(self) -> Iterator[int]:
        """Record the accesses in the body as dependencies of a result; returns its key."""
        self.count += 1
        number = self.count
        # before it is known, as what leads to an error is used as well
        note(number)
        with self._asked(number):
            yield number

    @contextmanager
    def _asked(self, key: Key) -> Iterator[None]:
        _asking.append((self, key))
        try:
            yield
        finally:
            _asking.pop()


def note(key: Key) -> None:
    """Record that an observation or answer is used for the current question, if there is one."""
    if _asking:
        trace, question = _asking[-1]
        trace.users.setdefault(key, set()).add(question)


def observed(method: Callable[[Tree, str], Answer]) -> Callable[[Tree, str], Answer]:
    """A method of a source tree, recorded in traces as an observation: its name and argument."""
    name = method.__name__

    @wraps(method)
    def observing(self: Tree, path: str) -> Answer:
        note((name, path))
        return method(self, path)

    return observing


def remembered(sources: object, question: Hashable, find: Callable[[], Answer]) -> Answer:
    """The answer to a question about a source tree, computed once.

    The answer must not refer to the tree, or neither would ever be freed. Nothing may be
    read from the tree later on behalf of the answer: a change would not be noticed.

    Args:
        sources: the source tree.
        question: the key, unique in the module that defines ``find``.
        find: computes the answer.
    """
    answers = _known.setdefault(sources, {})
    key = (find.__module__, question)
    trace = _asking[-1][0] if _asking else None
    found = answers.get(key)
    # an answer found outside of any question has no trace
    if found is None or (trace and found[1] is None):
        found = answers[key] = _found(find, trace)
    elif found[1] is not None:
        note(found[1])
    answer: Answer = found[0]
    return answer


def _found(find: Callable[[], Answer], trace: Trace | None) -> tuple[Answer, int | None]:
    if trace is None:
        return find(), None
    with trace.result() as number:
        return find(), number


def recalled(question: str, find: Callable[[], Answer]) -> Answer:
    """The answer to a question about a source tree, stored for later runs.

    A later run uses the stored answer if all of its dependencies are the same, including the
    config. It pays off for facts that a shared stage needs about every service: after an edit,
    only those of the edited service are computed again.

    Args:
        question: the key, unique among all languages. It identifies the result, with the inputs of
            a service if they matter: their files depend on the source tree, too.
        find: computes the answer, of plain values: strings, numbers, tuples, sets and mappings.
    """
    if not _asking:
        return find()
    trace, _ = _asking[-1]
    key = (RECALLED, question)
    note(key)
    if question not in trace.recalled:
        with trace.question(*key):
            trace.recalled[question] = find()
    answer: Answer = trace.recalled[question]
    return answer
