"""What services have in common of their own, and the stages that are made of it.

A language may compile what several services share in a stage between its dependencies and those
services. Such a stage is for speed alone, and holds nothing that one of them does not declare.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.model import StageRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.model import Builder, Service, Stage

# A family within another is worth a stage if a third of the services around are not in it, so that
# none stands on more than a few stages, and if it spares more than one compilation.
_AT_MOST = (2, 3)
_SPARED = 2


@dataclass(frozen=True, slots=True)
class Family:
    """Services that have something in common.

    Attributes:
        members: the services, two at least.
        common: what every member needs: packages, libraries, whatever a language compiles.
        around: the family that this one is a part of, of more members that have less in common.
    """

    members: frozenset[str]
    common: frozenset[str]
    around: Family | None = None


def families(needs: Mapping[str, frozenset[str]]) -> Iterator[Family]:
    """The families of some services, each after the one around it.

    Args:
        needs: what each service needs that others may need, too.
    """
    yield from _within(frozenset(needs), frozenset(), None, needs)


def _within(
    members: frozenset[str],
    settled: frozenset[str],
    around: Family | None,
    needs: Mapping[str, frozenset[str]],
) -> Iterator[Family]:
    """Divide members by what most of them need, and those again by what most of them need next."""
    while part := _most_needed(members, settled, needs):
        together = frozenset(name for name in members if part in needs[name])
        common = frozenset.intersection(*(needs[name] for name in together))
        found = Family(together, common, around)
        inner = found if _is_worth_a_stage(found) else around
        if inner is found:
            yield found
        yield from _within(together, settled | common, inner, needs)
        members -= together


def _is_worth_a_stage(family: Family) -> bool:
    around = family.around
    if around is None:
        return True
    spared = (len(family.members) - 1) * len(family.common - around.common)
    few = len(family.members) * _AT_MOST[1] <= len(around.members) * _AT_MOST[0]
    return few and spared >= _SPARED


def _most_needed(
    members: frozenset[str], settled: frozenset[str], needs: Mapping[str, frozenset[str]]
) -> str:
    """What most members need, if more than one does; the first of several by name."""
    counts = Counter(part for name in members for part in needs[name] - settled)
    part = min(counts, key=lambda each: (-counts[each], each), default="")
    return part if counts[part] > 1 else ""


def may_share(service: Service) -> bool:
    """Whether a service is made from what its language finds, and from nothing else.

    With artifacts of others among its sources, or files listed by hand, what it has in common with
    others might be compiled into something else.
    """
    listed = service.inputs or service.options.get("inputs")
    return not service.depends_on and not listed


def base_stage_for(
    service: Service, start: str, shared: Sequence[Stage], files: Mapping[str, str]
) -> str:
    """The stage that a service stands on: the one with the most of its files, and no others.

    Args:
        service: the service.
        start: the stage that all services of its kind can stand on.
        shared: the stages of its builder, parents first; those above ``start`` count.
        files: what the service is made from.

    Returns:
        The name of the stage.
    """
    held = {start: 0}
    for stage in shared if may_share(service) else ():
        base = stage.base.stage if isinstance(stage.base, StageRef) else ""
        if base in held and files.keys() >= set(stage.files):
            held[stage.name] = held[base] + len(stage.files)
    return max(held, key=lambda name: held[name])


def family_name(builder: Builder, number: int, directory: str) -> str:
    """The name of the stage of a family, the families of a directory counted from 1."""
    return shared_name(builder, f"libs{number}" if number > 1 else "libs", directory)


def shared_name(builder: Builder, what: str, directory: str) -> str:
    """The name of a shared stage; a directory named like its builder needs no name of its own.

    Args:
        builder: the builder.
        what: what the stage is, ``deps``.
        directory: the directory whose stage it is, from the source root.
    """
    if directory in ("", builder.name):
        return f"{builder.name}-{what}"
    plain = re.sub(r"[^a-z0-9_-]+", ".", directory.lower()).strip(".")
    known = hashlib.sha256(directory.encode()).hexdigest()[:8]
    end = plain if plain == directory else f"{plain}-{known}"
    return f"{builder.name}-{what}-{end}"
