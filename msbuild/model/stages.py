"""The stages that services are built from: where each starts, and the steps it runs."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msbuild.model.workspace import Runtime, User


class StageKind(StrEnum):
    """The purpose of a stage."""

    TOOLCHAIN = "toolchain"
    DEPENDENCIES = "dependencies"
    CUSTOM = "custom"
    BUILD = "build"
    RUNTIME = "runtime"


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A base that is an image: ``debian:trixie-slim``, or ``scratch``."""

    reference: str


@dataclass(frozen=True, slots=True)
class StageRef:
    """A base that is another stage.

    Attributes:
        speed_only: the parent only makes this stage faster. Neither it nor the dependencies stages
            that it is based on are part of the fingerprint; the base of those is.
    """

    stage: str
    speed_only: bool = False


@dataclass(frozen=True, slots=True)
class HostTool:
    """A program that a toolchain stage provides, for builds on the host.

    Attributes:
        name: the name of the program.
        version: the arguments that print its version, which becomes part of fingerprints.
        package: the Debian package that contains it.
        oldest: the leading numbers of the oldest supported version; empty if any works.
        home: a command that prints the directory whose ``bin`` has the program itself, for
            programs that may be a wrapper that selects a version.
        optional: it only makes builds faster, like a compiler cache: it may be missing, and its
            version does not matter.
        settings: files from which a wrapper selects a version; ``~`` and ``$NAME`` as in a shell.
    """

    name: str
    version: tuple[str, ...]
    package: str
    oldest: tuple[int, ...] = ()
    home: tuple[str, ...] = ()
    optional: bool = False
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CacheMount:
    """A directory that outlives the step, for compilers and package managers.

    Its contents may come from a build of other sources, and are not in the fingerprint. So it may
    only be used if the tool's own keys cover everything that the result of the step depends on:
    what the tool finds there must be what it would have produced. ``keyed_by`` explains why it is.
    If it is not, for a service or for some files, the step runs without the mount.

    Attributes:
        id: the name of the cache; equal ids share it. It can include facts that the
            tool's keys leave out, such as the version of the compiler.
        directory: where the step sees it, below ``$CACHE``.
        keyed_by: describes the keys of the tool's entries, for reviewers of a plugin. It does not
            affect builds.
        sharing: ``shared`` if the tool supports concurrent use, else ``locked``.
        seed: a stage whose own ``$CACHE/directory`` an empty cache starts with. There is one cache
            for each result of that stage, so the stage's inputs are part of the key.

    Raises:
        ValueError: ``keyed_by`` is empty.
    """

    id: str
    directory: str
    keyed_by: str = field(compare=False)
    sharing: str = "shared"
    seed: str | None = None

    def __post_init__(self) -> None:
        """Refuse a cache mount without a reason why it can be trusted."""
        if not self.keyed_by.strip():
            raise ValueError(f"cache mount `{self.id}` does not declare what it is keyed by")


@dataclass(frozen=True, slots=True)
class Copy:
    """Copies source files into the working directory, to the paths they have in the tree.

    Attributes:
        files: the exact files, sorted; the stage sees no others.
        strip: a leading part of those paths to remove at the destination. If it is the full path
            of a file, ``destination`` is the path of the copy.
        destination: below the working directory; absolute only in runtime stages.
        links: those of ``files`` that are links to directories, and are copied as links.
    """

    files: tuple[str, ...]
    strip: str = ""
    destination: str = "."
    links: tuple[str, ...] = ()

    def placed(self, path: str) -> str:
        """The destination of one of ``files``: relative to the working directory, or absolute."""
        if not self.strip and self.destination == ".":
            return path  # the fast case: most steps, with hundreds of files each
        rest = path.removeprefix(self.strip).lstrip("/") if self.strip else path
        return posixpath.normpath(posixpath.join(self.destination, rest))


@dataclass(frozen=True, slots=True)
class CopyArtifact:
    """Copies from another stage's ``$OUT``.

    Attributes:
        stage: the stage that produces it.
        source: the path below that stage's ``$OUT``; ``.`` for everything.
        destination: below the working directory; absolute only in runtime stages.
    """

    stage: str
    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class Run:
    """Runs a shell script in the working directory.

    Attributes:
        script: POSIX shell; the author of the script quotes values from a config.
        caches: the cache mounts it sees.
        network: whether it may access the network; such steps also trust the host's CA bundle.
        env: variables for this step only.
        plain: an equivalent script for people to read, without what only makes it faster. It
            sees no cache mounts and needs no ``env``.
    """

    script: str
    caches: tuple[CacheMount, ...] = ()
    network: bool = False
    env: tuple[tuple[str, str], ...] = ()
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Packages:
    """Installs distribution packages with the package manager of the stage's base image."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificates:
    """Copies the distribution's CA certificates from another stage to their usual path."""

    stage: str


@dataclass(frozen=True, slots=True)
class AddUser:
    """Adds a named user to the passwd file of the runtime's base, also of `scratch`.

    Attributes:
        user: the user, with a name.
        stage: a stage with a shell, for bases without one.
    """

    user: User
    stage: str


Step = Copy | CopyArtifact | Run | Packages | Certificates | AddUser


@dataclass(frozen=True, slots=True)
class Stage:
    """A node of the graph: one ``FROM … AS name``.

    Attributes:
        name: unique in the workspace: letters, digits, ``-``, ``_``, ``.``, lower case.
        base: the image or stage it starts from.
        steps: its steps, in order.
        env: variables for it and every stage based on it; values may start with ``$CACHE/`` or
            ``$OUT/``.
        facts: named values that decide the result and are not in its files (a plugin's version,
            the relevant part of a lock file). They are part of the fingerprint.
        runtime: how the image starts; only for runtime stages.
        host: the programs that replace base and packages for builds on the host; only for
            toolchain stages.
        cores: the slots of a job that runs it. They affect when the stage runs, never its result.
        stand_ins: files of the tree, not among its own, that its scripts create if they are
            missing. `msbuild verify` shows it a tree without them.
    """

    name: str
    kind: StageKind
    base: ImageRef | StageRef
    steps: tuple[Step, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    runtime: Runtime | None = None
    host: tuple[HostTool, ...] = ()
    cores: int = 1
    stand_ins: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Every source file the stage reads, sorted."""
        return tuple(
            sorted({path for step in self.steps if isinstance(step, Copy) for path in step.files})
        )
