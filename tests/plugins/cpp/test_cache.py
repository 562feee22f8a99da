"""With a full compiler cache, an edit produces the same program as a clean build."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from msbuild.plugin.testing import TextSources, build
from tests.plugins.cpp.edits import EDITS, Edit
from tests.plugins.cpp.shop import LANGUAGE, app, cpp, inputs_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.host,
    pytest.mark.skipif(
        not all(map(shutil.which, ("cmake", "ninja", "c++", "readelf"))),
        reason="needs CMake and C++",
    ),
]


def code_of(edit: Edit, files: dict[str, str], place: Path, cache: Path) -> int:
    """Build a tree from its closure alone with the script of its stage, and run the program."""
    sources = TextSources({f"app/{path}": text for path, text in files.items()})
    inputs = inputs_of(app(), sources, **edit.options)
    for path in inputs.files:
        (place / "work" / path).parent.mkdir(parents=True, exist_ok=True)
        (place / "work" / path).write_text(sources.read(path))
    stage = build(LANGUAGE, app(), cpp(**edit.options), sources).stages[-1]
    (place / "cache").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
        "OUT": str(place / "out"),
        "CACHE": str(place / "cache"),
        "CCACHE_DIR": str(cache),
        "CCACHE_NODIRECT": "1",
        "CCACHE_COMPILERCHECK": "content",
        "SOURCE_DATE_EPOCH": "0",
    }
    done = subprocess.run(
        ["sh", "-c", stage.steps[-1].script],  # type: ignore[union-attr]
        cwd=place / "work",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # the build tree does not exist where it runs
    shutil.move(place / "out", place / "image")
    shutil.rmtree(place / "cache")
    return subprocess.run([place / "image" / "app"], check=False, env={}).returncode


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_the_program_when_the_cache_is_full(tmp_path: Path, name: str) -> None:
    edit = EDITS[name]
    codes = []
    for number, files in enumerate((edit.before, edit.after, edit.before)):
        # at one path, as in a sandbox: otherwise the cache would never hit
        place = tmp_path / "place"
        place.mkdir()
        codes.append(code_of(edit, files, place, tmp_path / "ccache"))
        place.rename(tmp_path / str(number))
    assert codes == [1, 2, 1]
