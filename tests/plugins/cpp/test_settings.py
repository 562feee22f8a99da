"""How the project and the program of a service are found, and the errors if they are not."""

from __future__ import annotations

import dataclasses

import pytest

from msbuild.errors import ConfigError
from msbuild.plugin.testing import build
from tests.plugins.cpp.shop import (
    FILES,
    LANGUAGE,
    ROOT,
    SEARCH,
    app,
    cpp,
    inputs_of,
    one,
    search,
    shop,
)

TWO = "add_executable(first src/main.cpp)\nadd_executable(second src/main.cpp)\n"


def test_the_outermost_project_that_adds_the_service_is_used() -> None:
    own = shop({f"{SEARCH}/CMakeLists.txt": f"project(s)\n{FILES[f'{SEARCH}/CMakeLists.txt']}"})
    assert "cpp/CMakeLists.txt" in inputs_of(search(), own).files


def test_a_project_that_does_not_add_the_service_is_ignored() -> None:
    sources = shop(
        {
            "CMakeLists.txt": "project(other)",
            "cpp/CMakeLists.txt": "message(no project here)",
            f"{SEARCH}/CMakeLists.txt": "project(s)\nadd_executable(search src/main.cpp)",
        }
    )
    files = inputs_of(search(), sources).files
    assert {path for path in files if path.endswith(".txt")} == {f"{SEARCH}/CMakeLists.txt"}


def test_the_option_project_sets_the_project() -> None:
    sources = shop({"CMakeLists.txt": "project(all)\nadd_subdirectory(cpp)"})
    assert "CMakeLists.txt" in inputs_of(search(), sources).files
    assert "CMakeLists.txt" not in inputs_of(search(), sources, project="./cpp").files


def test_the_only_program_in_the_directory_is_used() -> None:
    sources = shop({f"{SEARCH}/CMakeLists.txt": "add_executable(finder src/main.cpp)"})
    assert f"{SEARCH}/src/main.cpp" in inputs_of(search(), sources).files


def test_a_program_may_be_defined_above_the_service() -> None:
    sources = shop(
        {"cpp/CMakeLists.txt": f"{ROOT}add_executable(search services/search/src/main.cpp)\n"},
        without=(f"{SEARCH}/CMakeLists.txt",),
    )
    assert f"{SEARCH}/src/main.cpp" in inputs_of(search(), sources).files


def test_a_target_may_be_chosen_by_its_alias() -> None:
    sources = shop({f"{SEARCH}/CMakeLists.txt": f"{TWO}add_executable(s::one ALIAS second)"})
    built = build(LANGUAGE, search(target="s::one"), cpp(), sources)
    assert 'ninja -C "$build" second' in str(built.stages[0].steps[1])


def test_a_service_without_a_project_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"no `CMakeLists\.txt` with `project") as caught:
        inputs_of(search(), shop(without=("cpp/CMakeLists.txt",)))
    assert caught.value.at == search().at
    assert "set option `project`" in str(caught.value.hint)


def test_a_missing_project_in_the_option_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"`src/CMakeLists.txt` does not exist"):
        inputs_of(search(), shop(), project="src")


def test_an_unknown_target_is_an_error() -> None:
    with pytest.raises(ConfigError, match="defines no program `serch`") as caught:
        inputs_of(search(target="serch"), shop())
    assert caught.value.hint == (
        "set the option `target` of service `search` to one of: other, search"
    )


def test_a_library_is_not_a_program() -> None:
    with pytest.raises(ConfigError, match="defines no program `money`"):
        inputs_of(search(target="money"), shop())


def test_several_programs_are_an_error() -> None:
    sources = shop({f"{SEARCH}/CMakeLists.txt": TWO})
    with pytest.raises(ConfigError, match="defines more than one program") as caught:
        inputs_of(search(), sources)
    assert str(caught.value.hint).endswith("to one of: first, second")


def test_a_service_without_a_program_is_an_error() -> None:
    with pytest.raises(ConfigError, match="`app` defines no program") as caught:
        inputs_of(app(), one(""))
    assert caught.value.hint == "add one with `add_executable`"


def test_a_preset_in_the_arguments_is_an_error() -> None:
    with pytest.raises(ConfigError, match="`search` selects a preset"):
        inputs_of(search(cmake_args=["--preset=release"]), shop())


def test_a_binary_is_a_file_name() -> None:
    with pytest.raises(ConfigError, match="`binary: a/b` of service `search` is not a file name"):
        inputs_of(search(binary="a/b"), shop())


def test_a_service_may_be_at_the_source_root() -> None:
    sources = shop({"CMakeLists.txt": "project(x)\nadd_executable(x x.cpp)", "x.cpp": ""})
    each = dataclasses.replace(search(), path=".", name="x")
    assert set(inputs_of(each, sources).files) == {"CMakeLists.txt", "x.cpp"}
