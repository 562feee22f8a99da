"""A short fault-injection campaign; the long one is `python -m bench.faults`."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bench.faults import trials
from bench.faults.__main__ import campaign
from bench.faults.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "kind", ["SIGKILL", "signals", "damaged state", "disk full", "in parallel"]
)
def test_no_fault_leads_to_a_wrong_result(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign(0.01, 3, kind) == []
    assert kind in capsys.readouterr().out


def test_a_program_that_differs_from_its_sources_is_reported(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", "directory")
    shop.check("first")
    assert shop.wrong == []
    shop.expected = lambda service: f"another {service}"  # type: ignore[method-assign]
    shop.check("second")
    assert len(shop.wrong) == 2
    shop.run("all", "--no-such-option", expected={0})
    assert "exited with code 2" in shop.wrong[-1]


def test_a_leftover_process_is_reported(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", "directory")
    process = shop.start("--version")
    process.communicate()
    shop.check_orphans("nothing")
    assert shop.wrong == []
    shop.store.mkdir()
    with subprocess.Popen(["sleep", "60"], cwd=shop.store) as left:
        shop.check_orphans("one")
        left.kill()
    assert len(shop.wrong) == 1
    trials.clean(shop)
