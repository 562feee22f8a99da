"""Makes stages: each runs once for its fingerprint, and what it leaves is kept."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.dockerfile import CA_VARIABLES
from msbuild.execute.failures import step_failure
from msbuild.execute.local import stage_store as kept
from msbuild.execute.local.caches import CacheDirectory
from msbuild.execute.local.environment import environment
from msbuild.execute.local.files import copy_tree, replace_tree
from msbuild.execute.local.locks import locked
from msbuild.execute.local.placing import artifact_name, place_artifact, place_sources
from msbuild.execute.local.process import run as run_process
from msbuild.execute.local.runs import run_name
from msbuild.execute.local.sandboxes import Sandbox, SandboxAccess
from msbuild.model import Copy, CopyArtifact, Run, StageKind, StageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from msbuild.execute.local.isolation import Isolation
    from msbuild.execute.local.runs import JobRun
    from msbuild.execute.local.sandboxes import Mount
    from msbuild.execute.local.stage_store import StageStore
    from msbuild.execute.local.store import Store
    from msbuild.execute.local.toolchains import HostToolchain, HostToolchains
    from msbuild.model import Stage, Step
    from msbuild.sources.tree import SourceTree

_TAIL_LINES = 40
_HINT_SPACE = "free some: `msbuild prune` removes what was not used for long"


@dataclass(frozen=True, slots=True)
class Site:
    """A stage that is being made.

    Attributes:
        sandbox: its sandbox.
        script: the file for the script at hand.
        toolchain: the compilers that it may use.
        locks: descriptors of the locks of its place.
    """

    stage: Stage
    sandbox: Sandbox
    script: Path
    toolchain: HostToolchain | None
    locks: tuple[int, ...]


class StageMaker:
    """Makes stages below a store.

    Args:
        store: where results and caches are kept.
        wall: asked for when the first step runs.
        toolchains: what the host offers.
        sources: where source files are read.
        ca_bundle: the certificates that downloading steps trust.
    """

    def __init__(
        self,
        store: Store,
        isolation: Callable[[], Isolation],
        toolchains: HostToolchains,
        sources: SourceTree,
        ca_bundle: Path | None,
    ) -> None:
        self._store = store
        self._isolation = isolation
        self._toolchains = toolchains
        self._sources = sources
        self._ca_bundle = ca_bundle

    def make(self, run: JobRun, name: str, *, whole: bool = False) -> StageStore:
        """What a stage leaves: found, or made now with all that it needs.

        Args:
            run: the job.
            name: the stage.
            whole: whether another stage is going to stand on it.

        Raises:
            BuildFailure: a step failed.
            Cancelled: the job was told to stop.
        """
        place = self._store.stages / run.keys[name]
        with locked(self._lock_of(run, name), cancel=run.cancel):
            found = None if run.must_renew(name) else kept.find(place, whole=whole)
            if found is None:
                found = self._make(run, run.stage(name), place, whole=whole)
            elif name not in run.done:
                run.found(name, "all steps")
            run.done.add(name)
            return found

    def check_toolchain(self, run: JobRun, name: str) -> None:
        """Pass if this host has what a toolchain stage stands for.

        Raises:
            BuildFailure: it has not.
        """
        if toolchain := self._toolchains.of(name):
            with run.step(name, "look for compilers on this host"):
                toolchain.check(name)
            run.vertices.clear()
            run.found(name, "compilers of this host")

    def _make(self, run: JobRun, stage: Stage, place: Path, *, whole: bool) -> StageStore:
        toolchain = self._toolchain(run, stage)
        self._make_needs(run, stage)
        with self._scratch(run, stage) as (scratch, locks):
            sandbox = Sandbox(scratch / "box")
            if isinstance(stage.base, StageRef):
                self._inherit(run, stage, sandbox, whole=whole)
            sandbox.make()
            site = Site(stage, sandbox, scratch / "step.sh", toolchain, locks)
            for step in stage.steps:
                self._step(run, site, step)
            kept.pack(
                sandbox, scratch / "kept", key=run.keys[stage.name], stage=stage.name, whole=whole
            )
            replace_tree(scratch / "kept", place, scratch / "old")
        found = kept.find(place, whole=whole)
        if found is None:
            raise UnavailableError(
                f"what `{stage.name}` made was damaged on the disk at once", hint="run again"
            )
        return found

    def _make_needs(self, run: JobRun, stage: Stage) -> None:
        """Make first what a stage needs: two that share a sandbox must not wait for each other."""
        if isinstance(stage.base, StageRef) and not self._is_toolchain(run, stage.base.stage):
            self.make(run, stage.base.stage, whole=True)
        for step in stage.steps:
            if isinstance(step, CopyArtifact):
                self.make(run, step.stage)
            elif isinstance(step, Run):
                for seed in sorted({cache.seed for cache in step.caches if cache.seed}):
                    self.make(run, seed, whole=True)

    @contextmanager
    def _scratch(self, run: JobRun, stage: Stage) -> Iterator[tuple[Path, tuple[int, ...]]]:
        """Where a stage is made, and the descriptors of the locks that keep others out.

        Without a wall the place is visible, and compilers take notice of it: what stands on one
        toolchain is then made at one place, one after another.
        """
        with ExitStack() as held:
            name, fixed = stage.name, not self._isolation().fixed
            locks: tuple[int, ...] = ()
            if fixed:
                name = run.chain(stage)[0].name
                lock = self._store.lock("box", name)
                locks = (held.enter_context(locked(lock, cancel=run.cancel)),)
            yield held.enter_context(self._store.scratch(name, fixed=fixed)), locks

    def _is_toolchain(self, run: JobRun, name: str) -> bool:
        return run.stage(name).kind is StageKind.TOOLCHAIN

    def _toolchain(self, run: JobRun, stage: Stage) -> HostToolchain | None:
        ground = run.chain(stage)[0]
        toolchain = self._toolchains.of(ground.name)
        if toolchain:
            toolchain.check(ground.name)
        return toolchain

    def _inherit(self, run: JobRun, stage: Stage, sandbox: Sandbox, *, whole: bool) -> None:
        """Begin with a copy of what the base left."""
        assert isinstance(stage.base, StageRef)  # noqa: S101 - for the type checker
        base = stage.base.stage
        if self._is_toolchain(run, base):
            return
        with self.reading(run, base, whole=True) as below:
            copy_tree(below.root / "work", sandbox.work)
            copy_tree(below.out, sandbox.out)
            hidden = () if whole else _always_hidden(stage)
            copy_tree(below.root / "cache", sandbox.cache, without=hidden)

    @contextmanager
    def reading(self, run: JobRun, name: str, *, whole: bool = False) -> Iterator[StageStore]:
        """What ``make`` gives, which nobody replaces for as long as the block lasts."""
        while True:
            self.make(run, name, whole=whole)
            with locked(self._lock_of(run, name), shared=True, cancel=run.cancel):
                found = kept.find(self._store.stages / run.keys[name], whole=whole)
                if found:
                    yield found
                    return

    def _lock_of(self, run: JobRun, name: str) -> Path:
        return self._store.lock("stage", run.keys[name])

    def _step(self, run: JobRun, site: Site, step: Step) -> None:
        stage, work = site.stage.name, site.sandbox.work
        match step:
            case Copy():
                with run.step(stage, f"COPY {len(step.files)} files"):
                    place_sources(step, stage, work, self._sources, run)
            case CopyArtifact():
                with (
                    self.reading(run, step.stage) as made,
                    run.step(stage, artifact_name(step)),
                ):
                    place_artifact(step, stage, work, made)
            case Run():
                with self._mounts(run, site.stage, step) as mounts, run.step(stage, run_name(step)):
                    self._run(run, site, step, mounts)
            case _:
                raise AssertionError(step)

    def _run(self, run: JobRun, site: Site, step: Run, mounts: Sequence[Mount]) -> None:
        isolation, name, tail = self._isolation(), run_name(step), list[str]()
        opening = SandboxAccess(
            homes=site.toolchain.homes if site.toolchain else (),
            mounts=mounts,
            network=step.network,
            ca_bundle=self._ca_bundle if step.network else None,
        )
        env = environment(run.chain(site.stage), step, isolation.seen(site.sandbox), site.toolchain)
        if ca_file := isolation.ca_file(opening):
            env |= dict.fromkeys(CA_VARIABLES, ca_file)
        env = dict(isolation.environment(site.sandbox, env))

        def line(text: str) -> None:
            tail.append(text)
            del tail[:-_TAIL_LINES]
            run.progress.line(name, text)

        site.script.write_text(_with_errexit(step.script), "utf-8")
        with isolation.mounted(site.sandbox, opening):
            command = isolation.command(site.sandbox, site.script, opening)
            code = run_process(
                command,
                cwd=site.sandbox.work,
                env=env,
                line=line,
                cancel=run.cancel,
                contained=isolation.contains,
                locks=(*site.locks, *(mount.lock for mount in mounts)),
            )
        if code:
            raise step_failure(
                f"exit code: {code}",
                stage=site.stage.name,
                step=name,
                tail=tuple(tail),
                network=step.network,
                space=_HINT_SPACE,
            )

    @contextmanager
    def _mounts(self, run: JobRun, stage: Stage, step: Run) -> Iterator[Sequence[Mount]]:
        """The cache mounts of a step, held for as long as it lasts.

        A stage that is made anew sees nothing that earlier ones have left there.
        """
        with ExitStack() as held:
            mounts = []
            # always in one order, so that two steps with the same mounts cannot wait for each other
            for cache in sorted(step.caches, key=lambda each: each.id):
                key = run.keys[cache.seed] if cache.seed else ""
                above = None
                if run.must_renew(stage.name):
                    above = held.enter_context(self._store.scratch("fresh"))
                directory = CacheDirectory(self._store, cache, key, above)
                if cache.seed and not directory.exists():
                    with self.reading(run, cache.seed, whole=True) as seed:
                        directory.fill(seed, run.cancel)
                mounts.append(held.enter_context(directory.held(run.cancel)))
            yield mounts


def _always_hidden(stage: Stage) -> set[str]:
    """What of ``$CACHE`` no step of a stage can see, for a mount that is there all the time."""
    mounts = [
        {cache.directory for cache in step.caches} for step in stage.steps if isinstance(step, Run)
    ]
    return set.intersection(*mounts) if mounts else set()


def _with_errexit(script: str) -> str:
    script = script.strip()
    return script if script.startswith("set -e") else f"set -e\n{script}\n"
