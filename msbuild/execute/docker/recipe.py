"""The build request of a job: the Dockerfile, the context, and the names of the steps."""

from __future__ import annotations

import json
import posixpath
import secrets
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from msbuild.execute.docker.trace import StepNames
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
from msbuild.state.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from msbuild.execute.api import Job
    from msbuild.execute.dockerfile.instructions import Instruction
    from msbuild.execute.job_run import JobRun
    from msbuild.model import Stage, Step

# Not valid stage names: those have no leading dot.
DOCKERFILE = ".msbuild-dockerfile"
_MARKS_DIRECTORY = ".msbuild-fresh"
_CLOSING_STAGE = "msbuild-end"
# `/dev` is not part of any layer, so that not even an empty file is left in the image.
_MARK_TARGET = "/dev/msbuild-fresh"


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
        marks: the marks of the stages rebuilt with ``--no-cache``.
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
        marks: the marks of the stages rebuilt with ``--no-cache``.

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
    stages = with_own_caches(job.stages, marks)
    layout = Layout(by_step=True, ca=certificates)
    rendered = render_instructions(stages, pins=job.pins, layout=layout)
    instructions = [*with_mark_mounts(rendered, marks), *closing]
    own = {DOCKERFILE: to_text(instructions).encode(), **mark_files(marks)}
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
    # may be a directory
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


class Marks:
    """The mark of every stage that was ever rebuilt with ``--no-cache``.

    The API's ``nocache`` reruns every step of a Dockerfile, including those of shared parents.
    Instead, each ``RUN`` of a rebuilt stage mounts a file with a mark: a new mark is a new cache
    key. Marks are stored, because without its mark the next build would find the old result in the
    cache. A mark is also part of the ids of the stage's cache mounts, so that compilers start with
    an empty cache.

    Args:
        file: where marks are stored; ``None`` keeps them in memory only. Losing them is harmless:
            builds then find the older results in the cache.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._marks: dict[str, str] | None = None

    def renew(self, stages: Iterable[str]) -> None:
        """Give stages new marks, so that the cache has no results for them."""
        with self._lock:
            marks = self._read()
            marks.update({stage: secrets.token_hex(8) for stage in stages})
            self._write(marks)

    def of(self, stages: Iterable[str]) -> Mapping[str, str]:
        """The marks of the stages that have one."""
        with self._lock:
            marks = self._read()
            return {stage: marks[stage] for stage in stages if stage in marks}

    def _read(self) -> dict[str, str]:
        if self._marks is None:
            self._marks = {}
            if self._file is not None:
                self._marks |= _load(self._file)
        return self._marks

    def _write(self, marks: Mapping[str, str]) -> None:
        if self._file is None:
            return
        try:
            write_atomically(self._file, [json.dumps(marks, indent=1, sort_keys=True).encode()])
        except OSError:
            self._file = None


def with_own_caches(stages: Iterable[Stage], marks: Mapping[str, str]) -> tuple[Stage, ...]:
    """The stages, with new and empty cache mounts for those that have a mark."""
    return tuple(
        replace(stage, steps=tuple(_marked(step, marks[stage.name]) for step in stage.steps))
        if stage.name in marks
        else stage
        for stage in stages
    )


def _marked(step: Step, mark: str) -> Step:
    if not isinstance(step, Run):
        return step
    return replace(step, caches=tuple(replace(c, id=f"{c.id}-{mark}") for c in step.caches))


def with_mark_mounts(
    instructions: Iterable[Instruction], marks: Mapping[str, str]
) -> Iterator[Instruction]:
    """The instructions, in which every ``RUN`` of a marked stage mounts the file with its mark."""
    for each in instructions:
        if each.keyword == "RUN" and each.stage in marks:
            source = f"{_MARKS_DIRECTORY}/{each.stage}"
            yield each.with_mount(f"type=bind,source={source},target={_MARK_TARGET}")
        else:
            yield each


def mark_files(marks: Mapping[str, str]) -> dict[str, bytes]:
    """The files that the context needs for ``with_mark_mounts``."""
    return {f"{_MARKS_DIRECTORY}/{stage}": mark.encode() for stage, mark in marks.items()}


def _load(file: Path) -> dict[str, str]:
    try:
        content = json.loads(read_regular(file))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(stage): mark for stage, mark in content.items() if isinstance(mark, str)}
