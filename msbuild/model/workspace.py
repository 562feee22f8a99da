"""The declarations of a workspace: builders, services, custom stages and runtimes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A location in a config file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file or directory that ships next to the artifact.

    Attributes:
        source: the path in the source tree.
        destination: the path in the image, absolute or below the runtime's working directory.
    """

    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """Artifacts of another service or of a custom stage that a service needs to build.

    Attributes:
        name: the service or custom stage that produces them.
        source: the path below that stage's ``$OUT``; ``.`` for everything.
        destination: the path below the working directory of the service's build.
        at: where it is declared.
    """

    name: str
    source: str
    destination: str
    at: Location


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """The container's health check, as in Docker's OCI images; times in seconds."""

    command: tuple[str, ...]
    interval: float = 30
    timeout: float = 30
    start_period: float = 0
    retries: int = 3


@dataclass(frozen=True, slots=True)
class User:
    """The user a container runs as: always numeric, with a name only for its passwd file."""

    uid: int
    gid: int
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}"


NONROOT = User(65532, 65532)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The contents of a service's image besides the artifact, and how it is started."""

    base: str = SCRATCH
    user: User = NONROOT
    workdir: str = "/app"
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    healthcheck: Healthcheck | None = None
    packages: tuple[str, ...] = ()
    certificates: bool = False


@dataclass(frozen=True, slots=True)
class Builder:
    """A named toolchain set-up that services share.

    Attributes:
        image: the base image of the toolchain stage.
        packages: distribution packages installed on top of it.
        options: the plugin's options, already checked against its declarations.
        cores: the slots of a job that compiles with it; ``None`` for the plugin's default.
        inputs: files, directories and globs that all its services read, found by the language or
            not.
    """

    name: str
    plugin: str
    image: str
    packages: tuple[str, ...]
    env: Mapping[str, str]
    options: Mapping[str, Any]
    at: Location
    cores: int | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable unit: a directory, the builder of its artifact, and its runtime.

    Attributes:
        cores: the slots of its job; ``None`` for the builder's.
        inputs: files, directories and globs that its build reads, found by the language or not. A
            language sees the sorted files that they match instead, including the inputs of the
            builder and of ``msbuild.lock``.
    """

    name: str
    builder: str
    path: str
    options: Mapping[str, Any]
    assets: tuple[Asset, ...]
    runtime: Runtime
    depends_on: tuple[Dependency, ...]
    at: Location
    cores: int | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomStage:
    """A stage that the config defines itself, a code generator for example.

    Attributes:
        builder: the builder whose toolchain it runs on.
        inputs: files, directories and globs that it may read.
        run: shell scripts, run in order; the files that they write to ``$OUT`` are the result.
        network: whether the scripts may access the network.
        cores: the slots of its job; ``None`` for the builder's.
    """

    name: str
    builder: str
    inputs: tuple[str, ...]
    run: tuple[str, ...]
    network: bool
    at: Location
    cores: int | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The contents of one ``msbuild.yaml``.

    Attributes:
        file: the config file, absolute.
        source_root: the directory that source paths are relative to, absolute.
        ca_bundle: ``auto``, ``none`` or a path: the CA certificates that downloading steps trust.
    """

    name: str
    file: Path
    source_root: Path
    registry: str | None
    ca_bundle: str
    plugins: tuple[str, ...]
    builders: Mapping[str, Builder]
    stages: Mapping[str, CustomStage]
    services: Mapping[str, Service]

    @property
    def root(self) -> Path:
        """The directory of the config file, which also has ``.msbuild/`` and ``msbuild.lock``."""
        return self.file.parent

    def repository(self, service: str) -> str:
        """The image repository of a service: ``[registry/]workspace/service``."""
        return "/".join(filter(None, (self.registry, self.name, service)))
