"""The closures according to msbuild: the programs of a tree as a workspace."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.commands.lock import generated_files, write_generated
from msbuild.errors import MsbuildError
from msbuild.graph.assemble import assemble
from msbuild.graph.inputs import inputs_with_links
from msbuild.graph.stage_graph import divide_into_jobs
from msbuild.model import Workspace
from msbuild.plugin.manager import load_plugins
from msbuild.plugin.testing import builder, service
from msbuild.sources.tree import SourceTree
from msbuild.workspace.loading import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from bench.closures.model import Oracle, Program
    from msbuild.model import Builder, Service
    from msbuild.plugin.api import Generated, Inputs, Language


def inputs_of(program: Program, oracle: Oracle, sources: SourceTree) -> Inputs:
    """The closure of one program.

    Raises:
        ConfigError: the language does not find the program.
    """
    plugin = load_plugins(())[oracle.language]
    the_builder = _builder(plugin.language, oracle)
    found = plugin.language.inputs(_service(program, plugin.language), the_builder, sources)
    return inputs_with_links(found, sources)


def _problems(programs: Iterable[Program], oracle: Oracle, tree: Path) -> Iterator[tuple[str, str]]:
    sources = SourceTree(tree)
    for program in programs:
        try:
            inputs_of(program, oracle, sources)
        except MsbuildError as error:
            yield program.name, str(error)


def load(tree: Path, programs: Iterable[Program], oracle: Oracle) -> Loaded:
    """A workspace with the programs as services, as if loaded from a config."""
    plugins = load_plugins(())
    language = plugins[oracle.language].language
    services = {each.name: _service(each, language) for each in programs}
    the_builder = _builder(language, oracle)
    workspace = Workspace(
        name="measured",
        file=tree / "msbuild.yaml",
        source_root=tree,
        registry=None,
        ca_bundle="auto",
        plugins=(),
        builders={the_builder.name: the_builder},
        stages={},
        services=services,
    )
    sources = SourceTree(tree)
    languages = {name: plugin.language for name, plugin in plugins.items()}
    assembly = assemble(workspace, languages, sources)
    return Loaded(workspace, plugins, sources, assembly, divide_into_jobs(assembly.graph, services))


def load_known(
    tree: Path,
    programs: Collection[Program],
    oracle: Oracle,
    loader: Callable[[Path, Iterable[Program], Oracle], Loaded] = load,
) -> tuple[Loaded, dict[str, str]]:
    """Load the programs that have a closure. Returns the others with the reason for each."""
    try:
        return loader(tree, programs, oracle), {}
    except MsbuildError:
        problems = dict(_problems(programs, oracle, tree))
    known = [each for each in programs if each.name not in problems]
    return loader(tree, known, oracle), problems


class Locked:
    """Trees as in a repository that commits what `msbuild lock` writes."""

    def __init__(self) -> None:
        self._contents: dict[Generated, str] = {}

    def load(self, tree: Path, programs: Iterable[Program], oracle: Oracle) -> Loaded:
        """Write what `msbuild lock` would write into a tree, and load it."""
        wanted = tuple(programs)
        self.write(tree, wanted, oracle)
        return load(tree, wanted, oracle)

    def write(self, tree: Path, programs: Iterable[Program], oracle: Oracle) -> None:
        """Write what `msbuild lock` would write into a tree."""
        loaded = load(tree, programs, oracle)
        languages = {name: plugin.language for name, plugin in loaded.plugins.items()}
        for each in generated_files(loaded.workspace, languages, loaded.sources):
            if each not in self._contents:
                self._contents[each] = _written(each, tree)
            (tree / each.path).write_text(self._contents[each], "utf-8")


def _written(generated: Generated, tree: Path) -> str:
    """The content of a generated file. Works on a copy, because go adds to `go.work.sum`."""
    with tempfile.TemporaryDirectory(prefix="closures-") as place:
        copy = Path(place) / "tree"
        shutil.copytree(tree, copy, symlinks=True)
        write_generated(generated, copy)
        return (copy / generated.path).read_text("utf-8")


def _builder(language: Language, oracle: Oracle) -> Builder:
    return replace(builder(language, **oracle.builder_options), env=oracle.builder_env)


def _service(program: Program, language: Language) -> Service:
    return replace(service(language, program.path, **program.options), name=program.name)
