"""Accesses that are misses, and those that are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msbuild.plugin.api import HarmlessAccess
from msbuild.verify.compare import Compared, Comparison
from msbuild.verify.stages import Names, Views
from msbuild.verify.strace import Access, How
from msbuild.verify.trace import Process

ROOT = "/work"
TREE = (
    *("Cargo.toml", "data/a.json", "data/b.json", "data/notes.md", "data/deep/c.json"),
    *("src/main.c", "src/extra.c", "tools/gen.py", "tools/names.py", "other/x.h", "link"),
)
VIEWS = Views(
    tree=Names(TREE),
    links={"link": "other/x.h"},
    declared=frozenset({"src/main.c", "data/a.json", "tools/gen.py"}),
)


def process(program: str = "cc1", depth: int = 2, parent: Process | None = None) -> Process:
    return Process(program, ROOT, depth, parent)


def access(path: str, how: How = How.OPENED, who: Process | None = None) -> Access:
    return Access(f"{ROOT}/{path}", how, who or process())


def compared(
    *accesses: Access, views: Views = VIEWS, harmless: tuple[HarmlessAccess, ...] = ()
) -> Compared:
    return Comparison(views, harmless).step(accesses, ROOT)


def missed(
    *accesses: Access, views: Views = VIEWS, harmless: tuple[HarmlessAccess, ...] = ()
) -> list[str]:
    return [f"{m.path} {m.how}" for m in compared(*accesses, views=views, harmless=harmless).misses]


def test_a_declared_file_is_not_a_miss_and_counts_as_used() -> None:
    found = compared(access("src/main.c"), access("data/../src/main.c"))
    assert found == Compared(used=frozenset({"src/main.c"}))


def test_an_undeclared_file_is_reported_once_with_every_program() -> None:
    (miss,) = compared(
        access("other/x.h"),
        access("other/x.h", who=process("ld")),
        access("other/x.h", How.LOOKED_FOR, process("sh")),
    ).misses
    assert (miss.path, miss.how, miss.programs) == ("other/x.h", "opened", ("cc1", "ld"))


def test_a_lookup_is_a_miss_if_the_file_exists() -> None:
    assert missed(access("other/x.h", How.LOOKED_FOR)) == ["other/x.h looked for"]
    assert missed(access("other/none.h", How.LOOKED_FOR)) == []


def test_directories_outside_the_tree_are_ignored() -> None:
    outside = Access("/usr/include/stdio.h", How.OPENED, process())
    above = Access("/work/../etc/passwd", How.OPENED, process())
    assert missed(access("other", How.LOOKED_FOR), access("", How.OPENED), outside, above) == []


def test_links_are_compared_together_with_their_targets() -> None:
    assert missed(access("link")) == ["link opened", "other/x.h opened"]
    looked = access("link", How.LOOKED_FOR, process("go"))
    assert missed(looked) == ["link looked for", "other/x.h looked for"]
    assert missed(looked, harmless=(HarmlessAccess("go", lookups=True),)) == []


def test_files_the_build_has_written_are_ignored() -> None:
    assert missed(access("other/x.h", How.WRITTEN), access("other/x.h")) == []
    assert missed(access("other", How.WRITTEN), access("other/x.h")) == []
    assert missed(access("other/x.h"), access("other/x.h", How.WRITTEN)) == ["other/x.h opened"]


def test_files_written_by_one_step_are_ignored_in_the_next() -> None:
    comparison = Comparison(VIEWS)
    comparison.step([access("other/x.h", How.WRITTEN)], ROOT)
    assert comparison.step([access("other/x.h")], ROOT).misses == ()


def test_only_the_command_of_the_step_may_read_files_of_the_base_stage() -> None:
    views = replace(VIEWS, below=frozenset({"Cargo.toml"}))
    cargo = process("cargo", depth=1)
    script = process("build-script", depth=2, parent=cargo)
    assert missed(access("Cargo.toml", who=cargo), views=views) == []
    assert missed(access("Cargo.toml", who=script), views=views) == ["Cargo.toml opened"]
    # it exists in any case, so looking for it makes no difference
    assert missed(access("Cargo.toml", How.LOOKED_FOR, script), views=views) == []


def test_a_file_with_a_stand_in_may_be_looked_for_but_not_read() -> None:
    views = replace(VIEWS, made=frozenset({"src/extra.c"}))
    assert missed(access("src/extra.c", How.LOOKED_FOR), views=views) == []
    assert missed(access("src/extra.c"), views=views) == ["src/extra.c opened"]


def test_harmless_accesses_cover_the_tool_but_not_the_programs_it_starts() -> None:
    harmless = (HarmlessAccess("go", opens=("*.md",), lookups=True),)
    go = process("go", depth=1)
    assert missed(access("data/notes.md", who=go), harmless=harmless) == []
    assert missed(access("data/b.json", who=go), harmless=harmless) == ["data/b.json opened"]
    assert missed(access("data/b.json", How.LOOKED_FOR, go), harmless=harmless) == []
    assert missed(access("data", How.LISTED, go), harmless=harmless) == []
    compiler = process("compile", parent=go)
    assert missed(access("data/notes.md", who=compiler), harmless=harmless) == [
        "data/notes.md opened"
    ]


def asks(path: str, *calls: str, program: str = "cmake") -> list[Access]:
    who = process(program)
    return [Access(f"{ROOT}/{path}", How.LOOKED_FOR, who, asked=call) for call in calls]


@pytest.mark.parametrize(
    ("calls", "is_miss"),
    [
        (("stat", "lstat"), False),
        (("lstat", "stat", "stat"), False),
        # whether a file is newer than another depends on whether that exists
        (("stat",), True),
        (("lstat",), True),
        # whether it exists
        (("stat", "lstat", ""), True),
        (("",), True),
    ],
)
def test_a_type_check_is_a_miss_only_if_the_program_also_accesses_the_path_otherwise(
    calls: tuple[str, ...], *, is_miss: bool
) -> None:
    harmless = (HarmlessAccess("cmake", type_checks=True),)
    found = missed(*asks("data/b.json", *calls), harmless=harmless)
    assert found == (["data/b.json looked for"] if is_miss else [])
    assert missed(*asks("data/b.json", *calls, program="gen"), harmless=harmless)
    opened = access("data/b.json", who=process("cmake"))
    assert missed(*asks("data/b.json", *calls), opened, harmless=harmless) == ["data/b.json opened"]


def test_a_listing_without_accesses_to_its_files_is_a_miss() -> None:
    (miss,) = compared(access("data", How.LISTED, process("ls"))).misses
    assert (miss.path, miss.how) == ("data", "listed")
    assert miss.names == ("b.json", "deep/", "notes.md")


def test_a_listing_of_a_fully_declared_directory_is_not_a_miss() -> None:
    views = replace(VIEWS, declared=frozenset(TREE))
    assert missed(access("data", How.LISTED), access("", How.LISTED), views=views) == []


def test_a_listing_followed_by_accesses_to_its_files_is_not_a_miss() -> None:
    walker = process("gen")
    reader = process("cat", parent=walker)
    read = [access("data", How.LISTED, walker), access("data/a.json", who=reader)]
    assert missed(*read) == []
    assert missed(*read, access("data/b.json", who=reader)) == ["data/b.json opened"]


def test_a_file_found_in_a_listing_is_reported_with_its_directory() -> None:
    def among(*, apart: bool = False, harmless: tuple[HarmlessAccess, ...] = ()) -> str:
        walker = process("gen")
        reader = process("cat", parent=None if apart else walker)
        reads = [access("data", How.LISTED, walker), access("data/b.json", who=reader)]
        misses = compared(*reads, harmless=harmless).misses
        return next(miss.among for miss in misses if miss.path == "data/b.json")

    assert among() == "data"
    assert among(apart=True) == ""
    assert among(harmless=(HarmlessAccess("gen", lookups=True),)) == ""


def test_a_walk_is_reported_once_by_its_topmost_directory() -> None:
    walker = process("find")
    walk = [access("data", How.LISTED, walker), access("data/deep", How.LISTED, walker)]
    (miss,) = compared(*walk).misses
    assert (miss.path, miss.names) == ("data", ("b.json", "deep/", "deep/c.json", "notes.md"))
    assert missed(*walk, access("data/a.json", who=walker)) == []


def test_a_listing_by_a_second_run_of_a_program_is_not_a_miss() -> None:
    first, again = process("cmake"), process("cmake")
    lists = [access("data", How.LISTED, first), access("data/a.json", who=first)]
    assert missed(*lists, access("data", How.LISTED, again)) == []
    assert missed(*lists, access("data", How.LISTED, process("ls"))) == ["data listed"]


def test_files_the_build_writes_into_a_listed_directory_are_ignored() -> None:
    views = replace(VIEWS, declared=frozenset(TREE) - {"other/x.h"})
    written = [access("other/x.h", How.WRITTEN), access("other", How.LISTED)]
    assert missed(*written, views=views) == []


def test_listing_a_directory_to_import_from_it_is_not_a_miss() -> None:
    def after(*more: tuple[str, How]) -> list[str]:
        python = process("python3.13")
        begin = (("tools/gen.py", How.OPENED), ("tools", How.LISTED))
        return missed(*(access(path, how, python) for path, how in (*begin, *more)))

    assert after() == []
    assert after(("tools/names.py", How.OPENED)) == ["tools/names.py opened"]
    assert after(("tools", How.LISTED)) == ["tools listed"]
    assert after(("data", How.LISTED)) == ["data listed"]


def test_python_without_a_script_imports_from_the_working_directory() -> None:
    def listed(place: str, times: int) -> list[str]:
        python = process("python3")
        return missed(*[access(place, How.LISTED, python)] * times)

    assert listed("", 1) == []
    assert listed("", 2) == []
    assert listed("data", 1) == ["data listed"]


def test_ignored_files_are_reported_separately() -> None:
    views = replace(VIEWS, is_ignored=lambda path: path == "config.local")
    found = compared(
        access("config.local", How.LOOKED_FOR), access("none", How.LOOKED_FOR), views=views
    )
    assert found == Compared(ignored=("config.local",))


def test_links_that_leave_the_tree_or_form_cycles_have_no_target() -> None:
    views = Views(Names(()), {"a": "b", "b": "a", "out": "../../x", "abs": "/etc"}, frozenset())
    assert views.resolve("a")[1] is None
    assert views.resolve("out")[1] is None
    assert views.resolve("abs/passwd") == (("abs",), None)
    assert views.resolve("d/./e/../f") == ((), "d/f")
