"""Files that a build script may read: those it names, its package, or directories above."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths, remembered
from msbuild_rust.cfg import Cfg
from msbuild_rust.code import literals_of, resolve
from msbuild_rust.modules import mentions, module_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.plugin.api import Sources
    from msbuild_rust.code import Literal
    from msbuild_rust.manifest import Manifest

_NOT_COMPILED = ("tests", "benches", "examples", "target")
# A build script runs on the build machine; how it is compiled is unknown.
_ANY = Cfg(open=True)

# Crates that read no file of the tree, or only query the compiler.
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
# Anything that reads, runs or compiles something else.
_READS = re.compile(
    r"""\b(?: read\w* | open | OpenOptions | (?:try_)?exists | is_file | is_dir | \w*metadata
    | canonicalize | copy | hard_link | symlink\w* | Command | glob\w* | \w*[wW]alk\w* | include\w*!
    | extern | unsafe ) | \bmod\s+\w+\s*;""",
    re.VERBOSE,
)
_RUNS = re.compile(r"\b(?:Command|include\w*!|extern|unsafe)\b|\bmod\s+\w+\s*;")
# Ways to get above the package, or to find its path.
_CLIMBS = re.compile(
    r"""\.\s*(?:parent|ancestors|pop)\s*\( | "[^"\n]*\.\.(?:/|") | workspace_root | WORKSPACE
    | show-toplevel | locate-project | current_dir""",
    re.VERBOSE,
)
_LISTS = re.compile(r"\b(?:read_dir|glob\w*|\w*[wW]alk\w*)\b")
# A file name with an extension, in a path or alone; placeholders are in braces.
_FILE_NAME = re.compile(r"(?:[\w.{}*-]+/)*[\w.{}*-]*[\w}*]\.\w{1,8}")
_PLACEHOLDER = re.compile(r"\{[^}]*\}|\*+")
_EXTENSION = re.compile(r"\w{1,8}")
# How C sources, schemas and the like include others.
_INCLUDED = re.compile(
    r"""^[ \t]*(?:\#[ \t]*)?(?:include|import)[ \t]*(?:public[ \t]+|weak[ \t]+)?["'<]"""
    r"""([^"'<>\n]+)""",
    re.MULTILINE,
)


@dataclass(slots=True)
class Reads:
    """The files that a build script may read.

    Attributes:
        package: whether it may read any file of its package.
        workspace: whether it may read the workspace's root manifest and lock file.
        named: files and directories that it names, each with the file and line.
        places: directories above its package that it may search, with the files it may read there.
    """

    package: bool = True
    workspace: bool = True
    named: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


def reads_of(
    script: str, package: Manifest, helpers: tuple[Manifest, ...], sources: Sources
) -> Reads:
    """The files that a build script may read.

    Args:
        script: its path.
        package: the manifest of its package.
        helpers: the crates of the tree among its dependencies.
        sources: the source tree.
    """
    return remembered(sources, script, lambda: _reads(script, package, helpers, sources))


def _reads(
    script: str, package: Manifest, helpers: tuple[Manifest, ...], sources: Sources
) -> Reads:
    result = Reads()
    own = {path: sources.read(path) for path in _with_modules(script, package, sources)}
    for path, text in own.items():
        for match in _NAMED.finditer(text):
            name = next(filter(None, match.groups()), "")
            line = text.count("\n", 0, match.start()) + 1
            result.named[package.join(name)] = f"{path}:{line}"
    text = "\n".join(own.values())
    code = without_literals(_NAMED.sub("", text))
    helped = bool(_helpers(package) - _PURE)
    result.package = helped or bool(_READS.search(code))
    result.workspace = helped or "Cargo." in text or bool(_RUNS.search(code))
    theirs = {
        path: sources.read(path) for helper in helpers for path in sources_of(helper, sources)
    }
    texts = {**own, **theirs}
    if result.package:
        homes = {package.directory, *(helper.directory for helper in helpers)}
        result.named |= _named_outside(texts, package, homes, sources)
        result.named |= _included_by(result.named, sources)
        if climbs("\n".join(texts.values())):
            result.places = dict(named_places(texts.values(), package, (), sources))
    return result


def _with_modules(script: str, package: Manifest, sources: Sources) -> Iterator[str]:
    """A build script and the files of its modules."""
    seen = {script}
    waiting = [script]
    while waiting:
        path = waiting.pop()
        yield path
        text = sources.read(path)
        named = [mention.path for mention in mentions(path, text, package.directory, _ANY)]
        for child in (*module_paths(path, text), *named):
            is_source = child and child.endswith(".rs") and not sources.files(child)
            if child and is_source and child not in seen and sources.exists(child):
                seen.add(child)
                waiting.append(child)


def read_anything(texts: Iterable[str]) -> bool:
    """Whether sources read, list or run anything."""
    return any(_READS.search(without_literals(text)) for text in texts)


def may_read_workspace(texts: Iterable[str]) -> bool:
    """Whether sources may read the workspace's manifests, directly or by running something."""
    return any("Cargo." in text or "metadata" in text or "Command" in text for text in texts)


def climbs(text: str) -> bool:
    """Whether a source may read files above the package that it runs for."""
    return bool(_CLIMBS.search(text))


def without_literals(text: str) -> str:
    """A source without comments and literals; a string literal leaves `""` behind."""
    return _COMMENT_OR_STRING.sub(_without_text, text)


def _without_text(match: re.Match[str]) -> str:
    return '""' if match[0].startswith('"') else " "


def _helpers(package: Manifest) -> set[str]:
    """The names of the script's dependencies."""
    return {name for name, _ in package.dependencies(dev=False, build=True)}


def _named_outside(
    texts: Mapping[str, str], package: Manifest, homes: set[str], sources: Sources
) -> dict[str, str]:
    """The files that literals name outside of the package: schemas, for the most part."""
    named: dict[str, str] = {}
    for path, text in texts.items():
        for literal in filter(attrgetter("climbs"), literals_of(text, _ANY)):
            for home in sorted(homes):
                place, files = resolve(literal, home, sources) or ("", ())
                if _is_inside_or_around(place, package.directory):
                    continue
                whole = sources.exists(place) and not _PLACEHOLDER.search(literal.path)
                for file in (place,) if whole else files:
                    named.setdefault(file, f"{path}:{literal.line}")
    return named


def _included_by(named: Iterable[str], sources: Sources) -> dict[str, str]:
    """Files that named C sources and schemas include, relative to their directory or one above."""
    included: dict[str, str] = {}
    waiting = [path for path in named if sources.exists(path) and not sources.files(path)]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        homes = tuple(paths.ancestors(posixpath.dirname(path)))
        for name in () if path.endswith(".rs") else sources.scan(path, _includes):
            for home in homes:
                file = posixpath.normpath(posixpath.join(home, name))
                is_file = not paths.is_outside(file) and sources.exists(file)
                if is_file and not sources.files(file):
                    if file not in seen:
                        seen.add(file)
                        waiting.append(file)
                        included[file] = path
                    break
    return included


def _includes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_INCLUDED.findall(text)))


def named_places(
    texts: Iterable[str], package: Manifest, more: Iterable[Literal], sources: Sources
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The directories that sources name relative to a directory above a package, with their files.

    Of a directory, the files whose names the sources mention are included. All are included if
    they mention none, or if they list directories and mention no name with a placeholder.

    Args:
        texts: the sources.
        package: the package.
        more: literals that are passed to them.
        sources: the source tree.
    """
    texts = tuple(texts)
    literals = {literal.text: literal for text in texts for literal in literals_of(text, _ANY)}
    lists = any(_LISTS.search(without_literals(text)) for text in texts)
    # a link to a directory is listed as a file, and includes everything below it
    names = (text for text in literals if _FILE_NAME.fullmatch(text))
    steps = {
        path for name in names if not lists or _PLACEHOLDER.search(name) for path in _steps(name)
    }
    patterns = [_pattern(step) for step in sorted(steps)]
    if any("extension" in text for text in texts):
        patterns += [
            re.compile(rf".*\.{literal}") for literal in literals if _EXTENSION.fullmatch(literal)
        ]
    given = {literal.text: literal for literal in more}
    for above in paths.ancestors(posixpath.dirname(package.directory)) if package.directory else ():
        for _, literal in sorted({**literals, **given}.items()):
            for tail in _tails(literal):
                meant = resolve(tail, above, sources)
                if meant is None:
                    continue
                place, files = meant
                whole = not sources.exists(place) or _PLACEHOLDER.search(tail.path)
                if not whole and _is_inside_or_around(place, package.directory):
                    continue
                files = tuple(path for path in files if not _is_inside(path, package.directory))
                matching = tuple(path for path in files if _matches(path, patterns))
                if files:
                    yield place, files if whole or literal.text in given else matching or files


def _tails(literal: Literal) -> tuple[Literal, ...]:
    """A literal, and the part of it after the last `../`."""
    tail = literal.path.rpartition("../")[2]
    return (literal, replace(literal, text=tail)) if literal.climbs else (literal,)


def sources_of(package: Manifest, sources: Sources) -> tuple[str, ...]:
    """The source files of a crate that runs while other crates are compiled."""

    def find() -> tuple[str, ...]:
        start = f"{package.directory}/" if package.directory else ""
        return tuple(
            path
            for path in sources.files(package.directory)
            if path.endswith(".rs")
            and path.removeprefix(start).partition("/")[0] not in _NOT_COMPILED
        )

    return remembered(sources, ("sources", package.path), find)


def _is_inside_or_around(place: str, directory: str) -> bool:
    around = place in ("", ".") or paths.is_below(directory, place)
    return around or paths.is_below(place, directory)


def _is_inside(path: str, directory: str) -> bool:
    return path.startswith(f"{directory}/")


def _steps(path: str) -> Iterator[str]:
    """A path and the directories in it whose names are not all placeholders."""
    return (
        step for step in paths.ancestors(path) if _PLACEHOLDER.sub("", posixpath.basename(step))
    )


def _matches(path: str, patterns: list[re.Pattern[str]]) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns)


def _pattern(literal: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?{'[^/]*'.join(map(re.escape, _PLACEHOLDER.split(literal)))}")
