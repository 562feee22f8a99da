"""Makes a witness of a run in which everything came to stand."""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Any

from msbuild.lockfile import read_lock
from msbuild.planner import fingerprint_tag
from msbuild.signs import UNPROVEN
from msbuild.state import NAME as STATE
from msbuild.state import state_directory
from msbuild.witness import kept
from msbuild.witness.kept import Seen, Witness
from msbuild.witness.key import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.evidence import Evidence
    from msbuild.execute.protocol import Executor
    from msbuild.pipeline import Planned
    from msbuild.signs import Looks


def take(
    planned: Planned,
    built: Mapping[str, str],
    key: Mapping[str, Any],
    executor: Executor,
    told: str,
) -> None:
    """Keep what a run saw, in which all services of the workspace came to stand.

    Where that cannot be proved later without asking much, an old witness goes instead.

    Args:
        planned: what the run began with.
        built: the id of the image of every service that it built.
        key: what was asked for.
        executor: its executor.
        told: the line about it that was printed, if one was.
    """
    loaded = planned.loaded
    directory = loaded.workspace.root / STATE
    unproven = UNPROVEN in loaded.elsewhere.unsettled().values()
    evidence = None if unproven else _evidence(planned, built, executor)
    if evidence is None:
        kept.forget(directory)
        return
    files = evidence.files
    signs = array("q", (number for sign in files.values() for number in sign))
    root = f"{loaded.sources.root}/"
    witness = Witness(
        key=key,
        environment=environment(evidence.variables, os.environ),
        executor=executor.name,
        told=told,
        services=len(loaded.workspace.services),
        evidence=evidence,
        seen=(
            _seen(root, loaded.sources.looks, follow=False),
            _seen(root, loaded.sources.beyond, follow=True),
            _seen("", loaded.elsewhere, follow=True),
            Seen("", follow=True, paths=tuple(files), signs=signs, unsettled={}),
        ),
    )
    kept.write(state_directory(loaded.workspace.root), witness)


def _evidence(planned: Planned, built: Mapping[str, str], executor: Executor) -> Evidence | None:
    """What proves that the images of all services stand."""
    plan, loaded = planned.plan, planned.loaded
    images = {name: service.image.id for name, service in plan.cached.items()} | dict(built)
    if any(service.image.remote for service in plan.cached.values()):
        return None
    tags: dict[str, str] = {}
    for name in loaded.workspace.services:
        repository = loaded.workspace.repository(name)
        fingerprint = fingerprint_tag(repository, planned.fingerprints[name])
        tags |= dict.fromkeys((fingerprint, *plan.tags[name]), images[name])
    locked = read_lock(loaded.workspace.root)
    bases = {name: pin for name, pin in planned.pins.items() if name not in locked}
    evidence = executor.evidence(tags, bases)
    if evidence is None or evidence.variables is None:
        return evidence
    return evidence._replace(variables=tuple(sorted({*evidence.variables, *loaded.variables})))


def _seen(root: str, looks: Looks, *, follow: bool) -> Seen:
    paths = sorted(looks.signs)
    signs = array("q", (number for path in paths for number in looks.signs[path]))
    contents = looks.unsettled()
    unsettled = {place: contents[path] for place, path in enumerate(paths) if path in contents}
    return Seen(root, follow, tuple(paths), signs, unsettled)
