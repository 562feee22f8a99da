"""The stages of Go services and their scripts: dependencies by module, one build per program."""

from __future__ import annotations

import hashlib
import posixpath
import re
from typing import TYPE_CHECKING

from msbuild.plugin.api import (
    CacheMount,
    Copy,
    HostTool,
    Run,
    Stage,
    StageKind,
    StageRef,
    quote,
    toolchain_name,
)
from msbuild_go.flag_files import named_files, real_files
from msbuild_go.flags import MODULE_FLAGS, split_flag
from msbuild_go.settings import cgo_enabled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from msbuild.plugin.api import Builder, Sources
    from msbuild_go.closure import Closure, External
    from msbuild_go.flags import GoFlags
    from msbuild_go.modules import Modules
    from msbuild_go.settings import Program

TOOLCHAIN_ENV = {
    "GOCACHE": "$CACHE/go-build",
    "GOMODCACHE": "$CACHE/go-mod",
    # go fails if `go.mod` or `go.work` requires a newer release that isn't installed
    "GOTOOLCHAIN": "path",
}

_DOWNLOADS_KEY = "module and version; go verifies the checksum in `go.sum`"
_PACKAGES_KEY = (
    "go: the Go files, embedded files and headers of the package's own directory, its imports, the "
    "compiler and its flags. Not files that C and assembly include from other directories, nor C "
    "libraries: a program with either is compiled without this cache"
)

# The first release that supports `GOTOOLCHAIN`, which prevents downloads of other releases.
_OLDEST = (1, 21)
# Cache directories of the steps, below `$CACHE`.
DOWNLOADS = "go-downloads"
WARM = "go-warm"

# Longer commands are split into several lines.
_WIDTH = 100
# Flags of one tool, which affect imported packages only with a package pattern.
_TOOL_FLAGS = {"asmflags", "gccgoflags", "gcflags"}


def host_tools(builder: Builder) -> tuple[HostTool, ...]:
    """The programs of the host that replace the toolchain's image."""
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
    program: Program,
    programs: Sequence[External],
    sources: Sources,
) -> Stage:
    """Third-party modules and the standard library, downloaded and compiled for services.

    Args:
        builder: the builder.
        modules: the modules.
        program: one of the programs, for the settings that all programs of a builder share.
        programs: the imports of the programs.
        sources: the source tree.
    """
    name = deps_name(builder, modules, sources)
    groups = tuple(_groups(programs).items())
    downloaded = CacheMount(f"{name}-downloads", DOWNLOADS, _DOWNLOADS_KEY, sharing="locked")
    warm = CacheMount(f"{name}-warm", WARM, _PACKAGES_KEY, sharing="locked")
    files = real_files(modules.lock_files(sources), sources)
    files |= dict.fromkeys(sources.files(modules.vendor) if modules.vendored else (), "")
    files |= dict.fromkeys(_unvendored_inputs(modules, programs), "")
    flags = program.flags
    files |= named_files(flags, modules.root, sources, builder.at)
    download = Run(
        download_script(modules.root, flags),
        caches=(downloaded,),
        network=True,
        plain=plain_download_script(modules.root, flags),
    )
    downloads = modules.downloads or program.toolchain
    # go's cache keys don't contain the C compiler and C libraries
    keyed = program.cgo is False and "toolexec" not in flags
    is_warm = keyed and not any(each.unkeyed for each in programs)
    compiled = compile_script(modules.root, groups, warm=is_warm)
    plain = compile_script(modules.root, groups, warm=False)
    return Stage(
        name=name,
        kind=StageKind.DEPENDENCIES,
        base=StageRef(toolchain_name(builder)),
        steps=(
            Copy(tuple(sorted(files))),
            *((download,) if downloads else ()),
            Run(compiled, caches=(warm,) if is_warm else (), plain=plain),
        ),
    )


def build_stage(
    name: str, base: tuple[str, str], program: Program, files: tuple[str, ...], *, is_cached: bool
) -> Stage:
    """One program, compiled from its closure.

    Args:
        name: the name of the stage.
        base: the stage of its modules' dependencies, and the directory in which go runs.
        program: the program.
        files: the files that it is compiled from.
        is_cached: whether a cache mount may be used.
    """
    deps, root = base
    cache = CacheMount(f"{deps}-build", "go-build", _PACKAGES_KEY, seed=deps)
    caches = (cache,) if is_cached else ()
    # everything is downloaded; if something is missing, go must fail and not search for it
    offline = (("GOPROXY", "off"),)
    script = build_script(root, program)
    return Stage(
        name=name,
        kind=StageKind.BUILD,
        base=StageRef(deps, speed_only=True),
        steps=(Copy(files), Run(script, caches=caches, env=offline, plain=script)),
    )


def _unvendored_inputs(modules: Modules, programs: Sequence[External]) -> Iterator[str]:
    """Files that vendored packages are compiled with, but that are not vendored."""
    for program in programs:
        for path, package in program.unkeyed.items():
            if modules.vendored and package.startswith(f"{modules.vendor}/"):
                yield path


def is_keyed(program: Program, closure: Closure, listed: Collection[str]) -> bool:
    """Whether go's cache keys contain everything that a program's compilers read.

    Args:
        program: the program.
        closure: its closure.
        listed: other files that the config lists: C may include any of them. Files of other stages
            may be C, too, or included by it.
    """
    if closure.unkeyed or "toolexec" in program.flags:
        return False
    if program.has_generated and program.cgo is not False:
        return False
    return not closure.has_c or not (listed or program.has_generated)


def deps_name(builder: Builder, modules: Modules, sources: Sources) -> str:
    """The name of the shared stage; without directory if that has the builder's name."""
    root = modules.root
    at_top = sources.exists("go.mod") or sources.exists("go.work")
    if not root or (root == builder.name and not at_top):
        return f"{builder.name}-deps"
    plain = re.sub(r"[^a-z0-9_-]+", ".", root.lower()).strip(".")
    if plain.replace(".", "/") != root:
        plain = f"{plain}-{hashlib.sha256(root.encode()).hexdigest()[:8]}"
    return f"{builder.name}-deps-{plain}"


def _groups(
    programs: Sequence[External],
) -> dict[tuple[str, ...], list[str]]:
    """The packages to compile, third-party ones first, by the flags to compile them with."""
    groups: dict[tuple[str, ...], tuple[set[str], set[str]]] = {}
    for program in programs:
        # a program without imports still links the runtime
        third_party, standard = groups.setdefault(program.flags, (set(), {"runtime"}))
        third_party |= program.third_party
        standard |= program.standard
    return {
        flags: [*sorted(third_party), *sorted(standard)]
        for flags, (third_party, standard) in sorted(groups.items())
    }


def download_script(root: str, flags: GoFlags) -> str:
    """The script that downloads every locked module, except those that earlier runs downloaded."""
    stored = f'"$CACHE/{DOWNLOADS}"'
    return _script_in(
        root,
        [
            # go stores downloads in the layout of a proxy
            f'GOPROXY="file://$CACHE/{DOWNLOADS},$(go env GOPROXY)" {_download(flags)}',
            f"find {stored} -mindepth 1 -delete",
            'mkdir -p "$GOMODCACHE/cache/download"',
            f'cp -R "$GOMODCACHE/cache/download/." {stored}',
        ],
    )


def plain_download_script(root: str, flags: GoFlags) -> str:
    """The same without the downloads of earlier runs."""
    return _script_in(root, [_download(flags)])


def _download(flags: GoFlags) -> str:
    named = ((name, flags.value(name)) for name in MODULE_FLAGS)
    return " ".join(
        ["go mod download", *(quote(f"-{name}={value}") for name, value in named if value)]
    )


def compile_script(
    root: str, groups: Iterable[tuple[tuple[str, ...], list[str]]], *, warm: bool
) -> str:
    """The script that compiles packages ahead of services.

    Packages are compiled in the cache mount, with the results of earlier runs, and copied to the
    cache of the services. A package that doesn't compile must not fail services without it: ``-e``
    continues, and a service that needs it fails with the compiler's message.

    Args:
        root: the directory in which go runs.
        groups: flags, and the packages to compile with them.
        warm: whether to start with results of earlier runs. Go updates the times of the results it
            uses, so that unused ones can be deleted.
    """
    compiled = [_list_command(flags, packages) for flags, packages in groups]
    if not warm:
        return _script_in(root, compiled)
    return _script_in(
        root,
        [
            'layer="$GOCACHE"',
            f'export GOCACHE="$CACHE/{WARM}"',
            'find "$GOCACHE" -type f -exec touch -t 200001010000 {} +',
            *compiled,
            'find "$GOCACHE" -type f -mtime +1 -delete',
            'mkdir -p "$layer"',
            'cp -R "$GOCACHE/." "$layer/"',
        ],
    )


def build_script(root: str, program: Program) -> str:
    """The script that compiles and links a program into ``$OUT``."""
    package = posixpath.relpath(program.package or ".", root or ".")
    words = [
        "go build",
        *_flags(program.flags.words, program),
        "-buildvcs=false",
        *([f"-ldflags={quote(program.ldflags)}"] if program.ldflags else ()),
        f'-o "$OUT"/{quote(program.binary)}',
        quote(package if package == "." else f"./{package}"),
    ]
    return _script_in(root, [" ".join(words)])


def package_flags(program: Program) -> tuple[str, ...]:
    """The flags for packages that a program imports, quoted for the shell."""
    return tuple(_flags(filter(_counts_for_imports, program.flags.words), program))


def _counts_for_imports(flag: str) -> bool:
    name, value = split_flag(flag)
    return name not in _TOOL_FLAGS or (not value.startswith("-") and "=" in value)


def _flags(words: Iterable[str], program: Program) -> Iterator[str]:
    yield "-trimpath"
    yield from map(quote, words)
    if program.tags:
        yield f"-tags={quote(','.join(program.tags))}"


def _script_in(root: str, commands: list[str]) -> str:
    lines = [*([f"cd {quote(root)}"] if root else []), *commands]
    line = " && ".join(lines)
    return line if len(line) <= _WIDTH and "\n" not in line else " && \\\n".join(lines)


def _list_command(flags: tuple[str, ...], packages: list[str]) -> str:
    """The call of go that compiles packages, with its output discarded."""
    command = " ".join(["go list -e -export", *flags])
    line = " ".join([command, *map(quote, packages)])
    if len(line) > _WIDTH:
        line = " \\\n    ".join([command, *map(quote, packages)])
    return f"{line} > /dev/null"
