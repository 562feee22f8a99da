"""What keeps times is loaded where it is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import sys
from pathlib import Path
from msbuild.report.console import with_times
from tests.report import fakes
reporter = with_times(lambda event: None, Path(sys.argv[1]), None)
for event in getattr(fakes, sys.argv[2]):
    reporter(event)
print(*sorted(name for name in sys.modules if name.startswith("msbuild.report.")))
"""


@pytest.mark.parametrize(("run", "loaded"), [("EMPTY_RUN", False), ("GOOD_RUN", True)])
def test_only_a_run_with_jobs_imports_the_recorder(
    tmp_path: Path, run: str, *, loaded: bool
) -> None:
    command = [sys.executable, "-c", CODE, str(tmp_path), run]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert ("msbuild.report.lastrun" in modules) is loaded
    assert "msbuild.report.trace" not in modules
