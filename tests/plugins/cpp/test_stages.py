"""The stages of a C++ builder and its services."""

from __future__ import annotations

import dataclasses
import shlex

import pytest
from msbuild_cpp import build_script

from msbuild.model import CacheMount, Copy, Packages, Run, StageKind, StageRef
from msbuild.plugin.testing import build
from tests.plugins.cpp.shop import (
    FILES,
    LANGUAGE,
    MONEY,
    ROOT,
    SEARCH,
    app,
    cpp,
    inputs_of,
    one,
    script_of,
    search,
    shop,
)

DIRECT = "\n".join([*build_script.GUARD, *build_script.DIRECT_MODE])
GUARD = "\n".join(build_script.GUARD)
BUILD = """\
set -eu
build="$CACHE/build"
launcher=$(command -v ccache) || launcher=""
flags="-ffile-prefix-map='$PWD/=' -ffile-prefix-map='$build=build'"
cmake -S cpp -B "$build" -G Ninja --no-warn-unused-cli \\
  "-DCMAKE_C_FLAGS_INIT=$flags" \\
  "-DCMAKE_CXX_FLAGS_INIT=$flags" \\
  "-DCMAKE_ASM_FLAGS_INIT=$flags" \\
  "-DCMAKE_C_COMPILER_LAUNCHER=$launcher" \\
  "-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher" \\
  -DCMAKE_BUILD_TYPE=Release \\
  -DBUILD_TESTING=OFF \\
  -DBUILD_SHARED_LIBS=OFF \\
  -DCMAKE_EXE_LINKER_FLAGS_INIT=-static
{DIRECT}
ninja -C "$build" search
# ninja knows under which path a target has its program
alias='/^  input: phony$/{n;s/^ *//p;}'
path=$(ninja -C "$build" -t query search | sed -n "$alias")
[ -n "$path" ] || path=search
mkdir -p "$OUT"
cp "$build/$path" "$OUT"/search
machine() { readelf -h "$1" | grep -E '^ *(Class|Machine):'; }
if [ "$(machine "$OUT"/search)" != "$(machine "$(command -v readelf)")" ]; then
  echo 'the program is for another machine than its image: \
a toolchain file or flags cross-compile' >&2
  exit 1
fi
strip "$OUT"/search
if readelf -lW "$OUT"/search | grep -q INTERP; then
  echo 'the program needs shared libraries: find what undoes -static, or set static: false' >&2
  exit 1
fi"""


def test_only_the_toolchain_is_shared() -> None:
    builder = dataclasses.replace(cpp(), packages=("g++",), env={"CXX": "clang++"})
    (toolchain,) = LANGUAGE.shared_stages(builder, [search()], shop())
    assert toolchain.name == "cpp-toolchain"
    assert toolchain.steps == (Packages(("g++",)),)
    assert dict(toolchain.env) == {
        "CCACHE_COMPILERCHECK": "content",
        "CCACHE_DIR": "$CACHE/ccache",
        "CCACHE_NODIRECT": "1",
        "CXX": "clang++",
        "SOURCE_DATE_EPOCH": "0",
    }


def test_a_service_is_built_from_its_closure() -> None:
    inputs = inputs_of(search(), shop())
    built = build(LANGUAGE, search(), cpp(), shop())
    (stage,) = built.stages
    assert (stage.name, stage.kind) == ("search-build", StageKind.BUILD)
    assert stage.base == StageRef("cpp-toolchain")
    cache = CacheMount("cpp-ccache", "ccache", "content")
    script, plain = BUILD.replace("{DIRECT}", DIRECT), BUILD.replace("{DIRECT}", GUARD)
    assert stage.steps == (Copy(tuple(inputs.files)), Run(script, caches=(cache,), plain=plain))
    assert [(each.source, each.name) for each in built.artifacts] == [("search", "search")]


def test_options_change_the_build() -> None:
    builder = {"static": False, "build_type": "Debug", "cmake_args": ["-DA=b c"]}
    script = script_of(search(binary="find me", cmake_args=["--fresh"]), shop(), **builder)
    assert "  -DCMAKE_BUILD_TYPE=Debug \\\n" in script
    assert "  '-DA=b c' \\\n  --fresh\n" in script
    assert """cp "$build/$path" "$OUT"/'find me'\nmachine() """ in script
    assert "-DCMAKE_BUILD_RPATH=$ORIGIN/find me.libs;$ORIGIN" in shlex.split(script)
    assert "-static" not in script
    assert "BUILD_SHARED_LIBS" not in script


def test_arguments_reach_cmake_unchanged() -> None:
    evil = "-DX=$(touch /tmp/x); `id` 'a'"
    assert evil in shlex.split(script_of(search(cmake_args=[evil]), shop()))


def test_directories_found_by_a_pattern_need_no_stand_in() -> None:
    assert "CMakeLists.txt" not in script_of(search(), shop())


def test_directories_added_by_name_get_a_stand_in() -> None:
    root = "project(shop)\nadd_subdirectory(libs/money)\nadd_subdirectory(services/search)\n"
    sources = shop({"cpp/CMakeLists.txt": f"{root}add_subdirectory(services/other)\n"})
    assert script_of(search(), sources).splitlines()[1:6] == [
        "# directories that are added, but not needed",
        "for file in cpp/services/other/CMakeLists.txt; do",
        '  mkdir -p "$(dirname "$file")"',
        '  [ -e "$file" ] || : > "$file"',
        "done",
    ]


def test_a_missing_directory_gets_no_stand_in() -> None:
    sources = one("add_executable(app main.cpp)\nadd_subdirectory(gone)")
    assert "gone" not in script_of(app(), sources)


def test_a_directory_found_by_a_pattern_gets_a_stand_in_if_it_has_an_input() -> None:
    main = '#include "../../other/shared.h"\nint main() {}'
    sources = shop({f"{SEARCH}/src/main.cpp": main, "cpp/services/other/shared.h": ""})
    assert "for file in cpp/services/other/CMakeLists.txt; do" in script_of(search(), sources)


def test_sources_of_other_programs_get_stand_ins() -> None:
    sources = one(
        "add_executable(app main.cpp)\nadd_executable(tool t.cpp t.h)", {"t.cpp": "", "t.h": ""}
    )
    lines = script_of(app(), sources).splitlines()
    assert lines[1:3] == [
        "# sources of targets beside, which are not built",
        "for file in app/t.cpp app/t.h; do",
    ]
    assert lines[4].startswith("""  [ -e "$file" ] || printf '%s\\n' '#error "this file""")


def test_directories_that_a_condition_tests_are_created() -> None:
    commands = "add_executable(app main.cpp)\nif(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/doc)\nendif()"
    assert "mkdir -p app/doc" in script_of(app(), one(commands, {"doc/x.md": ""})).splitlines()


def test_a_new_service_does_not_change_stages_of_others() -> None:
    more = shop({"cpp/services/new/CMakeLists.txt": "add_executable(new main.cpp)"})
    assert script_of(search(), more) == script_of(search(), shop())


def test_a_required_target_needs_no_sources() -> None:
    sources = shop({"cpp/CMakeLists.txt": f"{ROOT}install(TARGETS other)\n"})
    assert "for file in cpp/services/other/main.cpp; do" in script_of(search(), sources)


ASSEMBLED = {f"{SEARCH}/src/main.cpp": 'asm(".incbin \\"blob.bin\\"");\nint main() {}\n'}


def test_the_compiler_cache_is_off_if_an_assembler_reads_files() -> None:
    run = build(LANGUAGE, search(), cpp(), shop(ASSEMBLED)).stages[0].steps[-1]
    assert isinstance(run, Run)
    assert run.caches == ()
    assert 'launcher=""' in run.script.splitlines()
    assert f"which files these have read: {SEARCH}/src/main.cpp" in run.script


SHARED = {f"{MONEY}/CMakeLists.txt": FILES[f"{MONEY}/CMakeLists.txt"].replace("STATIC", "SHARED")}


def test_shared_libraries_of_the_tree_are_shipped_next_to_the_program() -> None:
    built = build(LANGUAGE, search(), cpp(static=False), shop(SHARED))
    assert [each.name for each in built.artifacts] == ["search", "search.libs"]
    assert [each.name for each in build(LANGUAGE, search(), cpp(), shop(SHARED)).artifacts] == [
        "search"
    ]


def test_modules_that_a_program_may_load_cause_a_warning() -> None:
    lists = f"{FILES[f'{SEARCH}/CMakeLists.txt']}add_library(extra MODULE extra.cpp)\n"
    main = {f"{SEARCH}/src/main.cpp": "#include <dlfcn.h>\nint main() { dlopen(0, 1); }\n"}
    sources = shop({f"{SEARCH}/CMakeLists.txt": lists, **main})
    (warning,) = inputs_of(search(), sources).warnings
    assert warning == (
        f"`search` may load modules that are not in its image: `extra` ({SEARCH}/CMakeLists.txt:4)"
    )


def test_a_dynamic_program_in_an_empty_image_causes_a_warning() -> None:
    (warning,) = inputs_of(search(), shop(), static=False).warnings
    assert warning.startswith("`search` is not linked statically, and its image has no C library")


@pytest.mark.parametrize(
    ("line", "passed", "stripped"),
    [
        ("", True, True),
        (
            "if(NOT CMAKE_BUILD_TYPE)\n  set(CMAKE_BUILD_TYPE RelWithDebInfo)\nendif()\n",
            False,
            False,
        ),
        ("set(CMAKE_BUILD_TYPE Release CACHE STRING type)\n", False, True),
        ("set(CMAKE_BUILD_TYPE ${TYPE})\n", False, False),
    ],
)
def test_the_build_type_of_the_project_is_used(line: str, passed: bool, stripped: bool) -> None:
    sources = shop({"cpp/CMakeLists.txt": ROOT + line})
    script = script_of(search(), sources)
    assert ("-DCMAKE_BUILD_TYPE=Release" in script) == passed
    assert ('strip "$OUT"/search' in script) == stripped
    chosen = script_of(search(), sources, build_type="MinSizeRel")
    assert "-DCMAKE_BUILD_TYPE=MinSizeRel" in chosen
    given = script_of(search(cmake_args=["-DCMAKE_BUILD_TYPE=Debug"]), sources)
    assert "-DCMAKE_BUILD_TYPE=Debug" in given


def test_initial_flags_in_arguments_are_appended_to_ours() -> None:
    arguments = ["-DCMAKE_CXX_FLAGS_INIT=-O1 -g", "-DCMAKE_EXE_LINKER_FLAGS_INIT=-Wl,--gc-sections"]
    script = script_of(search(cmake_args=arguments), shop())
    (last,) = (line for line in script.splitlines() if line.startswith('  "-DCMAKE_EXE'))
    assert """  "-DCMAKE_CXX_FLAGS_INIT=$flags "'-O1 -g'""" in script
    assert last == """  "-DCMAKE_EXE_LINKER_FLAGS_INIT=-static "-Wl,--gc-sections"""


def test_presets_are_ignored_with_a_warning() -> None:
    presets = '{"configurePresets": [{"name": "base", "hidden": true}, {"name": "release"}]}'
    sources = shop({"cpp/CMakePresets.json": presets})
    (warning,) = inputs_of(search(), sources).warnings
    assert warning == (
        "`cpp/CMakePresets.json` has presets (release), which msbuild ignores: "
        "pass the variables of one as `-DNAME=VALUE` in `cmake_args`"
    )
    assert inputs_of(search(cmake_args=["-DX=1"]), sources).warnings == ()
    assert inputs_of(search(), shop({"cpp/CMakePresets.json": "[{"})).warnings == ()
