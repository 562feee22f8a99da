"""Creates the image of every service of a workspace without compiling anything.

    python -m bench.fake_images local|docker CONFIG CLOSURES
    python -m bench.fake_images remove CONFIG CLOSURES

It leaves the same state as a run, without a build record: images in the store named by
MSBUILD_STORE, or in the engine, with the tags and labels of a real build and a layer of a few
bytes; and a history of builds. CLOSURES is written: a JSON object with the files of every
service. `remove` removes the images of those services from the engine.

It is a separate process: planning 10,000 services needs memory that the system would otherwise
count towards every process started afterwards.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bench import tiny
from msbuild import pipeline
from msbuild.execute.local import make as make_local
from msbuild.planning.history import History, Record
from msbuild.planning.planner import Request
from msbuild.run_options import RunOptions
from msbuild.state.files import state_directory
from msbuild.workspace import loading
from msbuild.workspace.lockfile import write_lock

if TYPE_CHECKING:
    from collections.abc import Collection

    from msbuild.execute.api import Executor, Job
    from msbuild.pipeline import Planned
    from msbuild.workspace.loading import Loaded

SECONDS = 1.0
"""How long every job took, according to the history."""

_PIN = f"debian@sha256:{'0' * 64}"
"""An image that does not exist: nothing is built on it."""


def create_in_store(file: Path) -> list[Job]:
    """Add the images of all services of a workspace to the store."""
    loaded = loading.load(file)
    executor = make_local(ca_bundle=None, sources=loaded.sources)
    executor.store.prepare()
    jobs = _jobs(loaded, executor)
    descriptors = {}
    for job in jobs:
        image = tiny.add(executor.blobs, job, executor.platform())
        descriptors |= dict.fromkeys(job.tags, image)
    executor.index.point_all(descriptors)
    return jobs


def create_in_engine(file: Path) -> list[Job]:
    """Load the images of all services of a workspace into the engine, in one archive."""
    from msbuild.execute.docker import Engine, images, make  # noqa: PLC0415

    write_lock(file.parent, {"debian:trixie-slim": _PIN})
    loaded = loading.load(file)
    with closing(make(ca_bundle=None, sources=loaded.sources)) as executor:
        jobs = _jobs(loaded, executor)
        with closing(Engine()) as engine, tiny.archive(jobs, executor.platform()) as packed:
            images.load(engine, packed)
    return jobs


def remove(services: Collection[str]) -> None:
    """Remove the images of services from the engine, but only those that a benchmark created."""
    from msbuild.execute.docker import Engine  # noqa: PLC0415

    with closing(Engine()) as engine, engine.client() as api:
        found = api.images(filters={"label": tiny.MARK})
        for tag in [tag for image in found for tag in image["RepoTags"] or ()]:
            if tag.rpartition(":")[0].rpartition("/")[2] in services:
                api.remove_image(tag)


def _jobs(loaded: Loaded, executor: Executor) -> list[Job]:
    """The jobs of all services, even of those that are up to date."""
    request = Request(loading.select(loaded.workspace, ()), RunOptions(no_cache=True))
    planned = pipeline.plan(loaded, executor, request, time.monotonic())
    _write_history(planned)
    return [planned.plan.jobs[name].job for name in request.services]


def _write_history(planned: Planned) -> None:
    """Record one build of every job, in a single transaction; a run needs many."""
    file = state_directory(planned.loaded.workspace.root) / "history.sqlite"
    rows = []
    for name, each in planned.plan.jobs.items():
        inputs = {stage: planned.fingerprints[stage].inputs for stage in each.job.own}
        record = Record.of(each.fingerprint, SECONDS, inputs)
        if not rows:
            History(file).write(name, record)  # creates the table
        rows.append((name, record.fingerprint, record.written, record.seconds, time.time()))
    with closing(sqlite3.connect(file)) as db, db:
        db.executemany("insert or replace into build values (?, ?, ?, ?, ?)", rows)


def main() -> None:
    """Create the images and write the closures, or remove the images."""
    action, config, closures = sys.argv[1], Path(sys.argv[2]).absolute(), Path(sys.argv[3])
    if action == "remove":
        remove(frozenset(json.loads(closures.read_text("utf-8"))))
        return
    jobs = create_in_engine(config) if action == "docker" else create_in_store(config)
    found = {job.name: sorted(job.hashes) for job in jobs}
    closures.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
