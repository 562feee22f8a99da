"""Stages of libraries that several services of a project share."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild_cpp import build_script

from msbuild.model import CacheMount, Copy, Dependency, Run, StageKind, StageRef
from msbuild.plugin.testing import service
from tests.plugins.cpp.shop import LANGUAGE, MONEY, cpp, shop

if TYPE_CHECKING:
    from msbuild.plugin.api import Service, Stage
    from msbuild.plugin.testing import TextSources

CONFIGURE = """\
set -eu
build="$CACHE/build"
launcher=$(command -v ccache) || launcher=""
flags="-ffile-prefix-map='$PWD/=' -ffile-prefix-map='$build=build'"
if cmake -S cpp -B "$build" -G Ninja --no-warn-unused-cli"""
MAKE = """
  ninja -C "$build" money || true
fi
# ninja's logs name what it made; the rest goes
mkdir -p "$build"
cd "$build"
touch .ninja_log
kept=$(printf "%s\\n" .ninja_log .ninja_deps; cut -sf 4 .ninja_log)
find . -type f | sed 's,^./,,' > "$CACHE/found"
echo "$kept" | grep -vxFf - "$CACHE/found" > "$CACHE/drop" || true
tr '\\n' '\\0' < "$CACHE/drop" | xargs -0 rm -f
rm "$CACHE/found" "$CACHE/drop\""""
MONEY_FILES = (
    "cpp/CMakeLists.txt",
    *(f"{MONEY}/{name}" for name in ("CMakeLists.txt", "include/money/money.hpp")),
    *(f"{MONEY}/src/{name}" for name in ("detail.hpp", "money.cpp")),
)


def program(name: str, *links: str) -> dict[str, str]:
    """The files of another service."""
    linked = f"target_link_libraries({name} PRIVATE {' '.join(links)})" if links else ""
    home = f"cpp/services/{name}"
    return {
        f"{home}/CMakeLists.txt": f"add_executable({name} main.cpp)\n{linked}\n",
        f"{home}/main.cpp": "int main() {}\n",
    }


def three() -> TextSources:
    """`one` and `two` link `money`, `tax` and `fee`; `search` links only `money`."""
    tax = {
        "cpp/libs/tax/CMakeLists.txt": "add_library(tax tax.cpp)\nadd_library(fee fee.cpp)\n"
        "target_link_libraries(tax money fee)\n",
        "cpp/libs/tax/tax.cpp": "",
        "cpp/libs/tax/fee.cpp": "",
    }
    return shop({**tax, **program("one", "tax"), **program("two", "tax")})


def services(*names: str) -> list[Service]:
    return [service(LANGUAGE, f"cpp/services/{name}") for name in names]


EVERY = ("one", "search", "two")


def shared(*names: str) -> dict[str, Stage]:
    stages = LANGUAGE.shared_stages(cpp(), services(*names), three())
    return {stage.name: stage for stage in stages}


def base_of(each: Service, *names: str) -> StageRef:
    """The base stage of a service, with other services in the workspace."""
    inputs = LANGUAGE.inputs(each, cpp(), three())
    common = tuple(shared(*names).values())
    (stage,) = LANGUAGE.service_build(each, cpp(), inputs, common, three()).stages
    assert isinstance(stage.base, StageRef)
    return stage.base


def test_libraries_of_more_services_are_the_base_of_libraries_of_fewer() -> None:
    stages = shared(*EVERY)
    assert list(stages) == ["cpp-toolchain", "cpp-libs", "cpp-libs2"]
    money, both = stages["cpp-libs"], stages["cpp-libs2"]
    assert (money.kind, money.base) == (StageKind.DEPENDENCIES, StageRef("cpp-toolchain"))
    copy, run = money.steps
    assert copy == Copy(MONEY_FILES)
    assert isinstance(run, Run)
    assert run.script.startswith(CONFIGURE)
    assert run.script.endswith(
        "\n".join(["", "then", *build_script.GUARD, *build_script.DIRECT_MODE]) + MAKE
    )
    assert run.plain == run.script.replace("\n".join([*build_script.DIRECT_MODE, ""]), "")
    assert run.caches == (CacheMount("cpp-ccache", "ccache", "content"),)
    assert both.base == StageRef("cpp-libs")
    assert both.files == tuple(
        f"cpp/libs/tax/{name}" for name in ("CMakeLists.txt", "fee.cpp", "tax.cpp")
    )


def test_a_library_stage_removes_its_stand_ins() -> None:
    beside = "add_library(money STATIC src/money.cpp)\nadd_library(coin coin.cpp)\n"
    sources = shop(
        {
            f"{MONEY}/CMakeLists.txt": beside,
            f"{MONEY}/coin.cpp": "",
            **program("one", "money"),
            **program("two", "money"),
        }
    )
    _, stage = LANGUAGE.shared_stages(cpp(), services("one", "two"), sources)
    assert isinstance(stage.steps[1], Run)
    assert stage.steps[1].script.count(f"\nrm -f {MONEY}/coin.cpp\n") == 1


def test_a_service_is_based_on_all_libraries_that_it_shares() -> None:
    bases = [base_of(each, *EVERY) for each in services(*EVERY)]
    names = ("cpp-libs2", "cpp-libs", "cpp-libs2")
    assert bases == [StageRef(name, speed_only=True) for name in names]


def test_a_single_service_is_based_on_the_toolchain() -> None:
    assert list(shared("one")) == ["cpp-toolchain"]
    assert base_of(services("one")[0], "one") == StageRef("cpp-toolchain")


def test_services_with_other_inputs_or_arguments_share_nothing() -> None:
    (one,) = services("one")
    depends = dataclasses.replace(one, depends_on=(Dependency("other", ".", "gen", one.at),))
    listed = service(LANGUAGE, "cpp/services/one", inputs=["cpp/services/other"])
    configured = service(LANGUAGE, "cpp/services/one", cmake_args=["-DX=1"])
    for each in (depends, listed, configured):
        assert base_of(each, *EVERY) == StageRef("cpp-toolchain")
        stages = LANGUAGE.shared_stages(cpp(), [each, *services("search")], three())
        assert [stage.name for stage in stages] == ["cpp-toolchain"]
