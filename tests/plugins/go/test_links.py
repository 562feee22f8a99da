"""With `go.links`, a bumped module changes only the programs that link it."""

from __future__ import annotations

import pytest
from msbuild_go.language import Go

from msbuild.plugin.api import Generated
from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import LANGUAGE, go, package, program

GO = Go()
MOD = """\
module demo

go 1.22

require (
\texample.org/one v1.0.0
\texample.org/two v1.0.0
\texample.org/deep v1.0.0 // indirect
)
"""
SUM = "".join(
    f"example.org/{name} v1.0.0 h1:{name}=\nexample.org/{name} v1.0.0/go.mod h1:{name}mod=\n"
    for name in ("one", "two", "deep")
)
LINKS = """\
example.org/deep/pkg example.org/deep strings
example.org/one example.org/one example.org/deep/pkg fmt
example.org/two example.org/two fmt
"""
FILES = {
    "go.mod": MOD,
    "go.sum": SUM,
    "lib/lib.go": package("lib", "example.org/one"),
    "a/main.go": program("demo/lib"),
    "b/main.go": program("example.org/two"),
    "c/main.go": program("fmt"),
}


def generated(files: dict[str, str], **options: object) -> Generated:
    services = [service(LANGUAGE, name) for name in "abc"]
    (found,) = GO.generated_files(go(**options), services, TextSources(files))
    assert isinstance(found, Generated)
    return found


def locked(files: dict[str, str], links: str = LINKS) -> dict[str, str]:
    """The files with a `go.links` that is up to date."""
    return {**files, "go.links": f"# note\n{generated(files).head}\n{links}"}


def facts(files: dict[str, str]) -> dict[str, dict[str, str]]:
    sources = TextSources(files)
    return {
        name: dict(LANGUAGE.inputs(service(LANGUAGE, name), go(), sources).facts) for name in "abc"
    }


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    old, new = facts(before), facts(after)
    return {name for name in old if old[name] != new[name]}


def bumped(name: str) -> dict[str, str]:
    old, new = f"example.org/{name} v1.0.0", f"example.org/{name} v1.1.0"
    return {**FILES, "go.mod": MOD.replace(old, new), "go.sum": SUM.replace(old, new)}


@pytest.mark.parametrize(("module", "users"), [("one", "a"), ("deep", "a"), ("two", "b")])
def test_a_bumped_module_changes_only_programs_that_link_it(module: str, users: str) -> None:
    assert changed(locked(FILES), locked(bumped(module))) == set(users)


def test_a_program_names_the_modules_it_links() -> None:
    assert set(facts(locked(FILES))["a"]) == {
        "go.mod",
        "module example.org/one",
        "module example.org/deep",
    }
    assert set(facts(locked(FILES))["c"]) == {"go.mod"}


def test_checksums_and_replacements_are_facts() -> None:
    other = {**FILES, "go.sum": SUM.replace("h1:two=", "h1:other=")}
    assert changed(locked(FILES), locked(other)) == {"b"}
    replaced = {**FILES, "go.mod": f"{MOD}\nreplace example.org/two => example.org/fork v1.2.0\n"}
    assert changed(locked(FILES), locked(replaced)) == {"b"}


def test_checksums_that_go_adds_do_not_make_go_links_outdated() -> None:
    work = {**FILES, "go.work": "go 1.22\nuse .\n", "go.work.sum": ""}
    added = {**locked(work), "go.work.sum": "example.org/far v1.0.0/go.mod h1:far=\n"}
    assert facts(added) == facts(locked(work)) != facts(work)


@pytest.mark.parametrize("module", ["one", "two"])
def test_an_outdated_file_is_ignored(module: str) -> None:
    stale = {**bumped(module), "go.links": locked(FILES)["go.links"]}
    assert changed(FILES, stale) == {"a", "b"}
    assert facts(stale) == facts(bumped(module))


def test_an_unlisted_import_depends_on_everything_that_is_locked() -> None:
    shorter = locked(FILES, links="example.org/two example.org/two fmt\n")
    assert facts(shorter)["a"] == facts(FILES)["a"]
    assert facts(shorter)["b"] == facts(locked(FILES))["b"]


def test_a_go_mod_without_indirect_modules_counts_as_a_whole() -> None:
    old = {**FILES, "go.mod": MOD.replace("go 1.22", "go 1.16")}
    services = [service(LANGUAGE, name) for name in "abc"]
    assert GO.generated_files(go(), services, TextSources(old)) == ()
    assert set(facts({**old, "go.links": locked(FILES)["go.links"]})["a"]) == {"go.mod", "go.sum"}


def test_go_lists_imports_of_services_on_each_platform() -> None:
    found = generated(FILES, tags=["x"])
    assert (found.path, found.directory) == ("go.links", "")
    (command,) = found.commands
    assert command[:5] == ("go", "list", "-e", "-deps", "-tags=x")
    assert command[-2:] == ("example.org/one", "example.org/two")
    assert len(found.environments) == 4
    assert all(dict(each)["GOOS"] == "linux" for each in found.environments)
