"""Asks `go list` which files and modules a program is made from."""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.closures.model import Answer, Program, Truth
from bench.closures.names import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Images are built for these, unless a builder says which; a closure holds for both.
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


class Go:
    """Main packages are programs; `go list -deps` says what they are compiled from.

    Args:
        architecture: what is built for, if the builder's environment says so.
    """

    language = "go"
    builder_options: Mapping[str, Any] = {}

    def __init__(self, architecture: str = "") -> None:
        self.builder_env: Mapping[str, str] = {"GOARCH": architecture} if architecture else {}
        self._architectures = (architecture,) if architecture else _ARCHITECTURES
        self._last = ("", Answer({}))

    def ask(self, tree: Path) -> Answer:
        """All main packages of all modules of a tree; go is asked again where it may say more."""
        decisive = _decisive(tree)
        if self._last[0] != decisive:
            self._last = decisive, self._ask(tree)
        return self._last[1]

    def _ask(self, tree: Path) -> Answer:
        files: dict[str, set[str]] = {}
        facts: dict[str, dict[str, str]] = {}
        skipped: dict[str, str] = {}
        for call in _calls(tree):
            for architecture in self._architectures:
                packages = {each["ImportPath"]: each for each in _list(*call, architecture)}
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


def _decisive(tree: Path) -> str:
    """What go looks at when it lists: which files there are, and what those of Go hold."""
    listed = _run(["git", "ls-tree", "-r", "-z", "HEAD"], tree, os.environ).split("\0")
    entries = (entry.partition("\t") for entry in listed if not entry.endswith("_test.go"))
    return "\n".join(
        f"{blob} {path}" if path.endswith(_DECISIVE) else path for blob, _, path in entries
    )


def _modules(tree: Path) -> Iterator[str]:
    """The directories of all modules of a tree, relative."""
    for place, directories, names in os.walk(tree):
        kept = (each for each in directories if each not in _NO_MODULES and each[0] not in "._")
        directories[:] = sorted(kept)
        if "go.mod" in names:
            yield os.path.relpath(place, tree)


def _list(place: Path, patterns: list[str], work: str, architecture: str) -> list[Package]:
    """All packages that patterns stand for, and what they import."""
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOARCH": architecture,
        "GOFLAGS": "",
        "GOOS": "linux",
        "GOTOOLCHAIN": "local",
        "GOWORK": work,
    }
    fields = ",".join((*_FIELDS, *_FILES))
    command = ["go", "list", "-e", "-deps", f"-json={fields}", *patterns]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, check=False)
    return list(_values(done.stdout.decode()))


def _calls(tree: Path) -> Iterator[tuple[Path, list[str], str]]:
    """Where to call go for which packages: once for a `go.work`, else for each module."""
    environment = {**os.environ, "GOWORK": "", "GOTOOLCHAIN": "local"}
    together: dict[str, list[str]] = {}
    for module in map(tree.joinpath, _modules(tree)):
        work = _run(["go", "env", "GOWORK"], module, environment).strip()
        if work and work not in together:
            said = json.loads(_run(["go", "work", "edit", "-json", work], module, environment))
            together[work] = [each["DiskPath"] for each in said.get("Use") or ()]
        home = posixpath.dirname(work)
        uses = (os.path.realpath(posixpath.join(home, each)) for each in together.get(work, ()))
        # go refuses a module that the `go.work` above it does not use
        if os.path.realpath(module) not in uses:
            yield module, ["./..."], "off"
    for work, directories in together.items():
        patterns = [f"./{posixpath.normpath(each)}/...".replace("/./", "/") for each in directories]
        yield Path(work).parent, patterns, work


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
    # a main package may consist of tests alone
    compiled = package.get("GoFiles") or package.get("CgoFiles") or package.get("Error")
    return package.get("Name") == "main" and not package.get("DepOnly") and bool(compiled)


def _problem(parts: Iterable[Package]) -> str:
    """Why a program cannot be compiled; empty if it can."""
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
    """The modules that are linked: which version, what stands in, which language."""
    found: dict[str, str] = {}
    for each in parts:
        if module := each.get("Module"):
            used = module.get("Replace") or module
            place = "" if used.get("Version") else os.path.relpath(used.get("Dir", "/"), tree)
            # the language is chosen by 1.x; what follows says only which go is new enough
            language = ".".join(module.get("GoVersion", "").split(".")[:2])
            words = (used["Path"], used.get("Version", place), language)
            found[f"module {module['Path']}"] = " ".join(map(str, words))
    return found
