"""The API of language plugins, and the only module of msbuild that they may import.

A plugin is a module with one hook that returns its languages::

    from msbuild.plugin.api import hookimpl

    @hookimpl
    def msbuild_languages():
        return [Zig()]

A language is a small pure object: it reads source files through ``Sources`` alone and returns
values. It never runs a tool, opens a file or keeps state.

Two directories have names instead of paths, so that the same stages run in a container and on a
host: the *working directory*, which has source files at their paths in the source tree, and
``$OUT``, where a stage leaves files for other stages to copy. ``$CACHE/…`` has the caches of
tools: part of the stage like any other file, unless a step mounts a cache there.
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
from msbuild.plugin import paths
from msbuild.plugin.memo import recalled, remembered
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
    "HarmlessAccess",
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
    "artifact_name",
    "base_stage_for",
    "build_name",
    "families",
    "family_name",
    "hookimpl",
    "hookspec",
    "may_share",
    "paths",
    "quote",
    "recalled",
    "remembered",
    "shared_name",
    "toolchain",
    "toolchain_name",
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
    """The inputs of a service's artifact.

    Attributes:
        files: the source files, each with the reason (``imported by go/lib/web/web.go:7``).
        facts: named values that affect the result and are not a file of their own, such as the
            part of a lock file that the service links.
        widened: directories included in full because it is unknown until the build runs which of
            their files are read, each with the reason.
        warnings: problems that users should know about although nothing fails, each printed once.
    """

    files: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    widened: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HarmlessAccess:
    """Accesses of a tool that have no effect on its output; ``msbuild verify`` ignores them.

    A language may list some as ``harmless_accesses``. They cover the tool alone, not the programs
    it starts: a file that a compiler opens counts regardless of its caller's declarations.

    Attributes:
        program: the file name of the tool, such as ``go``.
        opens: patterns of names of files that it opens without effect.
        lookups: whether listing directories and looking for files has no effect, except for files
            that the tool or a program it starts then opens.
        type_checks: whether calling both ``stat`` and ``lstat`` on a path, and nothing else, has no
            effect: that only checks whether it is a directory or a link, and treats a missing path
            like a regular file.
    """

    program: str
    opens: tuple[str, ...] = ()
    lookups: bool = False
    type_checks: bool = False


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
    """The platform that a config makes compilers build for.

    Attributes:
        platform: ``linux/arm64``, as container images name it.
        setting: the setting that selects it, for the message if images are for another platform.
    """

    platform: str
    setting: str


@dataclass(frozen=True, slots=True)
class ServiceBuild:
    """The stages that make one service's artifacts, in order; the last one has the artifacts.

    Attributes:
        stages: the stages.
        artifacts: the files copied into the image.
        target: the platform that the config makes compilers build for; ``None`` if it is the
            machine's own. The core refuses a plan whose images would have another platform.
    """

    stages: tuple[Stage, ...]
    artifacts: tuple[Artifact, ...]
    target: TargetPlatform | None = None


class Sources(Protocol):
    """The only access to files: the source tree without ignored files. Paths are relative POSIX.

    Every call is recorded, so that a plan can be reused as long as the results are the same.
    """

    def exists(self, path: str) -> bool:
        """Whether ``path`` is a file or a directory of the tree."""

    def read(self, path: str) -> str:
        """The text of a file. Raises ``FileNotFoundError`` with the path."""

    def scan(self, path: str, scanner: Callable[[str], Answer]) -> Answer:
        """A function's result for the text of a file. Raises ``FileNotFoundError`` with the path.

        Read source files this way: an edit that doesn't change the result changes no plan, and the
        language isn't even called.

        Args:
            path: the file.
            scanner: a pure function of a module; its result has a ``repr`` that is complete.
        """

    def names(self, directory: str) -> tuple[str, ...]:
        """The names of the files directly in a directory, sorted; empty if it doesn't exist."""

    def files(self, directory: str) -> tuple[str, ...]:
        """Every file below a directory, at any depth, as paths from the source root, sorted."""

    def find(self, directory: str, name: str) -> tuple[str, ...]:
        """The files of a name below a directory, at any depth, as paths from the root, sorted.

        Unlike a search in ``files``, its result does not change when other files are added or
        removed.
        """

    def ignored(self, directory: str) -> tuple[str, ...]:
        """The files below a directory that ignore rules exclude from the tree, sorted.

        For warnings only: changes to their content are not noticed, and very long lists are cut.
        """

    def ignored_by(self, path: str) -> str:
        """The rule that excludes a path from the tree, as ``.gitignore:3``; empty if none does."""


@runtime_checkable
class Language(Protocol):
    """Support for one language.

    Attributes:
        name: the value of a builder's ``plugin:``.
        version: to be raised when the stages change; part of every fingerprint.
        builder_options: the options of builders of this language.
        service_options: the options of services of this language.
    """

    name: str
    version: str
    builder_options: Sequence[Option]
    service_options: Sequence[Option]

    def inputs(self, service: Service, builder: Builder, sources: Sources) -> Inputs:
        """The closure: exactly the files that the service's artifact depends on."""

    def shared_stages(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Stage]:
        """The stages that all services of a builder share, the toolchain first.

        Args:
            builder: the builder.
            services: every service of the workspace that uses it, requested or not.
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
            inputs: the result of ``inputs`` for it, with the files that the config lists.
            shared: the result of ``shared_stages`` for its builder.
            sources: the source tree.
        """


@dataclass(frozen=True, slots=True)
class Generated:
    """A committed file of the tree that a language's own tools write.

    It contains every line that the commands print in any of the environments, once, sorted.

    Attributes:
        path: the file.
        directory: where the commands run, from the source root.
        commands: programs with their arguments; no shell is involved.
        environments: variables set for a run, in addition to those of the process.
        head: the first line.
    """

    path: str
    directory: str
    commands: tuple[tuple[str, ...], ...]
    environments: tuple[tuple[tuple[str, str], ...], ...] = ((),)
    head: str = ""


@runtime_checkable
class Generates(Protocol):
    """Optional for a language: files that ``msbuild lock`` keeps up to date."""

    def generated_files(
        self, builder: Builder, services: Sequence[Service], sources: Sources
    ) -> Sequence[Generated]:
        """The files for all services of a builder."""


class Hooks:
    """The hooks a plugin may implement."""

    @hookspec
    def msbuild_languages(self) -> Sequence[Language]:
        """The languages of this plugin."""
        raise NotImplementedError


def quote(*words: str) -> str:
    """Words of a command quoted for the shell; use it for every value from a config."""
    return shlex.join(words)


def toolchain_name(builder: Builder) -> str:
    """The name of the stage that `toolchain` returns."""
    return f"{builder.name}-toolchain"


def build_name(service: Service) -> str:
    """The name of the stage that builds a service."""
    return f"{service.name}-build"


def artifact_name(service: Service, name: str) -> str:
    """The file name of a service's artifact, as its option ``binary`` or its language has it.

    Raises:
        ConfigError: it is a path.
    """
    if "/" in name or name in {".", ".."}:
        raise ConfigError(
            f"`binary: {name}` of service `{service.name}` is not a file name",
            hint="the file goes into the runtime's `workdir`; leave the directory out",
            at=service.at,
        )
    return name


def toolchain(
    builder: Builder,
    *,
    env: Mapping[str, str] | None = None,
    host: Sequence[HostTool] = (),
) -> Stage:
    """The stage every language starts with: the builder's image and its packages.

    Args:
        builder: the builder.
        env: variables that the language's tools need; the builder's own ``env`` wins.
        host: the programs that replace the image where no container is used.
    """
    packages = (Packages(builder.packages),) if builder.packages else ()
    return Stage(
        name=toolchain_name(builder),
        kind=StageKind.TOOLCHAIN,
        base=ImageRef(builder.image),
        steps=packages,
        env=tuple(sorted({**(env or {}), **builder.env}.items())),
        host=tuple(host),
    )
