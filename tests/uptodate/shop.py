"""A workspace on disk with images in a real store, for comparing fast path and full load."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

from msbuild import pipeline
from msbuild.commands.options import run_options
from msbuild.commands.parsing import make_parser
from msbuild.events import JobFinished, Outcome
from msbuild.execute.api import JobResult
from msbuild.execute.local.executor import LocalExecutor
from msbuild.execute.local.layout import MANIFEST
from msbuild.execute.local.store import Store
from msbuild.planning import planner
from msbuild.state.files import STATE_DIRECTORY
from msbuild.uptodate import record_file
from msbuild.uptodate.fast_path import changes_since
from msbuild.uptodate.record_file import request
from msbuild.uptodate.recording import FinishedRun, record_run, update_record
from msbuild.workspace import loading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from msbuild.execute.api import Job
    from msbuild.pipeline import Planned
    from msbuild.planning.planner import Plan
    from msbuild.run_options import RunOptions
    from msbuild.uptodate.fast_path import RecordedRun
    from msbuild.uptodate.incremental import IncrementalLoad
    from msbuild.workspace.loading import Loaded

CONFIG = """\
version: 1
workspace: shop
source_root: src
plugins: [tests.uptodate.plugin]
builders:
  text: {image: debian, env: {COLOUR: "${SHOP_COLOUR:-red}"}}
defaults: {builder: text}
discover: [{glob: services/*}]
services:
  api: {path: services/api, assets: [extra]}
"""
FILES = {
    "lock": "one\n",
    "lib/x/code": "shared\n",
    "lib/y/code": "other\n",
    "services/api/main": "use lib/x\n",
    "services/api/extra/page": "hello\n",
    "services/job/main": "use lib/x\nuse lib/y\n",
    "services/web/main": "alone\n",
    "services/web/deep/er/file": "deep\n",
}


class Shop:
    """The workspace, in a directory.

    Args:
        root: the directory.
        config: its config.
        files: the texts of its source files.
        toolchains: the toolchains of this host, as in a build record; found if not given.
    """

    def __init__(
        self,
        root: Path,
        config: str = CONFIG,
        files: Mapping[str, str] | None = None,
        toolchains: Mapping[str, Any] | None = None,
    ) -> None:
        self._toolchains = toolchains
        self.file = root / "shop" / "msbuild.yaml"
        self.source = root / "shop" / "src"
        self.store = Store(root / "store")
        for path, text in (FILES if files is None else files).items():
            (self.source / path).parent.mkdir(parents=True, exist_ok=True)
            (self.source / path).write_text(text)
        self.file.write_text(config)
        self.home = root / "home"
        self.home.mkdir(exist_ok=True)
        self.store.prepare()

    @property
    def top(self) -> Path:
        """The directory for a git repository."""
        return self.file.parent

    @property
    def rules(self) -> list[Path]:
        """The files outside of the tree that decide what is ignored."""
        own = [self.home / name for name in (".config/git/ignore", "named", "other", ".gitconfig")]
        return [self.top / ".gitignore", self.top / ".git/info/exclude", *own]

    def git(self, *arguments: str) -> None:
        """Run git in the repository; it may fail."""
        subprocess.run(["git", *arguments], cwd=self.top, capture_output=True, check=False)

    @property
    def state(self) -> Path:
        return self.file.parent / STATE_DIRECTORY

    def options(self, **changes: object) -> RunOptions:
        words = ["all", "--file", str(self.file), "--executor", "local"]
        arguments = make_parser(words).parse_args(words)
        vars(arguments).update(changes)
        return run_options(arguments)

    def key(self, **changes: object) -> Mapping[str, Any] | None:
        return request(self.options(**changes), self.file)

    def plan(self) -> Plan:
        """The plan after a full load."""
        return self.planned(loading.load(self.file))[0].plan

    def found(self, **changes: object) -> RecordedRun | None:
        """The result of the fast path."""
        key = self.key(**changes)
        return changes_since(self.state, key, "local") if key else None

    def is_up_to_date(self) -> bool:
        """Whether everything is up to date after a full load."""
        plan = self.plan()
        return not plan.jobs and not any(service.retag for service in plan.cached.values())

    def fast_path_agrees(self, **changes: object) -> bool:
        """Whether everything is up to date according to the fast path."""
        found = self.found(**changes)
        return found is not None and not found.changed

    def build(self) -> None:
        """Build what is missing, as a run does, and store the build record."""
        loaded = loading.load(self.file)
        planned, executor = self.planned(loaded)
        built = self.carry_out(planned, executor)
        record_run(planned, loaded, self.ended(executor, built))

    def planned(
        self, loaded: Loaded, change: IncrementalLoad | None = None
    ) -> tuple[Planned, LocalExecutor]:
        executor = LocalExecutor(self.store, loaded.sources, toolchains=self._toolchains)
        services = change.services if change else loading.select(loaded.workspace, ())
        request = planner.Request(services, up_to_date=change.up_to_date if change else {})
        return pipeline.plan(loaded, executor, request, time.monotonic()), executor

    def finish(self, change: IncrementalLoad) -> Plan:
        """Build what an incremental load found, and update the build record; returns the plan."""
        planned, executor = self.planned(change.loaded, change)
        built = self.carry_out(planned, executor)
        update_record(change, planned, self.ended(executor, built))
        return planned.plan

    def ended(self, executor: LocalExecutor, built: Mapping[str, JobResult]) -> FinishedRun:
        key = self.key()
        assert key is not None
        ends = {
            name: JobFinished(1.0, name, Outcome.BUILT, 1.0, result)
            for name, result in built.items()
        }
        return FinishedRun(key, executor, "executor: local", ends)

    def carry_out(self, planned: Planned, executor: LocalExecutor) -> dict[str, JobResult]:
        """Build the images of a plan."""
        built = {
            name: self._image(executor, planned_job.job)
            for name, planned_job in planned.plan.jobs.items()
            if planned_job.is_service
        }
        for service in planned.plan.cached.values():
            if service.retag:
                executor.tag(service.image.id, service.retag)
        return built

    def forget(self) -> None:
        record_file.forget(self.state)

    def _image(self, executor: LocalExecutor, job: Job) -> JobResult:
        """An image with one layer that contains the hashes of the job."""
        layer = executor.blobs.add(json.dumps(sorted(job.hashes.items())).encode())
        config = executor.blobs.add(json.dumps({"config": {"Labels": dict(job.labels)}}).encode())
        manifest = {
            "config": {"digest": config, "size": 1},
            "layers": [{"digest": layer, "size": 1, "mediaType": "tar"}],
        }
        data = json.dumps(manifest).encode()
        digest = executor.blobs.add(data)
        descriptor = {"mediaType": MANIFEST, "digest": digest, "size": len(data)}
        executor.index.point(job.tags, descriptor)
        return JobResult(digest, 2, (), 0)
