"""What stands around the sources when third-party crates are compiled."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msbuild_rust.cargo_config import texts
from msbuild_rust.targets import Target, targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from msbuild.plugin.api import Sources
    from msbuild_rust.calling import Call
    from msbuild_rust.cargo_config import CargoConfig, Layer
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

# Tables of cargo's config that name no file for compilers, or that are followed elsewhere.
_WITHOUT_FILES = {"alias", "http", "include", "net", "patch", "registries", "source", "term"}


def shared_files(workspace: CargoWorkspace, settings: Iterable[str]) -> tuple[str, ...]:
    """Every file that says which crates there are and how they are compiled, sorted.

    Args:
        workspace: the workspace.
        settings: the files that cargo's settings are in or name.
    """
    manifests = (workspace.root, *workspace.packages.values(), *workspace.outer_roots.values())
    paths = {workspace.lock_file, *(each.path for each in manifests), *settings}
    return tuple(sorted(paths))


def settings_paths(calls: Iterable[Call], sources: Sources) -> tuple[str, ...]:
    """The files of all settings, and what the settings name, directories of crates included."""
    found = {path for call in calls for path in call.settings}
    for config in {call.config for call in calls}:
        found |= {*named_paths(config, sources), *vendored(config)}
    return tuple(sorted(path for path in found if sources.exists(path)))


def files_of(paths: Iterable[str], sources: Sources) -> Iterator[str]:
    """Files, and all that is below directories."""
    for path in paths:
        yield from sources.files(path) or (path,)


def named_paths(config: CargoConfig, sources: Sources) -> Iterator[str]:
    """What cargo's settings name in the tree: linker scripts, wrappers, values of variables."""
    for layer in config.layers:
        tables = ((k, v) for k, v in layer.table.items() if k not in _WITHOUT_FILES)
        for key, value in tables:
            for word in (
                word for text in texts(value) for word in _words(text, whole=key == "env")
            ):
                path = posixpath.normpath(posixpath.join(layer.home, word))
                around = f"{layer.home}/".startswith(f"{path}/") or path == "."
                if not around and not path.startswith("..") and sources.exists(path):
                    yield path


def vendored(config: CargoConfig) -> tuple[str, ...]:
    """The directories of the tree that crates are taken from, sorted."""
    found: set[str] = set()
    for layer in config.layers:
        tables = layer.table.get("source", {})
        for source in tables.values() if isinstance(tables, dict) else ():
            for kind in ("directory", "local-registry"):
                if isinstance(source, dict) and kind in source:
                    found.add(posixpath.normpath(posixpath.join(layer.home, source[kind])))
    return tuple(sorted(path for path in found if not path.startswith(("..", "/"))))


def vendored_crate(
    name: str, version: str, directories: Sequence[str], sources: Sources
) -> Iterator[str]:
    """The files of a third-party crate that lies in the tree."""
    for directory in directories:
        for place in (name, f"{name}-{version}"):
            yield from sources.files(posixpath.join(directory, place))


def stand_ins(packages: Sequence[Manifest], sources: Sources) -> tuple[Target, ...]:
    """The first source files that cargo would miss, one target for each.

    Whatever else a package has, cargo refuses one without library and program. Each stand-in of a
    package that a service is made from is among the service's inputs, so the real file takes its
    place; but for tests and the like, which only have to be there.
    """
    found: list[Target] = []
    for package in packages:
        own = targets(package, sources)
        found.extend(own)
        if package.package is not None and not any(t.kind in ("lib", "bin") for t in own):
            found.append(Target("lib", package.name, package.join("src/lib.rs")))
    return tuple(found)


def _words_of(layer: Layer) -> Iterator[str]:
    for key, value in layer.table.items():
        if key not in _WITHOUT_FILES:
            for text in texts(value):
                yield from _words(text, whole=key == "env")


def _words(text: str, *, whole: bool) -> Iterator[str]:
    """The words of a text that may be paths: of `-Clink-arg=-Tlink.x`, `link.x`.

    Args:
        text: the text.
        whole: whether it may itself be a directory; a word like any other hardly is one.
    """
    if whole:
        yield text
    for word in re.split(r"[\s=,]+", text):
        if "/" in word or "." in word:
            yield word
            yield re.sub(r"^-[A-Za-z]", "", word)
