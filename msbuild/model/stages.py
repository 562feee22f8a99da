"""The stages that services are built from: where each starts, and the steps it runs."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msbuild.model.workspace import Runtime, User


class StageKind(StrEnum):
    """What a stage is there for."""

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
        speed_only: the parent only makes this stage fast. It is no part of the fingerprint, nor is
            any stage of dependencies that it stands on; what those stand on decides here, too.
    """

    stage: str
    speed_only: bool = False


@dataclass(frozen=True, slots=True)
class HostTool:
    """A program that a toolchain stage stands for where stages run on the host.

    Attributes:
        name: the program, as it is called.
        version: the arguments with which it says its version: that becomes part of fingerprints.
        package: the Debian package that brings it.
        oldest: the first numbers of the oldest version that will do; empty if any will.
        home: a command that prints the directory whose ``bin`` holds the program itself, for
            programs that may be reached through a wrapper which picks a version.
        optional: it only makes builds faster, like a compiler cache: it may be missing, and its
            version decides nothing.
        settings: files by which a wrapper picks a version; ``~`` and ``$NAME`` as in a shell.
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

    What is in it may come from a build of other sources, and the fingerprint does not know it. So
    it may be mounted only where the tool's own keys hold everything that the result of the step is
    made from: what it finds there must be what it would have made. ``keyed_by`` says why.
    Where it does not, for this service or these files, the step goes without the mount.

    Attributes:
        id: names the cache; equal ids share it. What the tool's keys leave out and a stage knows,
            the version of the compiler for example, can be part of it.
        directory: where the step sees it, below ``$CACHE``.
        keyed_by: by what the tool finds things in it again, in words, for those who review a
            plugin. It changes nothing of a build.
        sharing: ``shared`` where the tool is safe beside itself, else ``locked``.
        seed: a stage whose own ``$CACHE/directory`` an empty cache starts with. A cache is kept for
            each result of that stage, so that what decides the stage is part of the key.

    Raises:
        ValueError: ``keyed_by`` says nothing.
    """

    id: str
    directory: str
    keyed_by: str = field(compare=False)
    sharing: str = "shared"
    seed: str | None = None

    def __post_init__(self) -> None:
        """Refuse a cache of which nobody has said why it can be trusted."""
        if not self.keyed_by.strip():
            raise ValueError(f"cache mount `{self.id}` does not say what it is keyed by")


@dataclass(frozen=True, slots=True)
class Copy:
    """Puts source files into the working directory at the very paths they have in the tree.

    Attributes:
        files: the exact files, sorted; nothing else is there for the stage to read.
        strip: a leading part of those paths to leave out at the destination. Where it is the
            whole path of a file, ``destination`` names the copy.
        destination: below the working directory; absolute only in runtime stages.
        links: those of ``files`` that are links to directories, and copied as links.
    """

    files: tuple[str, ...]
    strip: str = ""
    destination: str = "."
    links: tuple[str, ...] = ()

    def placed(self, path: str) -> str:
        """Where one of ``files`` ends up: relative to the working directory, or absolute."""
        if not self.strip and self.destination == ".":
            return path  # as in most steps, of hundreds of files each
        rest = path.removeprefix(self.strip).lstrip("/") if self.strip else path
        return posixpath.normpath(posixpath.join(self.destination, rest))


@dataclass(frozen=True, slots=True)
class CopyArtifact:
    """Copies from another stage's ``$OUT``.

    Attributes:
        stage: the stage that made it.
        source: the path below that stage's ``$OUT``; ``.`` is all of it.
        destination: below the working directory; absolute only in runtime stages.
    """

    stage: str
    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class Run:
    """Runs a shell script in the working directory.

    Attributes:
        script: POSIX shell; values that come from a config are quoted by who writes the script.
        caches: the cache mounts it sees.
        network: whether it may reach the network; such steps also trust the host's CA bundle.
        env: variables for this step alone.
        plain: the same to the same end, without what only makes it fast: for people to read. It
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
    """Copies the distribution's CA certificates from another stage to their usual place."""

    stage: str


@dataclass(frozen=True, slots=True)
class AddUser:
    """Gives a named user an entry in the passwd file of the runtime's base, `scratch` included.

    Attributes:
        user: the user, with a name.
        stage: a stage with a shell, for bases that have none.
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
        steps: what it does, in order.
        env: variables set for it and every stage that stands on it; values may start with
            ``$CACHE/`` or ``$OUT/``.
        facts: named values that decide the result and are in no file (a plugin's version, the
            part of a lock file that counts). They go into the fingerprint.
        runtime: how the image starts; on runtime stages alone.
        host: what takes the place of base and packages where stages run on the host; on toolchain
            stages alone.
        cores: how many slots a job that runs it takes. It decides when the stage runs, never what
            comes of it.
        stand_ins: files of the tree, not among its own, that its scripts make themselves if they
            are not there. `msbuild verify` shows it a tree without them.
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
