"""The engine's images: lists, sizes, tags, pins and removal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO

from docker.errors import APIError, ImageNotFound

from msbuild.errors import UnavailableError
from msbuild.execute.api import LABEL_WORKSPACE, BuiltImage, StoredItem
from msbuild.execute.docker.stream import split_tag
from msbuild.execute.dockerfile import base_image
from msbuild.execute.failures import registry_error
from msbuild.model import Run, StageKind
from msbuild.registry.retrying import retry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.execute.api import Job
    from msbuild.execute.docker.engine import Engine

_THREADS = 8
_NO_TAG = "<none>:<none>"
_LABELS = (LABEL_WORKSPACE, "org.msbuild.end")
_MOUNT = "exec.cachemount"


def inspect(engine: Engine, reference: str) -> dict[str, Any] | None:
    """The engine's description of an image; ``None`` if it does not have it."""
    with engine.client() as api:
        try:
            found: dict[str, Any] = api.inspect_image(reference)
        except ImageNotFound:
            return None
        return found


def of_workspace(engine: Engine, workspace: str) -> list[BuiltImage]:
    """The images with the label of a workspace."""
    with engine.client() as api:
        found = api.images(filters={"label": f"{LABEL_WORKSPACE}={workspace}"})
    return [
        BuiltImage(
            id=image["Id"],
            tags=frozenset(image.get("RepoTags") or ()) - {_NO_TAG},
            size=image["Size"],
            created=float(image["Created"]),
            labels=image.get("Labels") or {},
        )
        for image in found
    ]


def size(engine: Engine, reference: str, image: str) -> int:
    """The bytes of an image, as in a list of images.

    Args:
        engine: the engine that has it.
        reference: a tag of it.
        image: its id; the tag may have moved.
    """
    if not engine.uses_containerd_store():
        # faster than a list if there are many images
        held = inspect(engine, image)
        return int(held["Size"]) if held else 0
    # with containerd, an inspection reports a different size than the list
    with engine.client() as api:
        found = api.images(name=reference)
    return next((int(one["Size"]) for one in found if one["Id"] == image), 0)


def tag(engine: Engine, image: str, tags: Sequence[str]) -> None:
    """Add tags to an image.

    Raises:
        UnavailableError: the image does not exist.
    """
    with engine.client() as api:
        for name in tags:
            try:
                api.tag(image, *split_tag(name))
            except ImageNotFound as error:
                raise UnavailableError(
                    f"the image `{image}` no longer exists", hint="run again"
                ) from error


def load(engine: Engine, archive: BinaryIO) -> None:
    """Load the images of an archive into the engine.

    Raises:
        UnavailableError: the engine rejects it.
    """
    with engine.client() as api:
        for message in api.load_image(archive):
            if text := message.get("error"):
                raise UnavailableError(f"the engine cannot load the image: {text}")


def remove(engine: Engine, image: str) -> None:
    """Remove an image that was exported only to run its stages; it may be gone already."""
    with suppress(UnavailableError), engine.client() as api:
        api.remove_image(image)


def pin_all(
    engine: Engine, references: Sequence[str], *, refresh: bool, offline: bool = False
) -> Mapping[str, str]:
    """The exact image behind each reference, looked up in parallel; offline in the engine only.

    Raises:
        UnavailableError: neither the engine nor a registry has one of them.
    """
    find = _pin_offline if offline else _pin_refreshed if refresh else _pin
    with ThreadPoolExecutor(min(_THREADS, len(references) or 1)) as threads:
        pins = threads.map(lambda reference: find(engine, reference), references)
        return dict(zip(references, pins, strict=True))


def offline_error(reference: str) -> UnavailableError:
    """The error for a base image that would have to come from a registry."""
    return UnavailableError(
        f"the base image `{reference}` is not on this machine, "
        "and registries are not contacted offline",
        hint="run once without `--offline` and `MSBUILD_OFFLINE`",
    )


def _pin(engine: Engine, reference: str) -> str:
    return _pin_held(engine, reference) or _pin_from_registry(engine, reference)


def _pin_offline(engine: Engine, reference: str) -> str:
    if held := _pin_held(engine, reference):
        return held
    raise offline_error(reference)


def _pin_held(engine: Engine, reference: str) -> str | None:
    if "@" in reference:
        return reference
    held = inspect(engine, reference)
    if held is None:
        return None
    digest = _digest(held, reference)
    return f"{reference}@{digest}" if digest else str(held["Id"])


def _pin_refreshed(engine: Engine, reference: str) -> str:
    """The pin for a lock file: from the registry, else the image that the engine pulled."""
    if "@" in reference:
        return reference
    try:
        return _pin_from_registry(engine, reference)
    except UnavailableError:
        held = inspect(engine, reference)
        if held is None:
            raise
    digest = _digest(held, reference)
    # The containerd image store gives every image a digest, its id; so a digest that equals the
    # id does not prove that a registry has the image.
    return f"{reference}@{digest}" if digest and digest != held["Id"] else str(held["Id"])


def _pin_from_registry(engine: Engine, reference: str) -> str:
    what = f"cannot find the base image `{reference}`"

    def attempt() -> str:
        with engine.client() as api:
            try:
                found = api.inspect_distribution(reference)
            except APIError as error:
                raise registry_error(what, str(error.explanation or error)) from error
        return f"{reference}@{found['Descriptor']['digest']}"

    return retry(attempt)


def _digest(held: Mapping[str, Any], reference: str) -> str | None:
    """The digest of an image in the repository of ``reference``."""
    repository = _familiar(split_tag(reference)[0])
    for known in held.get("RepoDigests") or ():
        name, _, digest = known.partition("@")
        if _familiar(name) == repository:
            return str(digest)
    return None


def _familiar(repository: str) -> str:
    """The short name of a Docker Hub repository: Docker accepts several names for one."""
    for prefix in ("docker.io/", "index.docker.io/"):
        repository = repository.removeprefix(prefix)
    return repository.removeprefix("library/")


def prunable_images(engine: Engine) -> Iterator[StoredItem]:
    """The images that msbuild has built on an engine, of any workspace.

    BuildKit's cache is not included, because it does not record who created an entry: use
    ``docker builder prune`` for it.
    """
    seen: set[str] = set()
    for label in _LABELS:
        with engine.client() as api:
            found = api.images(filters={"label": label})
        for image in found:
            if image["Id"] in seen:
                continue
            seen.add(image["Id"])
            tags = sorted(set(image.get("RepoTags") or ()) - {_NO_TAG})
            name = min(tags, key=lambda tag: (":fp-" in tag, tag), default=image["Id"])
            remove = partial(_remove, engine, [*tags] or [image["Id"]])
            yield StoredItem("docker image", name, image["Size"], float(image["Created"]), remove)


def _remove(engine: Engine, names: Sequence[str]) -> None:
    """Remove all tags of an image; an image used by a container remains."""
    for name in names:
        with suppress(UnavailableError), engine.client() as api, suppress(APIError):
            api.remove_image(name)


def builder_sizes(engine: Engine, jobs: Sequence[Job]) -> dict[str, int]:
    """Bytes of the last build stage of every job, including everything it is based on.

    One request for all jobs: the size of the response grows with the engine's cache.

    Args:
        engine: the engine that built them.
        jobs: jobs that were built.

    Returns:
        Bytes by job name; jobs that compile nothing are left out, and those whose stage cannot be
        found in the engine's list.
    """
    scripts = {job.name: _last_script(job) for job in jobs}
    if not any(scripts.values()):
        return {}
    entries = _entries(engine)
    by_id = {entry["ID"]: entry for entry in entries}

    @cache
    def base_size(image: str) -> int:
        held = inspect(engine, image)
        return int(held["Size"]) if held else 0

    sizes: dict[str, int] = {}
    for job in jobs:
        script = scripts[job.name]
        ran = [entry for entry in entries if script and _is_of(script, entry)]
        if ran:
            newest = max(ran, key=lambda entry: entry.get("LastUsedAt") or "")
            sizes[job.name] = base_size(_base_of(job)) + _size_of_chain(newest, by_id)
    return sizes


def _is_of(script: str, entry: Mapping[str, Any]) -> bool:
    """Whether an entry is the result of a script; cache mounts name their first user, too."""
    return script in entry.get("Description", "") and entry.get("Type") != _MOUNT


def _last_script(job: Job) -> str:
    """The last script of the build stages; empty if there is none."""
    scripts = [
        step.script.strip()
        for stage in job.stages
        if stage.kind is StageKind.BUILD
        for step in stage.steps
        if isinstance(step, Run)
    ]
    return scripts[-1] if scripts else ""


def _base_of(job: Job) -> str:
    """The base image at the root of the last build stage."""
    stage = [stage for stage in job.stages if stage.kind is StageKind.BUILD][-1]
    return base_image(job.chain(stage)[0], job.pins)


def _entries(engine: Engine) -> Sequence[Mapping[str, Any]]:
    with engine.client() as api:
        url = api._url("/system/df")  # noqa: SLF001 - docker-py's own `df` measures images, too
        answer = api._get(url, params={"type": "build-cache"})  # noqa: SLF001
        found = api._result(answer, json=True)  # noqa: SLF001
    return found.get("BuildCache") or ()


def _size_of_chain(entry: Mapping[str, Any] | None, by_id: Mapping[str, Mapping[str, Any]]) -> int:
    """The size of an entry and of its parents."""
    size = 0
    while entry is not None:
        size += int(entry["Size"])
        # Docker 26 writes the key with a leading space
        parents = entry.get("Parents") or entry.get(" Parents") or ()
        entry = by_id.get(parents[0]) if parents else None
    return size
