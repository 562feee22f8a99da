"""Puts the image of every service of a workspace in place, without compiling anything.

    python -m bench.placing local|docker CONFIG CLOSURES
    python -m bench.placing remove CONFIG CLOSURES

What a run would leave is there afterwards: images in the store that MSBUILD_STORE names, or in the
engine, with the tags and labels that a build gives them and a layer of a few bytes; and a history
of builds; but no witness. CLOSURES becomes a JSON object: the files of every service. `remove`
takes the images of those services out of the engine.

A process of its own, because a plan of 10,000 services takes memory that the system would count for
whatever is started by the process that made it.
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
from msbuild.state.files import state_directory
from msbuild.workspace import loading
from msbuild.workspace.lockfile import write_lock

if TYPE_CHECKING:
    from collections.abc import Collection

    from msbuild.execute.api import Executor, Job
    from msbuild.pipeline import Planned
    from msbuild.workspace.loading import Loaded

SECONDS = 1.0
"""How long every job is said to have taken."""

_PIN = f"debian@sha256:{'0' * 64}"
"""An image that nobody has: nothing is built on it."""


def place_local(file: Path) -> list[Job]:
    """Make all services of a workspace stand in the store."""
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


def place_docker(file: Path) -> list[Job]:
    """Make all services of a workspace stand in the engine, with one archive."""
    from msbuild.execute.docker import Engine, images, make  # noqa: PLC0415

    write_lock(file.parent, {"debian:trixie-slim": _PIN})
    loaded = loading.load(file)
    with closing(make(ca_bundle=None, sources=loaded.sources)) as executor:
        jobs = _jobs(loaded, executor)
        with closing(Engine()) as engine, tiny.archive(jobs, executor.platform()) as packed:
            images.load(engine, packed)
    return jobs


def remove(services: Collection[str]) -> None:
    """Take the images of services out of the engine, as far as this bench put them there."""
    from msbuild.execute.docker import Engine  # noqa: PLC0415

    with closing(Engine()) as engine, engine.client() as api:
        found = api.images(filters={"label": tiny.MARK})
        for tag in [tag for image in found for tag in image["RepoTags"] or ()]:
            if tag.rpartition(":")[0].rpartition("/")[2] in services:
                api.remove_image(tag)


def _jobs(loaded: Loaded, executor: Executor) -> list[Job]:
    """The jobs of all services, whatever stands already."""
    request = Request(loading.select(loaded.workspace, ()), no_cache=True)
    planned = pipeline.plan(loaded, executor, request, time.monotonic())
    _remember(planned)
    return [planned.plan.jobs[name].job for name in request.services]


def _remember(planned: Planned) -> None:
    """A history in which every job was built once; in one transaction, where a run needs many."""
    file = state_directory(planned.loaded.workspace.root) / "history.sqlite"
    rows = []
    for name, each in planned.plan.jobs.items():
        inputs = {stage: planned.fingerprints[stage].inputs for stage in each.job.own}
        record = Record.of(each.fingerprint, SECONDS, inputs)
        if not rows:
            History(file).write(name, record)  # makes the table
        rows.append((name, record.fingerprint, record.written, record.seconds, time.time()))
    with closing(sqlite3.connect(file)) as db, db:
        db.executemany("insert or replace into build values (?, ?, ?, ?, ?)", rows)


def main() -> None:
    """Put in place and write the closures, or remove."""
    what, config, closures = sys.argv[1], Path(sys.argv[2]).absolute(), Path(sys.argv[3])
    if what == "remove":
        remove(frozenset(json.loads(closures.read_text("utf-8"))))
        return
    jobs = place_docker(config) if what == "docker" else place_local(config)
    found = {job.name: sorted(job.hashes) for job in jobs}
    closures.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
