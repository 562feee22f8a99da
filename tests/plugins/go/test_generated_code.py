"""Go code that other stages generate may import any package of the module."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msbuild.model import Dependency, Location
from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import LANGUAGE, go, module, package, program

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


def test_listed_inputs_determine_what_generated_code_imports() -> None:
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
