"""The options and variables of builders and services, and the resulting program."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msbuild.plugin.api import ConfigError, Option, TargetPlatform, artifact_name, paths
from msbuild_go.constraints import IMAGES, Tags, Verdict
from msbuild_go.flags import GoFlags, named_by, read_flags, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from msbuild.plugin.api import Builder, Dependency, Service

BUILDER_OPTIONS = (
    Option("cgo", bool, False, "Enable cgo; needs a C compiler among the builder's packages."),
    Option("flags", list, [], "Additional flags for `go build`."),
    Option("tags", list, [], "Build tags of all services."),
)
SERVICE_OPTIONS = (
    Option("target", str, ".", "The directory of the main package, below the service's `path`."),
    Option(
        "binary",
        str,
        "",
        "The program's name; by default the last part of `target`, or the service's name.",
    ),
    Option("ldflags", str, "-s -w", "Linker flags."),
    Option("tags", list, [], "Build tags of this service, in addition to those of the builder."),
)

_C_VARIABLES = (
    *("CC", "CXX", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS"),
)
_C_PATHS = {
    **dict.fromkeys(("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"), "-I"),
    "LIBRARY_PATH": "-L",
}
# Flags that set build tags, directly or not.
_TAG_FLAGS = {"asan", "compiler", "msan", "race", "tags"}
# Variables that the stages can't fully support: the accepted values, and a hint for all others.
_ALLOWED: dict[str, tuple[frozenset[str], str]] = {
    "GO111MODULE": (
        frozenset({"", "on", "auto"}),
        "services are built from modules; leave it out",
    ),
    "GOCACHE": (
        frozenset(),
        "the stages have a cache of their own, used only where it can be trusted; leave it out",
    ),
    "GOENV": (
        frozenset({"off"}),
        "list the variables of that file in `env`, where msbuild sees them",
    ),
    "GOMODCACHE": (
        frozenset(),
        "the stages download to a directory of their own; leave it out",
    ),
    "GOOS": (frozenset({"", "linux"}), "images are for Linux; leave it out"),
    "GOWORK": (
        frozenset({"", "auto", "off"}),
        "go finds `go.work` above the service; `off` ignores it",
    ),
}


@dataclass(frozen=True, slots=True)
class GeneratedCode:
    """Files that another stage adds to the sources of a program.

    Attributes:
        name: the stage or service that generates them.
        directory: where Go files may be added.
        deep: whether also in directories below.
    """

    name: str
    directory: str
    deep: bool

    def may_be_in(self, directory: str) -> bool:
        """Whether Go files may be added directly to a directory."""
        if self.deep:
            return paths.is_below(directory, self.directory)
        return directory == self.directory


@dataclass(frozen=True, slots=True)
class Program:
    """One program, and how it is compiled.

    Attributes:
        package: the directory of the main package; empty for the source root.
        binary: the file name of the program.
        flags: more flags of ``go build``, and those of ``GOFLAGS``.
        ldflags: flags of the linker.
        tags: build tags, sorted.
        cgo: whether cgo is enabled; ``None`` if unknown.
        closed: whether no tags besides ``tags`` are set.
        architectures: the possible target architectures.
        workspace: whether a ``go.work`` file is used.
        mod: the value of ``-mod``; empty for go's default.
        toolchain: whether the ``toolchain`` that a lock file names is used. It isn't if go may
            only use the installed one, which the stages set unless the builder overrides it.
        c_flags: flags for C compilers in the builder's environment.
        asm_headers: directories of headers for go's assembler.
        listed: the files in ``inputs`` of the config.
        has_generated: whether other stages add files to the sources.
        generated: such files that may be Go.
    """

    package: str
    binary: str
    flags: GoFlags
    ldflags: str
    tags: tuple[str, ...]
    cgo: Verdict
    closed: bool
    architectures: tuple[str, ...]
    workspace: bool
    mod: str
    toolchain: bool
    c_flags: tuple[str, ...] = ()
    asm_headers: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    has_generated: bool = False
    generated: tuple[GeneratedCode, ...] = ()

    def tags_for(self, release: int) -> Tags:
        """The build tags for Go releases from ``1.release`` on."""
        tags = frozenset(self.tags)
        return Tags(tags, self.cgo, release, self.closed, self.architectures)


def program_of(service: Service, builder: Builder) -> Program:
    """The program of a service.

    Raises:
        ConfigError: an option has an invalid value.
    """
    options, shared = service.options, builder.options
    tools = _tools(tuple(builder.env.items()), tuple(shared["flags"]))
    flags = tools.flags
    _refuse_tags(shared["flags"], builder)
    check_environment(builder)
    package = _package(service, options["target"])
    return Program(
        package=package,
        binary=_binary(service, options["binary"], package),
        flags=flags,
        ldflags=options["ldflags"],
        tags=tuple(sorted({*shared["tags"], *options["tags"]})),
        cgo=_cgo(builder, enabled=shared["cgo"]),
        closed=not any(name in flags for name in _TAG_FLAGS),
        architectures=_architectures(builder),
        workspace=builder.env.get("GOWORK") != "off",
        mod=flags.value("mod"),
        toolchain=builder.env.get("GOTOOLCHAIN", "path") not in {"local", "path"},
        c_flags=tools.c_flags,
        asm_headers=tools.asm_headers,
        listed=service.inputs,
        has_generated=bool(service.depends_on),
        generated=_generated_code(service.depends_on),
    )


def target_of(builder: Builder) -> TargetPlatform | None:
    """The target platform that the environment selects, if it does."""
    architecture = builder.env.get("GOARCH", "")
    if not architecture:
        return None
    return TargetPlatform(f"linux/{architecture}", f"`GOARCH: {architecture}` in `env`")


def cgo_enabled(builder: Builder) -> bool:
    """Whether the builder enables cgo, or may."""
    return _cgo(builder, enabled=builder.options["cgo"]) is not False


class _Tools(NamedTuple):
    """The flags that a builder passes to tools for all its services; see ``Program``."""

    flags: GoFlags
    c_flags: tuple[str, ...]
    asm_headers: tuple[str, ...]


@cache
def _tools(environment: tuple[tuple[str, str], ...], words: tuple[str, ...]) -> _Tools:
    env = dict(environment)
    flags = read_flags(env.get("GOFLAGS", ""), words)
    headers = named_by(flags.tool_words("asmflags"), "").headers
    return _Tools(flags, tuple(_c_flags(env)), headers)


def _c_flags(env: Mapping[str, str]) -> Iterator[str]:
    """The flags for C compilers in the environment; lists of directories become flags."""
    for name in _C_VARIABLES:
        yield from words_of(env.get(name, ""))
    for name, flag in _C_PATHS.items():
        for directory in filter(None, env.get(name, "").split(":")):
            yield f"{flag}{directory}"


def _refuse_tags(flags: list[str], builder: Builder) -> None:
    if "tags" in read_flags("", flags):
        raise ConfigError(
            f"builder `{builder.name}` sets build tags among its `flags`",
            hint="list them in the option `tags`: they determine which files are compiled",
            at=builder.at,
        )


def _cgo(builder: Builder, *, enabled: bool) -> Verdict:
    value = builder.env.get("CGO_ENABLED")
    return enabled if value is None else {"0": False, "1": True}.get(value)


def _architectures(builder: Builder) -> tuple[str, ...]:
    value = builder.env.get("GOARCH", "")
    # a value with other characters refers to other variables, so it is unknown
    return (value,) if value.isalnum() else IMAGES


def _package(service: Service, target: str) -> str:
    path = paths.join(service.path, target)
    if paths.is_outside(path):
        raise ConfigError(
            f"`target: {target}` of service `{service.name}` is outside the source tree",
            hint=f"use a path relative to the service's `path`, `{service.path}`",
            at=service.at,
        )
    return path


def _binary(service: Service, chosen: str, package: str) -> str:
    """The chosen name, else the name that ``go build`` uses, else that of the service."""
    home = paths.normalize(service.path)
    name = chosen or (service.name if package in (home, "") else posixpath.basename(package))
    return artifact_name(service, name)


def _generated_code(dependencies: Iterable[Dependency]) -> tuple[GeneratedCode, ...]:
    """The dependencies of a service that may be Go code."""
    return tuple(code for dependency in dependencies for code in _from_dependency(dependency))


def _from_dependency(dependency: Dependency) -> Iterator[GeneratedCode]:
    source = dependency.source.rstrip("/")
    destination = paths.normalize(dependency.destination)
    is_go = source.endswith(".go") or destination.endswith(".go")
    if is_go:
        yield GeneratedCode(dependency.name, posixpath.dirname(destination), deep=False)
    has_other_suffix = source != "." and "." in posixpath.basename(source)
    if not destination.endswith(".go") and (is_go or not has_other_suffix):
        yield GeneratedCode(dependency.name, destination, deep=not is_go)


def check_environment(builder: Builder) -> None:
    """Raise for variables in a builder's ``env`` that the stages don't support.

    Raises:
        ConfigError: there is one.
    """
    for message, hint in _problems(builder):
        raise ConfigError(f"builder `{builder.name}`: {message}", hint=hint, at=builder.at)


def _problems(builder: Builder) -> Iterator[tuple[str, str]]:
    for name, (allowed, hint) in _ALLOWED.items():
        value = builder.env.get(name)
        if value is not None and value not in allowed:
            yield f"`{name}: {value}` in `env` is not supported", hint
    architecture = builder.env.get("GOARCH", "")
    if architecture and not architecture.isalnum():
        yield (
            f"`GOARCH: {architecture}` in `env` is not an architecture",
            "`go tool dist list` lists all",
        )
    if builder.options["cgo"] and builder.env.get("CGO_ENABLED") == "0":
        yield (
            "the option `cgo: true` and `CGO_ENABLED: 0` in `env` contradict each other",
            "remove one of them",
        )
