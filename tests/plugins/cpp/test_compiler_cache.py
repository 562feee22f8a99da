"""When ccache's direct mode is used, with real CMake and a real compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from msbuild_cpp import build_script

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("cmake", "ninja", "c++"))), reason="needs CMake and C++"
    ),
]

PLAIN = """\
cmake_minimum_required(VERSION 3.20)
project(x CXX)
add_library(kit STATIC lib/kit.cpp)
target_include_directories(kit PUBLIC lib)
add_executable(app main.cpp)
target_link_libraries(app kit)
install(TARGETS app)
"""
SOURCES = {"main.cpp": "int main() {}", "lib/kit.cpp": "", "lib/kit.hpp": ""}
CONFIGURE = """\
set -eu
build="$CACHE/build"
flags="-ffile-prefix-map='$PWD/=' -ffile-prefix-map='$build=build'"
cmake -S . -B "$build" -G Ninja "-DCMAKE_CXX_FLAGS_INIT=$flags" "$@" > "$CACHE/log"
"""
PRINT_KEY = 'echo "${CCACHE_NODIRECT-direct} ${OBJC_INCLUDE_PATH-}"'


@dataclass
class Place:
    """A project on disk."""

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / "work" / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / "work" / path).write_text(text)

    def key(self, *arguments: str, **environment: str) -> str:
        """The key of the direct mode; empty if it is off."""
        shutil.rmtree(self.root / "cache", ignore_errors=True)
        (self.root / "cache").mkdir()
        script = CONFIGURE + "\n".join([*build_script.DIRECT_MODE, PRINT_KEY])
        fixed = {"PATH": os.environ["PATH"], "CACHE": str(self.root / "cache")}
        done = subprocess.run(
            ["sh", "-c", script, "-", *arguments],
            cwd=self.root / "work",
            env={**fixed, "CCACHE_NODIRECT": "1", **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        mode, _, key = done.stdout.strip().partition(" ")
        assert (mode == "direct") == bool(key)
        return key


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.write({"CMakeLists.txt": PLAIN, **SOURCES})
    return place


def test_contents_do_not_change_the_key(place: Place) -> None:
    key = place.key()
    assert key
    place.write({"lib/kit.hpp": "#define X\n", "main.cpp": "int main() { return 1; }\n"})
    assert place.key() == key


@pytest.mark.parametrize("path", ["lib/string", "other/new.hpp", "kit.hpp"])
def test_a_new_file_changes_the_key(place: Place, path: str) -> None:
    key = place.key()
    place.write({path: ""})
    assert place.key() not in ("", key)


def test_a_new_file_outside_of_the_project_changes_the_key(place: Place) -> None:
    beyond = place.root / "beyond"
    beyond.mkdir()
    flag = f"-DCMAKE_CXX_FLAGS=-isystem {beyond} -O1"
    key = place.key(flag)
    (beyond / "more").symlink_to(place.root / "linked")
    (place.root / "linked").mkdir()
    changed = place.key(flag)
    (place.root / "linked/string").touch()
    assert len({"", key, changed, place.key(flag)}) == 4


def test_a_configured_file_changes_the_key(place: Place) -> None:
    place.write({"CMakeLists.txt": f"{PLAIN}file(WRITE ${{PROJECT_BINARY_DIR}}/a.hpp 1)\n"})
    key = place.key()
    place.write({"CMakeLists.txt": f"{PLAIN}file(WRITE ${{PROJECT_BINARY_DIR}}/b.hpp 1)\n"})
    assert place.key() not in ("", key)


@pytest.mark.parametrize(
    "commands",
    [
        "add_custom_command(OUTPUT a.hpp COMMAND touch a.hpp)\ntarget_sources(app PRIVATE a.hpp)",
        "add_custom_target(make_header ALL COMMAND touch a.hpp)",
        "add_custom_command(TARGET kit POST_BUILD COMMAND touch a.hpp)",
        "add_custom_command(TARGET app PRE_LINK COMMAND touch a.hpp)",
        "target_compile_options(app PRIVATE -I../elsewhere)",
        'target_include_directories(app PRIVATE "/opt/a b")',
        "target_compile_options(app PRIVATE @${PROJECT_SOURCE_DIR}/flags)",
        'set(CMAKE_CXX_COMPILE_OBJECT "<CMAKE_CXX_COMPILER> -I/x <FLAGS> -o <OBJECT> -c <SOURCE>")',
    ],
)
def test_unclear_commands_turn_the_direct_mode_off(place: Place, commands: str) -> None:
    place.write({"CMakeLists.txt": f"{PLAIN}{commands}\n"})
    assert place.key() == ""


def test_include_directories_in_the_environment_turn_the_direct_mode_off(place: Place) -> None:
    assert place.key(CPATH="/opt/x") == ""
