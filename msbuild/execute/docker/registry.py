"""Pulls and pushes through the engine, with the credentials of the Docker configuration."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from docker.errors import APIError

from msbuild.errors import EnvironmentFault
from msbuild.execute.docker.engine import api_fault
from msbuild.execute.docker.stream import cancellable, decoded
from msbuild.execute.faults import world_fault
from msbuild.execute.protocol import Vertex

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator

    from msbuild.execute.docker.engine import Engine
    from msbuild.execute.protocol import Progress


def split_tag(reference: str) -> tuple[str, str]:
    """Repository and tag of a reference without digest; ``latest`` where there is no tag."""
    repository, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        return reference, "latest"
    return repository, tag


def pull(engine: Engine, pin: str, progress: Progress, cancel: threading.Event) -> None:
    """Pull the image ``name[:tag]@sha256:…``, or what a tag means now.

    Raises:
        EnvironmentFault: the registry does not have it or does not give it.
        Cancelled: ``cancel`` was set.
    """
    name, _, digest = pin.partition("@")
    with _step(f"pull {name}", progress) as step, cancellable(engine, cancel) as api:
        what = f"`{name}` cannot be pulled"
        with _refusals(what):
            repository, tag = split_tag(name)
            answer = api.pull(repository, tag=digest or tag, stream=True, decode=True)
            _follow(answer, what, step, progress)


def push(engine: Engine, tag: str, progress: Progress, cancel: threading.Event) -> None:
    """Push what a tag means.

    Raises:
        EnvironmentFault: the registry does not take it.
        Cancelled: ``cancel`` was set.
    """
    repository, name = split_tag(tag)
    with _step(f"push {tag}", progress) as step, cancellable(engine, cancel) as api:
        what = f"`{tag}` cannot be pushed"
        with _refusals(what):
            answer = api.push(repository, tag=name, stream=True, decode=True)
            _follow(answer, what, step, progress)


@contextmanager
def _step(name: str, progress: Progress) -> Iterator[str]:
    """Tells that it began, and how it ended."""
    started = time.time()
    error = "stopped"
    progress.step(Vertex("", name, cached=False, started=started, completed=None))
    try:
        yield name
        error = ""
    except EnvironmentFault as fault:
        error = fault.message
        raise
    finally:
        progress.step(Vertex("", name, False, started, time.time(), error))


@contextmanager
def _refusals(what: str) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise api_fault(what, error) from error


def _follow(answer: Iterable[dict[str, Any]], what: str, step: str, progress: Progress) -> None:
    """Tell what the engine does with each layer, without its hundreds of progress bars."""
    for message in decoded(answer):
        if text := message.get("error"):
            fault = world_fault(what, str(text))
            raise fault or EnvironmentFault(f"{what}: {text}")
        status, layer = message.get("status"), message.get("id")
        if status and not message.get("progressDetail"):
            progress.line(step, f"{layer}: {status}" if layer else str(status))
