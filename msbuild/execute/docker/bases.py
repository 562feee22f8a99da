"""Makes sure that the engine has the base images of a job, before the job is built."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.context import pack
from msbuild.execute.docker import images
from msbuild.execute.docker.build import build
from msbuild.execute.docker.recipe import DOCKERFILE, Recipe, unique_labels
from msbuild.execute.docker.registry import pull
from msbuild.execute.docker.step_names import StepNames
from msbuild.execute.dockerfile import base_image
from msbuild.execute.dockerfile.layout import WORKDIR
from msbuild.execute.job_run import Silent
from msbuild.model import SCRATCH, ImageRef

if TYPE_CHECKING:
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
