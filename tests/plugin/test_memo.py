"""Results that questions share are computed once, and count for everyone who uses them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from msbuild.plugin.memo import RECALLED, Trace, recalled, remembered
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from pathlib import Path

A, B = ("service", "a"), ("service", "b")
OBSERVED = ("read", "manifest")


@pytest.fixture
def sources(tmp_path: Path) -> SourceTree:
    (tmp_path / "manifest").write_text("1")
    return SourceTree(tmp_path)


class Manifest:
    """A manifest that several services read, and how often it was."""

    def __init__(self, sources: SourceTree) -> None:
        self.reads = 0
        self._sources = sources

    def read(self) -> str:
        self.reads += 1
        return self._sources.read("manifest")


def questions_behind(trace: Trace, key: object) -> set[object]:
    """The questions that used an observation or answer, directly or not."""
    found: set[object] = set()
    waiting = [key]
    while waiting:
        new = {*trace.users.get(waiting.pop(), ())} - found  # type: ignore[call-overload]
        found |= new
        waiting += new
    return {each for each in found if each in (A, B)}


def test_a_remembered_result_is_computed_once_and_counts_for_all_its_users(
    sources: SourceTree,
) -> None:
    manifest = Manifest(sources)
    for question in (A, B):
        with sources.trace.question(*question):
            assert remembered(sources, "manifest", manifest.read) == "1"
    assert manifest.reads == 1
    assert questions_behind(sources.trace, OBSERVED) == {A, B}


def test_remembered_results_may_use_others(sources: SourceTree) -> None:
    manifest = Manifest(sources)

    def doubled() -> str:
        return 2 * remembered(sources, "manifest", manifest.read)

    with sources.trace.question(*A):
        assert remembered(sources, "manifest", manifest.read) == "1"
    with sources.trace.question(*B):
        assert remembered(sources, "doubled", doubled) == "11"
    assert manifest.reads == 1
    assert questions_behind(sources.trace, OBSERVED) == {A, B}


def test_a_result_found_outside_of_questions_is_found_again_for_the_first_one(
    sources: SourceTree,
) -> None:
    manifest = Manifest(sources)
    for _ in range(2):
        assert remembered(sources, "manifest", manifest.read) == "1"
    assert manifest.reads == 1
    with sources.trace.question(*A):
        assert remembered(sources, "manifest", manifest.read) == "1"
    assert manifest.reads == 2
    assert questions_behind(sources.trace, OBSERVED) == {A}


def test_results_of_another_tree_are_not_shared(sources: SourceTree, tmp_path: Path) -> None:
    remembered(sources, "manifest", Manifest(sources).read)
    (tmp_path / "manifest").write_text("2")
    now = SourceTree(tmp_path)
    assert remembered(now, "manifest", Manifest(now).read) == "2"


def test_a_recalled_result_is_stored_in_the_trace(sources: SourceTree) -> None:
    manifest = Manifest(sources)
    for question in (A, B):
        with sources.trace.question(*question):
            assert recalled("manifest", manifest.read) == "1"
    assert manifest.reads == 1
    assert sources.trace.recalled == {"manifest": "1"}
    assert questions_behind(sources.trace, OBSERVED) == {A, B}


def test_the_result_of_an_earlier_run_is_recalled_without_reading(tmp_path: Path) -> None:
    sources = SourceTree(tmp_path, Trace({"manifest": "1"}))
    manifest = Manifest(sources)
    with sources.trace.question(*A):
        assert recalled("manifest", manifest.read) == "1"
    assert manifest.reads == 0
    assert sources.trace.users == {(RECALLED, "manifest"): {A}}


def test_outside_of_questions_nothing_is_recalled(sources: SourceTree) -> None:
    manifest = Manifest(sources)
    assert [recalled("manifest", manifest.read) for _ in range(2)] == ["1", "1"]
    assert manifest.reads == 2
    assert sources.trace.users == {}


@pytest.mark.parametrize("kind", ["remembered", "recalled"])
def test_what_leads_to_an_error_counts_for_who_catches_it(kind: str, sources: SourceTree) -> None:
    def fail() -> str:
        raise ValueError(sources.read("manifest"))

    with sources.trace.question(*A), suppress(ValueError):
        if kind == "recalled":
            recalled("fail", fail)
        else:
            remembered(sources, "fail", fail)
    assert questions_behind(sources.trace, OBSERVED) == {A}
