"""All that a language plugin may import.

A plugin is a module with one hook that hands over its languages::

    from msbuild.plugin.api import hookimpl

    @hookimpl
    def msbuild_languages():
        return [Zig()]

A language is a small pure object: it looks at source files through ``Sources`` alone and answers
with values. It never runs a tool, opens a file or keeps state.

Two directories have names instead of paths, so that the same stages run in a container and on a
host: the *working directory*, where source files stand at the paths they have in the source tree,
and ``$OUT``, where a stage leaves what others may copy. ``$CACHE/…`` holds what tools keep for
themselves: part of the stage like any file, unless a step mounts a cache there.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import pluggy

from msbuild.errors import ConfigError
from msbuild.model import (
    Builder,
    CacheMount,
    Copy,
    CopyArtifact,
    Dependency,
    HostTool,
    ImageRef,
    Location,
    Packages,
    Run,
    Service,
    Stage,
    StageKind,
    StageRef,
)
from msbuild.plugin.memo import remembered
from msbuild.plugin.sharing import (
    Family,
    base_stage_for,
    families,
    family_name,
    may_share,
    shared_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "Artifact",
    "Builder",
    "CacheMount",
    "ConfigError",
    "Copy",
    "CopyArtifact",
    "Dependency",
    "Family",
    "Generated",
    "Generates",
    "Glance",
    "HostTool",
    "ImageRef",
    "Inputs",
    "Language",
    "Location",
    "Option",
    "Packages",
    "Run",
    "Service",
    "ServiceBuild",
    "Sources",
    "Stage",
    "StageKind",
    "StageRef",
    "TargetPlatform",
    "base_stage_for",
    "families",
    "family_name",
    "hookimpl",
    "hookspec",
    "may_share",
    "quote",
    "remembered",
    "shared_name",
    "toolchain",
]

Answer = TypeVar("Answer")

GROUP = "msbuild"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a language, on its builders or its services.

    Attributes:
        name: the key below ``options:``.
        type: ``str``, ``bool``, ``int`` or ``list`` (of strings).
        default: the value where the key is absent.
        doc: one sentence for the reference.
    """

    name: str
    type: type[str | bool | int | list[str]]
    default: Any
    doc: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a service's artifact is made from.

    Attributes:
        files: the source files, each with why it is there (``imported by go/lib/web/web.go:7``).
        facts: named values that decide the result and are in no file of their own, such as the
            part of a lock file that the service links.
        widened: directories taken whole because what they hold cannot be known without running
            something, each with the reason.
        warnings: what a user should know though nothing fails for it; each is printed once.
    """

    files: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    widened: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Glance:
    """What a tool looks at without any effect on what it makes; ``msbuild verify`` passes it over.

    A language may have some as ``glances``. They are about the tool alone, never about what it
    starts: a file that a compiler opens counts whatever is said of the tool that called it.

    Attributes:
        program: the name of its file, ``go``.
        opens: patterns of names of files that it opens although they decide nothing.
        looks: whether what it lists and looks for decides nothing, unless it or a program that it
            starts opens it, too.
        kinds: whether it decides nothing that it asks by ``stat`` and ``lstat`` alone, by both,
            whether a path is a directory or a link: a file is neither, nor is what is not there.
    """

    program: str
    opens: tuple[str, ...] = ()
    looks: bool = False
    kinds: bool = False


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file a build leaves in ``$OUT`` for the runtime image.

    Attributes:
        source: the path below ``$OUT``.
        name: its file name below the runtime's working directory. The first artifact of a service
            is what the image starts.
    """

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class TargetPlatform:
    """What a config tells compilers to build for, where it does.

    Attributes:
        platform: ``linux/arm64``, in the words of container images.
        said_by: what says so, for the message if images are made for another platform.
    """

    platform: str
    said_by: str


@dataclass(frozen=True, slots=True)
class ServiceBuild:
    """The stages that make one service's artifacts, in order; the last one holds the artifacts.

    Attributes:
        stages: the stages.
        artifacts: what the image gets.
        target: what the config tells the compilers to build for; ``None`` where it leaves that to
            the machine. The core refuses a plan whose images would be labelled otherwise.
    """

    stages: tuple[Stage, ...]
    artifacts: tuple[Artifact, ...]
    target: TargetPlatform | None = None


class Sources(Protocol):
    """The only window to files: the source tree without ignored files. Paths are POSIX, relative.

    Every question that was asked is recorded, so that a plan can be kept for as long as the
    answers stay the same.
    """

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree."""

    def read(self, path: str) -> str:
        """The text of a file. Raises ``FileNotFoundError`` with the path."""

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """What a function makes of the text of a file. Raises ``FileNotFoundError`` with the path.

        The way to read source files: an edit that leaves the answer as it was changes no plan, and
        the language is not even asked.

        Args:
            path: the file.
            scanner: a pure function of a module, whose answer has a ``repr`` that tells all of it.
        """

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files right in a directory, sorted; empty where there is none."""

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, at any depth, as paths from the source root, sorted."""

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules leave out of the tree, sorted.

        For warnings: what is in them may change unseen, and of a great many only some are told.
        """

    def ignored_by(self, path: str) -> str:
        """The rule that leaves a path out of the tree, as ``.gitignore:3``; empty if none does."""


@runtime_checkable
class Language(Protocol):
    """What a plugin knows about one language.

    Attributes:
        name: what a builder's ``plugin:`` says.
        version: changes when the stages it gives change; a part of every fingerprint.
        builder_options: the options a builder of this language takes.
        service_options: the options a service of this language takes.
    """

    name: str
    version: str
    builder_options: Sequence[Option]
    service_options: Sequence[Option]

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The closure: exactly the files that decide what the service's artifact is."""

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The stages that all services of a builder share, the toolchain first.

        Args:
            builder: the builder.
            services: every service of the workspace that uses it, asked for or not.
            sources: the source tree.
        """

    def service_build(
        self,
        service: Service,
        builder: Builder,
        inputs: Inputs,
        shared: Sequence[Stage],
        sources: Sources,
    ) -> ServiceBuild:
        """The stages of one service, on top of the shared ones.

        Args:
            service: the service.
            builder: its builder.
            inputs: what ``inputs`` said of it.
            shared: what ``shared_stages`` gave for its builder.
            sources: the source tree.
        """


@dataclass(frozen=True, slots=True)
class Generated:
    """A file of the tree that a language's own tools write, and that is committed.

    It holds every line that any of the commands prints in any of the environments, once, sorted.

    Attributes:
        path: the file.
        directory: where the commands are run, from the source root.
        commands: programs with their arguments; no shell sees them.
        environments: variables that are set for a run, besides those of the process.
        head: a line to begin with.
    """

    path: str
    directory: str
    commands: tuple[tuple[str, ...], ...]
    environments: tuple[tuple[tuple[str, str], ...], ...] = ((),)
    head: str = ""


@runtime_checkable
class Generates(Protocol):
    """What a language may also know: files that ``msbuild lock`` keeps up to date."""

    def generated_files(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Generated]:
        """The files for all services of a builder."""


class Hooks:
    """The hooks a plugin may implement."""

    @hookspec
    def msbuild_languages(self) -> Sequence[Language]:
        """Hand over the languages of this plugin."""
        raise NotImplementedError


def quote(*words: str) -> str:
    """Words of a command as the shell reads them back unchanged; use it for every config value."""
    return shlex.join(words)


def toolchain(
    builder: Builder,
    *,
    env: Mapping[str, str] | None = None,
    host: Sequence[HostTool] = (),
) -> Stage:
    """The stage every language starts with: the builder's image and its packages.

    Args:
        builder: the builder.
        env: what the language's tools need to be told; the builder's own ``env`` wins.
        host: the programs that take the image's place where no container is used.
    """
    packages = (Packages(builder.packages),) if builder.packages else ()
    return Stage(
        name=f"{builder.name}-toolchain",
        kind=StageKind.TOOLCHAIN,
        base=ImageRef(builder.image),
        steps=packages,
        env=tuple(sorted({**(env or {}), **builder.env}.items())),
        host=tuple(host),
    )
