"""The log of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.execute.api import Vertex
from msbuild.schedule.joblog import JobLog

if TYPE_CHECKING:
    from pathlib import Path


def test_steps_and_lines_are_written(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "logs", "shop/api")
    log.step(Vertex("api", "RUN make", cached=False, started=1.0, completed=None))
    log.line("RUN make", "compiling")
    log.step(Vertex("api", "RUN make", cached=False, started=1.0, completed=3.5))
    log.close()
    assert log.path == str(tmp_path / "logs/shop_api.log")
    text = (tmp_path / "logs/shop_api.log").read_text()
    assert text == "=== RUN make\ncompiling\n# done in 2.5 s\n"


def test_a_job_without_output_leaves_no_log_not_even_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "api.log").write_text("of yesterday\n")
    log = JobLog(tmp_path, "api")
    log.close()
    assert log.path is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_after_the_end(tmp_path: Path) -> None:
    log = JobLog(tmp_path, "api")
    log.close()
    log.line("", "too late")
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_directory_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the directory should be")
    log = JobLog(tmp_path / "logs", "api")
    log.line("", "hello")
    log.line("", "again")
    assert log.path is None
