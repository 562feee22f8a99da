"""`msbuild timing`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from msbuild import cli
from msbuild.report.lastrun import file_of, write
from tests.report.last_run import RUN

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
shop: 5 jobs on 2 slots of docker, ended 1 m 30 s ago
jobs took 40 s; the lower bound on 2 slots is 35 s (1.14x)

critical path: 35 s
  deps      10 s   29%
  long      20 s   57%  waited 5.0 s for a slot
  last     5.0 s   14%

slots: 69% busy
   1  ###################################.....   88%
   2  ###############....................#####   50%

what would help most, by simulation:
  halving long (20 s)   saves 10 s, jobs take 25 s
  halving deps (10 s)   saves 5.0 s, jobs take 30 s
  running again         saves 5.0 s, jobs take 35 s, now that durations are known
  halving last (5.0 s)  saves 2.5 s, jobs take 32 s
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "msbuild.yaml"
    file.write_text("never read\n")
    return file


def test_without_a_recorded_run_there_is_a_hint(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["timing", "--file", str(config)]) == 2
    assert "no previous run recorded" in capsys.readouterr().err


def test_critical_path_slots_and_improvements_are_printed(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of(config.parent).parent.mkdir()
    write(file_of(config.parent), RUN)
    monkeypatch.setattr("time.time", lambda: RUN.at + 90)
    assert cli.main(["timing", "--file", str(config)]) == 0
    assert capsys.readouterr().out == TEXT


def test_json_has_every_field(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file_of(config.parent).parent.mkdir()
    write(file_of(config.parent), RUN)
    assert cli.main(["timing", "--json", "--file", str(config)]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [link["job"] for link in value["path"]] == ["deps", "long", "last"]
    assert (value["took"], value["bound"], value["busy"]) == (40, 35, 0.688)
    assert value["slots"] == len(value["use"]) == 2
    assert value["helps"][0] == {
        "kind": "job",
        "job": "long",
        "slots": 2,
        "seconds": 25,
        "saves": 10,
    }
    assert value["jobs"]["long"]["needs"] == ["deps"]
