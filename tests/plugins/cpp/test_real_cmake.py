"""Real CMake and a real compiler build from a closure, and need all of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from msbuild.plugin.testing import TextSources
from tests.plugins.cpp.landscape import LANDSCAPE
from tests.plugins.cpp.shop import app, inputs_of, script_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("cmake", "ninja", "c++", "readelf"))),
        reason="needs CMake and C++",
    ),
]
# Inputs for conditions, for other targets, or because a branch is unknown.
NOT_READ_BY_THIS_COMPILER = {"app/src/other.cpp", "app/tools/tool.cpp", "app/tools/tool.hpp"}


def build(sources: TextSources, place: Path) -> Path:
    """Build the service ``app`` from its closure alone; returns the program."""
    done = attempt(sources, place)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "out" / "app"


def attempt(sources: TextSources, place: Path) -> subprocess.CompletedProcess[str]:
    """Run the script of the service ``app`` with its closure alone."""
    tree, out, cache = place / "tree", place / "out", place / "cache"
    for path in inputs_of(app(), sources).files:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(sources.read(path))
    cache.mkdir()
    environment = {"PATH": os.environ["PATH"], "OUT": str(out), "CACHE": str(cache)}
    return subprocess.run(
        ["sh", "-c", script_of(app(), sources)],
        cwd=tree,
        env=environment | {"CCACHE_DISABLE": "1", "SOURCE_DATE_EPOCH": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("found", [False, True])
def test_a_large_project_builds_from_its_closure_alone(tmp_path: Path, found: bool) -> None:
    files = dict(LANDSCAPE)
    if found:
        files["libs/CMakeLists.txt"] = """
file(GLOB children RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *)
foreach(child ${children})
  if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${child})
    add_subdirectory(${child})
  endif()
endforeach()
set(NUMBERS ${NUMBERS} PARENT_SCOPE)
"""
    sources = TextSources(files)
    program = build(sources, tmp_path)
    assert subprocess.run([program], check=False).returncode == 0
    closure = set(inputs_of(app(), sources).files)
    assert {path for path in files if path not in closure} - {"app/tools/tool.cpp"} == {
        "app/tools/tool.hpp",
        "app/src/unused.hpp",
        "app/tests/CMakeLists.txt",
        "cmake/Unused.cmake",
        "extras/CMakeLists.txt",
        "libs/generic/generic.cpp",
        "libs/heavy/heavy.cpp",
        "libs/heavy/heavy.hpp",
        "libs/unused/CMakeLists.txt",
        "never/CMakeLists.txt",
        "never/never.cpp",
        "style.txt",
    }


def test_the_program_does_not_depend_on_its_directory(tmp_path: Path) -> None:
    files = {
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(x CXX)\n"
        "add_executable(app app/main.cpp)\n",
        "app/main.cpp": "const char *volatile file = __FILE__, *volatile date = __DATE__;\n"
        "int main() { return file[0] != 'a'; }\n",
    }
    programs = [build(TextSources(files), tmp_path / name) for name in ("one", "another place")]
    assert programs[0].read_bytes() == programs[1].read_bytes()
    assert subprocess.run([programs[0]], check=False).returncode == 0


def test_a_program_for_another_architecture_fails(tmp_path: Path) -> None:
    patch = "printf '\\\\267' | dd of=app bs=1 seek=18 conv=notrunc"
    files = {
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(x CXX)\n"
        "add_executable(app app/main.cpp)\n"
        f'add_custom_command(TARGET app POST_BUILD COMMAND sh -c "{patch}" VERBATIM)\n',
        "app/main.cpp": "int main() {}\n",
    }
    done = attempt(TextSources(files), tmp_path)
    assert done.returncode == 1
    assert "the program is for another machine than its image" in done.stderr
