"""Loads a workspace: its config, its stages and their fingerprints."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors, UsageError, did_you_mean
from msbuild.graph.assemble import Assembly, assemble
from msbuild.graph.stage_graph import StageGraph, divide_into_jobs
from msbuild.model import SCRATCH, ImageRef
from msbuild.planning.fingerprint import fingerprint_all
from msbuild.plugin.memo import Trace
from msbuild.sources.tree import SourceTree
from msbuild.state.file_stat import StatCache, stat_of
from msbuild.workspace.lockfile import NAME as LOCK
from msbuild.workspace.lockfile import read_inputs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from msbuild.execute.api import Executor
    from msbuild.model import Workspace
    from msbuild.planning.fingerprint import Fingerprint
    from msbuild.plugin.api import Language, TargetPlatform
    from msbuild.plugin.manager import Plugin


WORKSPACE = "workspace"
"""The question in traces for everything that belongs to no service and no builder."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded workspace.

    Attributes:
        jobs: the stages that each job builds.
        elsewhere: the files besides sources that it depends on, by absolute path.
        variables: the environment variables that it depends on.
    """

    workspace: Workspace
    plugins: Mapping[str, Plugin]
    sources: SourceTree
    assembly: Assembly
    jobs: Mapping[str, frozenset[str]]
    elsewhere: StatCache = field(default_factory=StatCache)
    variables: frozenset[str] = frozenset()


class _Asked(Mapping[str, str]):
    """The environment; records which variables are used."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


def load(file: Path) -> Loaded:
    """Read a workspace and assemble its stages.

    Raises:
        ConfigErrors: all problems of the config.
    """
    # an incremental load needs neither config nor plugins
    from msbuild.plugin.manager import load_plugins  # noqa: PLC0415
    from msbuild.workspace.config import load as load_config  # noqa: PLC0415

    plugins: dict[str, Plugin] = {}
    elsewhere = StatCache()
    for path in (file.absolute(), file.absolute().parent / LOCK):
        elsewhere.record_external(str(path))
    environment = _Asked()
    trace = Trace()
    tree_of = cache(lambda root: SourceTree(root, trace))

    def languages_of(modules: tuple[str, ...], used: Collection[str]) -> Mapping[str, Language]:
        plugins.update(load_plugins(modules, used))
        return {name: plugin.language for name, plugin in plugins.items()}

    with trace.question(WORKSPACE):
        workspace = load_config(file, languages_of, environment, tree_of)
        if workspace.ca_bundle not in {"auto", "none"}:
            elsewhere.record_external(str(workspace.root / workspace.ca_bundle))
        languages = {name: plugin.language for name, plugin in plugins.items()}
        sources = tree_of(workspace.source_root)
        assembly = assemble(workspace, languages, sources, read_inputs(workspace.root))
    jobs = divide_into_jobs(assembly.graph, workspace.services)
    record_code(elsewhere)
    asked = frozenset(environment.names) | sources.variables
    return Loaded(workspace, plugins, sources, assembly, jobs, elsewhere, asked)


def select(workspace: Workspace, names: Sequence[str]) -> tuple[str, ...]:
    """The requested services in the order of the config; all services if none are named.

    Raises:
        UsageError: a service does not exist.
    """
    for name in names:
        if name not in workspace.services:
            raise UsageError(
                f"unknown service `{name}`",
                hint=did_you_mean(name, workspace.services) or "`msbuild graph` lists all services",
            )
    return tuple(name for name in workspace.services if not names or name in names)


def base_images(loaded: Loaded, services: Sequence[str]) -> list[str]:
    """The base images that services need, sorted, without ``scratch``."""
    stages = loaded.assembly.graph.needed_by(services)
    bases = {stage.base.reference for stage in stages if isinstance(stage.base, ImageRef)}
    return sorted(bases - {SCRATCH})


def fingerprint(
    loaded: Loaded, services: Sequence[str], pins: Mapping[str, str], platform: str
) -> Mapping[str, Fingerprint]:
    """The fingerprints of every stage that services need, parents first.

    Args:
        loaded: the workspace.
        services: the requested services.
        pins: the exact image behind each of their ``base_images``.
        platform: the target platform, ``linux/amd64``.
    """
    graph = loaded.assembly.graph
    names = [stage.name for stage in graph.needed_by(services)]
    return fingerprint_all(graph, names, loaded.sources.hash, pins, platform)


def check_targets(loaded: Loaded, services: Sequence[str], platform: str) -> None:
    """Check that compilers target the platform of the images.

    Args:
        loaded: the workspace.
        services: the requested services.
        platform: the platform of the images, ``linux/amd64``.

    Raises:
        ConfigErrors: a builder targets another platform.
    """
    workspace = loaded.workspace
    problems: dict[tuple[str, TargetPlatform], ConfigError] = {}
    for name in services:
        target = loaded.assembly.services[name].target
        if target is None or target.platform.split("/")[:2] == platform.split("/")[:2]:
            continue
        builder = workspace.builders[workspace.services[name].builder]
        problems.setdefault(
            (builder.name, target),
            ConfigError(
                f"builder `{builder.name}` compiles for {target.platform} ({target.setting}), "
                f"but images are built for {platform}",
                hint=f"remove it, or build on a machine or engine for {target.platform}",
                at=builder.at,
            ),
        )
    if problems:
        raise ConfigErrors(list(problems.values()))


def check_submodules(loaded: Loaded, services: Sequence[str]) -> None:
    """Check that the submodules in assets and inputs of services are checked out.

    Raises:
        ConfigErrors: a submodule is not checked out.
    """
    problems = [
        ConfigError(
            f"`{name}` needs the submodule `{absent}`, which is not checked out",
            hint=f"`git submodule update --init {absent}`",
            at=loaded.workspace.services[name].at,
        )
        for name in services
        if (absent := loaded.assembly.services[name].absent)
    ]
    if problems:
        raise ConfigErrors(problems)


def prepared_for(executor: Executor, loaded: Loaded) -> Loaded:
    """The workspace with its stages adapted by an executor."""
    graph = loaded.assembly.graph
    stages = [graph[name] for name in graph]
    made = executor.prepare(stages)
    if made is stages:
        return loaded
    return replace(loaded, assembly=replace(loaded.assembly, graph=StageGraph(made, ordered=True)))


_INSTALLED = ("site-packages", "dist-packages")


def record_code(stat_cache: StatCache) -> None:
    """Record the stats of all loaded modules, and of the directories that modules are found in.

    Installing a package changes the stat of its directory, so installed modules need no stats of
    their own.
    """
    for path in _paths():
        stat_cache.record(path, stat_of(path, follow=True))


def _paths() -> Iterator[str]:
    yield from filter(os.path.isabs, sys.path)
    installed = tuple(path for path in sys.path if os.path.basename(path) in _INSTALLED)  # noqa: PTH119
    elsewhere = (sysconfig.get_path("stdlib"), *installed)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and os.path.isabs(file) and not file.startswith(elsewhere):  # noqa: PTH117
            yield file
