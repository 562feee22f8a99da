"""What a build script may read: nothing, the files it names, its package, or what lies above it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msbuild.plugin_api import remembered
from msbuild_rust.includes import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin_api import Sources
    from msbuild_rust.manifest import Manifest

# Crates that read no file of the tree, or only ask the compiler.
_PURE = {"autocfg", "cfg_aliases", "phf_codegen", "rustc_version", "rustversion", "version_check"}
_LITERAL = r'"((?:[^"\\\n]|\\.)*)"'
_NAMED = re.compile(
    rf"""\bPath::new\(\s*{_LITERAL}\s*\)\.(?:exists|is_file|is_dir)\(\)
    | \bfs::read(?:_to_string)?\(\s*{_LITERAL}\s*\) | \bFile::open\(\s*{_LITERAL}\s*\)""",
    re.VERBOSE,
)
_COMMENT_OR_STRING = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:[^"\\]|\\.)*" | r(\#*)".*?"\1 | '(?:[^'\\\n]|\\.)'""",
    re.DOTALL | re.VERBOSE,
)
# Whatever reads, runs or compiles something else.
_READS = re.compile(
    r"""\b(?: read\w* | open | OpenOptions | (?:try_)?exists | is_file | is_dir | \w*metadata
    | canonicalize | copy | hard_link | symlink\w* | Command | glob\w* | \w*[wW]alk\w* | include\w*!
    | extern | unsafe ) | \bmod\s+\w+\s*;""",
    re.VERBOSE,
)
_RUNS = re.compile(r"\b(?:Command|include\w*!|extern|unsafe)\b|\bmod\s+\w+\s*;")
_CLIMBS = re.compile(r"\.\s*(?:parent|ancestors|pop)\s*\(|\"\.\./?\"")
# A file name with an extension, in a path or alone; what is put in is in braces.
_FILE_NAME = re.compile(r"(?:[\w.{}*-]+/)*[\w.{}*-]*[\w}*]\.\w{1,8}")
_PUT_IN = re.compile(r"\{[^}]*\}|\*+")
_EXTENSION = re.compile(r"\w{1,8}")
_LONGEST = 200


@dataclass(slots=True)
class Reads:
    """What a build script may read.

    Attributes:
        package: whether it may read any file of its package.
        workspace: whether it may read what is said of the workspace, such as its lock file.
        named: files and directories that it names, each with the line.
        places: directories above its package in which it looks for files: the files, by directory.
    """

    package: bool = True
    workspace: bool = True
    named: dict[str, int] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


def reads_of(script: str, package: Manifest, sources: Sources) -> Reads:
    """Find out what a build script may read.

    Args:
        script: its path.
        package: the manifest of its package.
        sources: the source tree.
    """
    return remembered(sources, script, lambda: _reads(sources.read(script), package, sources))


def _reads(text: str, package: Manifest, sources: Sources) -> Reads:
    found = Reads()
    for match in _NAMED.finditer(text):
        name = next(filter(None, match.groups()), "")
        found.named[package.join(name)] = text.count("\n", 0, match.start()) + 1
    code = _COMMENT_OR_STRING.sub(_blank, _NAMED.sub("", text))
    helped = bool(_helpers(package) - _PURE)
    found.package = helped or bool(_READS.search(code))
    found.workspace = helped or "Cargo." in text or bool(_RUNS.search(code))
    if found.package and _CLIMBS.search(text):
        found.places = dict(_places(text, package, sources))
    return found


def _blank(found: re.Match[str]) -> str:
    # `".."` says that it climbs; what any other text says is no code
    return '""' if found[0].startswith('"') else " "


def _helpers(package: Manifest) -> set[str]:
    """The crates that the script is compiled with."""
    tables = (package.table, *package.table.get("target", {}).values())
    kinds = ("build-dependencies", "build_dependencies")
    return {name for table in tables for kind in kinds for name in table.get(kind, {})}


def _places(
    text: str, package: Manifest, sources: Sources
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The directories outside of the package that a script names relative to what is above it.

    Of a directory, the files that are called like one that the script names; all of it, where it
    names none.
    """
    literals = {literal for literal, _ in strings(text) if 0 < len(literal) <= _LONGEST}
    # a link to a directory is a file, and stands for what is below it
    paths = {path for each in literals if _FILE_NAME.fullmatch(each) for path in _steps(each)}
    patterns = [_pattern(each) for each in sorted(paths)]
    if "extension" in text:
        patterns += [re.compile(rf".*\.{each}") for each in literals if _EXTENSION.fullmatch(each)]
    for above in _above(package.directory):
        for literal in sorted(literals):
            place = posixpath.normpath(posixpath.join(above, literal))
            inside = f"{place}/".startswith(f"{package.directory}/")
            around = f"{package.directory}/".startswith(f"{place}/") or place == "."
            if inside or around or place.startswith((".", "/")):
                continue
            files = sources.files(place)
            called = tuple(path for path in files if _is_called(path, patterns))
            if files:
                yield place, called or files
            elif "{" in literal and _FILE_NAME.fullmatch(literal):
                start = posixpath.dirname(place.partition("{")[0])
                whole = re.compile(_expression(place))
                if called := tuple(p for p in sources.files(start) if whole.fullmatch(p)):
                    yield start, called


def _steps(path: str) -> Iterator[str]:
    """A path, and the directories in it whose names say something."""
    while path:
        if _PUT_IN.sub("", posixpath.basename(path)):
            yield path
        path = posixpath.dirname(path)


def _is_called(path: str, patterns: list[re.Pattern[str]]) -> bool:
    return any(each.fullmatch(path) for each in patterns)


def _pattern(literal: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?{_expression(literal)}")


def _expression(path: str) -> str:
    return "[^/]*".join(map(re.escape, _PUT_IN.split(path)))


def _above(directory: str) -> Iterator[str]:
    while directory:
        directory = posixpath.dirname(directory)
        yield directory
