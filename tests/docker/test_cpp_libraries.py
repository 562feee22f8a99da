"""Shared C++ libraries are compiled once, and programs do not depend on the sharing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.docker.cli import Workspace
from tests.docker.conftest import remove_images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.docker.cli import Result

pytestmark = pytest.mark.docker

# configured files are written in every build, with the same content
LISTS = """\
cmake_minimum_required(VERSION 3.20)
project(programs CXX)
configure_file(version.hpp.in version.hpp)
file(GLOB parts */CMakeLists.txt)
foreach(part IN LISTS parts)
  cmake_path(GET part PARENT_PATH directory)
  add_subdirectory(${directory})
endforeach()
"""
KIT = """\
add_library(kit STATIC kit.cpp)
target_include_directories(kit PUBLIC first second PRIVATE ${PROJECT_BINARY_DIR})
"""
KIT_SOURCE = """\
#include <kit.hpp>
#include <version.hpp>
#include <words.hpp>
std::string greet() { return std::string(WORD) + VERSION; }
"""
KIT_HEADER = "#pragma once\n#include <string>\nstd::string greet();\n"
PROGRAM = "add_executable({0} main.cpp)\ntarget_link_libraries({0} PRIVATE kit)\n"
MAIN = """\
#include <cstdio>
#include <kit.hpp>
int main() { puts((greet() + "MARK").c_str()); }
"""


@pytest.fixture
def programs(engine: docker.DockerClient, tmp_path: Path) -> Iterator[Workspace]:
    """`one` and `two` link `kit`; its word is in a header in one of two directories."""
    workspace = Workspace(tmp_path, f"programs-{secrets.token_hex(4)}")
    programs = {f"{name}/CMakeLists.txt": PROGRAM.format(name) for name in ("one", "two")}
    workspace.write(
        {
            "CMakeLists.txt": LISTS,
            "version.hpp.in": '#define VERSION " 1"\n',
            "kit/CMakeLists.txt": KIT,
            "kit/kit.cpp": f"// {workspace.name}\n{KIT_SOURCE}",
            "kit/first/kit.hpp": KIT_HEADER,
            "kit/second/words.hpp": '#define WORD "hello"\n',
            **programs,
            **{f"{name}/main.cpp": MAIN.replace("MARK", "") for name in ("one", "two")},
        }
    )
    workspace.configure("cpp", "one", "two")
    yield workspace
    remove_images(engine, workspace.name)


def printed(engine: docker.DockerClient, workspace: Workspace) -> list[str]:
    """The output of the programs."""
    names = (f"{workspace.name}/{service}" for service in ("one", "two"))
    outputs: list[bytes] = [engine.containers.run(name, remove=True) for name in names]
    return [output.decode().strip() for output in outputs]


def compiled(result: Result, source: str) -> list[str]:
    """The jobs that compiled a source."""
    return result.jobs_logging("Building CXX", source)


def test_a_shared_library_is_rebuilt_when_its_headers_or_configuration_change(
    engine: docker.DockerClient, programs: Workspace
) -> None:
    programs.built()
    assert printed(engine, programs) == ["hello 1", "hello 1"]

    programs.write({"one/main.cpp": MAIN.replace("MARK", "!")})
    again = programs.built()
    assert printed(engine, programs) == ["hello 1!", "hello 1"]
    assert compiled(again, "one/") == ["one"]

    programs.write({"kit/first/words.hpp": '#define WORD "good day"\n'})
    programs.built()
    assert printed(engine, programs) == ["good day 1!", "good day 1"]

    programs.write({"version.hpp.in": '#define VERSION " 2"\n'})
    programs.built()
    assert printed(engine, programs) == ["good day 2!", "good day 2"]


def test_a_library_without_configured_headers_is_compiled_only_in_the_shared_stage(
    programs: Workspace,
) -> None:
    plain = KIT_SOURCE.replace("#include <version.hpp>\n", "").replace(" + VERSION", "")
    programs.write({"kit/kit.cpp": f"// {programs.name}\n{plain}"})
    assert compiled(programs.built(), "kit.cpp") == ["cpp-libs"]
    programs.write({"one/main.cpp": MAIN.replace("MARK", "!")})
    assert compiled(programs.built(), "kit.cpp") == []


def test_a_service_is_identical_whether_built_alone_or_with_others(
    engine: docker.DockerClient, programs: Workspace
) -> None:
    programs.built()
    together = engine.images.get(f"{programs.name}/one").id
    programs.configure("cpp", "one")
    alone = programs.built("--no-cache")
    assert compiled(alone, "kit.cpp") == ["one"]
    assert engine.images.get(f"{programs.name}/one").id == together


def test_a_library_that_does_not_compile_fails_its_services(programs: Workspace) -> None:
    programs.write({"kit/kit.cpp": "int greet( { }\n"})
    result = programs.msbuild("all")
    assert result.code == 1
    assert "kit.cpp:1" in result.everything
    assert "one  " in result.everything
