"""The facts of Go services: which parts of lock files count, with and without `go.links`."""

from __future__ import annotations

import dataclasses

import pytest
from msbuild_go.language import Go

from msbuild.plugin.api import Generated
from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import (
    FILES,
    GO_MOD,
    LANGUAGE,
    catalog,
    go,
    inputs_of,
    module,
    package,
    prices,
    program,
    shop,
)

BUMPED = {
    "go/go.mod": GO_MOD.replace("v0.16.0", "v0.17.0"),
    "go/go.sum": FILES["go/go.sum"] + "golang.org/x/sync v0.17.0 h1:bbbb=\n",
}


def facts_of(files: dict[str, str], path: str = "app") -> dict[str, str]:
    return dict(LANGUAGE.inputs(service(LANGUAGE, path), go(), TextSources(files)).facts)


def test_a_service_without_third_party_packages_depends_only_on_the_language() -> None:
    assert inputs_of(prices(), shop()).facts == {"go/go.mod": "module example.com/shop; go 1.22"}
    assert inputs_of(prices(), shop(BUMPED)) == inputs_of(prices(), shop())


def test_the_language_version_is_a_fact() -> None:
    newer = shop({"go/go.mod": GO_MOD.replace("go 1.22", "go 1.23")})
    assert inputs_of(prices(), newer).facts != inputs_of(prices(), shop()).facts


def test_the_patch_version_of_the_language_is_not_a_fact() -> None:
    patched = [shop({"go/go.mod": GO_MOD.replace("1.22", v)}) for v in ("1.22.0", "1.22.11")]
    assert inputs_of(prices(), patched[0]).facts == inputs_of(prices(), patched[1]).facts


def test_the_toolchain_is_a_fact_only_if_go_may_download_it() -> None:
    named = GO_MOD.replace("go 1.22\n", "go 1.22\n\ntoolchain go1.24.1\n")
    newer = named.replace("1.24.1", "1.24.2")
    sources = shop({"go/go.mod": named}), shop({"go/go.mod": newer})
    for each in (prices(), catalog()):
        assert inputs_of(each, sources[0]).facts == inputs_of(each, sources[1]).facts
        free = dataclasses.replace(go(), env={"GOTOOLCHAIN": "auto"})
        one, other = (inputs_of(each, tree, free).facts for tree in sources)
        assert one != other


def test_a_service_with_third_party_packages_depends_on_everything_that_is_locked() -> None:
    facts = inputs_of(catalog(), shop()).facts
    assert set(facts) == {"go/go.mod", "go/go.sum"}
    bumped = inputs_of(catalog(), shop(BUMPED)).facts
    assert all(bumped[path] != facts[path] for path in facts)


def test_comments_are_not_facts() -> None:
    commented = shop({"go/go.mod": GO_MOD.replace("// indirect", "// soon") + "// end\n"})
    assert inputs_of(catalog(), commented).facts == inputs_of(catalog(), shop()).facts


def test_an_unknown_import_depends_on_everything_that_is_locked() -> None:
    main = program("example.com/shop/generated")
    facts = inputs_of(prices(), shop({"go/services/prices/main.go": main})).facts
    assert set(facts) == {"go/go.mod", "go/go.sum"}


WORK = {
    "go.work": "go 1.22\nuse ./app\nuse ./kit\nuse ./other\nreplace example.com/far => ./far\n",
    "app/go.mod": module("example.com/app"),
    "app/main.go": program("example.com/kit"),
    "kit/go.mod": module("example.com/kit"),
    "kit/kit.go": package("kit"),
    "other/go.mod": module("example.com/other"),
    "other/main.go": program("example.com/far"),
    "far/go.mod": module("example.com/far"),
    "far/far.go": package("far"),
}


def test_only_used_modules_of_a_workspace_are_facts() -> None:
    assert facts_of(WORK) == {
        "app/go.mod": "module example.com/app; go 1.22",
        "go.work": "go 1.22",
        "kit/go.mod": "module example.com/kit; go 1.22",
    }


def test_a_program_with_a_replacement_depends_on_all_lock_files() -> None:
    changed = {**WORK, "go.work": WORK["go.work"].replace("use ./kit\n", "")}
    assert facts_of(changed, "other") != facts_of(WORK, "other")
    assert "far/go.mod" in facts_of(WORK, "other")


VENDORED = {
    "app/go.mod": module("example.com/app", "require example.com/far v1.0.0\n"),
    "app/main.go": program("example.com/far/a"),
    "app/vendor/modules.txt": (
        "# example.com/far v1.0.0 => example.com/fork v1.0.1\n## explicit; go 1.20\n"
        "example.com/far/a\nexample.com/far/b\n"
        "# example.com/near v1.2.3\nexample.com/near\n"
        "# example.com/other v0.1.0\n## explicit\nexample.com/other\n"
        "# example.com/far => example.com/fork v1.0.1\n"
    ),
    "app/vendor/example.com/far/a/a.go": package("a", "example.com/near"),
    "app/vendor/example.com/near/near.go": package("near"),
    "app/vendor/example.com/other/other.go": package("other"),
}


def test_only_linked_vendored_modules_are_facts() -> None:
    assert facts_of(VENDORED) == {
        "app/go.mod": "module example.com/app; go 1.22",
        "vendored example.com/far": "v1.0.0 => example.com/fork v1.0.1; explicit; go 1.20",
        "vendored example.com/near": "v1.2.3",
    }


def test_a_vendored_service_with_an_unknown_import_depends_on_everything_that_is_locked() -> None:
    files = {**VENDORED, "app/main.go": program("example.com/gone")}
    assert set(facts_of(files)) == {"app/go.mod", "app/vendor/modules.txt"}


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


def test_a_go_mod_without_indirect_modules_is_a_fact_in_full() -> None:
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
