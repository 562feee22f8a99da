"""Loads a config file: parses it, creates its ``Workspace``, and checks the workspace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError
from msbuild.model import Location, Workspace
from msbuild.sources.tree import SourceTree
from msbuild.workspace.config.builders import check_default_builder, make_builder, make_stage
from msbuild.workspace.config.discover import SourcePaths
from msbuild.workspace.config.problems import Problems, Scope, shown
from msbuild.workspace.config.reader import INTEGER, Reader, type_of
from msbuild.workspace.config.schema import CONFIG, VERSION
from msbuild.workspace.config.services import check_cycles, make_services
from msbuild.workspace.config.yaml_tree import Limits, MapNode, ScalarNode, not_utf8, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from msbuild.model import Builder, CustomStage, Service
    from msbuild.plugin.api import Language
    from msbuild.workspace.config.problems import Given

    LanguagesOf = Callable[[tuple[str, ...], Collection[str]], Mapping[str, Language]]


def workspace_of(
    file: Path,
    config: Given,
    languages: Mapping[str, Language] | None,
    reader: Reader,
    tree_of: Callable[[Path], SourceTree],
) -> Workspace:
    """The workspace; only meaningful if no problems were added.

    Args:
        file: the config file, absolute.
        config: its values.
        languages: every language by name, or ``None`` if they could not be loaded.
        reader: reads plugin options, and collects the problems.
        tree_of: returns the source tree of a source root.
    """
    problems = reader.problems
    source_root = file.parent / config.plain("source_root")
    there = _has_root(file, config, problems)
    paths = SourcePaths(tree_of(source_root), problems) if there else None
    scope = Scope(config, languages, paths, reader, problems)
    builders = {
        name: make_builder(name, given, scope) for name, given in scope.table("builders").items()
    }
    stages = {name: make_stage(name, given, scope) for name, given in scope.table("stages").items()}
    check_default_builder(scope)
    services = make_services(scope)
    check_stage_names(builders, stages, services, problems)
    check_cycles(services, problems)
    return Workspace(
        name=config.plain("workspace"),
        file=file,
        source_root=source_root,
        registry=config.plain("registry"),
        ca_bundle=config.plain("ca_bundle"),
        plugins=config.plain("plugins"),
        builders=builders,
        stages=stages,
        services=services,
    )


def _has_root(file: Path, config: Given, problems: Problems) -> bool:
    """Whether the source root is a directory inside the config's, with links resolved."""
    if config.is_wrong("source_root"):
        return False
    given = config.get("source_root")
    if given is None:
        return True
    home, root = os.path.realpath(file.parent), os.path.realpath(file.parent / given.value)
    name = shown(given.value)
    if os.path.commonpath([home, root]) != home:
        message = f"the source root {name} leaves the config's directory through a link"
        problems.add(given.at, message, "move the config next to the sources it builds")
    elif not os.path.isdir(root):  # noqa: PTH112 - already resolved
        what = "is not a directory" if os.path.lexists(root) else "does not exist"
        problems.add(given.at, f"the source root {name} {what}", "it is relative to the config")
    else:
        return True
    return False


def check_stage_names(
    builders: Mapping[str, Builder],
    stages: Mapping[str, CustomStage],
    services: Mapping[str, Service],
    problems: Problems,
) -> None:
    """Add a problem for each builder, stage and service whose stage names are taken.

    Languages name their stages ``<builder>-toolchain``, ``<builder>-deps`` and
    ``<service>-build``; a runtime stage has the name of its service.
    """
    taken: dict[str, str] = {}
    for name, what, at in _names(builders, stages, services):
        if name in taken:
            message = f"{what} and {taken[name]} would both be stage `{name}`"
            problems.add(at, message, "rename one of them")
        else:
            taken[name] = what
    for image, what in _images(builders, services):
        if image in stages:
            message = f"stage `{image}` has the same name as the image of {what}"
            problems.add(stages[image].at, message, "rename it, or give the image a tag")


def _images(
    builders: Mapping[str, Builder], services: Mapping[str, Service]
) -> Iterator[tuple[str, str]]:
    for name, builder in builders.items():
        yield builder.image, f"builder `{name}`"
    for name, service in services.items():
        yield service.runtime.base, f"service `{name}`"


def _names(
    builders: Mapping[str, Builder],
    stages: Mapping[str, CustomStage],
    services: Mapping[str, Service],
) -> Iterator[tuple[str, str, Location]]:
    for name, builder in builders.items():
        yield f"{name}-toolchain", f"the toolchain of builder `{name}`", builder.at
        yield f"{name}-deps", f"the dependencies of builder `{name}`", builder.at
    for name, stage in stages.items():
        yield name, f"stage `{name}`", stage.at
    for name, service in services.items():
        yield name, f"service `{name}`", service.at
        yield f"{name}-build", f"the build of service `{name}`", service.at


def load(
    file: Path,
    languages_of: LanguagesOf,
    environment: Mapping[str, str] | None = None,
    tree_of: Callable[[Path], SourceTree] = SourceTree,
) -> Workspace:
    """Read a config and check everything that can be checked without building.

    Args:
        file: the config.
        languages_of: returns languages by name, given the modules that the config lists under
            ``plugins:`` and the languages that it uses: those, if they all exist, or all.
        environment: environment variables that the config may use; by default, the process's.
        tree_of: returns the source tree of a source root.

    Raises:
        ConfigErrors: all problems of the config, in the order of their locations.
        ConfigError: it cannot be read at all.
    """
    problems = Problems()
    reader = Reader(problems, os.environ if environment is None else environment)
    config = _read(file, reader)
    languages = _languages(config, languages_of, problems)
    workspace = workspace_of(file.absolute(), config, languages, reader, tree_of)
    problems.raise_any()
    return workspace


def plugin_modules(file: Path) -> tuple[str, ...]:
    """The modules that a config lists under ``plugins:``, even if it is otherwise invalid.

    Raises:
        ConfigError: the config cannot be read at all.
    """
    config = _read(file, Reader(Problems(), os.environ))
    modules: tuple[str, ...] = config.plain("plugins")
    return modules


def _read(file: Path, reader: Reader) -> Given:
    return reader.read(read_document(file), CONFIG, "the config")


def _languages(
    config: Given,
    languages_of: LanguagesOf,
    problems: Problems,
) -> Mapping[str, Language] | None:
    builders = config.get("builders")
    used = {each.plain("plugin") or name for name, each in builders.items()} if builders else set()
    try:
        return languages_of(config.plain("plugins"), used)
    except ConfigError as error:
        if error.at is None:
            error.at = _listed_at(error, config.get("plugins"))
        problems.include(error)
        return None


def _listed_at(error: ConfigError, modules: Given | None) -> Location | None:
    """The location of the module that an error is about."""
    return next((each.at for each in modules or () if f"`{each.value}`" in error.message), None)


LIMITS = Limits()


def read_document(file: Path, limits: Limits = LIMITS) -> MapNode:
    """The root mapping of a config.

    Raises:
        ConfigError: it cannot be read, is not valid YAML, has another version, or is not a mapping.
    """
    name = display_path(file)
    start = Location(name, 1, 1)
    text = _decoded(_content(file, name, limits), name)
    root = parse(text, name, limits)
    if root is None or (isinstance(root, ScalarNode) and type_of(root) == "null"):
        raise ConfigError(
            "the config is empty", hint=f"start it with `version: {VERSION}`", at=start
        )
    if not isinstance(root, MapNode):
        raise ConfigError(
            "the config must be a mapping", hint=f"start it with `version: {VERSION}`", at=root.at
        )
    _check_version(root)
    return root


def display_path(file: Path) -> str:
    """The path of a config file in messages: relative or absolute, whichever is shorter."""
    absolute = str(file.absolute())
    return min(os.path.relpath(absolute), absolute, key=len)


def _content(file: Path, name: str, limits: Limits) -> bytes:
    try:
        # never more than the limit: the file may be endless
        with file.open("rb") as stream:
            data = stream.read(limits.size + 1)
    except FileNotFoundError as error:
        raise ConfigError(f"`{name}` does not exist") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"cannot read `{name}`: {reason}") from error
    if len(data) > limits.size:
        raise ConfigError(
            f"the config is larger than {limits.size // 1_000_000} MB", at=Location(name, 1, 1)
        )
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(error, name) from error


def _check_version(root: MapNode) -> None:
    """Report an unsupported version alone: the other errors would be misleading."""
    for key, node in root.entries:
        is_version = isinstance(key, ScalarNode) and key.text == "version"
        if not is_version or not isinstance(node, ScalarNode) or not node.plain:
            continue
        if INTEGER.fullmatch(node.text) and node.text != str(VERSION):
            raise ConfigError(
                f"config version {shown(node.text)} is not supported",
                hint=f"this msbuild supports `version: {VERSION}`",
                at=node.at,
            )
