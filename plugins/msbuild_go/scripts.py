"""The shell scripts of the stages."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin.api import quote
from msbuild_go.flags import MODULE_FLAGS, split_flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild_go.flags import GoFlags
    from msbuild_go.settings import Program

# Where the steps see what earlier runs of them left, below `$CACHE`.
DOWNLOADS = "go-downloads"
WARM = "go-warm"

# Wider than this, a list of packages gets a line for each.
_WIDTH = 100
# Flags with arguments for one tool, that count for all packages only if they say so.
_TOOL_FLAGS = {"asmflags", "gccgoflags", "gcflags"}


def download(root: str, flags: GoFlags) -> str:
    """Fetch every module that is locked; what an earlier run has fetched is not fetched again."""
    kept = f'"$CACHE/{DOWNLOADS}"'
    return _inside(
        root,
        [
            # what go keeps of a download is what a proxy would serve
            f'GOPROXY="file://$CACHE/{DOWNLOADS},$(go env GOPROXY)" {_download(flags)}',
            f"find {kept} -mindepth 1 -delete",
            'mkdir -p "$GOMODCACHE/cache/download"',
            f'cp -R "$GOMODCACHE/cache/download/." {kept}',
        ],
    )


def plain_download(root: str, flags: GoFlags) -> str:
    """The same without what earlier runs have left."""
    return _inside(root, [_download(flags)])


def _download(flags: GoFlags) -> str:
    named = ((name, flags.value(name)) for name in MODULE_FLAGS)
    return " ".join(["go mod download", *(quote(f"-{n}={value}") for n, value in named if value)])


def compile_packages(
    root: str, groups: Iterable[tuple[tuple[str, ...], list[str]]], *, warm: bool
) -> str:
    """Compile packages for services to find them compiled.

    They are compiled in the cache mount, where what another run compiled is found, and copied to
    the cache that services see. What does not compile must not stop services that do without:
    ``-e`` goes on, and a service that needs it fails with the compiler's words.

    Args:
        root: where go is run.
        groups: flags, and the packages to compile with them.
        warm: whether to start with what an earlier run has compiled. Go marks what it uses with
            the time, so that what this run does not use is not kept.
    """
    compiled = [_listed(flags, packages) for flags, packages in groups]
    if not warm:
        return _inside(root, compiled)
    return _inside(
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


def build(root: str, program: Program) -> str:
    """Compile and link a program into ``$OUT``."""
    package = posixpath.relpath(program.package or ".", root or ".")
    words = [
        "go build",
        *_flags(program.flags.words, program),
        "-buildvcs=false",
        *([f"-ldflags={quote(program.ldflags)}"] if program.ldflags else ()),
        f'-o "$OUT"/{quote(program.binary)}',
        quote(package if package == "." else f"./{package}"),
    ]
    return _inside(root, [" ".join(words)])


def package_flags(program: Program) -> tuple[str, ...]:
    """The flags that the packages a program imports are compiled with, ready for the shell."""
    return tuple(_flags(filter(_counts_for_imports, program.flags.words), program))


def _counts_for_imports(flag: str) -> bool:
    name, value = split_flag(flag)
    return name not in _TOOL_FLAGS or (not value.startswith("-") and "=" in value)


def _flags(more: Iterable[str], program: Program) -> Iterator[str]:
    yield "-trimpath"
    yield from map(quote, more)
    if program.tags:
        yield f"-tags={quote(','.join(program.tags))}"


def _inside(root: str, commands: list[str]) -> str:
    every = [*([f"cd {quote(root)}"] if root else []), *commands]
    line = " && ".join(every)
    return line if len(line) <= _WIDTH and "\n" not in line else " && \\\n".join(every)


def _listed(flags: tuple[str, ...], packages: list[str]) -> str:
    """The call of go that compiles packages, without their names for an output."""
    command = " ".join(["go list -e -export", *flags])
    line = " ".join([command, *map(quote, packages)])
    if len(line) > _WIDTH:
        line = " \\\n    ".join([command, *map(quote, packages)])
    return f"{line} > /dev/null"
