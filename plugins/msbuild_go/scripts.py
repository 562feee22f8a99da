"""The shell scripts of the stages."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild.plugin_api import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_go.settings import Program

# Wider than this, a list of packages gets a line for each.
_WIDTH = 100


def download(root: str) -> str:
    """Fetch every module that is locked."""
    return _inside(root, ["go mod download"])


def compile_packages(root: str, groups: Iterable[tuple[tuple[str, ...], list[str]]]) -> str:
    """Compile packages for services to find them compiled.

    What does not compile must not stop services that do without: ``-e`` goes on, and a service
    that needs it fails with the compiler's words.

    Args:
        root: where go is run.
        groups: flags, and the packages to compile with them.
    """
    lines = [_wrapped(["go list -e -export", *flags], packages) for flags, packages in groups]
    return _inside(root, lines)


def build(root: str, program: Program) -> str:
    """Compile and link a program into ``$OUT``."""
    package = posixpath.relpath(program.package or ".", root or ".")
    words = [
        "go build",
        *flags(program),
        "-buildvcs=false",
        *([f"-ldflags={quote(program.ldflags)}"] if program.ldflags else ()),
        f'-o "$OUT"/{quote(program.binary)}',
        quote(package if package == "." else f"./{package}"),
    ]
    return _inside(root, [" ".join(words)])


def flags(program: Program) -> tuple[str, ...]:
    """The flags that decide what compiled packages can be used again, ready for the shell."""
    tags = (f"-tags={quote(','.join(program.tags))}",) if program.tags else ()
    return ("-trimpath", *map(quote, program.flags), *tags)


def _inside(root: str, commands: list[str]) -> str:
    return " && ".join([*([f"cd {quote(root)}"] if root else []), *commands])


def _wrapped(command: list[str], packages: list[str]) -> str:
    line = " ".join([*command, *map(quote, packages)])
    if len(line) <= _WIDTH:
        return line
    return " \\\n    ".join([" ".join(command), *map(quote, packages)])
