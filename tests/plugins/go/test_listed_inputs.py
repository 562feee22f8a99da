"""Listed inputs of a Go service are compiled like its imports."""

from __future__ import annotations

import dataclasses

import pytest

from msbuild.model import Dependency, Location
from msbuild.plugin.testing import build
from tests.plugins.go.shop import LANGUAGE, deps_of, go, inputs_of, prices, script_of, shop

GENERATED = (Dependency("codegen", "gen.go", "go/lib/gen/gen.go", Location("x", 1, 1)),)
GEN_IMPORTS = 'package main\n\nimport "example.com/shop/lib/gen"\n'
FILES = {
    "go/services/prices/main.go": GEN_IMPORTS,
    "go/lib/other/go.mod": "module example.com/other\n",
    "go/lib/other/other.go": 'package other\n\nimport "example.com/far/away"\n',
    "c/lib.h": "",
}


def test_imports_of_listed_packages_are_inputs() -> None:
    service = dataclasses.replace(prices(), inputs=("go/lib/web/web.go",))
    found = inputs_of(service, shop())
    assert found.files["go/lib/web/web.go"] == "listed in `inputs`"
    assert "go/go.sum" in found.facts
    assert "go/go.sum" not in inputs_of(prices(), shop()).facts
    assert "go-chi/chi" in script_of(deps_of(shop(), service).steps[-1])
    assert "go-chi/chi" not in script_of(deps_of(shop(), prices()).steps[-1])


def test_a_listed_package_of_another_module_is_data() -> None:
    service = dataclasses.replace(prices(), inputs=("go/lib/other/other.go", "c/lib.h"))
    found = inputs_of(service, shop(FILES))
    assert "go/lib/other/other.go" not in found.files
    assert found.facts == inputs_of(prices(), shop(FILES)).facts


@pytest.mark.parametrize(
    ("listed", "cgo", "generated", "kept"),
    [
        ((), True, False, True),
        (("c/lib.h",), False, False, True),
        # C in the listed package may include the header
        (("go/lib/native/native.go", "c/lib.h"), True, False, False),
        # generated code may be C, and include files outside of go's cache keys
        ((), True, True, False),
        ((), False, True, True),
    ],
)
def test_a_cache_is_mounted_if_its_keys_contain_all_files_read(
    listed: tuple[str, ...], *, cgo: bool, generated: bool, kept: bool
) -> None:
    native = 'package native\n\n// #include "../../../c/lib.h"\nimport "C"\n'
    sources = shop({**FILES, "go/lib/native/native.go": native})
    service = dataclasses.replace(
        prices(), inputs=listed, depends_on=GENERATED if generated else ()
    )
    stage = build(LANGUAGE, service, go(cgo=cgo), sources).stages[-1]
    (run,) = (step for step in stage.steps if hasattr(step, "caches"))
    assert bool(run.caches) == kept
