"""A filled cache mount must not influence a program."""

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

pytestmark = pytest.mark.docker

# ccache does not cache headers that are as new as the compilation, hence the wait
LISTS = """\
cmake_minimum_required(VERSION 3.20)
project(number CXX)
execute_process(COMMAND sleep 2)
add_executable(number main.cpp)
target_include_directories(number PRIVATE first second)
"""
MAIN = """\
#include <cstdio>
#include <n.hpp>
#include <other.hpp>
int main() { puts(N); }
"""


@pytest.fixture
def number(engine: docker.DockerClient, tmp_path: Path) -> Iterator[Workspace]:
    """A program that prints a macro from a header in the second of two include directories."""
    workspace = Workspace(tmp_path, f"number-{secrets.token_hex(4)}")
    # a name that is not in the cache mount from another run
    main = f"// {workspace.name}\n{MAIN}"
    workspace.write(
        {
            "number/CMakeLists.txt": LISTS,
            "number/main.cpp": main,
            "number/first/other.hpp": "#pragma once\n",
            "number/second/n.hpp": '#define N "second"\n',
        }
    )
    workspace.configure("cpp", "number")
    yield workspace
    remove_images(engine, workspace.name)


def test_a_new_header_that_shadows_another_is_used(
    engine: docker.DockerClient, number: Workspace
) -> None:
    assert built_output(engine, number) == "second"
    number.write({"number/first/n.hpp": '#define N "first"\n'})
    assert built_output(engine, number) == "first"


def built_output(engine: docker.DockerClient, workspace: Workspace) -> str:
    """Build the program and return its output."""
    result = workspace.msbuild("all")
    assert result.code == 0, result.everything
    output: bytes = engine.containers.run(f"{workspace.name}/number", remove=True)
    return output.decode().strip()
