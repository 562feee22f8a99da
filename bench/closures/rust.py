"""Finds the files and crates of a Rust program with cargo's dep-info and unit graph."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.closures.model import Answer, Found, Program, Truth
from bench.closures.names import name_of
from bench.closures.paths import in_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_NO_WORKSPACES = {"target", "vendor", "node_modules"}
_RERUN = re.compile(r"cargo::?rerun-if-changed=(.*)")
_TARGETS = ("main.rs", "lib.rs", "build.rs")
_SETTINGS = ("Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml")
_ENVIRONMENT = "# env-dep:"

Unit = dict[str, Any]
# A package, and the name and kind of one of its targets.
Key = tuple[str, str, str]
# The files and the environment variables that a compiler has read.
Read = tuple[set[str], set[str]]


class Rust:
    """Programs of packages with a lock file, compiled once with the union of their features.

    Args:
        place: cargo's target directory, unless `CARGO_TARGET_DIR` is set.
    """

    language = "rust"
    builder_options: Mapping[str, Any] = {}
    builder_env: Mapping[str, str] = {}

    def __init__(self, place: Path) -> None:
        self._place = place
        self._graphs: dict[Program, tuple[str, list[Unit]]] = {}
        self._found: dict[Path, dict[Program, list[str]]] = {}

    def programs(self, tree: Path) -> Found:
        """All programs of all workspaces of a tree."""
        self._found = {}
        unread: dict[str, str] = {}
        for workspace in _workspaces(tree):
            try:
                self._found[workspace] = _programs(workspace, tree)
            except subprocess.CalledProcessError as error:
                unread[os.path.relpath(workspace, tree)] = error.stderr.strip()
        programs = (each for some in self._found.values() for each in some)
        return Found(sorted(programs, key=lambda each: each.name), unread)

    def ask(self, tree: Path, programs: Collection[Program]) -> Answer:
        """The files and facts of some programs, from cargo."""
        wanted = {each.name for each in programs}
        found: dict[Program, Truth] = {}
        skipped: dict[str, str] = {}
        for workspace, everything in self._found.items():
            some = {each: words for each, words in everything.items() if each.name in wanted}
            if not some:
                continue
            known, problem = self._check(workspace, tree, some.values())
            manifests = _manifests(workspace)
            for program, words in some.items():
                try:
                    units = self._units(program, words, workspace, manifests)
                except subprocess.CalledProcessError as error:
                    skipped[program.name] = _error(error.stderr)
                    continue
                if all(_key(unit) in known for unit in units if _is_local(unit["pkg_id"])):
                    found[program] = _truth(units, known, tree)
                else:
                    skipped[program.name] = problem
        return Answer(found, skipped)

    def _check(
        self, workspace: Path, tree: Path, programs: Collection[list[str]]
    ) -> tuple[dict[Key, Read], str]:
        """Compile the programs. Returns what each target's compiler reads, and the first error."""
        chosen = [word for words in programs for word in words]
        words = ["check", *chosen, "--keep-going", "--message-format=json"]
        found: dict[Key, Read] = defaultdict(lambda: (set(), set()))
        done = self._cargo(workspace, *words)
        for line in done.stdout.splitlines():
            message = json.loads(line)
            package = message.get("package_id", "")
            if message["reason"] == "compiler-artifact" and _is_local(package):
                target = message["target"]
                files, variables = found[package, target["name"], target["kind"][0]]
                for info in map(Path, _dep_infos(message["filenames"])):
                    files |= set(_files(info, workspace, tree))
                    variables |= set(_variables(info))
            elif message["reason"] == "build-script-executed" and _is_local(package):
                directory = _directory(package)
                output = Path(message["out_dir"]).parent / "output"
                found[package, "", "custom-build"][0].update(_rerun_files(output, directory, tree))
        return found, _error(done.stderr)

    def _units(
        self, program: Program, words: list[str], workspace: Path, manifests: str
    ) -> list[Unit]:
        """The units that cargo would compile for a program; cached until a manifest changes."""
        if program not in self._graphs or self._graphs[program][0] != manifests:
            options = ("--release", "--unit-graph", "-Z", "unstable-options")
            done = self._cargo(workspace, "build", *words, *options)
            done.check_returncode()
            graph = json.loads(done.stdout)
            self._graphs[program] = manifests, list(_reached(graph))
        return self._graphs[program][1]

    def _cargo(
        self, workspace: Path, command: str, *words: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {"CARGO_TARGET_DIR": str(self._place), **os.environ}
        if "--unit-graph" in words:
            # the unit graph is not stable yet; nothing is compiled with this setting
            environment["RUSTC_BOOTSTRAP"] = "1"
        return _run(["cargo", command, "--locked", "--quiet", *words], workspace, environment)


def _run(
    command: list[str], place: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def _error(printed: str) -> str:
    return next((line for line in printed.splitlines() if "error" in line), "cargo failed")


def _workspaces(tree: Path) -> Iterator[Path]:
    """The directories with a lock file."""
    for place, directories, names in os.walk(tree):
        searched = (each for each in directories if each not in _NO_WORKSPACES and each[0] != ".")
        directories[:] = sorted(searched)
        if "Cargo.lock" in names and "Cargo.toml" in names:
            yield Path(place)


def _programs(workspace: Path, tree: Path) -> dict[Program, list[str]]:
    """The programs that a workspace builds with default features, with cargo's arguments for each.

    Raises:
        CalledProcessError: cargo cannot read the workspace.
    """
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"]
    done = _run(command, workspace)
    done.check_returncode()
    found: dict[Program, list[str]] = {}
    for package in json.loads(done.stdout)["packages"]:
        directory = os.path.relpath(Path(package["manifest_path"]).parent, tree)
        for target in package["targets"]:
            if "bin" in target["kind"] and not target.get("required-features"):
                name = name_of(os.path.relpath(workspace, tree), package["name"], target["name"])
                options = {"package": package["name"], "binary": target["name"]}
                words = ["-p", package["id"], "--bin", target["name"]]
                found[Program(name, directory, options)] = words
    return found


def _manifests(workspace: Path) -> str:
    """The files that determine the units: manifests, and targets that cargo finds by name."""
    words: list[str] = []
    for place, directories, names in os.walk(workspace):
        directories[:] = sorted(each for each in directories if each[0] != ".")
        for name in sorted(names):
            if name in ("Cargo.toml", "Cargo.lock"):
                words.append((Path(place) / name).read_text())
            elif name in _TARGETS or "/bin" in place:
                words.append(f"{place}/{name}")
    return "\n".join(words)


def _reached(graph: dict[str, Any]) -> Iterator[Unit]:
    waiting, seen = list(graph["roots"]), set(graph["roots"])
    while waiting:
        unit = graph["units"][waiting.pop()]
        yield unit
        further = {each["index"] for each in unit["dependencies"]} - seen
        seen |= further
        waiting.extend(further)


def _truth(units: list[Unit], known: Mapping[Key, Read], tree: Path) -> Truth:
    files: set[str] = set()
    manifests: set[str] = set()
    facts: dict[str, str] = {}
    for unit in units:
        package, target = unit["pkg_id"], unit["target"]
        # the checkout's directory must not count
        label = package.replace(str(tree), "")
        facts[f"{label} {target['name']} {unit['mode']} {unit['features']}"] = json.dumps(
            [unit["profile"], target["edition"], target["crate_types"]], sort_keys=True
        )
        if _is_local(package):
            manifests.add(os.path.relpath(_directory(package) / "Cargo.toml", tree))
            read, variables = known[_key(unit)]
            files |= read
            facts |= {f"{label} {name}": "read" for name in variables}
    shared = {name for name in _SETTINGS if (tree / name).exists()}
    return Truth(frozenset(files), facts, frozenset(manifests | shared))


def _key(unit: Unit) -> Key:
    target = unit["target"]
    # running a build script is a separate unit
    name = "" if unit["mode"] == "run-custom-build" else target["name"]
    return unit["pkg_id"], name, target["kind"][0]


def _is_local(package: str) -> bool:
    return package.startswith("path+file://")


def _directory(package: str) -> Path:
    return Path(package.removeprefix("path+file://").partition("#")[0])


def _dep_infos(outputs: list[str]) -> Iterator[str]:
    """The dep-info files of an output."""
    for output in map(Path, outputs):
        if output.name.startswith("build-script"):
            yield from map(str, output.parent.glob("*.d"))
        elif output.suffix in (".rmeta", ".so"):
            yield str(output.with_name(f"{output.stem.removeprefix('lib')}.d"))


def _files(info: Path, workspace: Path, tree: Path) -> Iterator[str]:
    for line in info.read_text().splitlines():
        name, _, rest = line.partition(":")
        if name and not line.startswith("#") and not rest:
            path = os.path.normpath(workspace / name.replace("\\ ", " "))
            yield from in_tree(Path(path), tree)


def _variables(info: Path) -> Iterator[str]:
    for line in info.read_text().splitlines():
        if line.startswith(_ENVIRONMENT) and "CARGO_MANIFEST" not in line and "OUT_DIR" not in line:
            yield line.removeprefix(_ENVIRONMENT)


def _rerun_files(output: Path, directory: Path, tree: Path) -> Iterator[str]:
    """The files of the tree that a build script has declared as read."""
    for name in _RERUN.findall(output.read_text()):
        path = Path(os.path.normpath(directory / name))
        files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
        for file in filter(Path.is_file, files):
            yield from in_tree(file, tree)
