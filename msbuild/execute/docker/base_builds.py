"""Has BuildKit run the ``FROM`` of a base image in a separate build, before jobs share it.

As long as a step that BuildKit *ran* is in use, later builds get no cache keys from it
(moby/buildkit#4674): they find nothing in the cache on top of it and rerun everything. On a new
engine, parallel builds keep their base image in that state until the last of them ends. After a
separate build the step comes from the cache.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from msbuild.execute.context import pack
from msbuild.execute.docker import images
from msbuild.execute.docker.build import build
from msbuild.execute.docker.closing import unique_labels
from msbuild.execute.docker.instructions import StepNames
from msbuild.execute.docker.recipe import DOCKERFILE, Recipe
from msbuild.execute.dockerfile import base_image
from msbuild.execute.dockerfile.layout import WORKDIR
from msbuild.model import SCRATCH, ImageRef

if TYPE_CHECKING:
    from msbuild.execute.api import Job, Vertex
    from msbuild.execute.docker.engine import Engine
    from msbuild.sources.tree import SourceTree

# Includes the working directory: the first step on a base without packages. No image has a file
# with the name at the end; COPY accepts a pattern that matches nothing.
_TEXT = """\
FROM {image} AS base
WORKDIR {workdir}
FROM scratch AS end
COPY --from=base /.msbuild-nothing* /
"""


class BuiltBases:
    """The base images whose step is known to be cached. Jobs that share one build it once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._built: set[str] = set()

    def ensure(self, job: Job, sources: SourceTree, cancel: threading.Event) -> None:
        """Build the base images of a job, unless that has been done.

        Args:
            job: the job that is going to be built.
            sources: the source tree.
            cancel: cancels it.

        Raises:
            UnavailableError: the engine failed.
            Cancelled: ``cancel`` was set.
        """
        stages = [stage for stage in job.stages if isinstance(stage.base, ImageRef)]
        for image in sorted({base_image(stage, job.pins) for stage in stages} - {SCRATCH}):
            with self._locks[image]:
                if image not in self._built:
                    self._build(image, job, sources, cancel)
                    self._built.add(image)

    def _build(self, image: str, job: Job, sources: SourceTree, cancel: threading.Event) -> None:
        text = _TEXT.format(image=image, workdir=WORKDIR)
        own = {DOCKERFILE: text.encode()}
        recipe = Recipe(own, {}, StepNames(text), frozenset({"base", "end"}), unique_labels())
        with pack(own, {}, sources=sources, hashes={}, cancel=cancel) as context:
            built = build(self._engine, job, recipe, context, progress=_Silent(), cancel=cancel)
        images.remove(self._engine, built.image)


class _Silent:
    """Progress that is not shown."""

    def step(self, vertex: Vertex) -> None:
        """Ignore a step."""

    def line(self, step: str, text: str) -> None:
        """Ignore a line."""
