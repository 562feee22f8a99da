"""The files of Go services, with the reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msbuild.model import Dependency, Location
from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import (
    FILES,
    LANGUAGE,
    catalog,
    files_of,
    go,
    inputs_of,
    module,
    package,
    prices,
    program,
    shop,
)


def test_a_service_is_made_from_the_packages_it_imports() -> None:
    inputs = inputs_of(catalog(), shop())
    assert inputs.files == {
        "go/lib/web/web.go": "imported by go/services/catalog/main.go:3",
        "go/services/catalog/main.go": "the main package",
    }
    assert inputs.widened == {}


def test_imports_of_tests_are_ignored() -> None:
    assert "go/lib/faker/faker.go" not in inputs_of(catalog(), shop()).files


def test_an_embedded_file_is_included() -> None:
    main = (
        FILES["go/services/catalog/main.go"] + 'import _ "embed"\n\n//go:embed *.md\nvar x string'
    )
    files = inputs_of(catalog(), shop({"go/services/catalog/main.go": main})).files
    assert files["go/services/catalog/README.md"] == "embedded by go/services/catalog/main.go:6"


def test_only_the_profile_of_the_main_package_is_included() -> None:
    profile = "the profile for optimization of the main package"
    sources = shop(
        {"go/services/prices/default.pgo": "", "go/lib/money/default.pgo": ""},
    )
    files = inputs_of(prices(), sources).files
    assert files["go/services/prices/default.pgo"] == profile
    assert "go/lib/money/default.pgo" not in files


def test_tags_select_files() -> None:
    sources = shop({"go/lib/money/exact.go": "//go:build exact\n\npackage money\n"})
    extra = {"go/lib/money/exact.go"}
    assert not extra & set(inputs_of(prices(), sources).files)
    assert extra <= set(inputs_of(prices(tags=["exact"]), sources).files)
    assert extra <= set(inputs_of(prices(), sources, go(tags=["exact"])).files)


def test_every_architecture_is_built_from_the_same_files() -> None:
    texts = dict.fromkeys(("a_amd64.go", "a_arm64.go", "a_windows.go"), "package money\n")
    sources = shop({f"go/lib/money/{name}": text for name, text in texts.items()})
    files = inputs_of(prices(), sources).files
    assert {"go/lib/money/a_amd64.go", "go/lib/money/a_arm64.go"} <= set(files)
    assert "go/lib/money/a_windows.go" not in files


def test_import_cycles_terminate() -> None:
    files = {
        "app/go.mod": module("example.com/app"),
        "app/main.go": program("example.com/app/a"),
        "app/a/a.go": package("a", "example.com/app/b"),
        "app/b/b.go": package("b", "example.com/app/a"),
    }
    assert files_of(files) == {"app/main.go", "app/a/a.go", "app/b/b.go"}


def test_a_module_may_be_at_the_source_root() -> None:
    files = {"go.mod": module("a.b/c"), "main.go": program("a.b/c/d"), "d/d.go": package("d")}
    root = replace(service(LANGUAGE, "app"), path=".")
    inputs = LANGUAGE.inputs(root, go(), TextSources(files))
    assert set(inputs.files) == {"main.go", "d/d.go"}


def test_a_generated_package_is_not_in_the_tree() -> None:
    files = {"app/go.mod": module("example.com/app"), "app/main.go": program("example.com/app/gen")}
    assert files_of(files) == {"app/main.go"}


def test_vendored_packages_are_used_unless_a_flag_disables_them() -> None:
    files = {
        "app/go.mod": module("example.com/app", "require example.com/far v1.0.0\n"),
        "app/main.go": program("example.com/far"),
        "app/vendor/modules.txt": "# example.com/far v1.0.0\n## explicit\nexample.com/far\n",
        "app/vendor/example.com/far/far.go": package("far"),
    }
    assert files_of(files) == {"app/main.go", "app/vendor/example.com/far/far.go"}
    assert files_of(files, flags=["-mod=mod"]) == {"app/main.go"}


def test_without_the_workspace_its_modules_are_third_party() -> None:
    files = {
        "go.work": "use ./app\nuse ./kit\n",
        "app/go.mod": module("example.com/app", "require example.com/kit v1.0.0\n"),
        "app/main.go": program("example.com/kit"),
        "kit/go.mod": module("example.com/kit"),
        "kit/kit.go": package("kit"),
    }
    assert files_of(files) == {"app/main.go", "kit/kit.go"}
    off = replace(go(), env={"GOWORK": "off"})
    inputs = LANGUAGE.inputs(service(LANGUAGE, "app"), off, TextSources(files))
    assert set(inputs.files) == {"app/main.go"}


HERE = Location("msbuild.yaml", 1, 1)
TREE = {
    "go.mod": module("example.com/m", "require example.com/kit v1.0.0\n")
    + "replace example.com/kit => ./kit\n",
    "go.sum": "",
    "api/main.go": program("example.com/m/gen"),
    "api/extra/e.go": package("extra"),
    "lib/scalars/s.go": package("scalars", "example.com/m/lib/deep"),
    "lib/deep/d.go": package("deep"),
    "lib/deep/d_test.go": package("deep"),
    "lib/testdata/t.go": package("testdata"),
    "lib/_draft/t.go": package("draft"),
    "cmd/other/main.go": program(),
    "nested/go.mod": module("example.com/nested"),
    "nested/n.go": package("nested"),
    "kit/go.mod": module("example.com/kit"),
    "kit/k.go": package("kit"),
}
ALL = {
    *("api/main.go", "api/extra/e.go", "lib/scalars/s.go", "lib/deep/d.go", "kit/k.go"),
}


def inputs(
    source: str, destination: str, tree: dict[str, str] | None = None, listed: tuple[str, ...] = ()
) -> tuple[set[str], dict[str, str]]:
    each = replace(
        service(LANGUAGE, "api"),
        depends_on=(Dependency("codegen", source, destination, HERE),),
        inputs=listed,
    )
    found = LANGUAGE.inputs(each, go(), TextSources(tree or TREE))
    assert set(found.facts) >= {"go.mod"}
    return set(found.files), dict(found.widened)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("gen.go", "gen/gen.go"),
        ("gen.go", "./gen"),
        (".", "gen"),
        ("out", "gen"),
        (".", "."),
        ("gen.go", "api/more.go"),
        ("gen", "api"),
    ],
)
def test_generated_code_may_import_any_package(source: str, destination: str) -> None:
    files, widened = inputs(source, destination)
    assert files == ALL
    assert set(widened) == {".", "kit"}
    assert widened["."].startswith("Go code that `codegen` generates in `")


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("api.json", "gen/api.json"),
        ("x.go", "elsewhere/x.go"),
        ("tool", "api/bin/tool"),
        (".", "web/dist"),
    ],
)
def test_other_generated_files_widen_nothing(source: str, destination: str) -> None:
    files, widened = inputs(source, destination)
    assert (files, widened) == ({"api/main.go"}, {})


def test_listed_inputs_determine_the_imports_of_generated_code() -> None:
    files, widened = inputs("gen.go", "gen/gen.go", listed=("lib/scalars/s.go",))
    assert (files, widened) == ({"api/main.go", "lib/scalars/s.go", "lib/deep/d.go"}, {})


def test_third_party_imports_of_generated_code_are_unknown() -> None:
    each = replace(
        service(LANGUAGE, "api"),
        depends_on=(Dependency("codegen", "m.go", "api/m.go", HERE),),
    )
    tree = {**TREE, "api/main.go": program()}
    one, other = (
        LANGUAGE.inputs(each, go(), TextSources({**tree, "go.sum": sums})).facts
        for sums in ("", "example.com/far v1.0.0 h1:x=\n")
    )
    assert one != other


def test_generated_code_may_import_vendored_packages() -> None:
    tree = {
        "go.mod": module("example.com/m", "require example.com/far v1.0.0\n"),
        "api/main.go": program("example.com/m/gen"),
        "vendor/modules.txt": "# example.com/far v1.0.0\n## explicit\nexample.com/far/a\n",
        "vendor/example.com/far/a/a.go": package("a"),
    }
    files, widened = inputs("gen.go", "gen/gen.go", tree)
    assert files == {"api/main.go", "vendor/example.com/far/a/a.go"}
    assert set(widened) == {".", "vendor"}


def test_ignored_code_is_a_warning() -> None:
    sources = TextSources(TREE, ignored=("gen/gen.go", "gen/x/y.go", "gen/notes.txt"))
    found = LANGUAGE.inputs(service(LANGUAGE, "api"), go(), sources)
    assert found.warnings == ("ignore rules exclude `gen/gen.go`, imported by `api/main.go:3`",)
