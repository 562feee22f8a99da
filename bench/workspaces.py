"""Generates Go monorepos of any size: many small services that use shared packages."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

FILES = 10
"""Source files of one service; a shared package has as many."""

SERVICES_PER_PACKAGE = 20
DOMAIN = 50
"""Packages per domain: packages import only packages of their own domain.

A larger workspace has more domains, not larger ones, so a service has as many files in a large
workspace as in a small one (about 150 from 1,000 services on). If a large workspace takes longer
per file, that is due to the tool."""

IMPORTS = 3
SEED = 20


@dataclass(frozen=True, slots=True)
class Package:
    """A directory of Go files, and the directories that it imports."""

    path: str
    uses: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def layout(services: int, domain: int = DOMAIN) -> tuple[list[Package], list[Package]]:
    """The shared packages, one for every 20 services, and the services.

    Every service imports three packages of one domain, and every package up to two of the packages
    before it in its domain. The result depends only on the arguments.
    """
    rng = random.Random(SEED)  # noqa: S311 - a tree, not a secret
    count = max(IMPORTS, services // SERVICES_PER_PACKAGE)
    paths = [f"lib/p{number:04}" for number in range(count)]
    # packages left over at the end belong to the last domain
    starts = [start for start in range(0, count, domain) if not start or start + domain <= count]
    domains = [paths[a:b] for a, b in zip(starts, [*starts[1:], count], strict=True)]
    shared = [
        Package(path, tuple(rng.sample(domain_paths[:number], min(2, number))))
        for domain_paths in domains
        for number, path in enumerate(domain_paths)
    ]
    programs = []
    for number in range(services):
        own_domain = domains[min(number // (domain * SERVICES_PER_PACKAGE), len(domains) - 1)]
        uses = tuple(sorted(rng.sample(own_domain, IMPORTS)))
        programs.append(Package(f"services/s{number:05}", uses))
    return shared, programs


def make(root: Path, services: int, domain: int = DOMAIN) -> None:
    """Write a workspace of services with ``FILES`` files each, and its shared packages."""
    shared, programs = layout(services, domain)
    root.mkdir(parents=True, exist_ok=True)
    _write(root / "go.mod", "module example.com/bench\n\ngo 1.21\n")
    for package in shared:
        _package(root / package.path, package.name, [_last(path) for path in package.uses])
    for program in programs:
        _package(root / program.path, "main", [_last(path) for path in program.uses])
    _write(root / "msbuild.yaml", _config([program.name for program in programs]))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _package(directory: Path, name: str, uses: list[str]) -> None:
    imports = "".join(f'import "example.com/bench/lib/{each}"\n' for each in uses)
    sum_of = " + ".join([*(f"{each}.Value()" for each in uses), *_parts()]) or "0"
    body = f"package {name}\n\n{imports}\nfunc Value() int {{ return {sum_of} }}\n"
    if name == "main":
        body += "\nfunc main() { println(Value()) }\n"
    _write(directory / "main.go", body)
    for number in range(1, FILES):
        _write(
            directory / f"part{number}.go",
            f"package {name}\n\nfunc part{number}() int {{ return {number} }}\n",
        )


def _parts() -> list[str]:
    return [f"part{number}()" for number in range(1, FILES)]


def _config(services: list[str]) -> str:
    lines = [
        "version: 1",
        "workspace: bench",
        "builders:",
        "  go: {plugin: go, image: debian:trixie-slim, packages: [golang-go, ca-certificates]}",
        "services:",
        *(f"  {name}: {{builder: go, path: services/{name}}}" for name in services),
    ]
    return "".join(f"{line}\n" for line in lines)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
