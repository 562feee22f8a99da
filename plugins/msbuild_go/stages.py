"""The stages of Go services: the shared ones of a module, and the build of one program."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from msbuild.plugin.api import CacheMount, Copy, HostTool, Run, Stage, StageKind, StageRef
from msbuild_go import scripts
from msbuild_go.flag_files import named_files, real_files
from msbuild_go.settings import cgo_enabled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from msbuild.plugin.api import Builder, Sources
    from msbuild_go.closure import Closure
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

TOOLCHAIN_ENV = {
    "GOCACHE": "$CACHE/go-build",
    "GOMODCACHE": "$CACHE/go-mod",
    # a newer go that `go.mod` or `go.work` asks for is looked for and missed, not left out
    "GOTOOLCHAIN": "path",
}

_DOWNLOADS_KEY = "module and version; go checks the sum in `go.sum`"
_PACKAGES_KEY = (
    "go: the go files, embedded files and headers of the package's own directory, what it imports, "
    "the compiler and its flags. Not what C and assembly include from elsewhere, nor libraries of "
    "C: a program that has either is compiled without it"
)

# The first release that `GOTOOLCHAIN` keeps from downloading another one.
_OLDEST = (1, 21)


def host_tools(builder: Builder) -> tuple[HostTool, ...]:
    """What takes the place of the toolchain's image on a host."""
    go = HostTool(
        *("go", ("version",), "golang-go", _OLDEST),
        home=("go", "env", "GOROOT"),
        settings=("~/.config/go/env", "$GOENV"),
    )
    gcc = HostTool("gcc", ("--version",), "gcc")
    return (go, gcc) if cgo_enabled(builder) else (go,)


def deps_stage(
    builder: Builder,
    modules: Modules,
    programs: Sequence[tuple[Program, Closure]],
    sources: Sources,
) -> Stage:
    """Third-party modules and the standard library, downloaded and compiled for the services."""
    name = deps_name(builder, modules, sources)
    groups = tuple(_groups(programs).items())
    kept = CacheMount(f"{name}-downloads", scripts.DOWNLOADS, _DOWNLOADS_KEY, sharing="locked")
    warm = CacheMount(f"{name}-warm", scripts.WARM, _PACKAGES_KEY, sharing="locked")
    files = real_files(modules.lock_files(sources), sources)
    files |= dict.fromkeys(sources.files(modules.vendor) if modules.vendored else (), "")
    files |= dict.fromkeys(_beside_vendored(modules, programs), "")
    for program, _ in programs:
        files |= named_files(program.flags, modules.root, sources, builder.at)
    flags = programs[0][0].flags
    download = Run(
        scripts.download(modules.root, flags),
        caches=(kept,),
        network=True,
        plain=scripts.plain_download(modules.root, flags),
    )
    downloads = modules.downloads or any(program.toolchain for program, _ in programs)
    # go does not see which C compiler and which C libraries it has compiled with
    is_warm = all(
        program.cgo is False and not closure.unkeyed and "toolexec" not in program.flags
        for program, closure in programs
    )
    compiled = scripts.compile_packages(modules.root, groups, warm=is_warm)
    plain = scripts.compile_packages(modules.root, groups, warm=False)
    return Stage(
        name=name,
        kind=StageKind.DEPENDENCIES,
        base=StageRef(f"{builder.name}-toolchain"),
        steps=(
            Copy(tuple(sorted(files))),
            *((download,) if downloads else ()),
            Run(compiled, caches=(warm,) if is_warm else (), plain=plain),
        ),
    )


def build_stage(
    name: str, ground: tuple[str, str], program: Program, files: tuple[str, ...], *, is_cached: bool
) -> Stage:
    """One program, compiled from its closure.

    Args:
        name: the name of the stage.
        ground: the stage of its modules' dependencies, and where go is run.
        program: the program.
        files: what it is compiled from.
        is_cached: whether a kept cache may be used.
    """
    deps, root = ground
    cache = CacheMount(f"{deps}-build", "go-build", _PACKAGES_KEY, seed=deps)
    caches = (cache,) if is_cached else ()
    # all is downloaded; should something be missing, go is to say so and not to look for it
    offline = (("GOPROXY", "off"),)
    script = scripts.build(root, program)
    return Stage(
        name=name,
        kind=StageKind.BUILD,
        base=StageRef(deps, speed_only=True),
        steps=(Copy(files), Run(script, caches=caches, env=offline, plain=script)),
    )


def _beside_vendored(
    modules: Modules, programs: Sequence[tuple[Program, Closure]]
) -> Iterator[str]:
    """What vendored packages are compiled with and is not vendored itself."""
    for _, closure in programs:
        for path, package in closure.unkeyed.items():
            if modules.vendored and package.startswith(f"{modules.vendor}/"):
                yield path


def is_keyed(program: Program, closure: Closure, listed: Collection[str]) -> bool:
    """Whether go's cache tells apart all that a program's compilers read.

    Args:
        program: the program.
        closure: what is known of it.
        listed: what was listed by hand besides: C may include any of it. What other stages make may
            be C itself, or included by it.
    """
    if closure.unkeyed or "toolexec" in program.flags:
        return False
    if program.completed and program.cgo is not False:
        return False
    return not closure.has_c or not (listed or program.completed)


def deps_name(builder: Builder, modules: Modules, sources: Sources) -> str:
    """The name of the shared stage; modules named like their builder need no name of their own."""
    root = modules.root
    at_top = sources.exists("go.mod") or sources.exists("go.work")
    if not root or (root == builder.name and not at_top):
        return f"{builder.name}-deps"
    plain = re.sub(r"[^a-z0-9_-]+", ".", root.lower()).strip(".")
    if plain.replace(".", "/") != root:
        plain = f"{plain}-{hashlib.sha256(root.encode()).hexdigest()[:8]}"
    return f"{builder.name}-deps-{plain}"


def _groups(
    programs: Sequence[tuple[Program, Closure]],
) -> dict[tuple[str, ...], list[str]]:
    """The packages to compile, third-party ones first, by the flags to compile them with."""
    found: dict[tuple[str, ...], tuple[set[str], set[str]]] = {}
    for program, closure in programs:
        # what imports nothing at all links the runtime
        flags = scripts.package_flags(program)
        third_party, standard = found.setdefault(flags, (set(), {"runtime"}))
        third_party |= closure.third_party
        standard |= closure.standard
    return {
        flags: [*sorted(third_party), *sorted(standard)]
        for flags, (third_party, standard) in sorted(found.items())
    }
