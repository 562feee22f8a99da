from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.state.file_stat import stats_of, stats_of_many

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_two_processes_find_the_same_stats_as_one(tmp_path: Path) -> None:
    names = [f"f{number}" for number in range(5000)]
    for name in names[::2]:
        (tmp_path / name).write_text(name)
    groups = [(f"{tmp_path}/", names, False), ("", [str(tmp_path / name) for name in names], True)]
    one = [stats_of(root, paths, follow=follow) for root, paths, follow in groups]
    assert stats_of_many(groups) == one


def test_stats_are_found_even_if_the_child_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"f{number}" for number in range(5000)]
    (tmp_path / "f0").write_text("text")
    groups = [(f"{tmp_path}/", names, False)]
    fork = os.fork

    def dying() -> int:
        child = fork()
        if child == 0:
            os._exit(1)
        return child

    monkeypatch.setattr(os, "fork", dying)
    assert stats_of_many(groups) == [stats_of(f"{tmp_path}/", names)]


def test_the_stats_of_many_files_need_no_second_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"f{number}" for number in range(5000)]
    (tmp_path / "f0").write_text("text")

    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    before = len(list(os.scandir("/proc/self/fd")))
    assert stats_of_many([(f"{tmp_path}/", names, False)]) == [stats_of(f"{tmp_path}/", names)]
    assert len(list(os.scandir("/proc/self/fd"))) == before
