"""The code of the plugin guide is that of the example, and it runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "msbuild-c"


def blocks(language: str) -> str:
    guide = (DOCS / "plugin-guide.md").read_text()
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE))


def without_blank_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_the_guide_shows_all_of_the_example() -> None:
    example = (EXAMPLE / "msbuild_c.py").read_text()
    assert without_blank_lines(blocks("python")) == without_blank_lines(example)


def test_the_code_of_the_guide_runs_with_its_test(tmp_path: Path) -> None:
    (tmp_path / "guide.py").write_text(blocks("python") + "\n" + blocks("python-test"))
    subprocess.run([sys.executable, "guide.py"], cwd=tmp_path, check=True)


@pytest.mark.slow
def test_the_example_passes_its_own_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "pyproject.toml", "-p", "no:cacheprovider"],
        cwd=EXAMPLE,
        env={"PYTHONPATH": str(EXAMPLE), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_the_example_is_small() -> None:
    most = 150
    assert len((EXAMPLE / "msbuild_c.py").read_text().splitlines()) < most


def test_the_example_imports_only_the_public_api() -> None:
    text = (EXAMPLE / "msbuild_c.py").read_text()
    assert set(re.findall(r"^from (msbuild[\w.]*)", text, re.MULTILINE)) == {"msbuild.plugin.api"}
