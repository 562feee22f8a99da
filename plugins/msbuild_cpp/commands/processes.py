"""Programs that CMake or the build runs, and files they read: custom commands, other projects."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild_cpp.headers import BINARY_SUFFIXES, HEADER_SUFFIXES, headers_of
from msbuild_cpp.project import Includes, Target
from msbuild_cpp.scripts import Reads, is_script, listed_by, reads_of_script, words_of
from msbuild_cpp.tree import Word, named_by
from msbuild_cpp.values import SOURCE_ROOT, generated, is_known, plain, without_conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msbuild_cpp.frame import Frame
    from msbuild_cpp.syntax import Command
    from msbuild_cpp.tree import Tree

_SHELL_LINE = re.compile(r"[\s;|&<>`]")
_SOURCE_PATH = re.compile(rf"{SOURCE_ROOT}[^\s\"'`;|&<>()]*")
# Files that make a directory the source of a build.
MANIFESTS = (
    *("CMakeLists.txt", "Makefile", "makefile", "GNUmakefile", "Cargo.toml", "go.mod"),
    *("package.json", "meson.build", "SConstruct", "configure", "pom.xml", "build.gradle"),
)
_BUILD_TOOLS = re.compile(
    r"(?:.*/)?(?:g?make|ninja|cargo|go|npm|npx|yarn|pnpm|meson|scons|mvn|gradle|tsc|configure|autoreconf)\Z"
)
_CODE = (".c", ".cc", ".cpp", ".cxx", ".S", ".s", *HEADER_SUFFIXES)
_LISTS = (".cmake", ".mk", ".am", ".ac", ".toml", ".json", ".build", ".in", ".sh", ".py")
_OUTPUTS = ("OUTPUT", "BYPRODUCTS")
_KEYWORDS = (
    *_OUTPUTS,
    "COMMAND",
    "ARGS",
    "DEPENDS",
    "MAIN_DEPENDENCY",
    "IMPLICIT_DEPENDS",
    "WORKING_DIRECTORY",
    "COMMENT",
    "DEPFILE",
    "SOURCES",
    "TARGET",
    "PRE_BUILD",
    "PRE_LINK",
    "POST_BUILD",
    "VERBATIM",
    "APPEND",
    "USES_TERMINAL",
    "COMMAND_EXPAND_LISTS",
    "JOB_POOL",
    "ALL",
)
_DEPENDS = ("DEPENDS", "MAIN_DEPENDENCY", "IMPLICIT_DEPENDS", "SOURCES")
_COMMANDS = ("COMMAND", "ARGS", "")
_EXTERNAL_HOMES = ("SOURCE_DIR", "WORKING_DIRECTORY")
_EXTERNAL_OUTPUTS = ("BUILD_BYPRODUCTS", "INSTALL_BYPRODUCTS", "BYPRODUCTS")


def read_by(
    frame: Frame,
    words: Sequence[str],
    homes: Sequence[str],
    reason: str,
    *,
    builds: Sequence[str] = (),
) -> Reads:
    """The files that a program may read.

    Args:
        frame: the place of the command that runs it.
        words: its command line, with all choices.
        homes: the directories of the tree that it runs in, as far as they are known.
        reason: why it runs.
        builds: directories that it builds.
    """
    reading = _Reading(frame, tuple(dict.fromkeys(homes)), reason)
    for before, value in zip(("", *words), words, strict=False):
        reading.add_word(value, before)
    if any(map(is_build_tool, words)):
        builds = (*builds, *(home for home in homes if has_manifest(home, frame.tree)))
    for directory in dict.fromkeys(builds):
        reading.add_directory(directory)
    return reading.result()


@dataclass(slots=True)
class _Reading:
    """Collects the files and directories that a command line names."""

    frame: Frame
    homes: tuple[str, ...]
    reason: str
    reads: Reads = field(default_factory=Reads)
    scripts: dict[str, None] = field(default_factory=dict)

    def add_word(self, value: str, before: str) -> None:
        """Add the files that one word names."""
        for path in self._files(value):
            self.add_file(path)
        for path in self._directories(value):
            self.add_directory(path)
        if _SHELL_LINE.search(value):
            self._add_line(value)
        elif before == "-m":
            self.scripts.update(dict.fromkeys(self._module(value)))

    def add_file(self, path: str) -> None:
        """Add a file, and the files that it names."""
        tree = self.frame.tree
        if is_script(path, tree):
            self.scripts.setdefault(path)
        else:
            self.reads.files.setdefault(path, self.reason)
            for listed in listed_by(path, (*self.homes, self.frame.directory.path), tree):
                self.reads.files.setdefault(listed, f"named by {path}")
        home = posixpath.dirname(path)
        if posixpath.basename(path) in MANIFESTS and home not in ("", tree.root):
            self.add_directory(home)

    def add_directory(self, directory: str) -> None:
        """Add all files of a directory, and files elsewhere that a build in it names."""
        self.reads.widened.setdefault(directory, self.reason)
        if has_manifest(directory, self.frame.tree):
            files, directories = named_outside(directory, self.frame.tree)
            self.reads.files = {**files, **self.reads.files}
            self.reads.widened = {**directories, **self.reads.widened}

    def result(self) -> Reads:
        """The named files and directories, and those that scripts among them may read."""
        names_files = bool(self.reads.widened or self.reads.files)
        for path in self.scripts:
            tree = self.frame.tree
            reads = reads_of_script(path, self.reason, self.homes, tree, names_files=names_files)
            self.reads.files = {**reads.files, **self.reads.files}
            self.reads.widened = {**reads.widened, **self.reads.widened}
        return self.reads

    def _files(self, value: str) -> list[str]:
        files: list[str] = []
        for text in _possible_paths(value):
            files += self.frame.paths(text)
            files += [path for path in self._at_home(text) if self.frame.tree.is_file(path)]
        return list(dict.fromkeys(files))

    def _directories(self, value: str) -> list[str]:
        """The directories that a word names, except this one and its parents, which it runs in."""
        own_directory = f"{self.frame.directory.path}/"
        tree = self.frame.tree
        directories: list[str] = []
        for text in _possible_paths(value):
            if "/" in text:
                directories += self.frame.paths(text, directories=True)
            directories += [path for path in self._at_home(text) if tree.has_directory(path)]
        return [
            path
            for path in dict.fromkeys(directories)
            if path and not own_directory.startswith(f"{path}/")
        ]

    def _at_home(self, text: str) -> list[str]:
        """The targets of a relative path in each of the working directories."""
        if "/@" in text or "\n" in text or text.startswith("-") or not re.search(r"\w", text):
            return []
        return [posixpath.normpath(posixpath.join(home, text)) for home in self.homes]

    def _add_line(self, value: str) -> None:
        """Add the files in a shell command or inline program: ``sh -c "…"``, ``python -c "…"``."""
        for word in _SOURCE_PATH.findall(value):
            for path in self.frame.paths(word):
                self.add_file(path)
            for path in self._directories(word):
                self.add_directory(path)
        # absolute paths become relative to the root of the source tree
        text = _SOURCE_PATH.sub(lambda match: match[0].removeprefix(f"{SOURCE_ROOT}/"), value)
        places = ("", *self.homes, self.frame.directory.path)
        named = named_by(words_of(text, bare=True), places, self.frame.tree)
        for path in named.files:
            self.add_file(path)
        for path in named.directories:
            if not f"{self.frame.directory.path}/".startswith(f"{path}/"):
                self.add_directory(path)

    def _module(self, value: str) -> list[str]:
        """The scripts that ``python -m`` may run."""
        path = value.replace(".", "/")
        ends = (".py", "/__main__.py", "/__init__.py")
        # a directory among the words may be in `PYTHONPATH`
        homes = (*self.homes, *self.reads.widened)
        places = [posixpath.join(home, f"{path}{end}") for home in homes for end in ends]
        return [place for place in places if self.frame.tree.is_file(place)]


def _possible_paths(value: str) -> list[str]:
    """The parts of a word that may be paths: ``-Idir``, ``--in=file``, ``@list``."""
    parts = without_conditions(value)
    parts += [part.split("=", 1)[1] for part in parts if "=" in part]
    parts += _SOURCE_PATH.findall(value)
    return list(dict.fromkeys(re.sub(r"^(?:-I|@)", "", part) for part in (value, *parts)))


def is_build_tool(word: str) -> bool:
    """Whether a word of a command line is a build system."""
    return bool(_BUILD_TOOLS.match(word)) or word in ("$(MAKE)", "MAKE")


def has_manifest(directory: str, tree: Tree) -> bool:
    """Whether a directory is the source of a build."""
    return any(tree.has_file(posixpath.join(directory, name)) for name in MANIFESTS)


def named_outside(directory: str, tree: Tree) -> tuple[dict[str, str], dict[str, str]]:
    """The files and the directories outside of a directory that its files name with ``..``.

    Args:
        directory: a directory whose files are all inputs.
        tree: the source tree.
    """
    files: dict[str, str] = {}
    directories: dict[str, str] = {}
    code: list[str] = []
    waiting = [*tree.files(directory)]
    while waiting:
        path = waiting.pop()
        if path.endswith(BINARY_SUFFIXES):
            continue
        if path.endswith(_CODE):
            code.append(path)
        elif path.endswith(_LISTS) or posixpath.basename(path) in MANIFESTS:
            # paths in included files may be relative to the directory of the build
            homes = dict.fromkeys((posixpath.dirname(path), directory))
            for target in _climbed(homes, tree.scan(path, _climbing)):
                if f"{target}/".startswith(f"{directory}/") or target in files:
                    continue
                if tree.has_file(target):
                    files[target] = f"named by {path}"
                    waiting.append(target)
                elif tree.has_directory(target) and not f"{directory}/".startswith(f"{target}/"):
                    directories.setdefault(target, f"named by {path}")
    included = headers_of(code, Includes(), tree).files
    files.update({path: reason for path, reason in included.items() if path not in files})
    return files, directories


def _climbing(text: str) -> tuple[Word, ...]:
    return tuple(word for word in words_of(text, bare=True) if ".." in word.text)


def _climbed(homes: Iterable[str], words: Iterable[Word]) -> list[str]:
    texts = [word.text for word in words]
    paths = (posixpath.normpath(posixpath.join(home, text)) for home in homes for text in texts)
    return [path for path in paths if not path.startswith("..") and path != "."]


def _custom_command(frame: Frame, command: Command) -> None:
    parts = _parts(frame, command)
    names = parts.get("TARGET", [])
    rule = frame.target(names[0]) if names else None
    if names and rule is None:
        return
    if rule is None:
        rule = Target(frame.at(command), "rule", frame.directory.path)
        rule.directories.add(frame.directory.path)
        frame.interpreter.project.rules.append(rule)
    _fill_rule(frame, rule, parts, frame.at(command))


def _custom_target(frame: Frame, command: Command) -> None:
    names = frame.values(command.arguments[:1])
    if names and is_known(names[0]):
        target = frame.target(names[0], "custom")
        if target is not None:
            _fill_rule(frame, target, _parts(frame, command, skip=1), frame.at(command))


def _parts(frame: Frame, command: Command, skip: int = 0) -> dict[str, list[str]]:
    """The arguments by keyword; those before any keyword by an empty one."""
    parts: dict[str, list[str]] = {}
    keyword = ""
    for argument in command.arguments[skip:]:
        if argument.kind == "plain" and argument.text in _KEYWORDS:
            keyword = argument.text
            parts.setdefault(keyword, [])
        else:
            parts.setdefault(keyword, []).extend(map(plain, frame.scope.expand(argument)))
    return parts


def _fill_rule(frame: Frame, rule: Target, parts: dict[str, list[str]], where: str) -> None:
    directory = frame.directory.path
    for value in (value for keyword in _OUTPUTS for value in parts.get(keyword, [])):
        rule.outputs.update(generated(value, directory))
        if not is_known(value):
            rule.incomplete = "CMake computes some of its outputs"
    homes = [
        path
        for value in parts.get("WORKING_DIRECTORY", [])
        for path in frame.paths(value, directories=True)
    ]
    rule.working_directories.update(homes)
    for value in parts.get("SOURCES", []):
        rule.must_exist.update(frame.paths(value))
    reason = f"used by {where}"
    for keyword in (*_COMMANDS, *_DEPENDS):
        for value in parts.get(keyword, []):
            _add_dependencies(frame, rule, value)
    words = [value for keyword in (*_COMMANDS, *_DEPENDS) for value in parts.get(keyword, [])]
    read = read_by(frame, words, homes, reason)
    read.add_to(rule.sources, rule.widened)


def _add_dependencies(frame: Frame, rule: Target, value: str) -> None:
    """Add the targets and generated files that a value names to the dependencies of a rule."""
    rule.links.update(dict.fromkeys(without_conditions(value)))
    rule.generated.update(
        path for part in without_conditions(value) for path in generated(part, frame.directory.path)
    )


def _external_project(frame: Frame, command: Command) -> None:
    """Add a custom target that reads its arguments and all files of its source directory."""
    values = frame.values(command.arguments)
    if not values or not is_known(values[0]):
        return
    target = frame.target(values[0], "custom")
    if target is None:
        return
    reason = f"built by {frame.at(command)}"
    homes: list[str] = []
    keyword = ""
    for value in values[1:]:
        if value in (*_EXTERNAL_HOMES, *_EXTERNAL_OUTPUTS) or (value.isupper() and "_" in value):
            keyword = value
        elif keyword in _EXTERNAL_HOMES:
            homes += frame.paths(value, directories=True)
        elif keyword in _EXTERNAL_OUTPUTS:
            target.outputs.update(generated(value, frame.directory.path))
    read = read_by(frame, values[1:], homes, reason, builds=homes)
    read.add_to(target.sources, target.widened)
    for value in values[1:]:
        target.links.update(dict.fromkeys(without_conditions(value)))


HANDLERS = {
    "add_custom_command": _custom_command,
    "add_custom_target": _custom_target,
    "externalproject_add": _external_project,
    "externalproject_add_step": _external_project,
    "externaldata_add_target": _external_project,
}
