"""What a full cache mount must never do: decide of a program."""

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

# ccache does not remember headers that are as new as the compilation, hence the wait
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
    """A program that prints what a header says, which is found in the second of two directories."""
    workspace = Workspace(tmp_path, f"number-{secrets.token_hex(4)}")
    # a name that no other run has put into the cache mount
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


def test_a_header_that_comes_to_stand_before_another_is_seen(
    engine: docker.DockerClient, number: Workspace
) -> None:
    assert said(engine, number) == "second"
    number.write({"number/first/n.hpp": '#define N "first"\n'})
    assert said(engine, number) == "first"


def said(engine: docker.DockerClient, workspace: Workspace) -> str:
    """What the program prints that is built now."""
    result = workspace.msbuild("all")
    assert result.code == 0, result.everything
    output: bytes = engine.containers.run(f"{workspace.name}/number", remove=True)
    return output.decode().strip()
