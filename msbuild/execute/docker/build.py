"""Builds a job on the engine, once its base images are there."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from msbuild.errors import BuildError, MsbuildError, TransientError, UnavailableError
from msbuild.execute.api import Silent
from msbuild.execute.context import pack
from msbuild.execute.docker import images
from msbuild.execute.docker.recipe import DOCKERFILE, Recipe, unique_labels
from msbuild.execute.docker.stream import cancelable, messages, pull
from msbuild.execute.docker.trace import StepNames, Trace, has_network
from msbuild.execute.dockerfile import base_image
from msbuild.execute.dockerfile.layout import WORKDIR
from msbuild.execute.failures import HINT_ENGINE, environment_error, step_failure
from msbuild.model import SCRATCH, ImageRef

if TYPE_CHECKING:
    from requests import Response

    from msbuild.execute.api import Job, Vertex
    from msbuild.execute.context import Context
    from msbuild.execute.docker.engine import Engine
    from msbuild.execute.job_run import JobRun

_POLL_SECONDS = 0.1
# Includes the working directory: the first step on a base without packages. No image has a file
# with the name at the end; COPY accepts a pattern that matches nothing.
_TEXT = """\
FROM {image} AS base
WORKDIR {workdir}
FROM scratch AS end
COPY --from=base /.msbuild-nothing* /
"""
_SUCCESS = 200
# No limit on reading the response: a compiler may print nothing for a long time.
_TIMEOUT = (60, None)


class Bases:
    """The base images that the engine is known to have, exactly as planned.

    BuildKit would pull them itself, but it has no credentials without a session. Jobs that share
    one pull it once.

    Args:
        engine: the engine.
        offline: send no requests to registries.
    """

    def __init__(self, engine: Engine, *, offline: bool = False) -> None:
        self._offline = offline
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._present: set[str] = set()

    def ensure(self, run: JobRun) -> None:
        """Pull missing base images.

        Raises:
            UnavailableError: an image is unavailable, or a tag without a digest points to another
                image than when the build was planned.
            Cancelled: the job was cancelled.
        """
        job = run.job
        bases = {stage.base.reference for stage in job.stages if isinstance(stage.base, ImageRef)}
        for reference in sorted(bases - {SCRATCH}):
            pin = job.pins.get(reference, reference)
            if "@" in pin:
                self._ensure_digest(run, reference, pin)
            elif pin != reference:
                self._check_id(reference, pin)

    def _ensure_digest(self, run: JobRun, reference: str, pin: str) -> None:
        if pin in self._present:
            return
        lock = self._locks[pin]
        while not lock.acquire(timeout=_POLL_SECONDS):
            run.check_cancelled()
        try:
            if pin not in self._present and images.inspect(self._engine, pin) is None:
                if self._offline:
                    raise images.offline_error(pin)
                pull(self._engine, pin, run.progress, run.cancel)
                self._name(reference, pin)
            self._present.add(pin)
        finally:
            lock.release()

    def _name(self, reference: str, pin: str) -> None:
        """Tag a pulled image, so that the next plan finds it without a registry."""
        if "@" not in reference and images.inspect(self._engine, reference) is None:
            images.tag(self._engine, pin, [reference])

    def _check_id(self, reference: str, pin: str) -> None:
        held = images.inspect(self._engine, reference)
        if held is None or held["Id"] != pin:
            raise UnavailableError(
                f"the base image `{reference}` was replaced during the build",
                hint="run again",
            )


class BuiltBases:
    """The base images whose ``FROM`` BuildKit has run in a separate build.

    As long as a step that BuildKit *ran* is in use, later builds get no cache keys from it
    (moby/buildkit#4674): they find nothing in the cache on top of it and rerun everything. On a
    new engine, parallel builds keep their base image in that state until the last of them ends.
    After a separate build the step comes from the cache. Jobs that share a base build it once.

    Args:
        engine: the engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._built: set[str] = set()

    def ensure(self, run: JobRun) -> None:
        """Build the base images of a job, unless that has been done.

        Raises:
            UnavailableError: the engine failed.
            Cancelled: the job was cancelled.
        """
        job = run.job
        stages = [stage for stage in job.stages if isinstance(stage.base, ImageRef)]
        for image in sorted({base_image(stage, job.pins) for stage in stages} - {SCRATCH}):
            with self._locks[image]:
                if image not in self._built:
                    self._build(image, run)
                    self._built.add(image)

    def _build(self, image: str, run: JobRun) -> None:
        text = _TEXT.format(image=image, workdir=WORKDIR)
        own = {DOCKERFILE: text.encode()}
        recipe = Recipe(own, {}, StepNames(()), frozenset(), unique_labels())
        silent = replace(run, progress=Silent())
        with pack(silent, own, {}) as context:
            built = build(self._engine, silent, recipe, context)
        images.remove(self._engine, built.image)


@dataclass(frozen=True, slots=True)
class Built:
    """The id of the built image, and the steps of the build."""

    image: str
    vertices: tuple[Vertex, ...]


def build(engine: Engine, run: JobRun, recipe: Recipe, context: Context) -> Built:
    """Build a job.

    Raises:
        BuildError: a step failed.
        UnavailableError: the engine failed.
        Cancelled: the job was cancelled.
    """
    job, trace = run.job, Trace(recipe.names, recipe.hidden, run.progress)
    with cancelable(engine, run.cancel) as api:
        response = _post(api, job, recipe, context)
        try:
            image = _follow(response, trace, job)
        finally:
            trace.finish()
    return Built(image, trace.vertices)


def _post(api: Any, job: Job, recipe: Recipe, context: Context) -> Response:
    # docker-py's own `build` never uses BuildKit
    response: Response = api._post(  # noqa: SLF001
        api._url("/build"),  # noqa: SLF001
        params={
            "version": "2",
            "dockerfile": DOCKERFILE,
            "labels": json.dumps(dict(sorted(recipe.labels.items()))),
            "t": list(recipe.tags),
            **recipe.parameters,
        },
        data=context,
        headers={"Content-Type": "application/x-tar"},
        stream=True,
        timeout=_TIMEOUT,
    )
    if response.status_code != _SUCCESS:
        raise _failure(_text_of(response), job)
    return response


def _follow(response: Response, trace: Trace, job: Job) -> str:
    """The id of the image at the end of the response."""
    image = ""
    for message in messages(response):
        if message.get("id") == "moby.buildkit.trace":
            trace.feed(message.get("aux"))
        elif message.get("id") == "moby.image.id":
            image = str((message.get("aux") or {}).get("ID", ""))
        elif error := message.get("error"):
            raise _step_failed(trace, job) or _failure(str(error), job)
    if not image:
        raise TransientError("the engine's response ended unexpectedly", hint=HINT_ENGINE)
    return image


def _step_failed(trace: Trace, job: Job) -> MsbuildError | None:
    if trace.failed is None:
        return None
    vertex, raw, tail = trace.failed
    if not vertex.stage:
        return None
    return step_failure(
        vertex.error,
        stage=vertex.stage or job.target.name,
        step=vertex.name,
        tail=tail,
        network=has_network(raw),
    )


def _failure(text: str, job: Job) -> MsbuildError:
    return environment_error(f"cannot build `{job.name}`", text) or BuildError(
        text, stage=job.target.name
    )


def _text_of(response: Response) -> str:
    try:
        body: Any = response.json()
        return str(body["message"])
    except (ValueError, KeyError, TypeError):
        return f"the engine returned status {response.status_code}: {response.text[:200]}"
