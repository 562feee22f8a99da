"""Builds inside the build: directories that another build system is told to build."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_cpp.headers import BINARY, SUFFIXES, headers_of
from msbuild_cpp.project import Includes
from msbuild_cpp.words import Word, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.tree import Tree

# What says that a directory is built from.
MANIFESTS = (
    *("CMakeLists.txt", "Makefile", "makefile", "GNUmakefile", "Cargo.toml", "go.mod"),
    *("package.json", "meson.build", "SConstruct", "configure", "pom.xml", "build.gradle"),
)
_BUILDERS = re.compile(
    r"(?:.*/)?(?:g?make|ninja|cargo|go|npm|npx|yarn|pnpm|meson|scons|mvn|gradle|tsc|configure|autoreconf)\Z"
)
_CODE = (".c", ".cc", ".cpp", ".cxx", ".S", ".s", *SUFFIXES)
_LISTS = (".cmake", ".mk", ".am", ".ac", ".toml", ".json", ".build", ".in", ".sh", ".py")


def is_builder(word: str) -> bool:
    """Whether a word of a command runs a build system."""
    return bool(_BUILDERS.match(word)) or word in ("$(MAKE)", "MAKE")


def has_manifest(directory: str, tree: Tree) -> bool:
    """Whether something can be built from a directory."""
    return any(tree.has_file(posixpath.join(directory, name)) for name in MANIFESTS)


def leading_out(directory: str, tree: Tree) -> tuple[dict[str, str], dict[str, str]]:
    """What files of a directory name outside of it, with ``..``: files, and directories.

    Args:
        directory: one that is taken whole.
        tree: the source tree.
    """
    files: dict[str, str] = {}
    directories: dict[str, str] = {}
    code: list[str] = []
    waiting = [*tree.files(directory)]
    while waiting:
        path = waiting.pop()
        if path.endswith(BINARY):
            continue
        if path.endswith(_CODE):
            code.append(path)
        elif path.endswith(_LISTS) or posixpath.basename(path) in MANIFESTS:
            # what a list elsewhere includes may be meant from where the build runs
            homes = dict.fromkeys((posixpath.dirname(path), directory))
            for target in _climbed(homes, tree.scan(path, _climbing)):
                if f"{target}/".startswith(f"{directory}/") or target in files:
                    continue
                if tree.has_file(target):
                    files[target] = f"named by {path}"
                    waiting.append(target)
                elif tree.has_directory(target) and not f"{directory}/".startswith(f"{target}/"):
                    directories.setdefault(target, f"named by {path}")
    included = headers_of(code, Includes(), tree).files
    files.update({each: why for each, why in included.items() if each not in files})
    return files, directories


def _climbing(text: str) -> tuple[Word, ...]:
    return tuple(word for word in words_of(text, bare=True) if ".." in word.text)


def _climbed(homes: Iterable[str], words: Iterable[Word]) -> list[str]:
    texts = [word.text for word in words]
    found = (posixpath.normpath(posixpath.join(home, text)) for home in homes for text in texts)
    return [each for each in found if not each.startswith("..") and each != "."]
