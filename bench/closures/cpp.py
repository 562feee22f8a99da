"""Finds the files of a C++ program with CMake's file API, ninja and the compiler's `-M`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.closures.model import Answer, Found, Program, Truth
from bench.closures.names import name_of
from bench.closures.paths import in_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_COMPILERS = {"C": "cc", "CXX": "c++"}
_LISTS = re.compile(r"\\\n|\s+")
# The plugin's settings except those for linking: no program is linked here.
_DEFINES = ("CMAKE_BUILD_TYPE=Release", "BUILD_TESTING=OFF", "BUILD_SHARED_LIBS=OFF")

Target = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unit:
    """A source file and the compiler's output for `-M`.

    Attributes:
        command: the compile command without the file.
        read: absolute paths of the files that the compiler reads.
    """

    source: str
    command: tuple[str, ...]
    read: frozenset[str]


class Cpp:
    """Executables of the CMake project at the top of a tree, configured as the plugin does.

    Args:
        place: the build directory.
        arguments: additional CMake arguments.
    """

    language = "cpp"
    builder_env: Mapping[str, str] = {}

    def __init__(self, place: Path, arguments: Sequence[str] = ()) -> None:
        self.builder_options: Mapping[str, Any] = {"cmake_args": list(arguments)}
        self._place = place.resolve()
        self._cache: dict[tuple[str, tuple[str, ...]], tuple[str, Unit]] = {}
        self._hashes: dict[str, str] = {}
        self._targets: dict[str, Target] = {}

    def programs(self, tree: Path) -> Found:
        """Configure the project and list its executables."""
        build = self._place
        self._hashes.clear()
        self._targets = {}
        arguments = [*(f"-D{each}" for each in _DEFINES), *self.builder_options["cmake_args"]]
        _query(build)
        command = ["cmake", "-S", str(tree), "-B", str(build), "-G", "Ninja", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return Found((), {".": f"CMake failed: {done.stderr.strip()[:500]}"})
        self._targets = _targets(build)
        return Found(sorted(map(_program, self._executables()), key=lambda each: each.name))

    def _executables(self) -> list[Target]:
        return [each for each in self._targets.values() if each["type"] == "EXECUTABLE"]

    def ask(self, tree: Path, programs: Collection[Program]) -> Answer:
        """The files and facts of some executables, from CMake, ninja and the compiler."""
        if not programs:
            return Answer({})
        build = self._place
        wanted = [each for each in self._executables() if _program(each) in programs]
        configuration = frozenset(_configuration(build, tree))
        _generate(build, wanted)
        shape = _shape(tree)
        found: dict[Program, Truth] = {}
        skipped: dict[str, str] = {}
        for each in wanted:
            program = _program(each)
            parts = list(_reached(each, self._targets))
            try:
                units = [unit for part in parts for unit in self._units(part, tree, build, shape)]
            except subprocess.CalledProcessError as error:
                skipped[program.name] = error.stderr.strip()[:500]
                continue
            read = {path for unit in units for path in unit.read} | set(_inputs(build, each))
            files = {name for path in read for name in in_tree(Path(path), tree)}
            facts = {**_facts(parts, tree, build), **self._generated(read, build)}
            found[program] = Truth(frozenset(files), facts, configuration)
        return Answer(found, skipped)

    def _units(self, target: Target, tree: Path, build: Path, shape: str) -> Iterator[Unit]:
        for group in target.get("compileGroups", ()):
            if group["language"] not in _COMPILERS:
                continue
            command = tuple(_command(group))
            for index in group["sourceIndexes"]:
                source = os.path.normpath(tree / target["sources"][index]["path"])
                yield self._unit(source, command, build, shape)

    def _unit(self, source: str, command: tuple[str, ...], build: Path, shape: str) -> Unit:
        """A file with its includes; cached until something changes that may affect it."""
        if (source, command) in self._cache:
            state, unit = self._cache[source, command]
            if state == self._state(unit.read, shape):
                return unit
        unit = Unit(source, command, frozenset(_read(source, command, build)))
        self._cache[source, command] = self._state(unit.read, shape), unit
        return unit

    def _state(self, files: Iterable[str], shape: str) -> str:
        return shape + "".join(self._hash(path) for path in sorted(files))

    def _hash(self, path: str) -> str:
        if path not in self._hashes:
            exists = Path(path).is_file()
            data = Path(path).read_bytes() if exists else b""
            self._hashes[path] = hashlib.sha256(data).hexdigest() if exists else ""
        return self._hashes[path]

    def _generated(self, read: Iterable[str], build: Path) -> dict[str, str]:
        """Hashes of the compiled files that CMake or the build generates."""
        inside = (path for path in read if path.startswith(f"{build}/"))
        return {f"generated {os.path.relpath(path, build)}": self._hash(path) for path in inside}


def _program(target: Target) -> Program:
    name = target["name"]
    return Program(name_of(name), target["paths"]["source"], {"target": name})


def _query(build: Path) -> None:
    query = build / ".cmake/api/v1/query"
    query.mkdir(parents=True, exist_ok=True)
    for name in ("codemodel-v2", "cmakeFiles-v1"):
        (query / name).touch()


def _reply(build: Path, kind: str) -> Any:
    place = build / ".cmake/api/v1/reply"
    index = json.loads(max(place.glob("index-*.json")).read_text())
    name = next(each["jsonFile"] for each in index["objects"] if each["kind"] == kind)
    return json.loads((place / name).read_text())


def _targets(build: Path) -> dict[str, Target]:
    (configuration,) = _reply(build, "codemodel")["configurations"]
    place = build / ".cmake/api/v1/reply"
    return {
        each["id"]: json.loads((place / each["jsonFile"]).read_text())
        for each in configuration["targets"]
    }


def _configuration(build: Path, tree: Path) -> Iterator[str]:
    """The files of the tree that CMake reads."""
    for each in _reply(build, "cmakeFiles")["inputs"]:
        path = os.path.normpath(tree / each["path"])
        if path.startswith(f"{tree}/"):
            yield os.path.relpath(path, tree)


def _reached(program: Target, targets: Mapping[str, Target]) -> Iterator[Target]:
    waiting, seen = [program["id"]], {program["id"]}
    while waiting:
        target = targets[waiting.pop()]
        yield target
        further = {each["id"] for each in target.get("dependencies", ())} - seen
        seen |= further
        waiting.extend(further)


def _generate(build: Path, programs: Iterable[Target]) -> None:
    """Run custom commands, so that the compiler can read the files they generate."""
    outputs = [name for each in programs for name in _ninja(build, "-t", "inputs", _output(each))]
    sources = {name for name in outputs if _is_generated(build, name)}
    for start in range(0, len(sources), 200):
        _ninja(build, "-k", "0", *sorted(sources)[start : start + 200])


def _is_generated(build: Path, name: str) -> bool:
    """Whether a file is built by ninja but is neither an object nor a library."""
    path = Path(os.path.normpath(build / name))
    compiled = path.suffix in (".o", ".a", ".so") or "CMakeFiles" in path.parts
    return build in path.parents and not compiled and bool(path.suffix)


def _inputs(build: Path, program: Target) -> Iterator[str]:
    """All files that ninja lists as inputs of a program, including those of its libraries."""
    for name in _ninja(build, "-t", "inputs", _output(program)):
        path = os.path.normpath(build / name)
        if Path(path).is_file():
            yield path


def _output(program: Target) -> str:
    return str(program["artifacts"][0]["path"])


def _ninja(build: Path, *words: str) -> list[str]:
    command = ["ninja", "-j", "2", "-C", str(build), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if not line.startswith("ninja: ")]


def _command(group: Mapping[str, Any]) -> Iterator[str]:
    yield _COMPILERS[group["language"]]
    for each in group.get("compileCommandFragments", ()):
        yield from shlex.split(each["fragment"])
    for each in group.get("defines", ()):
        yield f"-D{each['define']}"
    for each in group.get("includes", ()):
        yield from ("-isystem" if each.get("isSystem") else "-I", each["path"])


def _read(source: str, command: tuple[str, ...], build: Path) -> Iterator[str]:
    # a missing header is listed instead of being an error
    words = [*command, "-M", "-MG", source]
    done = subprocess.run(words, cwd=build, capture_output=True, text=True, check=True)
    for name in _LISTS.split(done.stdout.partition(":")[2]):
        if name:
            yield os.path.normpath(build / name)


def _facts(parts: Iterable[Target], tree: Path, build: Path) -> dict[str, str]:
    """The compile and link commands, without the directories of the tree and the build."""
    found = {}
    for each in parts:
        commands = sorted(" ".join(_command(group)) for group in each.get("compileGroups", ()))
        link = each.get("link", {}).get("commandFragments", ())
        text = json.dumps([commands, [fragment["fragment"] for fragment in link]])
        found[f"target {each['name']}"] = text.replace(str(tree), "").replace(str(build), "build")
    return found


def _shape(tree: Path) -> str:
    """A hash of the file names: a new file may take precedence over another on a search path."""
    names = (f"{place}/{name}" for place, _, files in os.walk(tree) for name in files)
    sources = (n for n in names if "/.git/" not in n and not n.endswith((".md", ".txt", ".py")))
    return hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()
