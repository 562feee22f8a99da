"""Builds stages in sandboxes: each runs once for its fingerprint, and its result is stored."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.certificates import CA_VARIABLES
from msbuild.execute.failures import step_failure
from msbuild.execute.job_run import run_name
from msbuild.execute.local import stage_store
from msbuild.execute.local.files import copy_tree, replace_tree
from msbuild.execute.local.locks import locked
from msbuild.execute.local.placing import artifact_name, place_artifact, place_sources
from msbuild.execute.local.process import run as run_process
from msbuild.execute.local.sandboxes import CacheDirectory, Sandbox, SandboxAccess, environment
from msbuild.model import Copy, CopyArtifact, Run, StageKind, StageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from msbuild.execute.job_run import JobRun
    from msbuild.execute.local.isolation import Isolation
    from msbuild.execute.local.sandboxes import Mount
    from msbuild.execute.local.stage_store import StageStore
    from msbuild.execute.local.store import Store
    from msbuild.execute.local.toolchains import HostToolchain, HostToolchains
    from msbuild.model import Stage, Step

_TAIL_LINES = 40
_HINT_SPACE = "free some space: `msbuild prune` removes what has not been used for a long time"


@dataclass(frozen=True, slots=True)
class Site:
    """A stage that is being built.

    Attributes:
        sandbox: its sandbox.
        script: the file for the script of the current step.
        toolchain: the compilers that it may use.
        locks: descriptors of the locks of its sandbox.
    """

    stage: Stage
    sandbox: Sandbox
    script: Path
    toolchain: HostToolchain | None
    locks: tuple[int, ...]


class StageMaker:
    """Builds the stages of a job and stores their results.

    Args:
        run: the job.
        store: stores results and caches.
        isolation: called when the first step runs.
        toolchains: the compilers of the host.

    Attributes:
        copied: bytes of sources copied into sandboxes so far.
    """

    def __init__(
        self,
        run: JobRun,
        store: Store,
        isolation: Callable[[], Isolation],
        toolchains: HostToolchains,
    ) -> None:
        self._run = run
        self._job = run.job
        self._store = store
        self._isolation = isolation
        self._toolchains = toolchains
        self._done: set[str] = set()
        self.copied = 0

    def make(self, name: str, *, complete: bool = False) -> StageStore:
        """The result of a stage: found in the store, or built now with all that it needs.

        Args:
            name: the stage.
            complete: whether another stage is based on it.

        Raises:
            BuildError: a step failed.
            Cancelled: the job was cancelled.
        """
        place = self._place_of(name)
        with locked(self._lock_of(name), cancel=self._run.cancel):
            found = None if self._must_rebuild(name) else stage_store.find(place, complete=complete)
            if found is None:
                found = self._make(self._job.stage(name), place, complete=complete)
            elif name not in self._done:
                self._run.found(name, "all steps")
            self._done.add(name)
            return found

    def _must_rebuild(self, name: str) -> bool:
        """Whether a stage has to be rebuilt even if its result exists."""
        return self._job.no_cache and name in self._job.own and name not in self._done

    def _make(self, stage: Stage, place: Path, *, complete: bool) -> StageStore:
        toolchain = self._toolchain(stage)
        self._make_needs(stage)
        with self._scratch(stage) as (scratch, locks):
            sandbox = Sandbox(scratch / "box")
            if isinstance(stage.base, StageRef):
                self._inherit(stage, sandbox, complete=complete)
            sandbox.make()
            site = Site(stage, sandbox, scratch / "step.sh", toolchain, locks)
            for step in stage.steps:
                self._step(site, step)
            stage_store.pack(
                sandbox,
                scratch / "result",
                key=self._job.fingerprints[stage.name],
                stage=stage.name,
                complete=complete,
            )
            replace_tree(scratch / "result", place, scratch / "old")
        found = stage_store.find(place, complete=complete)
        if found is None:
            raise UnavailableError(
                f"digest mismatch in the stored result of `{stage.name}`",
                hint="the disk may be damaged; run again",
            )
        return found

    def _make_needs(self, stage: Stage) -> None:
        """Build the dependencies first: stages that share a sandbox must not deadlock."""
        if isinstance(stage.base, StageRef) and not self._is_toolchain(stage.base.stage):
            self.make(stage.base.stage, complete=True)
        for step in stage.steps:
            if isinstance(step, CopyArtifact):
                self.make(step.stage)
            elif isinstance(step, Run):
                for seed in sorted({cache.seed for cache in step.caches if cache.seed}):
                    self.make(seed, complete=True)

    @contextmanager
    def _scratch(self, stage: Stage) -> Iterator[tuple[Path, tuple[int, ...]]]:
        """The directory for building a stage, and the descriptors of its locks.

        Without bubblewrap, compilers see and record the path of the sandbox: all stages of one
        toolchain are then built at the same path, one after another.
        """
        with ExitStack() as held:
            name, fixed = stage.name, not self._isolation().fixed
            locks: tuple[int, ...] = ()
            if fixed:
                name = self._job.chain(stage)[0].name
                lock = self._store.lock("box", name)
                locks = (held.enter_context(locked(lock, cancel=self._run.cancel)),)
            yield held.enter_context(self._store.scratch(name, fixed=fixed)), locks

    def _is_toolchain(self, name: str) -> bool:
        return self._job.stage(name).kind is StageKind.TOOLCHAIN

    def _toolchain(self, stage: Stage) -> HostToolchain | None:
        root = self._job.chain(stage)[0]
        toolchain = self._toolchains.of(root.name)
        if toolchain:
            toolchain.check(root.name)
        return toolchain

    def _inherit(self, stage: Stage, sandbox: Sandbox, *, complete: bool) -> None:
        """Start with a copy of the base's result."""
        assert isinstance(stage.base, StageRef)  # noqa: S101 - for the type checker
        base = stage.base.stage
        if self._is_toolchain(base):
            return
        with self.reading(base, complete=True) as result:
            copy_tree(result.root / "work", sandbox.work)
            copy_tree(result.out, sandbox.out)
            hidden = () if complete else _always_hidden(stage)
            copy_tree(result.root / "cache", sandbox.cache, without=hidden)

    @contextmanager
    def reading(self, name: str, *, complete: bool = False) -> Iterator[StageStore]:
        """The result of ``make``, locked against replacement until the end of the block."""
        while True:
            self.make(name, complete=complete)
            with locked(self._lock_of(name), shared=True, cancel=self._run.cancel):
                found = stage_store.find(self._place_of(name), complete=complete)
                if found:
                    yield found
                    return

    def _place_of(self, name: str) -> Path:
        return self._store.stages / self._job.fingerprints[name]

    def _lock_of(self, name: str) -> Path:
        return self._store.lock("stage", self._job.fingerprints[name])

    def _step(self, site: Site, step: Step) -> None:
        stage, work = site.stage.name, site.sandbox.work
        match step:
            case Copy():
                with self._run.step(stage, f"COPY {len(step.files)} files"):
                    self.copied += place_sources(self._run, step, stage, work)
            case CopyArtifact():
                with (
                    self.reading(step.stage) as made,
                    self._run.step(stage, artifact_name(step)),
                ):
                    place_artifact(step, stage, work, made)
            case Run():
                with (
                    self._mounts(site.stage, step) as mounts,
                    self._run.step(stage, run_name(step)),
                ):
                    self._run_script(site, step, mounts)
            case _:
                raise AssertionError(step)

    def _run_script(self, site: Site, step: Run, mounts: Sequence[Mount]) -> None:
        isolation, name, tail = self._isolation(), run_name(step), list[str]()
        opening = SandboxAccess(
            homes=site.toolchain.homes if site.toolchain else (),
            mounts=mounts,
            network=step.network,
            ca_bundle=self._run.ca_bundle if step.network else None,
        )
        chain, seen = self._job.chain(site.stage), isolation.seen(site.sandbox)
        env = environment(chain, step, seen, site.toolchain)
        if ca_file := isolation.ca_file(opening):
            env |= dict.fromkeys(CA_VARIABLES, ca_file)
        env = dict(isolation.environment(site.sandbox, env))

        def line(text: str) -> None:
            tail.append(text)
            del tail[:-_TAIL_LINES]
            self._run.progress.line(name, text)

        site.script.write_text(_with_errexit(step.script), "utf-8")
        with isolation.mounted(site.sandbox, opening):
            command = isolation.command(site.sandbox, site.script, opening)
            code = run_process(
                command,
                cwd=site.sandbox.work,
                env=env,
                line=line,
                cancel=self._run.cancel,
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
    def _mounts(self, stage: Stage, step: Run) -> Iterator[Sequence[Mount]]:
        """The cache mounts of a step, locked until the end of the block.

        A stage rebuilt with ``--no-cache`` gets empty caches.
        """
        with ExitStack() as held:
            mounts = []
            # always in the same order, so that two steps cannot deadlock
            for cache in sorted(step.caches, key=lambda each: each.id):
                key = self._job.fingerprints[cache.seed] if cache.seed else ""
                parent = None
                if self._must_rebuild(stage.name):
                    parent = held.enter_context(self._store.scratch("fresh"))
                directory = CacheDirectory(self._store, cache, key, parent)
                if cache.seed and not directory.exists():
                    with self.reading(cache.seed, complete=True) as seed:
                        directory.fill(seed, self._run.cancel)
                mounts.append(held.enter_context(directory.held(self._run.cancel)))
            yield mounts


def _always_hidden(stage: Stage) -> set[str]:
    """The names in ``$CACHE`` that a mount hides from every step of a stage."""
    mounts = [
        {cache.directory for cache in step.caches} for step in stage.steps if isinstance(step, Run)
    ]
    return set.intersection(*mounts) if mounts else set()


def _with_errexit(script: str) -> str:
    script = script.strip()
    return script if script.startswith("set -e") else f"set -e\n{script}\n"
