"""How commands of CMake are run."""

from __future__ import annotations

import pytest

from tests.plugins.cpp.shop import files_of

NAMES = ("a.cpp", "b.cpp", "c.cpp", "d/e.cpp", "d/f/g.cpp", "h.cc")
FILES = dict.fromkeys(NAMES, "")


@pytest.mark.parametrize(
    ("commands", "wanted"),
    [
        ("set(S a.cpp;b.cpp)\nadd_executable(app main.cpp ${S})", "a.cpp b.cpp"),
        (
            'set(S "a.cpp")\nlist(APPEND S b.cpp c.cpp)\nlist(REMOVE_ITEM S b.cpp)\nX()',
            "a.cpp c.cpp",
        ),
        ("file(GLOB S *.cpp)\nX()", "a.cpp b.cpp c.cpp"),
        ("file(GLOB_RECURSE S d/*.cpp)\nX()", "d/e.cpp d/f/g.cpp"),
        (
            "file(GLOB S RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} [ab].cpp h.?c)\nX()",
            "a.cpp b.cpp h.cc",
        ),
        (
            'file(GLOB S *.cpp)\nlist(FILTER S EXCLUDE REGEX "(a|main)\\\\.cpp$")\nX()',
            "b.cpp c.cpp",
        ),
        ("file(GLOB S ${CMAKE_SYSTEM_PROCESSOR}/[ef]*.cpp)\nX()", "d/e.cpp"),
        ("set(S ${NEVER_SET})\nX()", ""),
        (
            "set(S ${CMAKE_SYSTEM_PROCESSOR}/g.cpp d/${CMAKE_CXX_COMPILER_ID}.cpp)\nX()",
            "d/e.cpp d/f/g.cpp",
        ),
        ("foreach(n a b)\n  list(APPEND S ${n}.cpp)\nendforeach()\nX()", "a.cpp b.cpp"),
        (
            (
                "set(L a c)\nforeach(n IN LISTS L ITEMS d/e)\n"
                " list(APPEND S ${n}.cpp)\nendforeach()\nX()"
            ),
            "a.cpp c.cpp d/e.cpp",
        ),
        (
            (
                "foreach(n a STOP b)\n if(n STREQUAL STOP)\n"
                " break()\n endif()\n list(APPEND S ${n}.cpp)\nendforeach()\nX()"
            ),
            "a.cpp",
        ),
        ("while(NOT_KNOWN)\n list(APPEND S a.cpp)\nendwhile()\nX()", "a.cpp"),
        (
            (
                "list(TRANSFORM S PREPEND d/)\n"
                "set(T e.cpp)\nlist(TRANSFORM T PREPEND d/ OUTPUT_VARIABLE S)\nX()"
            ),
            "d/e.cpp",
        ),
        ("string(TOLOWER A.CPP S)\nX()", "a.cpp"),
        ("string(REPLACE x a S x.cpp)\nX()", "a.cpp"),
        (
            (
                "get_filename_component(D ${CMAKE_CURRENT_SOURCE_DIR}/d/e.cpp DIRECTORY)\n"
                "set(S ${D}/e.cpp)\nX()"
            ),
            "d/e.cpp",
        ),
        ('set(S [[a.cpp]] "b.cpp" #[[ c.cpp ]] # d/e.cpp\n)\nX()', "a.cpp b.cpp"),
        ("block()\nset(S a.cpp)\nX()\nendblock()", "a.cpp"),
    ],
)
def test_commands_set_the_expected_values(commands: str, wanted: str) -> None:
    commands = commands.replace("X()", "add_executable(app main.cpp ${S})")
    assert files_of(commands, FILES) == set(wanted.split())


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("ON", "a.cpp"),
        ("NOT TRUE", "b.cpp"),
        ("WIN32", "b.cpp"),
        ("UNIX AND NOT APPLE", "a.cpp"),
        ("MSVC OR UNIX", "a.cpp"),
        ("CMAKE_SYSTEM_NAME STREQUAL Linux", "a.cpp"),
        ('CMAKE_SYSTEM_NAME MATCHES "^Win"', "b.cpp"),
        ('CMAKE_BUILD_TYPE STREQUAL "Debug"', "b.cpp"),
        ("CHOSEN", "a.cpp"),
        ("NOT BUILD_TESTING", "a.cpp"),
        ('b IN_LIST LETTERS AND "${LETTERS}" STREQUAL "a;b"', "a.cpp"),
        ("3 GREATER 2", "a.cpp"),
        ("EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/c.cpp", "a.cpp c.cpp"),
        ("EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/nothing.cpp", "b.cpp"),
        ("TARGET app", "a.cpp"),
        ("CMAKE_CXX_COMPILER_ID STREQUAL GNU", "a.cpp b.cpp"),
        ("fmt_FOUND", "a.cpp b.cpp"),
        ("NOT (fmt_FOUND OR ON)", "b.cpp"),
        ("(fmt_VERSION VERSION_LESS 9) AND UNIX", "a.cpp b.cpp"),
        ("DEFINED ENV{HOME}", "a.cpp b.cpp"),
        ("TARGET nothing", "a.cpp b.cpp"),
    ],
)
def test_conditions_have_the_expected_result(condition: str, wanted: str) -> None:
    commands = f"""
option(CHOSEN "" ON)
set(LETTERS a b)
add_executable(app main.cpp)
if({condition})
  target_sources(app PRIVATE a.cpp)
else()
  target_sources(app PRIVATE b.cpp)
endif()
"""
    assert files_of(commands, FILES) == set(wanted.split())


def test_both_values_of_a_variable_are_used_if_the_condition_is_unknown() -> None:
    commands = """
set(HOME d)
if(SOMETHING)
  set(HOME d/f)
  set(NAME g)
else()
  set(NAME e)
endif()
if(NAME STREQUAL e)
  set(EXTRA a.cpp)
endif()
add_executable(app main.cpp ${HOME}/${NAME}.cpp ${EXTRA})
"""
    assert files_of(commands, FILES) == {"d/e.cpp", "d/f/g.cpp", "a.cpp"}


BRANCHES = """
set(S a.cpp)
if(NOT_KNOWN)
  set(S b.cpp)
  unset(T)
  set(NAME part)
  add_library(${NAME} ${S})
  target_link_libraries(${NAME} PRIVATE other)
elseif(NOT_KNOWN_EITHER)
  set(S c.cpp)
else()
  set(S h.cc)
endif()
add_library(other d/e.cpp)
add_library(base d/f/g.cpp)
add_executable(app main.cpp)
target_link_libraries(app PRIVATE %s)
"""


@pytest.mark.parametrize(
    ("linked", "wanted"), [("part", "b.cpp d/e.cpp"), ("base", "d/f/g.cpp"), ("other", "d/e.cpp")]
)
def test_a_branch_sees_its_own_variables(linked: str, wanted: str) -> None:
    # a library with an unknown name could be any linked library
    assert files_of(BRANCHES % linked, FILES) == set(wanted.split())


def test_after_a_condition_the_values_of_all_branches_are_possible() -> None:
    assert files_of(
        f"{BRANCHES % 'base'}\nadd_library(x ${{S}})\ntarget_link_libraries(app x)\n", FILES
    ) == {
        "b.cpp",
        "c.cpp",
        "d/f/g.cpp",
        "h.cc",
    }


def test_a_loop_that_may_not_run_keeps_old_values() -> None:
    commands = (
        "set(S a.cpp)\nwhile(NOT_KNOWN)\n if(NOR_THIS)\n  set(S b.cpp)\n else()\n  set(S c.cpp)\n"
        " endif()\nendwhile()\nadd_executable(app main.cpp ${S})"
    )
    assert files_of(commands, FILES) == {"a.cpp", "b.cpp", "c.cpp"}


def test_no_file_is_missed_with_too_many_choices() -> None:
    sets = "\n".join(f"if(X{i})\n  set(V{i} d)\nendif()" for i in range(8))
    path = "".join(f"${{V{i}}}" for i in range(8))
    assert "d/e.cpp" in files_of(f"{sets}\nadd_executable(app main.cpp {path}/e.cpp)", FILES)


def test_functions_and_macros_are_called() -> None:
    commands = """
include(CMakeParseArguments)
function(sources_of out)
  set(${out} ${ARGN} PARENT_SCOPE)
endfunction()
macro(Remember)
  set(REMEMBERED ${ARGV0})
endmacro()
function(shop_program)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "STATIC" "NAME" "SOURCES;LIBS")
  add_executable(${ARG_NAME} ${ARG_SOURCES} ${ARGV2})
  if(ARG_STATIC)
    target_sources(${ARG_NAME} PRIVATE h.cc)
  endif()
endfunction()
sources_of(S a.cpp b.cpp)
REMEMBER(c.cpp)
shop_program(NAME app main.cpp STATIC SOURCES ${S} ${REMEMBERED} LIBS x)
"""
    assert files_of(commands, FILES) == {"a.cpp", "b.cpp", "c.cpp", "h.cc"}


def test_a_recursive_function_terminates() -> None:
    commands = "function(f)\n  f()\nendfunction()\nf()\nadd_executable(app main.cpp a.cpp)"
    assert files_of(commands, FILES) == {"a.cpp"}


def test_commands_after_a_return_do_not_run() -> None:
    commands = "add_executable(app main.cpp)\nreturn()\ntarget_sources(app PRIVATE a.cpp)"
    assert files_of(commands, FILES) == set()


def test_global_properties_collect_sources() -> None:
    commands = """
set_property(GLOBAL APPEND PROPERTY ALL_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/a.cpp)
set_property(GLOBAL APPEND PROPERTY ALL_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/d/e.cpp)
get_property(S GLOBAL PROPERTY ALL_SOURCES)
add_executable(app main.cpp ${S})
"""
    assert files_of(commands, FILES) == {"a.cpp", "d/e.cpp"}


def test_cmake_arguments_set_variables() -> None:
    commands = "add_executable(app main.cpp)\nif(FAST)\n target_sources(app PRIVATE a.cpp)\nendif()"
    assert files_of(commands, FILES, cmake_args=["-DFAST:BOOL=OFF"]) == set()
    assert files_of(commands, FILES, cmake_args=["-D", "FAST=1"]) == {"a.cpp"}


def test_a_toolchain_file_is_an_input_and_may_set_another_system() -> None:
    commands = (
        "add_executable(app main.cpp)\nif(WIN32)\n target_sources(app PRIVATE a.cpp)\nendif()"
    )
    found = files_of(
        commands,
        FILES | {"cmake/cross.cmake": "set(CMAKE_SYSTEM_NAME Generic)"},
        cmake_args=["-DCMAKE_TOOLCHAIN_FILE=app/cmake/cross.cmake"],
    )
    assert found == {"a.cpp", "cmake/cross.cmake"}


def test_broken_text_is_ignored() -> None:
    assert files_of('add_executable(app main.cpp a.cpp)\nif(ON\n)) endif( " x', FILES) == {"a.cpp"}


def test_a_conditional_target_may_exist_or_not() -> None:
    commands = """
if(SOMETHING)
  add_library(l a.cpp)
endif()
if(NOT TARGET l)
  add_library(l b.cpp)
endif()
add_executable(app main.cpp)
target_link_libraries(app l)
"""
    assert files_of(commands, FILES) == {"a.cpp", "b.cpp"}


def test_functions_of_both_branches_may_be_called() -> None:
    commands = """
if(SOMETHING)
  macro(extra)
    set(S a.cpp)
  endmacro()
else()
  macro(extra)
    set(S b.cpp)
  endmacro()
endif()
extra()
add_executable(app main.cpp ${S})
"""
    assert files_of(commands, FILES) == {"a.cpp", "b.cpp"}


def test_a_function_is_called_with_each_possible_list_of_arguments() -> None:
    commands = """
function(program name)
  add_executable(${name} ${ARGN})
endfunction()
set(FIRST app)
if(SOMETHING)
  set(FIRST app a.cpp)
endif()
program(${FIRST} main.cpp b.cpp)
"""
    assert files_of(commands, FILES) == {"a.cpp", "b.cpp"}


def test_a_library_with_a_computed_name_may_be_any_linked_library() -> None:
    commands = """
string(SHA1 hash x)
add_library(lib-${hash} a.cpp)
add_executable(app main.cpp)
target_link_libraries(app lib-1)
"""
    assert files_of(commands, FILES) == {"a.cpp"}


def test_reading_guarded_files_that_include_each_other_terminates() -> None:
    guarded = "include_guard(GLOBAL)\ninclude(one.cmake)\ninclude(two.cmake)\n"
    files = {"one.cmake": f"{guarded}set(S a.cpp)", "two.cmake": f"{guarded}list(APPEND S b.cpp)"}
    commands = "include(one.cmake)\nlist(APPEND S b.cpp)\nadd_executable(app main.cpp ${S})"
    assert files_of(commands, FILES | files) == {"a.cpp", "b.cpp", "one.cmake", "two.cmake"}


def test_commands_that_never_end_widen_to_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msbuild_cpp.reader.MOST_STEPS", 1000)
    bomb = "function(f)\n f()\n f()\nendfunction()\nadd_executable(app main.cpp)\nf()"
    assert files_of(bomb, FILES) == set(FILES)


def test_evaluation_of_endlessly_doubling_values_terminates() -> None:
    double = "set(X ab)\n" + "set(X ${X}${X})\n" * 60 + "list(APPEND X ${X};${X})\n" * 60
    assert files_of(f"{double}add_executable(app main.cpp a.cpp)", FILES) == {"a.cpp"}


def test_an_unset_variable_falls_back_to_the_cache() -> None:
    commands = """
set(S a.cpp CACHE STRING "")
set(S b.cpp)
unset(S)
add_executable(app main.cpp ${S})
"""
    assert files_of(commands, FILES) == {"a.cpp"}


def test_a_value_that_looks_like_a_variable_is_not_expanded() -> None:
    commands = 'set(S "\\${S}")\nset(T ${S} a.cpp)\nadd_executable(app main.cpp ${T})'
    assert files_of(commands, FILES) == {"a.cpp"}
