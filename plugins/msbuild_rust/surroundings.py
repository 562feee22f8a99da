"""What stands around the sources when third-party crates are compiled."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msbuild_rust.manifest import read_toml
from msbuild_rust.targets import Target, targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.plugin_api import Sources
    from msbuild_rust.manifest import Manifest
    from msbuild_rust.workspace import CargoWorkspace

_SETTINGS = (".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain")


def settings_files(workspace: CargoWorkspace, sources: Sources) -> tuple[str, ...]:
    """Files that tell cargo and rustup what to do, in the workspace and above, sorted."""
    directory = workspace.directory
    found: list[str] = []
    while True:
        paths = (posixpath.join(directory, name) for name in _SETTINGS)
        found.extend(path for path in paths if sources.exists(path))
        if not directory:
            return tuple(sorted(found))
        directory = posixpath.dirname(directory)


def shared_files(workspace: CargoWorkspace, sources: Sources) -> tuple[str, ...]:
    """Every file that says which crates there are and how they are compiled, sorted."""
    manifests = (workspace.root, *workspace.packages.values(), *workspace.outer_roots.values())
    settings = settings_files(workspace, sources)
    vendored = (
        file
        for path in settings
        for directory in _vendored(path, sources)
        for file in sources.files(directory)
    )
    paths = {workspace.lock_file, *(each.path for each in manifests), *settings, *vendored}
    return tuple(sorted(paths))


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


def _vendored(path: str, sources: Sources) -> Iterator[str]:
    """The directories of the tree that a settings file takes crates from."""
    if not path.startswith(".cargo/") and "/.cargo/" not in path:
        return
    home = posixpath.dirname(posixpath.dirname(path))
    for source in read_toml(path, sources).get("source", {}).values():
        for kind in ("directory", "local-registry"):
            if kind in source:
                yield posixpath.normpath(posixpath.join(home, source[kind]))
