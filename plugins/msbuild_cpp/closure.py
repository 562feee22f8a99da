"""The closure of targets: all files of the tree that they are built from, with reasons."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import remembered
from msbuild_cpp.headers import BINARY_SUFFIXES, HEADER_SUFFIXES, headers_below, headers_of
from msbuild_cpp.project import includes_of, reach
from msbuild_cpp.scripts import PYTHON_SUFFIX, listed_by, literals, words_of
from msbuild_cpp.syntax import CMAKELISTS
from msbuild_cpp.tree import named_by
from msbuild_cpp.values import SOURCE_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild_cpp.headers import Headers
    from msbuild_cpp.project import Includes, Project, Reach, Target

_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".S", ".s", ".asm", *HEADER_SUFFIXES)
_DIRECTIVE = re.compile(r"#[ \t]*include|\binclude(?:_next)?[ \t]*[<\"]")
_SHARED = re.compile(r"\.so(?:\.[\d.]+)?\Z")
_STATIC = frozenset({"STATIC", "OBJECT", "INTERFACE"})
_INCLUDE = re.compile(r"\binclude(?:_next)?\b")


@dataclass(frozen=True, slots=True)
class Closure:
    """The files that a program, or some libraries, are built from.

    Attributes:
        files: the files, each with the reason, sorted.
        widened: directories whose files may all be inputs, each with the reason.
        empty: directories that must exist for CMake, though nothing in them is needed.
        lists: directories that are added but not needed: they get an empty ``CMakeLists.txt``.
        stand_ins: sources of targets that are configured but not built: CMake requires the files to
            exist, but no compiler reads them.
        shared: shared libraries of the tree that the program may need at run time.
        assembling: files that make compilers read others that the compiler cache does not track.
        left_out: all files that CMake would find in the full tree and does not need: the stand-ins,
            and ``CMakeLists.txt`` files in directories that a pattern matches.
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
    wanted: Iterable[Target], project: Project, generated: tuple[str, ...] = ()
) -> Closure:
    """Find the files that targets are built from.

    Args:
        wanted: the targets.
        project: their project.
        generated: directories of ``depends_on``, whose files are not in the tree.
    """
    walk = _Walk(project, reach(wanted, project), generated)
    walk.configure()
    for target in walk.reached.targets.values():
        walk.add_target(target)
    return walk.result()


class _Walk:
    """Collects files, each with the first reason found."""

    def __init__(self, project: Project, reached: Reach, generated: tuple[str, ...]) -> None:
        self.reached = reached
        self._project = project
        self._tree = project.tree
        self._generated = generated
        self._files: dict[str, str] = {}
        self._widened: dict[str, str] = {}
        self._assembling: dict[str, None] = {}

    def configure(self) -> None:
        """Add the files that CMake reads when it configures."""
        for path, reason in self.reached.directories.items():
            directory = self._project.directories[path]
            self._add(_list_in(path), reason)
            for file, why in (*directory.scripts.items(), *directory.reads.items()):
                self._add(file, why)
            for widened, why in directory.widened.items():
                self._widen(widened, why)

    def add_target(self, target: Target) -> None:
        """Add the files that a target is built from."""
        for path, reason in target.sources.items():
            self._add(path, reason)
        self._add_data(target)
        for path, reason in target.widened.items():
            self._widen(path, reason)
        if target.incomplete and target.kind != "rule":
            self._add_possible_sources(target)
        self._add_headers(self._headers(target))
        if reason := self._why_any_header(target):
            includes = self._includes(target)
            for path in includes.directories:
                self._widened.setdefault(path or ".", reason)
                headers = headers_below(path, self._tree)
                for header in headers:
                    self._add(header, reason)
                self._add_headers(headers_of(headers, includes, self._tree))

    def _add_possible_sources(self, target: Target) -> None:
        """Add the files that may be sources of an incomplete target."""
        for path in sorted(target.directories):
            self._widen(path, target.incomplete)
        for path, reason in self._listed(target).items():
            self._add(path, reason)

    def _add_data(self, target: Target) -> None:
        """Add files named in the files of a target, and files that programs of a rule may open."""
        if target.kind != "rule":
            for path in target.sources:
                for file in listed_by(path, (target.home, self._project.root), self._tree):
                    self._add(file, f"named by {path}")
        if target.kind not in ("rule", "custom"):
            return
        for name in target.links:
            for program in self._project.candidates(name):
                if program.kind == "executable":
                    reason = f"`{name}` may read it when it runs for {target.name}"
                    parents = {posixpath.dirname(path) for path in target.sources}
                    places = sorted({*target.working_directories, *target.widened, *parents})
                    self._add_opened(program, places, reason)

    def _add_opened(self, program: Target, places: list[str], reason: str) -> None:
        """Add the files that a program may open in the directories that a rule gives it."""
        texts = " ".join(program.own.definitions).replace(f"{SOURCE_ROOT}/", " ")
        named = named_by(words_of(texts, bare=True), ("",), self._tree)
        made_from = reach([program], self._project).targets.values()
        program_sources = [path for part in made_from for path in part.sources] if places else []
        for path in program_sources:
            if path.endswith(_COMPILED):
                named.add(named_by(self._tree.scan(path, literals), places, self._tree))
        for path in named.files:
            self._add(path, reason)
        for path in named.directories:
            self._widen(path, reason)

    def result(self) -> Closure:
        """The closure of the collected files."""
        directories = [self._project.directories[path] for path in self.reached.directories]
        unneeded = {
            child: named
            for directory in directories
            for child, named in directory.children.items()
            if child not in self.reached.directories and self._tree.is_file(_list_in(child))
        }
        parents = {above for path in self._files for above in _above(path)}
        lists = (
            child
            for child, named in unneeded.items()
            if (named or child in parents) and _list_in(child) not in self._files
        )
        tested = {path for directory in directories for path in directory.tested_directories}
        stand_ins = self._unneeded_sources() - set(self._files)
        return Closure(
            files=dict(sorted(self._files.items())),
            widened=dict(sorted(self._widened.items())),
            empty=tuple(sorted(tested - {""})),
            lists=tuple(sorted(lists)),
            shared=tuple(_shared_among(self.reached.targets.values())),
            assembling=tuple(sorted(self._assembling)),
            stand_ins=tuple(sorted(stand_ins)),
            left_out=tuple(sorted(({*map(_list_in, unneeded)} | stand_ins) - set(self._files))),
        )

    def _headers(self, target: Target) -> Headers:
        """The headers of a target, found once because programs share targets."""
        # the output of a rule is compiled by its users, which differ between programs
        if target.kind == "rule":
            return self._headers_of(target)
        question = (id(self._project), target.name)
        return remembered(self._tree.sources, question, lambda: self._headers_of(target))

    def _headers_of(self, target: Target) -> Headers:
        sources = dict.fromkeys(target.sources)
        for directory in self._project.chain(target.home):
            sources.update(directory.templates)
        if target.incomplete and target.kind != "rule":
            for path in sorted(target.directories):
                sources.update(dict.fromkeys(self._compiled(path)))
            sources.update(self._listed(target))
        return headers_of(sources, self._includes(target), self._tree)

    def _listed(self, target: Target) -> dict[str, str]:
        """The files named in other files, any of which may be a source of an incomplete target."""
        listed: dict[str, str] = {}
        for path in sorted(target.directories):
            for directory in self._project.chain(path):
                listed = {**directory.listed, **listed}
        return listed

    def _includes(self, target: Target) -> Includes:
        """The includes of a target, or of all users of a rule."""
        includes = includes_of(target, self._project)
        if target.kind == "rule":
            for user in self.reached.targets.values():
                if user.kind in ("executable", "library"):
                    includes.add(includes_of(user, self._project))
        return includes

    def _unneeded_sources(self) -> set[str]:
        """The sources of targets that are configured but not built."""
        unneeded: set[str] = set()
        for target in self._project.targets.values():
            needed = target.name in self.reached.targets
            if not needed and target.home in self.reached.directories:
                unneeded.update(target.must_exist if target.kind == "custom" else target.sources)
                if target.incomplete:
                    unneeded.update(self._compiled(target.home))
        return unneeded

    def _compiled(self, directory: str) -> list[str]:
        return [path for path in self._tree.files(directory) if path.endswith(_COMPILED)]

    def _why_any_header(self, target: Target) -> str:
        """Why generated files of a target may include any header; empty if they do not."""
        for path in target.generated:
            plain = path.split("/", 2)[-1]
            if any(f"{plain}/".startswith(f"{directory}/") for directory in self._generated):
                return f"`{plain}` comes from `depends_on` and may include it"
        for rule in self._project.rules:
            makes = rule.outputs & target.generated
            if makes and (rule.widened or self._may_write_includes(rule)):
                return f"files generated by {rule.name} may include it"
        return ""

    def _may_write_includes(self, rule: Target) -> bool:
        """Whether a script of a rule, or one of the files it reads, mentions includes."""
        if not any(path.endswith(PYTHON_SUFFIX) for path in rule.sources):
            return False
        # the includes of C and C++ sources are followed anyway
        texts = (path for path in rule.sources if not path.endswith((*_COMPILED, *BINARY_SUFFIXES)))
        return any(
            # a script may assemble an include from parts, but copies other files as they are
            (_INCLUDE if path.endswith(PYTHON_SUFFIX) else _DIRECTIVE).search(self._tree.read(path))
            for path in texts
        )

    def _add_headers(self, headers: Headers) -> None:
        for path, reason in headers.files.items():
            self._add(path, reason)
        for directory, reason in headers.widened.items():
            self._widened.setdefault(directory or ".", reason)
        self._assembling |= headers.assembling

    def _add(self, path: str, reason: str) -> None:
        if path not in self._files and self._tree.is_file(path):
            self._files[path] = reason

    def _widen(self, directory: str, reason: str) -> None:
        self._widened.setdefault(directory or ".", reason)
        for path in self._tree.files(directory):
            self._add(path, reason)


def _shared_among(targets: Iterable[Target]) -> Iterator[str]:
    """The libraries of the tree that a program may need at run time.

    Args:
        targets: the targets that the program is built from.
    """
    for target in targets:
        if target.kind == "library" and not target.library_types & _STATIC:
            yield target.name
        yield from (path for path in target.sources if _SHARED.search(path))


def _list_in(directory: str) -> str:
    return posixpath.join(directory, CMAKELISTS)


def _above(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
