"""The files of Go services, with the reasons."""

from __future__ import annotations

from dataclasses import replace

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


def test_imports_of_tests_do_not_count() -> None:
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


def test_the_module_at_the_source_root() -> None:
    files = {"go.mod": module("a.b/c"), "main.go": program("a.b/c/d"), "d/d.go": package("d")}
    root = replace(service(LANGUAGE, "app"), path=".")
    inputs = LANGUAGE.inputs(root, go(), TextSources(files))
    assert set(inputs.files) == {"main.go", "d/d.go"}


def test_a_generated_package_is_not_in_the_tree() -> None:
    files = {"app/go.mod": module("example.com/app"), "app/main.go": program("example.com/app/gen")}
    assert files_of(files) == {"app/main.go"}


def test_vendored_packages_count_unless_a_flag_says_otherwise() -> None:
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
