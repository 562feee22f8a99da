"""Finding the main package of a service, and errors if there is none."""

from __future__ import annotations

import pytest

from msbuild.errors import ConfigError
from tests.plugins.go.shop import catalog, inputs_of, shop

MAIN = "go/services/catalog/main.go"


def test_a_directory_without_go_files_is_an_error() -> None:
    sources = shop(
        {
            "go/services/catalog/cmd/b/main.go": "package main",
            "go/services/catalog/cmd/a/main.go": "package main",
            "go/services/catalog/cmd/0/main_test.go": "package main",
            "go/services/catalog/lib/l.go": "package lib",
        },
        without=(MAIN,),
    )
    with pytest.raises(
        ConfigError, match="service `catalog`: no Go files in `go/services/cat"
    ) as e:
        inputs_of(catalog(), sources)
    assert e.value.hint == "set the service's option `target` to `./cmd/a` or `./cmd/b`"
    assert e.value.at == catalog().at


def test_a_service_without_a_main_package_is_an_error() -> None:
    with pytest.raises(ConfigError, match="is `package catalog`, not `package main`") as caught:
        inputs_of(catalog(), shop({MAIN: "package catalog"}))
    assert caught.value.hint == (
        "set `path` of the service, or its option `target`, to a directory of `package main`"
    )


def test_a_service_without_a_module_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"no `go\.mod` in `go/services/catalog` or above") as e:
        inputs_of(catalog(), shop(without=("go/go.mod",)))
    assert e.value.hint == "run `go mod init` there, or put `go.mod` under version control"


@pytest.mark.parametrize(
    "text", ["//go:build windows\npackage main", "//go:build ignore\npackage x"]
)
def test_a_package_without_files_for_linux_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match="a Linux build includes none of the Go files in"):
        inputs_of(catalog(), shop({MAIN: text}))


def test_test_files_are_not_a_program() -> None:
    name = "go/services/catalog/main_test.go"
    with pytest.raises(ConfigError, match="a Linux build includes none of the Go files"):
        inputs_of(catalog(), shop({name: "package main"}, without=(MAIN,)))


def test_an_invalid_file_is_left_to_the_compiler() -> None:
    assert set(inputs_of(catalog(), shop({MAIN: "pakage main"})).files) == {MAIN}
