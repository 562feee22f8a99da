"""What of an engine's images can go: those with msbuild's label, and no other."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from docker.errors import APIError

from msbuild.errors import UnavailableError
from msbuild.execute.api import LABEL_WORKSPACE
from msbuild.execute.pruning import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from msbuild.execute.docker.engine import Engine

_LABELS = (LABEL_WORKSPACE, "org.msbuild.end")
_NO_TAG = "<none>:<none>"


def items(engine: Engine) -> Iterator[Item]:
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
            yield Item("docker image", name, image["Size"], float(image["Created"]), remove)


def _remove(engine: Engine, names: Sequence[str]) -> None:
    """Remove all tags of an image; an image used by a container remains."""
    for name in names:
        with suppress(UnavailableError), engine.client() as api, suppress(APIError):
            api.remove_image(name)
