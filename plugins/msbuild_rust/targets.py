"""What cargo compiles of a package: its library, programs, build script and declared extras."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources
    from msbuild_rust.manifest import Manifest, Table

# Where cargo looks for a declared extra without a path; it refuses a manifest whose extra is gone.
_EXTRAS = {"test": "tests", "bench": "benches", "example": "examples"}


@dataclass(frozen=True, slots=True)
class Target:
    """One thing cargo compiles.

    Attributes:
        kind: ``lib``, ``bin``, ``build``, ``test``, ``bench`` or ``example``.
        path: its first source file, from the source root.
    """

    kind: str
    name: str
    path: str

    @property
    def always(self) -> bool:
        """Whether building a program needs it, not only testing."""
        return self.kind in ("lib", "bin", "build")


def targets(package: Manifest, sources: Sources) -> tuple[Target, ...]:
    """The targets of a package whose first file is in the tree, sorted by path.

    Tests, benchmarks and examples that cargo merely discovers are left out: it does not miss them.
    """
    found = {target.path: target for target in _targets(package, sources)}
    return tuple(found[path] for path in sorted(found) if _is_file(path, sources))


def _is_file(path: str, sources: Sources) -> bool:
    return sources.exists(path) and not sources.files(path)


def _targets(package: Manifest, sources: Sources) -> Iterator[Target]:
    library: Table = package.table.get("lib", {})
    yield Target("lib", package.name, package.join(library.get("path", "src/lib.rs")))
    script = (package.package or {}).get("build", "build.rs")
    if isinstance(script, str):
        yield Target("build", "build", package.join(script))
    yield from _discovered_programs(package, sources)
    yield from _declared(package, "bin", "src/bin", sources)
    for kind, directory in _EXTRAS.items():
        yield from _declared(package, kind, directory, sources)


def _discovered_programs(package: Manifest, sources: Sources) -> Iterator[Target]:
    if (package.package or {}).get("autobins") is False:
        return
    yield Target("bin", package.name, package.join("src/main.rs"))
    directory = package.join("src/bin")
    for path in sources.files(directory):
        name, extension = posixpath.splitext(path.removeprefix(f"{directory}/"))
        parent, file = posixpath.split(name)
        if extension == ".rs" and (not parent or (file == "main" and "/" not in parent)):
            yield Target("bin", parent or name, path)


def _declared(package: Manifest, kind: str, directory: str, sources: Sources) -> Iterator[Target]:
    for entry in package.table.get(kind, []):
        name = str(entry.get("name", ""))
        if "path" in entry:
            yield Target(kind, name, package.join(entry["path"]))
            continue
        places = [f"{directory}/{name}.rs", f"{directory}/{name}/main.rs"]
        if kind == "bin":
            places.append("src/main.rs")
        there = (path for path in map(package.join, places) if sources.exists(path))
        if path := next(there, None):
            yield Target(kind, name, path)
