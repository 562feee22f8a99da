"""What msbuild says: the programs of a tree as a workspace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msbuild.graph.assemble import assemble
from msbuild.graph.jobs import cut
from msbuild.model import Workspace
from msbuild.pipeline import Loaded
from msbuild.plugin_manager import load_plugins
from msbuild.plugin_testing import builder, service
from msbuild.sources import SourceTree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.closures.model import Oracle, Program
    from msbuild.plugin_api import Inputs


def inputs_of(program: Program, oracle: Oracle, sources: SourceTree) -> Inputs:
    """The closure of one program.

    Raises:
        ConfigError: the language finds no such program.
    """
    plugin = load_plugins(())[oracle.language]
    made = builder(plugin.language, **oracle.builder_options)
    wanted = service(plugin.language, program.path, **program.options)
    return plugin.language.inputs(wanted, made, sources)


def load(tree: Path, programs: Iterable[Program], oracle: Oracle) -> Loaded:
    """Programs as the services of a workspace, as its config would be read."""
    plugins = load_plugins(())
    language = plugins[oracle.language].language
    services = {}
    for each in programs:
        made = service(language, each.path, **each.options)
        services[each.name] = replace(made, name=each.name)
    made_builder = builder(language, **oracle.builder_options)
    workspace = Workspace(
        name="measured",
        file=tree / "msbuild.yaml",
        source_root=tree,
        registry=None,
        ca_bundle="none",
        plugins=(),
        builders={made_builder.name: made_builder},
        stages={},
        services=services,
    )
    sources = SourceTree(tree)
    languages = {name: plugin.language for name, plugin in plugins.items()}
    assembly = assemble(workspace, languages, sources)
    return Loaded(workspace, plugins, sources, assembly, cut(assembly.graph, services))
