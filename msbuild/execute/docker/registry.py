"""Pulls and pushes through the engine, with the credentials from the Docker config."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from docker.errors import APIError

from msbuild.execute.api import Cancelled
from msbuild.execute.docker.stream import cancelable, decoded
from msbuild.execute.failures import registry_error
from msbuild.execute.job_run import running_step
from msbuild.registry.retrying import MANY_REQUESTS, retry

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator

    from docker import APIClient

    from msbuild.execute.api import Progress
    from msbuild.execute.docker.engine import Engine


def split_tag(reference: str) -> tuple[str, str]:
    """Repository and tag of a reference without a digest; the default tag is ``latest``."""
    repository, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        return reference, "latest"
    return repository, tag


def pull(engine: Engine, pin: str, progress: Progress, cancel: threading.Event) -> None:
    """Pull the image ``name[:tag]@sha256:…``, or the current image of a tag.

    Raises:
        UnavailableError: the registry does not have it, or denies access.
        Cancelled: ``cancel`` was set.
    """
    name, _, digest = pin.partition("@")
    repository, tag = split_tag(name)

    def request(api: APIClient) -> Any:
        return api.pull(repository, tag=digest or tag, stream=True, decode=True)

    _transfer(engine, request, f"pull {name}", f"cannot pull `{name}`", progress, cancel)


def push(engine: Engine, tag: str, progress: Progress, cancel: threading.Event) -> None:
    """Push the image of a tag.

    Raises:
        UnavailableError: the registry rejects it.
        Cancelled: ``cancel`` was set.
    """
    repository, name = split_tag(tag)

    def request(api: APIClient) -> Any:
        return api.push(repository, tag=name, stream=True, decode=True)

    _transfer(engine, request, f"push {tag}", f"cannot push `{tag}`", progress, cancel)


def _transfer(  # noqa: PLR0913, PLR0917
    engine: Engine,
    request: Callable[[APIClient], Any],
    step: str,
    what: str,
    progress: Progress,
    cancel: threading.Event,
) -> None:
    """Push or pull an image; a retry does not transfer completed layers again."""

    def attempt() -> None:
        with cancelable(engine, cancel) as api, _api_errors(what):
            _follow(request(api), what, step, progress)

    def wait(seconds: float) -> None:
        progress.line(step, f"failed; retrying in {seconds:.1f} s")
        if cancel.wait(seconds):
            raise Cancelled

    with running_step(progress, "", step):
        retry(attempt, MANY_REQUESTS, wait=wait)


@contextmanager
def _api_errors(what: str) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        raise registry_error(what, str(error.explanation or error)) from error


def _follow(answer: Iterable[dict[str, Any]], what: str, step: str, progress: Progress) -> None:
    """Report what the engine does with each layer, without its progress bars."""
    for message in decoded(answer):
        if text := message.get("error"):
            raise registry_error(what, str(text))
        status, layer = message.get("status"), message.get("id")
        if status and not message.get("progressDetail"):
            progress.line(step, f"{layer}: {status}" if layer else str(status))
