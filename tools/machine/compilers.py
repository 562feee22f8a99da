"""The sample shop's compilers: installed, available from package sources, or missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from machine import apt
from machine.root import call, find

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION = re.compile(r"(?:^|[^0-9.])(\d+)\.(\d+)")


@dataclass(frozen=True)
class Compiler:
    """A program that a language needs.

    Attributes:
        oldest: the oldest version that compiles the sample.
        version_argument: the argument that prints its version.
    """

    program: str
    package: str
    oldest: tuple[int, int] = (0, 0)
    version_argument: str = "--version"


COMPILERS = (
    Compiler("go", "golang-go", (1, 24), "version"),
    Compiler("cargo", "cargo", (1, 85)),
    Compiler("rustc", "rustc", (1, 85)),
    Compiler("cc", "gcc"),
    Compiler("c++", "g++", (12, 0)),
    Compiler("cmake", "cmake", (3, 25)),
    Compiler("ninja", "ninja-build"),
    Compiler("pkg-config", "pkg-config"),
)
LIBRARIES = (
    "ca-certificates",
    "libc6-dev",
    "libevent-dev",
    "libfmt-dev",
    "nlohmann-json3-dev",
)


def numbers(text: str) -> tuple[int, int]:
    """The first version number in a text, without a Debian epoch."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def missing() -> list[str]:
    """The packages of missing or too old compilers and libraries."""
    packages = [each.package for each in COMPILERS if not _is_new_enough(each)]
    return packages + [name for name in LIBRARIES if not _is_installed(name)]


def are_available(packages: Sequence[str]) -> bool:
    """Whether this machine's package sources have all packages in new enough versions."""
    if find("apt-get") is None:
        return False
    oldest = {each.package: each.oldest for each in COMPILERS}
    candidates = {name: apt.candidate(name) for name in packages}
    return all(
        version is not None and numbers(version) >= oldest.get(name, (0, 0))
        for name, version in candidates.items()
    )


def _is_new_enough(compiler: Compiler) -> bool:
    path = find(compiler.program)
    if path is None:
        return False
    return numbers(call(path, compiler.version_argument, check=False).stdout) >= compiler.oldest


def _is_installed(package: str) -> bool:
    if find("dpkg-query") is None:
        # another distribution: the build reports what is missing
        return True
    status = call("dpkg-query", "-W", "-f=${db:Status-Abbrev}", package, check=False)
    return status.stdout.startswith("ii")
