"""One build: sends a context, follows the progress, and returns the image or raises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.errors import BuildError, MsbuildError, TransientError
from msbuild.execute.docker.recipe import DOCKERFILE
from msbuild.execute.docker.step_names import has_network
from msbuild.execute.docker.stream import cancellable, messages
from msbuild.execute.docker.trace import Trace
from msbuild.execute.failures import HINT_ENGINE, environment_error, step_failure

if TYPE_CHECKING:
    from requests import Response

    from msbuild.execute.api import Job, Vertex
    from msbuild.execute.context import Context
    from msbuild.execute.docker.engine import Engine
    from msbuild.execute.docker.recipe import Recipe
    from msbuild.execute.job_run import JobRun

_SUCCESS = 200
# No limit on reading the response: a compiler may print nothing for a long time.
_TIMEOUT = (60, None)


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
    with cancellable(engine, run.cancel) as api:
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
