"""The Go modules that a package is built with: its own, or those of a ``go.work`` file."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths, remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.plugin.api import Sources

_WORD = re.compile(r"""`[^`]*`|"[^"]*"|[()]|[^\s()"`]+""")
_RELEASE = re.compile(r"1\.(\d{1,9})(?!\d)")
# From this 1.x in `go.mod` on, go uses a `vendor` directory by default.
_VENDORS = 14


@dataclass(frozen=True, slots=True)
class Replacement:
    """A ``replace`` directive.

    Attributes:
        module: the replaced module.
        version: the replaced version; empty for all.
        target: a module path, or a directory with a leading ``./``, ``../`` or ``/``.
    """

    module: str
    version: str
    target: str

    @property
    def is_local(self) -> bool:
        """Whether a directory replaces the module."""
        return self.target.startswith(("./", "../", "/")) or self.target in {".", ".."}


@dataclass(frozen=True, slots=True)
class ModFile:
    """A ``go.mod`` or ``go.work`` file.

    Attributes:
        directives: every directive as words, the verb first, without comments.
        indirect: the required modules marked ``// indirect``.
    """

    directives: tuple[tuple[str, ...], ...]
    indirect: frozenset[str] = frozenset()

    @property
    def module(self) -> str:
        """The path of the module; empty in ``go.work``."""
        return next(iter(self._first_words("module")), "")

    @property
    def release(self) -> int:
        """The 1.x of the required Go release; 0 if there is none."""
        match = _RELEASE.match(next(iter(self._first_words("go")), ""))
        return int(match[1]) if match else 0

    @property
    def requires(self) -> tuple[str, ...]:
        """The paths of the modules it requires."""
        return self._first_words("require")

    def versions(self, module: str) -> frozenset[str]:
        """The required versions of a module: one, or none."""
        return frozenset(
            words[2] for words in self.directives if words[:2] == ("require", module) and words[2:]
        )

    @property
    def uses(self) -> tuple[str, ...]:
        """The directories of the modules of a ``go.work`` file."""
        return self._first_words("use")

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """The ``replace`` directives."""
        return tuple(
            Replacement(words[1], "".join(words[2 : words.index("=>")]), after[0])
            for words in self.directives
            if words[0] == "replace" and "=>" in words
            if (after := words[words.index("=>") + 1 :])
        )

    def _first_words(self, verb: str) -> tuple[str, ...]:
        return tuple(words[1] for words in self.directives if words[0] == verb and words[1:])


@lru_cache(maxsize=4096)
def parse_mod_file(text: str) -> ModFile:
    """Parse a file, skipping what go would refuse: go reports it itself."""
    directives: list[tuple[str, ...]] = []
    indirect: set[str] = set()
    block = ""
    for line in text.splitlines():
        code, _, comment = line.partition("//")
        words = [word.strip('`"') for word in _WORD.findall(code)]
        if words == [")"]:
            block = ""
        elif words[1:] == ["("]:
            block = words[0]
        elif words:
            directives.append((block, *words) if block else tuple(words))
            if directives[-1][0] == "require" and comment.strip().startswith("indirect"):
                indirect.update(directives[-1][1:2])
    return ModFile(tuple(directives), frozenset(indirect))


@dataclass(frozen=True, slots=True)
class Module:
    """A module whose files are in the source tree.

    Attributes:
        directory: the directory of its ``go.mod``; empty for the source root.
        path: the prefix of its import paths.
        file: its ``go.mod``.
        replaces: whether it replaces a required module through a ``replace`` directive.
    """

    directory: str
    path: str
    file: ModFile
    replaces: bool = False

    def package(self, path: str) -> str | None:
        """The directory of an import path of this module, existing or not."""
        if path == self.path:
            return self.directory
        if path.startswith(f"{self.path}/"):
            return posixpath.join(self.directory, path.removeprefix(f"{self.path}/"))
        return None


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules of one ``go build``.

    Attributes:
        root: the directory of ``go.work`` or of the only ``go.mod``; go runs there.
        members: the modules of the tree, longest path first.
        work: ``go.work``, if there is one.
        vendored: whether third-party packages are in the tree, below ``vendor``.
    """

    root: str
    members: tuple[Module, ...]
    work: ModFile | None
    vendored: bool

    @property
    def release(self) -> int:
        """The 1.x of the oldest Go release that can build them."""
        files = [self.work] if self.work else []
        return max(file.release for file in [*files, *(module.file for module in self.members)])

    @property
    def vendor(self) -> str:
        """The directory of vendored packages, existing or not."""
        return posixpath.join(self.root, "vendor")

    @property
    def downloads(self) -> bool:
        """Whether third-party modules must be downloaded."""
        return not self.vendored and any(module.file.requires for module in self.members)

    def lock_files(self, sources: Sources) -> tuple[str, ...]:
        """The files that determine the third-party modules, sorted."""
        names = {posixpath.join(self.root, name) for name in ("go.work", "go.work.sum")}
        if not self.work:
            names.clear()
        for module in self.members:
            names.add(posixpath.join(module.directory, "go.mod"))
            if not module.replaces:
                names.add(posixpath.join(module.directory, "go.sum"))
        return tuple(sorted(name for name in names if sources.exists(name)))

    def owner(self, directory: str) -> str:
        """The directory of the module that a directory belongs to."""
        homes = {module.directory for module in self.members}
        return next(parent for parent in paths.ancestors(directory) if parent in homes)

    def find(self, path: str, sources: Sources) -> tuple[Module, str] | None:
        """The module of the tree that contains a package, and the package's directory."""
        for module in self.members:
            directory = module.package(path)
            if directory is not None and _has_package(directory, module, sources):
                return module, directory
        return None

    def is_standard(self, path: str) -> bool:
        """Whether an import path found nowhere else may be of the standard library."""
        in_tree = any(module.package(path) is not None for module in self.members)
        return not in_tree and "." not in path.partition("/")[0]


def module_of(directory: str, sources: Sources) -> str | None:
    """The directory of the module that contains a directory, for any program."""
    return paths.nearest(directory, "go.mod", sources)


def find_modules(directory: str, sources: Sources, *, workspace: bool, mod: str) -> Modules | None:
    """The modules that the package in a directory is built with.

    Args:
        directory: the directory of a package.
        sources: the source tree.
        workspace: whether ``go.work`` is used.
        mod: the value of ``-mod``; empty for go's default.
    """
    home = module_of(directory, sources)
    if home is None:
        return None
    question = (home, workspace, mod)
    return remembered(
        sources, question, lambda: _find_modules(home, sources, workspace=workspace, mod=mod)
    )


def _find_modules(home: str, sources: Sources, *, workspace: bool, mod: str) -> Modules:
    root, work, main = home, None, [home]
    if workspace and (work_directory := paths.nearest(home, "go.work", sources)) is not None:
        file = parse_mod_file(sources.read(posixpath.join(work_directory, "go.work")))
        uses = [paths.join(work_directory, use) for use in file.uses]
        if home in uses:
            root, work, main = work_directory, file, uses
    members = [_module(directory, sources) for directory in main]
    vendored = _is_vendored(root, work, members, sources, mod)
    # replacements of modules are vendored like the modules themselves
    replaced = [] if vendored else list(_replaced(root, work, members, sources))
    return Modules(
        root=root,
        members=tuple(sorted([*members, *replaced], key=_longest_path_first)),
        work=work,
        vendored=vendored,
    )


def _longest_path_first(module: Module) -> tuple[int, str]:
    return -len(module.path), module.path


def _is_vendored(
    root: str, work: ModFile | None, members: list[Module], sources: Sources, mod: str
) -> bool:
    """Whether go uses ``vendor`` for third-party packages, by go's own rules.

    A ``vendor`` without ``modules.txt`` is used if modules are required: go then refuses to build.
    """
    vendor = posixpath.join(root, "vendor")
    listed = posixpath.join(vendor, "modules.txt")
    exists = sources.exists(listed)
    if mod or not exists:
        required = any(module.file.requires for module in members)
        wanted = mod == "vendor" or (not mod and _may_vendor(work or members[0].file))
        return wanted and (exists or (required and sources.exists(vendor)))
    first_line = sources.read(listed).split("\n", 1)[0].strip()
    for_workspace = first_line.startswith("## ") and "workspace" in first_line[3:].split(";")
    return _may_vendor(work or members[0].file) and for_workspace == (work is not None)


def _may_vendor(file: ModFile) -> bool:
    """Whether the Go version of ``go.mod`` or ``go.work`` uses ``vendor`` by default."""
    return file.release >= _VENDORS


def _module(directory: str, sources: Sources) -> Module:
    path = posixpath.join(directory, "go.mod")
    file = parse_mod_file(sources.read(path)) if sources.exists(path) else ModFile(())
    return Module(directory, file.module, file)


def _replaced(
    root: str, work: ModFile | None, members: list[Module], sources: Sources
) -> Iterator[Module]:
    """The modules of the tree that replace required ones."""
    files = [(module.directory, module.file) for module in members]
    main = {module.directory for module in members}
    for directory, file in [*([(root, work)] if work else []), *files]:
        for replacement in file.replacements:
            target = paths.join(directory, replacement.target)
            counts = replacement.is_local and _applies(replacement, members)
            if counts and not paths.is_outside(target) and target not in main:
                module = _module(target, sources)
                yield Module(target, replacement.module, module.file, replaces=True)


def _applies(replacement: Replacement, members: list[Module]) -> bool:
    """Whether a replacement applies to the required version."""
    if not replacement.version:
        return True
    versions = {
        version for module in members for version in module.file.versions(replacement.module)
    }
    return not versions or replacement.version in versions


def _has_package(directory: str, module: Module, sources: Sources) -> bool:
    """Whether a directory has Go files and belongs to the module, not to a nested one."""
    if not any(name.endswith(".go") for name in sources.names(directory)):
        return False
    between = [
        parent for parent in paths.ancestors(directory) if len(parent) > len(module.directory)
    ]
    return not any(sources.exists(posixpath.join(parent, "go.mod")) for parent in between)
