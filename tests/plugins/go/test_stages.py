"""The stages of a Go builder and its services."""

from __future__ import annotations

import shlex
from dataclasses import replace

from msbuild.model import CacheMount, Copy, Packages, Run, StageKind, StageRef
from msbuild.plugin.api import TargetPlatform
from msbuild.plugin.testing import TextSources, build, service
from tests.plugins.go.shop import (
    LANGUAGE,
    catalog,
    deps_of,
    go,
    inputs_of,
    module,
    prices,
    program,
    script_of,
    shop,
)

DOWNLOAD = """\
cd go && \\
GOPROXY="file://$CACHE/go-downloads,$(go env GOPROXY)" go mod download && \\
find "$CACHE/go-downloads" -mindepth 1 -delete && \\
mkdir -p "$GOMODCACHE/cache/download" && \\
cp -R "$GOMODCACHE/cache/download/." "$CACHE/go-downloads"\
"""

COMPILE = """\
cd go && \\
layer="$GOCACHE" && \\
export GOCACHE="$CACHE/go-warm" && \\
find "$GOCACHE" -type f -exec touch -t 200001010000 {} + && \\
go list -e -export -trimpath github.com/go-chi/chi/v5 net/http runtime strconv > /dev/null && \\
find "$GOCACHE" -type f -mtime +1 -delete && \\
mkdir -p "$layer" && \\
cp -R "$GOCACHE/." "$layer/"\
"""

PLAIN_COMPILE = """\
cd go && go list -e -export -trimpath github.com/go-chi/chi/v5 net/http runtime strconv > /dev/null\
"""

BUILD = """\
cd go && go build -trimpath -buildvcs=false -ldflags='-s -w' -o "$OUT"/catalog ./services/catalog\
"""


def lists_of(stage: object) -> list[str]:
    """The calls of go that compile packages in the last step of a stage."""
    script = script_of(stage).replace(" \\\n    ", " ")
    return [line.partition(" > ")[0] for line in script.splitlines() if line.startswith("go list")]


def test_the_toolchain_is_static_and_local() -> None:
    builder = replace(go(), packages=("golang-go",), env={"GOAMD64": "v2"})
    (toolchain,) = LANGUAGE.shared_stages(builder, [], shop())
    assert toolchain.name == "go-toolchain"
    assert toolchain.steps == (Packages(("golang-go",)),)
    assert dict(toolchain.env) == {
        "CGO_ENABLED": "0",
        "GOAMD64": "v2",
        "GOCACHE": "$CACHE/go-build",
        "GOMODCACHE": "$CACHE/go-mod",
        "GOTOOLCHAIN": "path",
    }
    with_c = LANGUAGE.shared_stages(go(cgo=True), [], shop())[0]
    assert dict(with_c.env)["CGO_ENABLED"] == "1"


def test_dependencies_come_from_the_lock_files_alone() -> None:
    stage = deps_of(shop(), catalog(), prices())
    assert (stage.name, stage.kind) == ("go-deps", StageKind.DEPENDENCIES)
    assert stage.base == StageRef("go-toolchain")
    downloads = CacheMount("go-deps-downloads", "go-downloads", "content", sharing="locked")
    warm = CacheMount("go-deps-warm", "go-warm", "content", sharing="locked")
    assert stage.steps == (
        Copy(("go/go.mod", "go/go.sum")),
        Run(DOWNLOAD, caches=(downloads,), network=True, plain="cd go && go mod download"),
        Run(COMPILE, caches=(warm,), plain=PLAIN_COMPILE),
    )


def test_without_requirements_nothing_is_downloaded() -> None:
    stage = deps_of(shop({"go/go.mod": module("example.com/shop")}), prices())
    assert [step.network for step in stage.steps if isinstance(step, Run)] == [False]


def test_packages_are_compiled_with_the_flags_of_each_service() -> None:
    shared = go(flags=["-race", "-asmflags=-e", "-gcflags=-N -l", "-gcflags=all=-N -l"])
    stage = deps_of(shop(), prices(tags=["b", "a c"]), catalog(), shared=shared)
    compiled = "go list -e -export -trimpath -race '-gcflags=all=-N -l'"
    assert lists_of(stage.steps[-1]) == [
        f"{compiled} github.com/go-chi/chi/v5 net/http runtime",
        f"{compiled} -tags='a c,b' runtime strconv",
    ]


def test_a_program_without_imports_needs_the_runtime() -> None:
    sources = shop({"go/services/prices/main.go": program()})
    assert lists_of(deps_of(sources, prices()).steps[-1]) == [
        "go list -e -export -trimpath runtime"
    ]


def test_many_packages_are_listed_one_per_line() -> None:
    names = sorted(f"encoding/x{number}" for number in range(9))
    stage = deps_of(shop({"go/services/prices/main.go": program(*names)}), prices())
    listed = " \\\n    ".join([*names, "runtime > /dev/null"])
    assert f"go list -e -export -trimpath \\\n    {listed}" in script_of(stage.steps[-1])


def test_packages_with_cgo_are_not_cached_across_toolchains() -> None:
    main = 'package main\n\nimport "C"\nimport "example.com/shop/lib/web"\n'
    sources = shop({"go/services/catalog/main.go": main})
    compiled = deps_of(sources, catalog(), shared=go(cgo=True)).steps[-1]
    script = (
        "cd go && go list -e -export -trimpath "
        "github.com/go-chi/chi/v5 net/http runtime > /dev/null"
    )
    assert compiled == Run(script, plain=script)


def test_a_service_is_compiled_offline_on_top_of_the_dependencies() -> None:
    inputs = inputs_of(catalog(), shop())
    built = build(LANGUAGE, catalog(), go(), shop())
    (stage,) = built.stages
    assert (stage.name, stage.kind) == ("catalog-build", StageKind.BUILD)
    assert stage.base == StageRef("go-deps", speed_only=True)
    cache = CacheMount("go-deps-build", "go-build", "content", seed="go-deps")
    assert stage.steps == (
        Copy(tuple(inputs.files)),
        Run(BUILD, caches=(cache,), env=(("GOPROXY", "off"),), plain=BUILD),
    )
    assert [(each.source, each.name) for each in built.artifacts] == [("catalog", "catalog")]


def test_the_architecture_of_the_environment_is_the_target() -> None:
    assert build(LANGUAGE, catalog(), go(), shop()).target is None
    shared = replace(go(), env={"GOARCH": "arm64"})
    target = build(LANGUAGE, catalog(), shared, shop()).target
    assert target == TargetPlatform("linux/arm64", "`GOARCH: arm64` in `env`")


def test_builds_start_with_the_cache_of_the_dependencies() -> None:
    env = dict(LANGUAGE.shared_stages(go(), [], shop())[0].env)
    run = build(LANGUAGE, catalog(), go(), shop()).stages[0].steps[1]
    assert isinstance(run, Run)
    assert f"$CACHE/{run.caches[0].directory}" == env["GOCACHE"]


def test_flags_reach_the_build() -> None:
    each, shared = catalog(ldflags="", tags=["x"]), go(flags=["-gcflags=-N -l"])
    stage = build(LANGUAGE, each, shared, shop()).stages[0]
    assert script_of(stage.steps[1]) == (
        "cd go && \\\ngo build -trimpath '-gcflags=-N -l' -tags=x -buildvcs=false "
        '-o "$OUT"/catalog ./services/catalog'
    )


def test_vendored_packages_are_copied_and_need_no_network() -> None:
    listed = "# github.com/go-chi/chi/v5 v5.2.3\n## explicit\ngithub.com/go-chi/chi/v5\n"
    sources = shop(
        {
            "go/vendor/modules.txt": listed,
            "go/vendor/github.com/go-chi/chi/v5/chi.go": "package chi",
        }
    )
    stage = deps_of(sources, catalog())
    assert stage.files == (
        *("go/go.mod", "go/go.sum", "go/vendor/github.com/go-chi/chi/v5/chi.go"),
        "go/vendor/modules.txt",
    )
    assert not any(step.network for step in stage.steps if isinstance(step, Run))


def test_services_of_a_workspace_share_their_dependencies() -> None:
    sources = TextSources(
        {
            "go.work": "use ./a\nuse ./b\n",
            "a/go.mod": module("example.com/a"),
            "a/main.go": program(),
            "b/go.mod": module("example.com/b"),
            "b/main.go": program(),
        }
    )
    services = service(LANGUAGE, "a"), service(LANGUAGE, "b")
    stage = deps_of(sources, *services)
    assert (stage.name, stage.files) == ("go-deps", ("a/go.mod", "b/go.mod", "go.work"))
    own = build(LANGUAGE, services[0], go(), sources).stages[0]
    assert script_of(own.steps[1]).endswith('-o "$OUT"/a ./a')


def test_each_module_has_its_own_dependencies() -> None:
    homes = ("", "go", "x/y", "x.y", "Sync It")
    files = {f"{home}/main.go".lstrip("/"): program() for home in homes}
    files |= {f"{home}/go.mod".lstrip("/"): module("example.com/m") for home in homes}
    services = [
        replace(service(LANGUAGE, "s"), name=f"s{i}", path=p or ".") for i, p in enumerate(homes)
    ]
    stages = LANGUAGE.shared_stages(go(), services, TextSources(files))
    names = [stage.name for stage in stages]
    assert len(set(names)) == 6
    assert {"go-toolchain", "go-deps", "go-deps-go", "go-deps-x.y"} < set(names)


def test_a_workspace_at_the_root_has_priority_over_a_module_with_the_builders_name() -> None:
    sources = shop({"go.work": "use ./a\n", "a/go.mod": module("a.b/c"), "a/main.go": program()})
    services = [service(LANGUAGE, "a"), prices()]
    names = [stage.name for stage in LANGUAGE.shared_stages(go(), services, sources)]
    assert names == ["go-toolchain", "go-deps", "go-deps-go"]


def test_names_from_the_tree_and_the_config_are_quoted() -> None:
    nasty = "it's $HOME; `x`"
    path = f"{nasty}/cmd/{nasty}"
    sources = TextSources(
        {f"{nasty}/go.mod": module("example.com/a"), f"{path}/main.go": program("$(id)/x")}
    )
    each = service(LANGUAGE, path, ldflags="-X 'main.v=a b'", tags=["$(id)"])
    shared = go(flags=["-p 1"])
    own = build(LANGUAGE, each, shared, sources).stages[0]
    words = shlex.split(script_of(own.steps[1]).replace(" && \\\n", " && "))
    assert words == [
        *("cd", nasty, "&&", "go", "build", "-trimpath", "-p 1", "-tags=$(id)"),
        *("-buildvcs=false", "-ldflags=-X 'main.v=a b'", "-o", f"$OUT/{nasty}"),
        f"./cmd/{nasty}",
    ]
    stage = deps_of(sources, each, shared=shared)
    assert shlex.split(lists_of(stage.steps[-1])[0])[3:] == [
        *("-export", "-trimpath", "-p 1", "-tags=$(id)", "$(id)/x", "runtime"),
    ]
