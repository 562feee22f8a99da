"""Checks one stage in a container of its own toolchain, for services this host cannot compile."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.api import Job
from msbuild.execute.context import pack
from msbuild.execute.docker import images
from msbuild.execute.docker.containers import container
from msbuild.execute.dockerfile.layout import WORKDIR, in_container
from msbuild.execute.failures import step_failure
from msbuild.execute.job_run import JobRun, run_name
from msbuild.graph.stage_graph import StageGraph
from msbuild.model import CopyArtifact, Run
from msbuild.verify.checking import compared
from msbuild.verify.stages import Views, base_of
from msbuild.verify.strace import PLACE, archive, bundle, strace_command

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    from msbuild.execute.api import Progress
    from msbuild.execute.docker.containers import Container
    from msbuild.execute.docker.executor import DockerExecutor
    from msbuild.graph.stage_graph import StageGraph as Graph
    from msbuild.sources.tree import SourceTree
    from msbuild.verify.checking import Subject, Tree
    from msbuild.verify.results import StageChecked

_TAIL_LINES = 40
_LIST = ("/bin/sh", "-c", f"cd {WORKDIR} && find . -type f -o -type l")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class InContainers:
    """Runs stages step by step in containers.

    Args:
        executor: the Docker executor.
        graph: the stages as in a normal build.
        sources: the source tree.
        pins: the exact image behind each reference.

    Raises:
        UnavailableError: containers have a different architecture than the strace of this host.
    """

    def __init__(
        self, executor: DockerExecutor, graph: Graph, sources: SourceTree, pins: Mapping[str, str]
    ) -> None:
        machine = os.uname().machine
        if executor.platform() != f"linux/{_MACHINES.get(machine, machine)}":
            raise UnavailableError(
                f"the engine builds for {executor.platform()}, which cannot run this "
                "host's `strace`",
                hint="set `DOCKER_HOST` to an engine on a machine of the same architecture",
            )
        self._executor = executor
        self._graph = graph
        self._sources = sources
        self._pins = pins
        self._strace, self._archive = bundle()

    def check(
        self, job: Job, subject: Subject, tree: Tree, progress: Progress, cancel: threading.Event
    ) -> StageChecked:
        """Run the steps of one stage in a container under the tracer, and compare.

        Raises:
            BuildError: a step failed.
            Cancelled: the job was cancelled.
        """
        run = JobRun(job, self._sources, None, progress, cancel)
        stage = self._graph[subject.stage.name]
        steps = [step for step in subject.stage.steps if isinstance(step, Run)]
        network = any(step.network for step in steps)
        with (
            self._image(run, subject) as image,
            container(self._executor.engine, image, cancel, network=network) as sandbox,
            tempfile.TemporaryDirectory(prefix="msbuild-verify-") as scratch,
        ):
            there = self._fill(run, sandbox, subject, tree)
            traces = [
                self._run(run, sandbox, stage.name, step, Path(scratch) / f"{number}.trace")
                for number, step in enumerate(steps)
            ]
            below = subject.below - subject.declared
            views = Views(
                tree.names,
                tree.links,
                declared=subject.declared,
                below=below,
                made=frozenset(there | {*stage.stand_ins}) - below - subject.declared,
                is_ignored=tree.is_ignored,
            )
            return compared(subject, views, traces, WORKDIR)

    def forget(self) -> None:
        """Images and containers are already removed."""

    @contextmanager
    def _image(self, run: JobRun, subject: Subject) -> Iterator[str]:
        """An image of the stage before its first script runs."""
        stage = self._graph[subject.stage.name]
        copies = tuple(step for step in stage.steps if not isinstance(step, Run))
        before = replace(stage, base=base_of(stage, self._graph), steps=copies)
        others = (self._graph[name] for name in self._graph if name != stage.name)
        stages = StageGraph([*others, before]).with_ancestors(stage.name)
        tag = f"msbuild-verify:{secrets.token_hex(8)}"
        made = Job(
            name=run.job.name,
            stages=stages,
            own=frozenset({stage.name}),
            tags=(tag,),
            labels={},
            pins=self._pins,
            hashes={path: self._sources.hash(path) for each in stages for path in each.files},
            fingerprints={},
        )
        self._executor.execute(made, run.progress, run.cancel)
        try:
            yield tag
        finally:
            images.remove(self._executor.engine, tag)

    def _fill(
        self,
        run: JobRun,
        sandbox: Container,
        subject: Subject,
        tree: Tree,
    ) -> set[str]:
        """Copy the tracer and the rest of the tree; return the files that were there before."""
        sandbox.put(self._archive)
        found: list[str] = []
        if sandbox.run(_LIST, found.append):
            raise UnavailableError(
                f"the image of `{subject.stage.name}` has no `find`, which `msbuild verify` needs",
                hint="add `findutils` to `packages:` of the builder",
            )
        there = {path.removeprefix("./") for path in found}
        artifacts = [
            step.destination for step in subject.stage.steps if isinstance(step, CopyArtifact)
        ]
        existing = {path for path in there if _is_in(path, artifacts)} | {*subject.stage.stand_ins}
        rest = {path: path for path in tree.names.files if path not in existing}
        with pack(run, {}, rest) as context:
            sandbox.put(context, WORKDIR)
        return there

    def _run(self, run: JobRun, sandbox: Container, stage: str, step: Run, trace: Path) -> Path:
        name, tail = run_name(step), list[str]()

        def line(text: str) -> None:
            tail.append(text)
            del tail[:-_TAIL_LINES]
            run.progress.line(name, text)

        script, place = f"{PLACE}/step.sh", f"{PLACE}/{trace.name}"
        sandbox.put(archive({script: f"set -e\n{step.script.strip()}\n".encode()}))
        words = strace_command("strace", place)[1:]
        command = [*self._strace, *words, "/bin/sh", script]
        env = {key: in_container(value) for key, value in step.env}
        with run.step(stage, name):
            code = sandbox.run(command, line, env=env, directory=WORKDIR)
            if code:
                raise step_failure(
                    f"exit code: {code}",
                    stage=stage,
                    step=name,
                    tail=tuple(tail),
                    network=step.network,
                )
        sandbox.save(place, trace)
        return trace


def _is_in(path: str, destinations: list[str]) -> bool:
    """Whether a path is an artifact or in a directory that is one."""
    places = [each.rstrip("/").removeprefix("./") for each in destinations]
    return any(place in ("", ".", path) or path.startswith(f"{place}/") for place in places)
