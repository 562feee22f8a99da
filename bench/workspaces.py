"""Generates monorepos of any size, of Go or Rust: many small services that use shared packages."""

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

GO = "go: {plugin: go, image: debian:trixie-slim, packages: [golang-go, ca-certificates]}"
RUST = "rust: {plugin: rust, image: debian:trixie-slim, packages: [cargo]}"

CARGO_WORKSPACE = """\
[workspace]
resolver = "2"
members = ["services/*", "lib/*"]

[profile.release]
lto = "thin"
"""


@dataclass(frozen=True, slots=True)
class Package:
    """A directory of source files, and the directories that it imports."""

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


def make(root: Path, services: int, domain: int = DOMAIN, registry: str = "") -> None:
    """Write a Go workspace of services with ``FILES`` files each, and its shared packages.

    Args:
        root: the directory to write to.
        services: the number of services.
        domain: packages per domain.
        registry: the registry in the config, if any.
    """
    shared, programs = layout(services, domain)
    _write(root / "go.mod", "module example.com/bench\n\ngo 1.21\n")
    for package in shared:
        _go_package(root / package.path, package.name, package)
    for program in programs:
        _go_package(root / program.path, "main", program)
    _write(root / "msbuild.yaml", _config(GO, programs, registry))


def make_rust(root: Path, services: int, registry: str = "") -> None:
    """Write the same workspace in Rust: every service and shared package is a cargo package."""
    shared, programs = layout(services)
    _write(root / "Cargo.toml", CARGO_WORKSPACE)
    for package in shared:
        _cargo_package(root / package.path, "lib.rs", "pub fn value() -> u32 {{ {} }}", package)
    for program in programs:
        _cargo_package(
            root / program.path, "main.rs", 'fn main() {{ println!("{{}}", {}); }}', program
        )
    entries = map(_locked, sorted((*shared, *programs), key=lambda each: each.name))
    _write(root / "Cargo.lock", "\n".join(["version = 3\n", *entries]))
    _write(root / "msbuild.yaml", _config(RUST, programs, registry))


def _go_package(directory: Path, name: str, package: Package) -> None:
    imports = "".join(f'import "example.com/bench/{path}"\n' for path in package.uses)
    value = _sum(package, "{}.Value()", "part{}()")
    body = f"package {name}\n\n{imports}\nfunc Value() int {{ return {value} }}\n"
    if name == "main":
        body += "\nfunc main() { println(Value()) }\n"
    _write(directory / "main.go", body)
    for number in range(1, FILES):
        _write(
            directory / f"part{number}.go",
            f"package {name}\n\nfunc part{number}() int {{ return {number} }}\n",
        )


def _cargo_package(directory: Path, main: str, code: str, package: Package) -> None:
    uses = (f'{_last(path)} = {{ path = "../../{path}" }}\n' for path in package.uses)
    head = f'[package]\nname = "{package.name}"\nversion = "0.1.0"\nedition = "2021"\n'
    _write(directory / "Cargo.toml", f"{head}\n[dependencies]\n{''.join(uses)}")
    modules = "".join(f"mod part{number};\n" for number in range(1, FILES))
    value = _sum(package, "{}::value()", "part{0}::part{0}()")
    _write(directory / "src" / main, f"{modules}\n{code.format(value)}\n")
    for number in range(1, FILES):
        _write(
            directory / "src" / f"part{number}.rs",
            f"pub fn part{number}() -> u32 {{ {number} }}\n",
        )


def _locked(package: Package) -> str:
    """The entry of a package in the lock file."""
    names = "".join(f' "{_last(path)}",\n' for path in sorted(package.uses))
    uses = f"dependencies = [\n{names}]\n" if names else ""
    return f'[[package]]\nname = "{package.name}"\nversion = "0.1.0"\n{uses}'


def _sum(package: Package, use: str, part: str) -> str:
    """An expression of the values of what a package uses and of its other files."""
    used = [use.format(_last(path)) for path in package.uses]
    return " + ".join([*used, *(part.format(number) for number in range(1, FILES))])


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _config(builder: str, programs: list[Package], registry: str) -> str:
    name = builder.partition(":")[0]
    lines = [
        "version: 1",
        "workspace: bench",
        *([f"registry: {registry}"] if registry else []),
        "builders:",
        f"  {builder}",
        "services:",
        *(f"  {each.name}: {{builder: {name}, path: {each.path}}}" for each in programs),
    ]
    return "".join(f"{line}\n" for line in lines)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
