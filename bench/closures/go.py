"""Finds the files and modules of a Go program with `go list`."""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.closures.model import Answer, Found, Program, Truth
from bench.closures.names import name_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

# A closure covers both of these, unless the builder sets an architecture.
_ARCHITECTURES = ("amd64", "arm64")
_FILES = (
    *("GoFiles", "CgoFiles", "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles"),
    *("SwigFiles", "SwigCXXFiles", "SysoFiles", "EmbedFiles"),
)
_FIELDS = (
    *("Dir", "ImportPath", "Name", "Standard", "DepOnly", "Deps", "Module", "Error", "DepsErrors"),
    "DefaultGODEBUG",
)
_DECISIVE = (".go", ".mod", ".sum", ".work", "modules.txt", ".c", ".h", ".s", ".S")
_NO_MODULES = {"vendor", "testdata", "node_modules"}

Package = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `go list`.

    Attributes:
        name: the module or `go.work`, relative to the tree.
        place: the directory to run go in.
        patterns: the packages to list.
        work: the value of `GOWORK`.
    """

    name: str
    place: Path
    patterns: tuple[str, ...]
    work: str


class Go:
    """Programs are main packages; `go list -deps` lists the packages that they are compiled from.

    Args:
        architecture: `GOARCH`, if the builder's environment sets it.
        cgo: whether C code is compiled.
    """

    language = "go"

    def __init__(self, architecture: str = "", *, cgo: bool = False) -> None:
        self.builder_options: Mapping[str, Any] = {"cgo": cgo}
        self.builder_env: Mapping[str, str] = {"GOARCH": architecture} if architecture else {}
        self._architectures = (architecture,) if architecture else _ARCHITECTURES
        self._decisive = ""
        self._answer = Answer({})
        self._unread: dict[str, str] = {}

    def programs(self, tree: Path) -> Found:
        """All main packages of all modules of a tree."""
        answer = self._everything(tree)
        skipped = (Program(name_of(place), place) for place in answer.skipped)
        everything = (*answer.programs, *skipped)
        return Found(sorted(everything, key=lambda each: each.name), self._unread)

    def ask(self, tree: Path, programs: Collection[Program]) -> Answer:
        """The files and facts of some main packages, from go."""
        wanted = {each.path for each in programs}
        answer = self._everything(tree)
        return Answer(
            {each: truth for each, truth in answer.programs.items() if each.path in wanted},
            {place: why for place, why in answer.skipped.items() if place in wanted},
        )

    def _everything(self, tree: Path) -> Answer:
        """All main packages; go runs again only if its output may have changed."""
        decisive = _decisive(tree)
        if self._decisive != decisive:
            self._unread = {}
            self._decisive, self._answer = decisive, self._ask(tree)
        return self._answer

    def _ask(self, tree: Path) -> Answer:
        files: dict[str, set[str]] = {}
        facts: dict[str, dict[str, str]] = {}
        skipped: dict[str, str] = {}
        for call in _calls(tree):
            for architecture in self._architectures:
                packages = {each["ImportPath"]: each for each in self._list(call, architecture)}
                for each in packages.values():
                    if not _is_program(each):
                        continue
                    directory = os.path.relpath(each["Dir"], tree)
                    parts = [
                        each,
                        *(packages[path] for path in each.get("Deps", ()) if path != "C"),
                    ]
                    if problem := _problem(parts):
                        skipped[directory] = problem
                        continue
                    files.setdefault(directory, set()).update(_files(parts, tree))
                    known = facts.setdefault(directory, {})
                    known |= _facts(parts, tree)
                    known[f"godebug {architecture}"] = each.get("DefaultGODEBUG", "")
        found = {
            Program(name_of(directory), directory): Truth(
                frozenset(files[directory]), facts[directory]
            )
            for directory in sorted(set(files) - set(skipped))
        }
        return Answer(found, skipped)

    def _list(self, call: Call, architecture: str) -> list[Package]:
        """All packages that match the patterns, and their imports."""
        environment = {
            **os.environ,
            "CGO_ENABLED": str(int(self.builder_options["cgo"])),
            "GOARCH": architecture,
            "GOFLAGS": "",
            "GOOS": "linux",
            "GOTOOLCHAIN": "local",
            "GOWORK": call.work,
        }
        fields = ",".join((*_FIELDS, *_FILES))
        command = ["go", "list", "-e", "-deps", f"-json={fields}", *call.patterns]
        done = subprocess.run(
            command, cwd=call.place, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            self._unread[call.name] = done.stderr.strip() or "`go list` failed"
        return list(_values(done.stdout))


def _decisive(tree: Path) -> str:
    """The inputs of `go list`: the file names, and the contents of Go's own files."""
    listed = _run(["git", "ls-tree", "-r", "-z", "HEAD"], tree, os.environ).split("\0")
    entries = (entry.partition("\t") for entry in listed if not entry.endswith("_test.go"))
    return "\n".join(
        f"{blob} {path}" if path.endswith(_DECISIVE) else path for blob, _, path in entries
    )


def _modules(tree: Path) -> Iterator[str]:
    """The directories of all modules of a tree, relative."""
    for place, directories, names in os.walk(tree):
        searched = (each for each in directories if each not in _NO_MODULES and each[0] not in "._")
        directories[:] = sorted(searched)
        if "go.mod" in names:
            yield os.path.relpath(place, tree)


def _calls(tree: Path) -> Iterator[Call]:
    """The calls of go: one for every `go.work`, and one for every module outside of one."""
    environment = {**os.environ, "GOWORK": "", "GOTOOLCHAIN": "local"}
    workspaces: dict[str, list[str]] = {}
    for module in map(tree.joinpath, _modules(tree)):
        work = _run(["go", "env", "GOWORK"], module, environment).strip()
        if work and work not in workspaces:
            workspaces[work] = _used(work, module, environment)
        home = posixpath.dirname(work)
        uses = (os.path.realpath(posixpath.join(home, each)) for each in workspaces.get(work, ()))
        # go refuses a module that the `go.work` above it does not use
        if os.path.realpath(module) not in uses:
            yield Call(os.path.relpath(module, tree), module, ("./...",), "off")
    for work, directories in workspaces.items():
        patterns = (f"./{posixpath.normpath(each)}/...".replace("/./", "/") for each in directories)
        yield Call(os.path.relpath(work, tree), Path(work).parent, tuple(patterns), work)


def _used(work: str, place: Path, environment: Mapping[str, str]) -> list[str]:
    """The directories that a `go.work` lists. None if go cannot read it: `go list` reports that."""
    try:
        content = json.loads(_run(["go", "work", "edit", "-json", work], place, environment))
    except subprocess.CalledProcessError:
        return []
    return [each["DiskPath"] for each in content.get("Use") or ()]


def _run(command: list[str], place: Path, environment: Mapping[str, str]) -> str:
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=True
    ).stdout


def _values(text: str) -> Iterator[Any]:
    decoder, position = json.JSONDecoder(), 0
    while found := re.compile(r"\S").search(text, position):
        value, position = decoder.raw_decode(text, found.start())
        yield value


def _is_program(package: Package) -> bool:
    # a main package may contain only tests
    compiled = package.get("GoFiles") or package.get("CgoFiles") or package.get("Error")
    return package.get("Name") == "main" and not package.get("DepOnly") and bool(compiled)


def _problem(parts: Iterable[Package]) -> str:
    """Why a program cannot be compiled, or empty."""
    for each in parts:
        if error := each.get("Error"):
            return str(error["Err"]).splitlines()[0]
    return ""


def _files(parts: Iterable[Package], tree: Path) -> Iterator[str]:
    for each in parts:
        directory = os.path.relpath(each.get("Dir", "/"), tree)
        if not each.get("Standard") and not directory.startswith(".."):
            for kind in _FILES:
                for name in each.get(kind) or ():
                    yield posixpath.normpath(posixpath.join(directory, name))


def _facts(parts: Iterable[Package], tree: Path) -> dict[str, str]:
    """The linked modules with version, replacement and language version."""
    found: dict[str, str] = {}
    for each in parts:
        if module := each.get("Module"):
            used = module.get("Replace") or module
            place = "" if used.get("Version") else os.path.relpath(used.get("Dir", "/"), tree)
            # 1.x selects the language; the rest only sets the oldest usable go
            language = ".".join(module.get("GoVersion", "").split(".")[:2])
            words = (used["Path"], used.get("Version", place), language)
            found[f"module {module['Path']}"] = " ".join(map(str, words))
    return found
