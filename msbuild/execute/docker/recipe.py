"""What is sent for a job: the Dockerfile, the files beside it, and the names of its steps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from msbuild.execute.docker import fresh
from msbuild.execute.docker.closing import closing_stage, unique_labels
from msbuild.execute.docker.instructions import StepNames, with_mounts
from msbuild.execute.dockerfile import CA_IN_CONTEXT, Layout, context_paths, render
from msbuild.model import Packages, Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from msbuild.execute.api import Job

# No stage may be called this: stage names have no leading dot.
DOCKERFILE = ".msbuild-dockerfile"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A job in BuildKit's terms.

    Attributes:
        own: the files that msbuild adds to the context, by path in it.
        files: the source file behind every other path of the context.
        names: what the steps are called.
        hidden: stages that are not the user's.
        labels: put on the image.
        tags: what the image is called; none for what is only run.
        parameters: of the request, besides the usual ones.
    """

    own: Mapping[str, bytes]
    files: Mapping[str, str]
    names: StepNames
    hidden: frozenset[str]
    labels: Mapping[str, str]
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


def publishing_recipe(
    job: Job, reference: str, ca_bundle: Path | None, marks: Mapping[str, str]
) -> Recipe:
    """The recipe that exports a shared stage as an image with BuildKit's cache keys in it.

    Args:
        job: the job that made the stage: its steps are found, not run.
        reference: what the image is called.
        ca_bundle: the certificates that downloading steps trust.
        marks: of the stages that were asked for anew.
    """
    parameters = {"buildargs": json.dumps({"BUILDKIT_INLINE_CACHE": "1"})}
    named = replace(job, tags=(reference,), labels={})
    recipe = write_recipe(named, ca_bundle, marks)
    if recipe is None:
        raise AssertionError("a recipe with tags is never nothing")
    return replace(recipe, parameters=parameters)


def write_recipe(job: Job, ca_bundle: Path | None, marks: Mapping[str, str]) -> Recipe | None:
    """The recipe of a job.

    Args:
        job: the job; without tags its target is forced, and not exported.
        ca_bundle: the certificates that downloading steps trust.
        marks: of the stages that were asked for anew.

    Returns:
        Nothing where a shared stage has nothing to do.
    """
    labels, closing = job.labels, None
    if not job.tags:
        labels, closing = unique_labels(), closing_stage(job.stages)
        if closing is None:
            return None
    certificates = ca_bundle is not None and _downloads(job)
    stages = fresh.with_own_caches(job.stages, marks)
    text = render(stages, pins=job.pins, layout=Layout(by_step=True, ca=certificates))
    if closing:
        text += f"\n{closing[1]}"
    text = with_mounts(text, fresh.mounts(marks))
    own = {DOCKERFILE: text.encode(), **fresh.files(marks)}
    if ca_bundle is not None and certificates:
        own[CA_IN_CONTEXT] = ca_bundle.read_bytes()
    hidden = frozenset({closing[0]}) if closing else frozenset()
    parameters = {"cachefrom": json.dumps([job.cache_from])} if job.cache_from else {}
    paths = context_paths(job.stages)
    return Recipe(own, paths, StepNames(text), hidden, labels, job.tags, parameters)


def _downloads(job: Job) -> bool:
    return any(
        isinstance(step, Packages) or (isinstance(step, Run) and step.network)
        for stage in job.stages
        for step in stage.steps
    )
