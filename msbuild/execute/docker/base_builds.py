"""Has BuildKit run the ``FROM`` of a base image in a build of its own, before others share it.

A step that BuildKit *ran*, rather than found in its cache, tells no cache keys to builds that come
later and still meet it (moby/buildkit#4674): on top of it they find nothing and run everything
again. Builds beside each other keep the base image of a new engine in that state until the last of
them ends. After a build of its own it is a step that is found.
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

# With the working directory, the first step on a base without packages. The name at the end is one
# that no image has a file of; that nothing fits is no error of COPY.
_TEXT = """\
FROM {image} AS base
WORKDIR {workdir}
FROM scratch AS end
COPY --from=base /.msbuild-nothing* /
"""


class BuiltBases:
    """The base images whose step is known to be found. Jobs that share one settle it once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._settled: set[str] = set()

    def ensure(self, job: Job, sources: SourceTree, cancel: threading.Event) -> None:
        """Settle the base images of a job.

        Args:
            job: the job that is going to be built.
            sources: the source tree.
            cancel: stops it.

        Raises:
            EnvironmentFault: the engine could not do it.
            Cancelled: ``cancel`` was set.
        """
        stages = [stage for stage in job.stages if isinstance(stage.base, ImageRef)]
        for image in sorted({base_image(stage, job.pins) for stage in stages} - {SCRATCH}):
            with self._locks[image]:
                if image not in self._settled:
                    self._settle(image, job, sources, cancel)
                    self._settled.add(image)

    def _settle(self, image: str, job: Job, sources: SourceTree, cancel: threading.Event) -> None:
        text = _TEXT.format(image=image, workdir=WORKDIR)
        own = {DOCKERFILE: text.encode()}
        recipe = Recipe(own, {}, StepNames(text), frozenset({"base", "end"}), unique_labels())
        with pack(own, {}, sources=sources, hashes={}, cancel=cancel) as context:
            built = build(self._engine, job, recipe, context, progress=_Unseen(), cancel=cancel)
        images.remove(self._engine, built.image)


class _Unseen:
    """Progress of what is nobody's business."""

    def step(self, vertex: Vertex) -> None:
        """Ignore a step."""

    def line(self, step: str, text: str) -> None:
        """Ignore a line."""
