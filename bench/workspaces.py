"""Generates Go monorepos of any size: many small services on shared packages."""

from __future__ import annotations

import random
import sys
from pathlib import Path

FILES = 10
"""Source files of one service; a shared package has as many."""

SERVICES_PER_PACKAGE = 20
IMPORTS = 3
SEED = 20


def make(root: Path, services: int) -> None:
    """Write a workspace of so many services, ``FILES`` files each, on a twentieth as many packages.

    Every service imports three packages, and every package up to two of those before it. The same
    number gives the same tree, byte for byte.
    """
    chance = random.Random(SEED)  # noqa: S311 - a tree, not a secret
    packages = [f"p{number:04}" for number in range(max(IMPORTS, services // SERVICES_PER_PACKAGE))]
    root.mkdir(parents=True, exist_ok=True)
    _write(root / "go.mod", "module example.com/bench\n\ngo 1.21\n")
    for number, name in enumerate(packages):
        uses = chance.sample(packages[:number], min(2, number))
        _package(root / "lib" / name, name, uses)
    names = [f"s{number:05}" for number in range(services)]
    for name in names:
        _package(root / "services" / name, "main", sorted(chance.sample(packages, IMPORTS)))
    _write(root / "msbuild.yaml", _config(names))


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
