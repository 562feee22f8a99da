"""Which modules of the tree a package is built with."""

from __future__ import annotations

from msbuild_go.modules import Modules, find_modules

from msbuild.plugin_testing import TextSources
from tests.plugins.go.shop import files_of, module, package, program


def modules_of(
    files: dict[str, str], directory: str = "app", *, workspace: bool = True, vendor: bool = True
) -> Modules:
    found = find_modules(directory, TextSources(files), workspace=workspace, vendor=vendor)
    assert found is not None
    return found


WORK = {
    "go.work": "go 1.23\nuse ./app\nuse ./kit\nuse ../outside\n",
    "go.work.sum": "",
    "app/go.mod": module("example.com/app"),
    "app/go.sum": "",
    "kit/go.mod": module("example.com/app/kit"),
    "alone/go.mod": module("example.com/alone"),
}


def test_the_nearest_module_above() -> None:
    files = {"go.mod": module("a"), "b/go.mod": module("b"), "b/c/d/e.go": ""}
    assert modules_of(files, "b/c/d").root == "b"
    assert modules_of(files, "x/y").root == ""
    assert find_modules("b", TextSources({}), workspace=True, vendor=True) is None


def test_a_workspace_ties_modules_together() -> None:
    modules = modules_of(WORK)
    assert modules.root == ""
    assert modules.release == 23
    # the longest path first: it is the one that a package belongs to
    assert [each.path for each in modules.members] == ["example.com/app/kit", "example.com/app", ""]
    assert modules.lock_files(TextSources(WORK)) == (
        *("app/go.mod", "app/go.sum", "go.work", "go.work.sum", "kit/go.mod"),
    )


def test_a_workspace_does_not_count_for_others_or_if_it_is_off() -> None:
    assert modules_of(WORK, "alone").root == "alone"
    off = modules_of(WORK, workspace=False)
    assert (off.root, [each.path for each in off.members]) == ("app", ["example.com/app"])
    assert off.lock_files(TextSources(WORK)) == ("app/go.mod", "app/go.sum")


def test_a_replacement_outside_the_tree_is_third_party() -> None:
    more = "require example.com/x v1.0.0\nreplace example.com/x => ../../x\n"
    files = {"app/go.mod": module("example.com/app", more)}
    modules = modules_of(files)
    assert [each.path for each in modules.members] == ["example.com/app"]
    assert modules.is_third_party("example.com/x/y", TextSources(files))


def test_a_replacement_of_another_version_does_not_count() -> None:
    more = "require example.com/x v1.0.0\nreplace example.com/x v{}.0.0 => ../x\n"
    files = {
        "app/main.go": program("example.com/x"),
        "x/go.mod": module("example.com/x"),
        "x/x.go": package("x"),
    }
    for version, taken in ((1, True), (2, False)):
        files["app/go.mod"] = module("example.com/app", more.format(version))
        assert ("x/x.go" in files_of(files)) is taken


def test_what_stands_in_for_a_module_has_no_sums_of_its_own() -> None:
    more = "require example.com/x v1.0.0\nreplace example.com/x => ../x\n"
    files = {
        "app/go.mod": module("example.com/app", more),
        "x/go.mod": module("example.com/x"),
        "x/go.sum": "",
    }
    assert modules_of(files).lock_files(TextSources(files)) == ("app/go.mod", "x/go.mod")


def test_a_module_within_another_has_its_packages_for_itself() -> None:
    files = {
        "app/go.mod": module("example.com/app", "require example.com/app/inner v1.0.0\n"),
        "app/main.go": program("example.com/app/inner/a", "example.com/app/outer/a"),
        "app/inner/go.mod": module("example.com/app/inner"),
        "app/inner/a/a.go": package("a"),
        "app/outer/a/a.go": package("a"),
    }
    assert files_of(files) == {"app/main.go", "app/outer/a/a.go"}


def test_downloads_are_for_what_is_required_and_not_vendored() -> None:
    files = {"app/go.mod": module("example.com/app")}
    assert not modules_of(files).downloads
    files["app/go.mod"] += "require example.com/x v1.0.0\n"
    assert modules_of(files).downloads
    files["app/vendor/modules.txt"] = ""
    assert not modules_of(files).downloads
    assert modules_of(files, vendor=False).downloads


def test_which_imports_are_whose() -> None:
    files = {"app/go.mod": module("shop", "require example.com/x v1.0.0\nrequire plain v1.0.0\n")}
    modules, sources = modules_of(files), TextSources(files)
    third_party = [
        path
        for path in ("example.com/x", "example.com/x/y", "example.com/xy", "plain/a", "fmt")
        if modules.is_third_party(path, sources)
    ]
    assert third_party == ["example.com/x", "example.com/x/y", "plain/a"]
    standard = [path for path in ("net/http", "shop/gone", "a.b/c") if modules.is_standard(path)]
    assert standard == ["net/http"]
