"""Sees to it that the base images of a job are there, and are the ones that were planned.

BuildKit would pull them itself, but without a session it has no credentials.
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

_LOOK = 0.1


class Bases:
    """The base images that were seen already. Jobs that need the same one pull it once.

    Args:
        engine: holds them.
        offline: no registry may be asked.
    """

    def __init__(self, engine: Engine, *, offline: bool = False) -> None:
        self._offline = offline
        self._engine = engine
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._there: set[str] = set()

    def ensure(self, job: Job, progress: Progress, cancel: threading.Event) -> None:
        """Pull what is missing.

        Raises:
            EnvironmentFault: an image cannot be had, or a tag without digest means another image
                than when the plan was made.
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
        if pin in self._there:
            return
        lock = self._locks[pin]
        while not lock.acquire(timeout=_LOOK):
            if cancel.is_set():
                raise Cancelled
        try:
            if pin not in self._there and images.inspect(self._engine, pin) is None:
                if self._offline:
                    raise images.offline_error(pin)
                pull(self._engine, pin, progress, cancel)
                self._name(reference, pin)
            self._there.add(pin)
        finally:
            lock.release()

    def _name(self, reference: str, pin: str) -> None:
        """Name a pulled image, so that the next plan finds it here instead of asking a registry."""
        if "@" not in reference and images.inspect(self._engine, reference) is None:
            images.tag(self._engine, pin, [reference])

    def _check_id(self, reference: str, pin: str) -> None:
        held = images.inspect(self._engine, reference)
        if held is None or held["Id"] != pin:
            raise UnavailableError(
                f"the base image `{reference}` was replaced while it was being built on",
                hint="run again",
            )
