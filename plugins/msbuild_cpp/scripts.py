"""Files that scripts of any language, such as generators, may read besides their arguments."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths
from msbuild_cpp.headers import BINARY_SUFFIXES, HEADER_SUFFIXES
from msbuild_cpp.tree import Named, Word, named_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from msbuild_cpp.tree import Tree

PYTHON_SUFFIX = ".py"
_SHELL = (".sh", ".bash", ".zsh", ".ksh", ".mk", ".mak", ".cmake")
SCRIPTS = (
    *(PYTHON_SUFFIX, *_SHELL, ".pl", ".pm", ".rb", ".js", ".mjs", ".cjs", ".ts", ".lua", ".awk"),
    *(".tcl", ".php", ".R", ".jl", ".scm", ".el", ".m4", ".gn"),
)
_CODE = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".S", ".s", ".asm", *HEADER_SUFFIXES)
_PROSE = (".md", ".rst", ".html")
# Documents for people: they mention files, but are not lists of files.
_DOCUMENTS = {"AUTHORS", "CHANGELOG", "CHANGES", "COPYING", "LICENSE", "NEWS", "README", "TODO"}
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile", "CMakeLists.txt", "Rakefile", "meson.build")
# Calls that list directories, in the languages that generators are written in.
_LISTS = re.compile(
    r"""\b(?:i?glob|rglob|listdir|scandir|walk|iterdir|readdir\w*|opendir|GLOB(?:_RECURSE)?
    |Dir|find|ls|wildcard|File::Find|fdfind|walkdir|lfs)\b|<[^<>\n]{0,200}\*[^<>\n]{0,200}>
    |/\*[\s.;)]|[\s"']\*\.\w""",
    re.VERBOSE,
)
_CLIMBS = re.compile(
    r"""\.\.(?:/|["'\s)]|$) | \.parents?\b.{0,200}\.parent | \bparents?\s*\[ | \.parent\.
    | dirname\s*\(?\s*\(?["$]*\(?\s*(?:os\.path\.|path\.|File\.)?dirname | \bpardir\b
    | \$\{?(?:CMAKE|PROJECT|\w+)_SOURCE_DIR | rev-parse | \bgetcwd\b | \bcwd\b""",
    re.VERBOSE | re.MULTILINE,
)
_IMPORTED = re.compile(
    r"""\b(?:require|require_relative|import|from|source|load)\b[\s(]*["'](\.[^"']+)"""
)
# With these a script can find its own directory and read files there, or run other code.
_OPEN = re.compile(
    r"""\b__(?:file|path|spec|loader|import)__\b | \bsys\.path\b
    | \bargv\s*\[\s*0 | =\s*(?:sys\.)?argv\b(?!\s*\[)
    | \b(?:exec|eval|execfile|importlib|imp|inspect|pkgutil|runpy|zipimport|modulefinder)\b""",
    re.VERBOSE,
)
# Harmless: its name in a message, and its directory in `sys.path`, where it is by default.
_HARMLESS = re.compile(
    r"""(?: \.format\( | %\s* | \bbasename\( ) (?:sys\.)?argv\[0\]
    | \bsys\.path\.(?:append\(|insert\(\s*\d+\s*,)\s*
      (?:os\.path\.)?dirname\((?:os\.path\.)?(?:abspath|realpath)\(__file__\)\)\)""",
    re.VERBOSE,
)
# Longer texts are data: matches in them would be accidental.
_LONGEST_TEXT = 200_000
_LONGEST_WORD = 300
_COMMENT = re.compile(r"^[ \t]*(?:#(?!include|import|embed|line).*|//.*|;.*|dnl .*)$", re.MULTILINE)
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'')
# Parts that are known only at run time: variables, commands, formats.
_UNKNOWN = re.compile(
    r"\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Za-z_][\w:]*|\$[@*#?0-9]|\$<[^<>]*>|#?\{[\w.!:\[\]]*\}|%\(?\w*\)?s|`"
)
_TOKEN = re.compile(r"[^\s\"'(){}<>|&;,=`:]+")


@lru_cache(maxsize=4096)
def words_of(text: str, *, bare: bool = False) -> tuple[Word, ...]:
    """The words of a text.

    Args:
        text: a script, a command, or a list of files.
        bare: whether words without quotes are arguments, as in a shell.
    """
    text = _COMMENT.sub("", text[:_LONGEST_TEXT].replace("\\\n", " "))
    words: dict[Word, None] = {}
    # adjacent pieces are one word: `"$here"/x`, `root + "/x"`
    for double_quoted, single_quoted in _LITERAL.findall(text):
        literal = _plain(double_quoted or single_quoted)
        whole = not re.search(r"\s", literal)
        words.update(dict.fromkeys(_words(literal, whole=whole)))
    words.update(dict.fromkeys(_words(_plain(text.replace('"', "").replace("'", "")), whole=bare)))
    return tuple(words)


def literals(text: str) -> tuple[Word, ...]:
    """The string literals of a C or C++ source that may name files or directories."""
    return tuple(
        Word(word.text, word.whole)
        for literal in re.findall(r'(?<!include )(?<!include)"([^"\\\n]+)"', text[:_LONGEST_TEXT])
        if not re.search(r"\s", literal)
        for word in _words(_plain(literal), whole=True)
        if "*" not in word.text
    )


def _plain(text: str) -> str:
    return _UNKNOWN.sub("*", _UNKNOWN.sub("*", text)).replace("\\", "/")


def _words(text: str, *, whole: bool) -> list[Word]:
    tokens = (token.strip("/") for token in _TOKEN.findall(text) if len(token) < _LONGEST_WORD)
    cut = (re.sub(r"^(?:[^/]*\*[^/.]*/|@|-I|\./)+", "", token) for token in tokens)
    return [Word(word, whole) for word in cut if re.search(r"\w|\.\.|\*", word)]


@dataclass(slots=True)
class Reads:
    """The files that a command or script may read.

    Attributes:
        files: files, each with the reason; scripts are among them.
        widened: directories whose files may all be read, each with the reason.
    """

    files: dict[str, str] = field(default_factory=dict)
    widened: dict[str, str] = field(default_factory=dict)

    def add_to(self, files: dict[str, str], widened: dict[str, str]) -> None:
        """Add these to other files and directories, whose reasons are kept."""
        for path, reason in self.files.items():
            files.setdefault(path, reason)
        for path, reason in self.widened.items():
            widened.setdefault(path, reason)


def is_script(path: str, tree: Tree) -> bool:
    """Whether a file is a script, by its name or its first line."""
    name = posixpath.basename(path)
    if path.endswith(SCRIPTS) or name in _MAKEFILES:
        return True
    return "." not in name and tree.scan(path, _starts_as_script)


def _starts_as_script(text: str) -> bool:
    return text.startswith("#!")


def reads_of_script(
    path: str, reason: str, homes: Sequence[str], tree: Tree, *, names_files: bool
) -> Reads:
    """The files that a script, and the scripts it runs or imports in turn, may read.

    Args:
        path: the script.
        reason: why it is an input.
        homes: the directories of the tree that it runs in, as far as they are known.
        tree: the source tree.
        names_files: whether its arguments name files or directories: it may list only these.
    """
    walk = _Walk(Reads({path: reason}), tuple(homes), tree, names_files)
    waiting, seen = [path], {path}
    while waiting:
        walk.read(waiting.pop())
        for file in [file for file in walk.reads.files if file not in seen]:
            seen.add(file)
            if is_script(file, tree):
                waiting.append(file)
    return walk.reads


@dataclass(frozen=True, slots=True)
class _Walk:
    """Collects the files that scripts may read."""

    reads: Reads
    homes: tuple[str, ...]
    tree: Tree
    names_files: bool

    def read(self, path: str) -> None:
        """Add the files that one script may read."""
        reads, home = self.reads, posixpath.dirname(path)
        closed = self._modules(path)
        if not closed and home not in ("", self.tree.root):
            # it can find its own directory
            reads.widened.setdefault(home, f"`{path}` is {reads.files[path]}")
        text = "\n".join(self.tree.read(part) for part in _parts(path, reads))
        named = self._named(path, text, () if closed else tuple(paths.ancestors(home)))
        for file in named.files:
            reads.files.setdefault(file, f"named by {path}")
        others = [directory for directory in named.directories if not _holds(directory, path)]
        for directory in others:
            reads.widened.setdefault(directory, f"named by {path}, which may list it")
        if _LISTS.search(text) and not (others or named.patterns or self.names_files):
            self._widen(path, climbs=not closed and (home == self.tree.root or _climbs(text)))

    def _modules(self, path: str) -> bool:
        """Add the imports of a Python script; true if it reads nothing but its arguments."""
        if not path.endswith(PYTHON_SUFFIX):
            return False
        script = script_of(path, self.reads.files[path], self.tree)
        for file, reason in script.files.items():
            self.reads.files.setdefault(file, reason)
        return script.closed

    def _named(self, path: str, text: str, own: tuple[str, ...]) -> Named:
        words = (*words_of(text, bare=_is_shell(path)), *_imports(text))
        named = Named()
        named.add(_named_by(words, own, self.tree))
        # a pattern without a directory only applies to the directory where the script runs
        for pattern in [pattern for pattern in named.patterns if "/" not in pattern]:
            del named.patterns[pattern]
        named.add(_named_by(words, self.homes, self.tree))
        return named

    def _widen(self, path: str, *, climbs: bool) -> None:
        """Widen for a script that lists unknown directories."""
        reason = f"`{path}` lists directories whose names are known only at run time"
        for place in self.homes:
            if place or not self.tree.root:
                self.reads.widened.setdefault(place, reason)
        if climbs:
            self.reads.widened.setdefault(self.tree.root, reason)


@lru_cache(maxsize=4096)
def _named_by(words: tuple[Word, ...], homes: tuple[str, ...], tree: Tree) -> Named:
    """Cache `named_by`: targets of large projects run the same scripts again and again."""
    return named_by(words, homes, tree)


def _climbs(text: str) -> bool:
    return bool(_CLIMBS.search(text))


def _is_shell(path: str) -> bool:
    name = posixpath.basename(path)
    return path.endswith(_SHELL) or name in _MAKEFILES or "." not in name


def _parts(path: str, reads: Reads) -> list[str]:
    """A script, and the Python modules that it imports."""
    if not path.endswith(PYTHON_SUFFIX):
        return [path]
    return [
        path,
        *(file for file, reason in reads.files.items() if reason == f"imported by {path}"),
    ]


def _imports(text: str) -> list[Word]:
    suffixes = (".js", ".mjs", ".cjs", ".ts", ".rb", ".lua", ".php", "/index.js")
    return [Word(f"{name}{end}", True) for name in _IMPORTED.findall(text) for end in suffixes]


def listed_by(path: str, homes: Iterable[str], tree: Tree) -> dict[str, None]:
    """The files that a file names: response files, linker scripts, manifests, schemas.

    The named files are searched in turn, because they may be lists or import others.
    """
    files: dict[str, None] = {}
    waiting, homes = [path], tuple(homes)
    while waiting:
        file = waiting.pop()
        if file.endswith((*_CODE, *BINARY_SUFFIXES, *SCRIPTS, *_PROSE)) or _is_document(file):
            continue
        words = tree.scan(file, _listed)
        named = named_by(words, (*homes, posixpath.dirname(file)), tree, only_files=True).files
        waiting += [name for name in named if name != path and name not in files]
        files.update(named)
    files.pop(path, None)
    return files


def _is_document(path: str) -> bool:
    return posixpath.basename(path).removesuffix(".txt").upper() in _DOCUMENTS


def _listed(text: str) -> tuple[Word, ...]:
    return tuple(word for word in words_of(text) if "." in word.text and "*" not in word.text)


def _holds(directory: str, path: str) -> bool:
    return f"{path}/".startswith(f"{directory}/")


@dataclass(frozen=True, slots=True)
class Script:
    """A Python script and its modules.

    Attributes:
        files: the script and the modules of the tree that it imports, each with the reason.
        closed: whether it reads nothing but these and its arguments.
    """

    files: dict[str, str]
    closed: bool


def script_of(path: str, reason: str, tree: Tree) -> Script:
    """Follow the imports of a Python script, from its own directory.

    Args:
        path: the script.
        reason: why it is an input.
        tree: the source tree.
    """
    home = posixpath.dirname(path)
    files, closed, waiting = {path: reason}, True, [path]
    while waiting:
        module = waiting.pop()
        names = _python_imports(tree.read(module))
        closed = closed and names is not None
        for place in _places(module, names or (), home):
            if place not in files and tree.is_file(place):
                files[place] = f"imported by {module}"
                waiting.append(place)
    return Script(files, closed)


# An import: the number of leading dots, and the name.
_Import = tuple[int, str]


@lru_cache(maxsize=1024)
def _python_imports(text: str) -> tuple[_Import, ...] | None:
    """The imports of a module; ``None`` if it may read other files or run other code."""
    if _OPEN.search(_HARMLESS.sub("", text)):
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # written for another Python version
        return None
    imports: list[_Import] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            imports += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            imports.append((node.level, base))
            imports += [(node.level, f"{base}.{alias.name}".strip(".")) for alias in node.names]
    return tuple(imports)


def _places(module: str, imports: tuple[_Import, ...], home: str) -> Iterator[str]:
    """The paths at which imported modules may be."""
    for level, name in imports:
        place = module if level else f"{home}/x"
        for _ in range(level or 1):
            place = posixpath.dirname(place)
        for part in name.split(".") if name else ():
            place = posixpath.join(place, part)
            yield f"{place}{PYTHON_SUFFIX}"
            yield posixpath.join(place, f"__init__{PYTHON_SUFFIX}")
        if not name:
            yield posixpath.join(place, f"__init__{PYTHON_SUFFIX}")
