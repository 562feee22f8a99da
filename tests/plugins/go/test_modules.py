"""The modules that a package is built with."""

from __future__ import annotations

import gc
import weakref
from collections import Counter

from msbuild_go.constraints import Tags
from msbuild_go.language import Go
from msbuild_go.modules import Modules, Replacement, find_modules, parse_mod_file
from msbuild_go.packages import Meaning, Origin, packages_of

from msbuild.plugin.testing import TextSources, builder, service
from tests.plugins.go.shop import files_of, module, package, program


def modules_of(
    files: dict[str, str], directory: str = "app", *, workspace: bool = True, mod: str = ""
) -> Modules:
    found = find_modules(directory, TextSources(files), workspace=workspace, mod=mod)
    assert found is not None
    return found


def meant(files: dict[str, str], path: str) -> Meaning:
    sources = TextSources(files)
    return packages_of(modules_of(files), Tags(), sources).meaning(path, sources)


WORK = {
    "go.work": "go 1.23\nuse ./app\nuse ./kit\nuse ../outside\n",
    "go.work.sum": "",
    "app/go.mod": module("example.com/app"),
    "app/go.sum": "",
    "kit/go.mod": module("example.com/app/kit"),
    "alone/go.mod": module("example.com/alone"),
}


def test_the_nearest_module_above_is_used() -> None:
    files = {"go.mod": module("a"), "b/go.mod": module("b"), "b/c/d/e.go": ""}
    assert modules_of(files, "b/c/d").root == "b"
    assert modules_of(files, "x/y").root == ""
    assert find_modules("b", TextSources({}), workspace=True, mod="") is None


def test_a_workspace_joins_its_modules() -> None:
    modules = modules_of(WORK)
    assert modules.root == ""
    assert modules.release == 23
    # longest path first: a package belongs to the longest that matches
    assert [each.path for each in modules.members] == ["example.com/app/kit", "example.com/app", ""]
    assert modules.lock_files(TextSources(WORK)) == (
        *("app/go.mod", "app/go.sum", "go.work", "go.work.sum", "kit/go.mod"),
    )


def test_a_workspace_is_ignored_by_other_modules_and_if_it_is_off() -> None:
    assert modules_of(WORK, "alone").root == "alone"
    off = modules_of(WORK, workspace=False)
    assert (off.root, [each.path for each in off.members]) == ("app", ["example.com/app"])
    assert off.lock_files(TextSources(WORK)) == ("app/go.mod", "app/go.sum")


def test_results_about_a_tree_are_freed_with_it() -> None:
    sources = TextSources({**WORK, "app/main.go": program("example.com/app/kit")})
    go = Go()
    go.inputs(service(go, "app"), builder(go), sources)
    there = weakref.ref(sources)
    del sources
    gc.collect()
    assert there() is None


def test_programs_of_a_module_share_its_modules() -> None:
    sources = TextSources(WORK)
    found = find_modules("app/one", sources, workspace=True, mod="")
    assert find_modules("app/two", sources, workspace=True, mod="") is found
    assert find_modules("app/one", sources, workspace=False, mod="") != found
    assert find_modules("alone", sources, workspace=True, mod="") != found


def test_a_replacement_outside_the_tree_is_third_party() -> None:
    more = "require example.com/x v1.0.0\nreplace example.com/x => ../../x\n"
    files = {"app/go.mod": module("example.com/app", more)}
    modules = modules_of(files)
    assert [each.path for each in modules.members] == ["example.com/app"]
    assert meant(files, "example.com/x/y").origin is Origin.THIRD_PARTY


def test_a_replacement_of_another_version_is_ignored() -> None:
    more = "require example.com/x v1.0.0\nreplace example.com/x v{}.0.0 => ../x\n"
    files = {
        "app/main.go": program("example.com/x"),
        "x/go.mod": module("example.com/x"),
        "x/x.go": package("x"),
    }
    for version, taken in ((1, True), (2, False)):
        files["app/go.mod"] = module("example.com/app", more.format(version))
        assert ("x/x.go" in files_of(files)) is taken


def test_the_go_sum_of_a_replacement_is_ignored() -> None:
    more = "require example.com/x v1.0.0\nreplace example.com/x => ../x\n"
    files = {
        "app/go.mod": module("example.com/app", more),
        "x/go.mod": module("example.com/x"),
        "x/go.sum": "",
    }
    assert modules_of(files).lock_files(TextSources(files)) == ("app/go.mod", "x/go.mod")


def test_packages_of_a_nested_module_belong_to_it_alone() -> None:
    files = {
        "app/go.mod": module("example.com/app", "require example.com/app/inner v1.0.0\n"),
        "app/main.go": program("example.com/app/inner/a", "example.com/app/outer/a"),
        "app/inner/go.mod": module("example.com/app/inner"),
        "app/inner/a/a.go": package("a"),
        "app/outer/a/a.go": package("a"),
    }
    assert files_of(files) == {"app/main.go", "app/outer/a/a.go"}


def test_only_required_modules_that_are_not_vendored_are_downloaded() -> None:
    files = {"app/go.mod": module("example.com/app")}
    assert not modules_of(files).downloads
    files["app/go.mod"] += "require example.com/x v1.0.0\n"
    assert modules_of(files).downloads
    files["app/vendor/modules.txt"] = ""
    assert not modules_of(files).downloads
    assert modules_of(files, mod="mod").downloads


def test_the_origin_of_an_import_is_found() -> None:
    files = {"app/go.mod": module("shop", "require example.com/x v1.0.0\nrequire plain v1.0.0\n")}
    origins = {
        "example.com/x": Origin.THIRD_PARTY,
        "example.com/x/y": Origin.THIRD_PARTY,
        "plain/a": Origin.THIRD_PARTY,
        "example.com/xy": Origin.UNKNOWN,
        "fmt": Origin.STANDARD,
        "net/http": Origin.STANDARD,
        "shop/gone": Origin.UNKNOWN,
    }
    assert {path: meant(files, path).origin for path in origins} == origins


def test_the_directory_of_an_import_is_found() -> None:
    files = {
        "app/go.mod": module("shop", "require example.com/x v1.0.0\n"),
        "app/lib/lib.go": package("lib"),
        "app/vendor/modules.txt": "",
        "app/vendor/example.com/x/x.go": package("x"),
    }
    assert meant(files, "shop/lib") == Meaning(Origin.TREE, "app/lib", "app")
    vendored = Meaning(Origin.THIRD_PARTY, "app/vendor/example.com/x")
    assert meant(files, "example.com/x") == vendored
    assert meant(files, "example.com/x/y") == Meaning(Origin.UNKNOWN)


class CountedSources(TextSources):
    """A source tree that counts reads of each file."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.reads: Counter[str] = Counter()

    def read(self, path: str) -> str:
        self.reads[path] += 1
        return super().read(path)


def test_programs_with_the_same_tags_share_packages() -> None:
    files = {"app/go.mod": module("shop"), "app/lib/lib.go": package("lib")}
    sources = CountedSources(files)
    modules = modules_of(files)
    packages = packages_of(modules, Tags(), sources)
    assert packages_of(modules, Tags(), sources) is packages
    for _ in range(2):
        assert packages.package("app/lib", sources).files == ("app/lib/lib.go",)
    assert sources.reads["app/lib/lib.go"] == 1
    assert packages_of(modules, Tags(frozenset({"debug"})), sources) is not packages
    assert packages_of(modules, Tags(), TextSources(files)) is not packages


TEXT = """\
// Deprecated: use v2
module "example.com/a" // the module
go 1.24.3
toolchain go1.25.0

require example.com/one v1.0.0 // indirect
require(
\texample.com/two v2.0.0

\t`example.com/three` v3.0.0
)

exclude example.com/one v1.1.0
replace example.com/one => example.com/fork v1.0.1
replace (
\texample.com/two v2.0.0 => ../two
\texample.com/three => /opt/three
\texample.com/broken
)
"""


def test_a_module_file_is_parsed() -> None:
    file = parse_mod_file(TEXT)
    assert (file.module, file.release) == ("example.com/a", 24)
    assert file.requires == ("example.com/one", "example.com/two", "example.com/three")
    assert file.versions("example.com/three") == {"v3.0.0"}
    assert file.versions("example.com/other") == frozenset()
    assert file.replacements == (
        Replacement("example.com/one", "", "example.com/fork"),
        Replacement("example.com/two", "v2.0.0", "../two"),
        Replacement("example.com/three", "", "/opt/three"),
    )
    assert [each.is_local for each in file.replacements] == [False, True, True]


def test_a_workspace_file_is_parsed() -> None:
    file = parse_mod_file("go 1.22\nuse ./a\nuse (\n\t.\n\t../b\n)\n")
    assert file.uses == ("./a", ".", "../b")
    assert file.module == ""


def test_a_module_without_a_release_has_release_zero() -> None:
    assert parse_mod_file("module a\n").release == 0
    assert parse_mod_file("module a\ngo\n").release == 0
