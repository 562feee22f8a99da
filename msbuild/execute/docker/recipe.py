"""The build request of a job: the Dockerfile, the context, and the names of the steps."""

from __future__ import annotations

import json
import posixpath
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from msbuild.execute.docker import no_cache
from msbuild.execute.docker.step_names import StepNames
from msbuild.execute.dockerfile import (
    CA_IN_CONTEXT,
    Layout,
    context_paths,
    render_instructions,
    to_text,
)
from msbuild.execute.dockerfile.instructions import copy, from_image
from msbuild.execute.dockerfile.layout import WORKDIR
from msbuild.model import SCRATCH, Copy, CopyArtifact, Packages, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.api import Job
    from msbuild.execute.dockerfile.instructions import Instruction
    from msbuild.execute.job_run import JobRun

# Not a valid stage name: those have no leading dot.
DOCKERFILE = ".msbuild-dockerfile"
_CLOSING_STAGE = "msbuild-end"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A job in BuildKit's terms.

    Attributes:
        own: files that msbuild adds to the context, by path in it.
        files: the source file behind every other path of the context.
        names: the names of the steps.
        hidden: stages that are not the user's.
        labels: labels of the image.
        tags: tags of the image; none if the stages are only run.
        parameters: request parameters in addition to the usual ones.
    """

    own: Mapping[str, bytes]
    files: Mapping[str, str]
    names: StepNames
    hidden: frozenset[str]
    labels: Mapping[str, str]
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


def publishing_recipe(run: JobRun, reference: str, marks: Mapping[str, str]) -> Recipe:
    """The recipe that exports a shared stage as an image with BuildKit's inline cache.

    Args:
        run: the job that built the stage: its steps come from the cache.
        reference: the tag of the image.
        marks: of the stages rebuilt with ``--no-cache``.
    """
    parameters = {"buildargs": json.dumps({"BUILDKIT_INLINE_CACHE": "1"})}
    tagged = replace(run.job, tags=(reference,), labels={})
    recipe = write_recipe(replace(run, job=tagged), marks)
    if recipe is None:
        raise AssertionError("a job with tags always has a recipe")
    return replace(recipe, parameters=parameters)


def write_recipe(run: JobRun, marks: Mapping[str, str]) -> Recipe | None:
    """The recipe of a job.

    Args:
        run: the job; without tags its target is run but not exported.
        marks: of the stages rebuilt with ``--no-cache``.

    Returns:
        ``None`` for a shared stage without steps.
    """
    job, ca_bundle = run.job, run.ca_bundle
    labels: Mapping[str, str] = job.labels
    closing: Sequence[Instruction] = ()
    if not job.tags:
        labels, closing = unique_labels(), closing_stage(job)
        if not closing:
            return None
    certificates = ca_bundle is not None and _downloads(job)
    stages = no_cache.with_own_caches(job.stages, marks)
    layout = Layout(by_step=True, ca=certificates)
    rendered = render_instructions(stages, pins=job.pins, layout=layout)
    instructions = [*no_cache.with_mounts(rendered, marks), *closing]
    own = {DOCKERFILE: to_text(instructions).encode(), **no_cache.files(marks)}
    if ca_bundle is not None and certificates:
        own[CA_IN_CONTEXT] = ca_bundle.read_bytes()
    hidden = frozenset(each.stage for each in closing)
    parameters = {"cachefrom": json.dumps([job.cache_from])} if job.cache_from else {}
    paths = context_paths(job.stages)
    names = StepNames(instructions)
    return Recipe(own, paths, names, hidden, labels, job.tags, parameters)


def _downloads(job: Job) -> bool:
    return any(
        isinstance(step, Packages) or (isinstance(step, Run) and step.network)
        for stage in job.stages
        for step in stage.steps
    )


def closing_stage(job: Job) -> Sequence[Instruction]:
    """A stage that makes BuildKit run the target of a job.

    The Engine API has no `cacheonly` output (Docker 26 to 29 report an unknown exporter), and
    exporting a toolchain takes longer than building it. A stage that copies one file out of the
    shared stage makes BuildKit run it, and exports only a few kilobytes.

    Returns:
        Nothing if neither that stage nor those it is based on have steps.
    """
    steps = (step for stage in reversed(job.chain(job.target)) for step in stage.steps)
    path = next((path for path in map(_made_by, steps) if path), None)
    if path is None:
        return ()
    name = _CLOSING_STAGE
    while any(stage.name == name for stage in job.stages):
        name += "-"
    # JSON, because the path may contain spaces; the destination is a directory, because the path
    # may be one, too
    quoted = posixpath.join(WORKDIR, path).replace("\\", "\\\\").replace('"', '\\"')
    return from_image(name, SCRATCH), copy(name, f'--from={job.target.name} ["{quoted}", "/"]')


def unique_labels() -> dict[str, str]:
    """Labels that make the image of every closing stage unique.

    Two builds may export it while a third removes it. With the containerd image store, equal
    untagged images then make each other fail.
    """
    return {"org.msbuild.end": secrets.token_hex(8)}


def _made_by(step: object) -> str | None:
    """A path that certainly exists after the step."""
    match step:
        case Run() | Packages():
            return "/bin/sh"
        case Copy() if step.files:
            return step.placed(step.files[0])
        case CopyArtifact():
            return step.destination
        case _:
            return None
