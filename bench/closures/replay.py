"""Replays commits and compares `affected` with the compiler's report for each."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.closures.checkout import checkout, commits
from bench.closures.ours import load, load_known
from msbuild.affected import affected
from msbuild.report.text import counted
from msbuild.sources.tree import SourceTree
from msbuild.workspace.revisions import repository_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from bench.closures.model import Oracle, Program, Truth
    from msbuild.affected import Affected
    from msbuild.workspace.loading import Loaded

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One commit and its parent.

    Attributes:
        compared: the programs that exist in both and that the compiler can analyze.
        truth: those of them that change according to the compiler, with the changes.
        ours: those of them that msbuild would build, with the reason for each.
        problems: programs without a closure, with the reason for each.
        unread: paths that the tools cannot read at the commit, with the reason for each; its
            programs are not compared.
    """

    commit: str
    compared: frozenset[str]
    truth: Mapping[str, str]
    ours: Mapping[str, Affected]
    problems: Mapping[str, str]
    unread: Mapping[str, str]

    @property
    def false_negatives(self) -> list[str]:
        """Programs that change but that msbuild would not build."""
        return sorted(set(self.truth) - set(self.ours))

    @property
    def false_positives(self) -> list[str]:
        """Programs that do not change but that msbuild would build."""
        return sorted(set(self.ours) - set(self.truth))


@dataclass
class Tally:
    """Totals over commits, counted in pairs of a commit and a program."""

    commits: int = 0
    pairs: int = 0
    changed: int = 0
    false_negatives: int = 0
    false_positives: int = 0
    problems: int = 0
    unread: int = 0
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, step: Step) -> None:
        """Count a commit."""
        self.commits += 1
        self.pairs += len(step.compared)
        self.changed += len(step.truth)
        self.false_negatives += len(step.false_negatives)
        self.false_positives += len(step.false_positives)
        self.problems += len(step.problems)
        self.unread += bool(step.unread)
        self.rules.update(_rule(step.ours[name]) for name in step.false_positives)

    def report(self) -> Iterator[str]:
        """The totals, and the causes of the false positives."""
        unchanged = self.pairs - self.changed
        share = 100 * self.false_positives / unchanged if unchanged else 0.0
        yield (
            f"{counted(self.commits, 'commit')}, "
            f"{counted(self.pairs, 'pair')} of commit and program, "
            f"{self.changed} changed"
        )
        yield (
            f"{counted(self.false_negatives, 'false negative')}; "
            f"{counted(self.false_positives, 'false positive')}, "
            f"{share:.1f} % of the {unchanged} pairs that did not change"
        )
        if self.problems:
            yield f"{counted(self.problems, 'pair')} without a closure"
        if self.unread:
            yield f"{counted(self.unread, 'commit')} that could not be read in full"
        yield from (f"  {n:6} false positives: {rule}" for rule, n in self.rules.most_common())


def replay(
    repository: Path,
    revision: str,
    count: int,
    oracle: Oracle,
    loader: Callable[[Path, Iterable[Program], Oracle], Loaded] = load,
) -> Iterator[Step]:
    """Compare the last commits along first parents, each with its parent, oldest first."""
    order = commits(repository, revision, count + 1)
    files = repository_of(repository)
    with checkout(repository, order[0]) as place, ExitStack() as last:
        before: _State | None = None
        for commit in order:
            place.move(commit)
            found = oracle.programs(place.tree)
            answer = oracle.ask(place.tree, found.programs)
            states = {
                each.name: _values_of(place.tree, truth) for each, truth in answer.programs.items()
            }
            with ExitStack() as this:
                tree = this.enter_context(files.files_of(commit))
                after = _load_state(tree, answer.programs, states, oracle, loader)
                if before:
                    yield _step(commit, before, after, found.unread)
                before = after
                last.close()
                last.push(this.pop_all())


def lines(step: Step, *, verbose: bool) -> Iterator[str]:
    """Lines for the differences at a commit; with ``verbose`` for every commit."""
    wrong = step.false_negatives or step.false_positives
    if wrong or step.problems or step.unread or verbose:
        yield (
            f"{step.commit[:_SHORT]}: {len(step.truth)} of {len(step.compared)} change, "
            f"{len(step.ours)} reported"
        )
    for name in step.false_negatives:
        yield f"    MISSED {name}: {step.truth[name]}"
    for name in step.false_positives:
        yield f"    EXTRA {name}: {step.ours[name]}"
    for name, why in step.problems.items():
        yield f"    no closure of {name}: {why}"
    for name, why in step.unread.items():
        yield f"    cannot be read: {name}: {why}"


@dataclass(frozen=True, slots=True)
class _State:
    """A commit, as seen by the compiler and by msbuild."""

    loaded: Loaded
    states: Mapping[str, Mapping[str, str]]
    problems: Mapping[str, str]


def _load_state(
    tree: Path,
    programs: Collection[Program],
    states: Mapping[str, Mapping[str, str]],
    oracle: Oracle,
    loader: Callable[[Path, Iterable[Program], Oracle], Loaded],
) -> _State:
    loaded, problems = load_known(tree, programs, oracle, loader)
    return _State(loaded, states, problems)


def _step(commit: str, before: _State, after: _State, unread: Mapping[str, str]) -> Step:
    reported = {each.service: each for each in affected(before.loaded, after.loaded)}
    both = before.loaded.workspace.services.keys() & after.loaded.workspace.services.keys()
    changed = {name: _difference(before.states[name], after.states[name]) for name in both}
    return Step(
        commit=commit,
        compared=frozenset(both),
        truth={name: what for name, what in changed.items() if what},
        ours={name: each for name, each in reported.items() if name in both},
        problems=after.problems,
        unread=unread,
    )


def _values_of(tree: Path, truth: Truth) -> dict[str, str]:
    """Everything that determines a program, as values."""
    sources = SourceTree(tree)
    return {**truth.facts, **{path: sources.hash(path) for path in truth.files}}


def _difference(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    return ", ".join(sorted(key for key in {*old, *new} if old.get(key) != new.get(key)))


def _rule(each: Affected) -> str:
    """The kinds of changes that caused a program to be reported."""
    kinds = {
        f"{why.change.field} {why.change.name}" if why.change.field == "fact" else why.change.field
        for why in each.whys
    }
    return ", ".join(sorted(kinds)) or each.kind
