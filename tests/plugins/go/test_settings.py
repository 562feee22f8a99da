"""Options of builders and services, and which of them are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msbuild_go.constraints import IMAGES
from msbuild_go.flags import GoFlags
from msbuild_go.settings import Program, program_of

from msbuild.errors import ConfigError
from tests.plugins.go.shop import LANGUAGE, catalog, go, shop

if TYPE_CHECKING:
    from msbuild_go.constraints import Verdict


def test_options_have_defaults() -> None:
    assert program_of(catalog(), go()) == Program(
        package="go/services/catalog",
        binary="catalog",
        flags=GoFlags(),
        ldflags="-s -w",
        tags=(),
        cgo=False,
        closed=True,
        architectures=IMAGES,
        workspace=True,
        mod="",
        toolchain=False,
    )


def test_tags_of_builder_and_service_are_joined() -> None:
    program = program_of(catalog(tags=["b", "a"]), go(tags=["c", "a"]))
    assert program.tags == ("a", "b", "c")
    assert program.tags_for(22).chosen == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("env", "cgo", "verdict"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"CGO_ENABLED": "0"}, False, False),
        ({"CGO_ENABLED": "1"}, False, True),
        ({"CGO_ENABLED": "$X"}, False, None),
    ],
)
def test_cgo_enabled_in_the_environment_overrides_the_option(
    env: dict[str, str], cgo: bool, verdict: Verdict
) -> None:
    assert program_of(catalog(), replace(go(cgo=cgo), env=env)).cgo is verdict


@pytest.mark.parametrize(
    ("env", "architectures"),
    [({"GOARCH": "mips"}, ("mips",)), ({"GOARCH": ""}, IMAGES)],
)
def test_the_environment_may_select_the_architecture(
    env: dict[str, str], architectures: tuple[str, ...]
) -> None:
    assert program_of(catalog(), replace(go(), env=env)).architectures == architectures


@pytest.mark.parametrize(
    ("flags", "environment", "closed"),
    [
        (["-v"], "", True),
        (["-race"], "", False),
        ([], "-tags=x -v", False),
        ([], "--msan", False),
    ],
)
def test_flags_may_set_unknown_tags(flags: list[str], environment: str, closed: bool) -> None:
    builder = replace(go(flags=flags), env={"GOFLAGS": environment})
    assert program_of(catalog(), builder).closed is closed


def test_a_flag_overrides_the_environment_on_vendored_packages() -> None:
    env = {"GOFLAGS": "-mod=mod"}
    assert program_of(catalog(), replace(go(), env=env)).mod == "mod"
    assert program_of(catalog(), replace(go(flags=["-mod=vendor"]), env=env)).mod == "vendor"
    assert program_of(catalog(), replace(go(flags=["-mod", "vendor"]), env=env)).mod == "vendor"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("GOCACHE", "/x"), ("GOMODCACHE", "/m"), ("GOOS", "darwin"), ("GOARCH", "$X")),
        *(("GOENV", "go.env"), ("GOWORK", "/work/other.work"), ("GO111MODULE", "off")),
    ],
)
def test_unsupported_variables_are_refused(name: str, value: str) -> None:
    shared = replace(go(), env={name: value})
    with pytest.raises(ConfigError, match=f"builder `go`: `{name}: ") as caught:
        program_of(catalog(), shared)
    assert caught.value.at == shared.at
    assert caught.value.hint
    with pytest.raises(ConfigError):
        LANGUAGE.shared_stages(shared, [], shop())


def test_contradicting_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="`cgo: true` and `CGO_ENABLED: 0`"):
        program_of(catalog(), replace(go(cgo=True), env={"CGO_ENABLED": "0"}))


def test_cgo_enabled_in_the_environment_needs_a_compiler() -> None:
    toolchain = LANGUAGE.shared_stages(replace(go(), env={"CGO_ENABLED": "1"}), [], shop())[0]
    assert dict(toolchain.env)["CGO_ENABLED"] == "1"
    assert [tool.name for tool in toolchain.host] == ["go", "gcc"]


@pytest.mark.parametrize(
    ("options", "package", "binary"),
    [
        ({"target": "./cmd/server"}, "go/services/catalog/cmd/server", "server"),
        ({"target": "../prices"}, "go/services/prices", "prices"),
        ({"binary": "app"}, "go/services/catalog", "app"),
        ({"target": "cmd/server", "binary": "app"}, "go/services/catalog/cmd/server", "app"),
        ({"target": "../../.."}, "", "catalog"),
    ],
)
def test_target_and_path_determine_directory_and_name(
    options: dict[str, str], package: str, binary: str
) -> None:
    program = program_of(catalog(**options), go())
    assert (program.package, program.binary) == (package, binary)


@pytest.mark.parametrize("target", ["../../../..", "../../../../x", "/etc"])
def test_a_target_outside_the_tree_is_refused(target: str) -> None:
    with pytest.raises(ConfigError, match="is outside the source tree") as caught:
        program_of(catalog(target=target), go())
    assert caught.value.hint == "use a path relative to the service's `path`, `go/services/catalog`"
    assert caught.value.at == catalog().at


@pytest.mark.parametrize("binary", ["bin/app", "..", "."])
def test_a_binary_that_is_not_a_file_name_is_refused(binary: str) -> None:
    with pytest.raises(ConfigError, match="of service `catalog` is not a file name"):
        program_of(catalog(binary=binary), go())


def test_tags_among_the_flags_are_refused() -> None:
    with pytest.raises(
        ConfigError, match="builder `go` sets build tags among its `flags`"
    ) as caught:
        program_of(catalog(), go(flags=["-tags=x"]))
    assert "option `tags`" in str(caught.value.hint)
