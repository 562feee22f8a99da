"""Makes sure that the engine has the base images of a job, and exactly the planned ones.

BuildKit would pull them itself, but it has no credentials without a session.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.api import Cancelled
from msbuild.execute.docker import images
from msbuild.execute.docker.registry import pull
from msbuild.model import SCRATCH, ImageRef

if TYPE_CHECKING:
    from msbuild.execute.api import Job, Progress
    from msbuild.execute.docker.engine import Engine

_POLL_SECONDS = 0.1


class Bases:
    """The base images that the engine is known to have. Jobs that share one pull it once.

    Args:
        engine: the engine.
        offline: send no requests to registries.
    """

    def __init__(self, engine: Engine, *, offline: bool = False) -> None:
        self._offline = offline
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._present: set[str] = set()

    def ensure(self, job: Job, progress: Progress, cancel: threading.Event) -> None:
        """Pull missing base images.

        Raises:
            UnavailableError: an image is unavailable, or a tag without a digest points to another
                image than when the build was planned.
            Cancelled: ``cancel`` was set.
        """
        bases = {stage.base.reference for stage in job.stages if isinstance(stage.base, ImageRef)}
        for reference in sorted(bases - {SCRATCH}):
            pin = job.pins.get(reference, reference)
            if "@" in pin:
                self._ensure_digest(reference, pin, progress, cancel)
            elif pin != reference:
                self._check_id(reference, pin)

    def _ensure_digest(
        self, reference: str, pin: str, progress: Progress, cancel: threading.Event
    ) -> None:
        if pin in self._present:
            return
        lock = self._locks[pin]
        while not lock.acquire(timeout=_POLL_SECONDS):
            if cancel.is_set():
                raise Cancelled
        try:
            if pin not in self._present and images.inspect(self._engine, pin) is None:
                if self._offline:
                    raise images.offline_error(pin)
                pull(self._engine, pin, progress, cancel)
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
