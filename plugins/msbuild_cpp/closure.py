"""The files of the tree that a program, or some libraries, are built from, each with why."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_cpp.headers import BINARY, SUFFIXES, headers_below, headers_of
from msbuild_cpp.project import includes_of, reach
from msbuild_cpp.reader import NAME
from msbuild_cpp.scripts import SUFFIX, listed_by
from msbuild_cpp.shared_libraries import shared_among
from msbuild_cpp.words import literals, named_by, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild_cpp.headers import Headers
    from msbuild_cpp.project import Includes, Project, Reach, Target

_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".S", ".s", ".asm", *SUFFIXES)
_DIRECTIVE = re.compile(r"#[ \t]*include|\binclude(?:_next)?[ \t]*[<\"]")
_INCLUDE = re.compile(r"\binclude(?:_next)?\b")


@dataclass(frozen=True, slots=True)
class Closure:
    """What a program, or some libraries, are built from.

    Attributes:
        files: the source files, each with why, sorted.
        widened: directories taken whole, each with why.
        empty: directories that must be there for CMake, though nothing in them is needed.
        lists: directories that are added though they are not needed: CMake finds an empty
            ``CMakeLists.txt`` there.
        stand_ins: sources of targets that are defined beside the needed ones: CMake asks for the
            files, no compiler does.
        shared: libraries of the tree that may be needed where the program runs.
        assembling: files that have others read of which a cache of compilers knows nothing.
        left_out: all files of the tree that CMake would come upon, were the whole tree there, and
            that it does without: the stand-ins, and lists of directories that a pattern finds.
    """

    files: Mapping[str, str]
    widened: Mapping[str, str]
    empty: tuple[str, ...]
    lists: tuple[str, ...]
    stand_ins: tuple[str, ...]
    shared: tuple[str, ...]
    assembling: tuple[str, ...]
    left_out: tuple[str, ...]


def closure_of(
    wanted: Iterable[Target], project: Project, elsewhere: tuple[str, ...] = ()
) -> Closure:
    """Find what targets are built from.

    Args:
        wanted: the targets.
        project: their project.
        elsewhere: directories in which files will be that are not in the tree.
    """
    walk = _Walk(project, reach(wanted, project), elsewhere)
    walk.configure()
    for target in walk.reached.targets.values():
        walk.take_target(target)
    return walk.result()


class _Walk:
    """Collects; the first reason to need a file is the one that is told."""

    def __init__(self, project: Project, reached: Reach, elsewhere: tuple[str, ...]) -> None:
        self.reached = reached
        self._project = project
        self._tree = project.tree
        self._elsewhere = elsewhere
        self._files: dict[str, str] = {}
        self._widened: dict[str, str] = {}
        self._assembling: dict[str, None] = {}

    def configure(self) -> None:
        """Take what CMake reads when it configures."""
        for path, reason in self.reached.directories.items():
            directory = self._project.directories[path]
            self._take(posixpath.join(path, NAME), reason)
            for file, why in (*directory.scripts.items(), *directory.named.items()):
                self._take(file, why)
            for taken, why in directory.taken.items():
                self._widen(taken, why)

    def take_target(self, target: Target) -> None:
        """Take what a target is made from."""
        for path, reason in target.sources.items():
            self._take(path, reason)
        self._take_data(target)
        for path, reason in target.taken.items():
            self._widen(path, reason)
        if target.unclear and target.kind != "rule":
            self._take_unclear(target)
        self._take_headers(self._headers(target))
        if maker := self._maker(target):
            includes = self._includes(target)
            for path in includes.directories:
                self._widened.setdefault(path or ".", maker)
                headers = headers_below(path, self._tree)
                for header in headers:
                    self._take(header, maker)
                self._take_headers(headers_of(headers, includes, self._tree))

    def _take_unclear(self, target: Target) -> None:
        """Take what may be a source of a target of which not all are known."""
        for path in sorted(target.directories):
            self._widen(path, target.unclear)
        for path, reason in self._listed(target).items():
            self._take(path, reason)

    def _take_data(self, target: Target) -> None:
        """Take what lists among the files of a target name, and what programs of a rule open."""
        if target.kind != "rule":
            for path in target.sources:
                for file in listed_by(path, (target.home, self._project.root), self._tree):
                    self._take(file, f"named by {path}")
        if target.kind not in ("rule", "custom"):
            return
        for name in target.links:
            for program in self._project.meant(name):
                if program.kind == "executable":
                    reason = f"`{name}` may read it, run for {target.name}"
                    given = {posixpath.dirname(path) for path in target.sources}
                    places = sorted({*target.places, *target.taken, *given})
                    self._take_opened(program, places, reason)

    def _take_opened(self, program: Target, places: list[str], reason: str) -> None:
        """Take what a program may open where a rule runs it, or beside the files it is given."""
        texts = " ".join(program.own.definitions).replace("/@source/", " ")
        named = named_by(words_of(texts, bare=True), ("",), self._tree)
        made_from = reach([program], self._project).targets.values()
        for path in (path for each in made_from for path in each.sources) if places else ():
            if path.endswith(_COMPILED):
                named.add(named_by(self._tree.scan(path, literals), places, self._tree))
        for path in named.files:
            self._take(path, reason)
        for path in named.directories:
            self._widen(path, reason)

    def result(self) -> Closure:
        """What was collected, and what stands in for the rest."""
        directories = [self._project.directories[path] for path in self.reached.directories]
        children = {child: named for d in directories for child, named in d.children.items()}
        inhabited = {above for path in self._files for above in _above(path)}
        lists = sorted(
            child
            for child, named in children.items()
            if child not in self.reached.directories
            and (named or child in inhabited)
            and self._tree.is_file(posixpath.join(child, NAME))
        )
        beside = {
            posixpath.join(child, NAME)
            for child in children.keys() - self.reached.directories.keys()
            if self._tree.is_file(posixpath.join(child, NAME))
        }
        present = {path for directory in directories for path in directory.present}
        stand_ins = self._unneeded() - set(self._files)
        return Closure(
            files=dict(sorted(self._files.items())),
            widened=dict(sorted(self._widened.items())),
            empty=tuple(sorted(present - {""})),
            lists=tuple(child for child in lists if posixpath.join(child, NAME) not in self._files),
            shared=tuple(shared_among(self.reached.targets.values())),
            assembling=tuple(sorted(self._assembling)),
            stand_ins=tuple(sorted(stand_ins)),
            left_out=tuple(sorted((beside | stand_ins) - set(self._files))),
        )

    def _headers(self, target: Target) -> Headers:
        """What the files of a target include; the same for all programs that need it."""
        known = self._project.headers
        if target.name in known:
            return known[target.name]
        sources = dict.fromkeys(target.sources)
        for directory in self._project.chain(target.home):
            sources.update(directory.templates)
        if target.unclear and target.kind != "rule":
            for path in sorted(target.directories):
                sources.update(dict.fromkeys(self._compiled(path)))
            sources.update(self._listed(target))
        found = headers_of(sources, self._includes(target), self._tree)
        # what a rule makes is compiled by those who need it, and they are not always the same
        if target.kind != "rule":
            known[target.name] = found
        return found

    def _listed(self, target: Target) -> dict[str, str]:
        """The files that lists of files name, any of which may be a source of a target."""
        found: dict[str, str] = {}
        for path in sorted(target.directories):
            for directory in self._project.chain(path):
                found = {**directory.listed, **found}
        return found

    def _includes(self, target: Target) -> Includes:
        """Where the compiler looks for what the files of a target include."""
        found = includes_of(target, self._project)
        if target.kind == "rule":
            for user in self.reached.targets.values():
                if user.kind in ("executable", "library"):
                    found.add(includes_of(user, self._project))
        return found

    def _unneeded(self) -> set[str]:
        """The sources of targets that CMake generates and nobody builds."""
        found: set[str] = set()
        for target in self._project.targets.values():
            needed = target.name in self.reached.targets
            if not needed and target.home in self.reached.directories:
                found.update(target.asked if target.kind == "custom" else target.sources)
                if target.unclear:
                    found.update(self._compiled(target.home))
        return found

    def _compiled(self, directory: str) -> list[str]:
        return [path for path in self._tree.files(directory) if path.endswith(_COMPILED)]

    def _maker(self, target: Target) -> str:
        """Why files of a target may include whatever they can, where that is so."""
        for path in target.generated:
            plain = path.split("/", 2)[-1]
            if any(f"{plain}/".startswith(f"{each}/") for each in self._elsewhere):
                return f"`{plain}` is made elsewhere and may include it"
        for rule in self._project.rules:
            makes = rule.outputs & target.generated
            if makes and (rule.taken or self._writes_includes(rule)):
                return f"what {rule.name} makes may include it"
        return ""

    def _writes_includes(self, rule: Target) -> bool:
        """Whether a script of a rule, or what it is given to read, has the word in it."""
        if not any(path.endswith(SUFFIX) for path in rule.sources):
            return False
        # what sources of C and C++ include is followed for itself
        texts = (p for p in rule.sources if not p.endswith((*_COMPILED, *BINARY)))
        return any(
            # what a script writes it may put together; what it is given it can only copy
            (_INCLUDE if path.endswith(SUFFIX) else _DIRECTIVE).search(self._tree.read(path))
            for path in texts
        )

    def _take_headers(self, headers: Headers) -> None:
        for path, reason in headers.files.items():
            self._take(path, reason)
        for directory, reason in headers.widened.items():
            self._widened.setdefault(directory or ".", reason)
        self._assembling |= headers.assembling

    def _take(self, path: str, reason: str) -> None:
        if path not in self._files and self._tree.is_file(path):
            self._files[path] = reason

    def _widen(self, directory: str, reason: str) -> None:
        self._widened.setdefault(directory or ".", reason)
        for path in self._tree.files(directory):
            self._take(path, reason)


def _above(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
