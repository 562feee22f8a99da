"""Services with libraries in common, and the shared stages that compile these libraries once.

A language may compile libraries of several services in a stage between its dependencies and those
services. Such a stage only saves time, and has no file that one of the services doesn't declare.
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

# A family within another one is worth a stage if it has at most two thirds of the outer services,
# so that chains of stages stay short, and if it saves at least two compilations.
_AT_MOST = (2, 3)
_SAVED = 2


@dataclass(frozen=True, slots=True)
class Family:
    """Services that have something in common.

    Attributes:
        members: the services, at least two.
        common: what every member needs: packages, libraries or anything else a language compiles.
        outer: the family that this one is part of, with more members and less in common.
    """

    members: frozenset[str]
    common: frozenset[str]
    outer: Family | None = None


def families(needs: Mapping[str, frozenset[str]]) -> Iterator[Family]:
    """The families of services, each after its outer one.

    Args:
        needs: the libraries, packages and the like that each service needs.
    """
    yield from _within(frozenset(needs), frozenset(), None, needs)


def _within(
    members: frozenset[str],
    grouped: frozenset[str],
    outer: Family | None,
    needs: Mapping[str, frozenset[str]],
) -> Iterator[Family]:
    """Group members by what most of them need, then each group by what most of it needs next."""
    while part := _most_needed(members, grouped, needs):
        together = frozenset(name for name in members if part in needs[name])
        common = frozenset.intersection(*(needs[name] for name in together))
        found = Family(together, common, outer)
        inner = found if _is_worth_a_stage(found) else outer
        if inner is found:
            yield found
        yield from _within(together, grouped | common, inner, needs)
        members -= together


def _is_worth_a_stage(family: Family) -> bool:
    outer = family.outer
    if outer is None:
        return True
    saved = (len(family.members) - 1) * len(family.common - outer.common)
    few = len(family.members) * _AT_MOST[1] <= len(outer.members) * _AT_MOST[0]
    return few and saved >= _SAVED


def _most_needed(
    members: frozenset[str], grouped: frozenset[str], needs: Mapping[str, frozenset[str]]
) -> str:
    """The part that most members need, if at least two do; of several, the first by name."""
    counts = Counter(part for name in members for part in needs[name] - grouped)
    part = min(counts, key=lambda each: (-counts[each], each), default="")
    return part if counts[part] > 1 else ""


def may_share(service: Service) -> bool:
    """Whether a service is made from nothing but what its language finds.

    With artifacts of other services among its sources, or files listed in the config, its libraries
    might compile to something else.
    """
    listed = service.inputs or service.options.get("inputs")
    return not service.depends_on and not listed


def base_stage_for(
    service: Service, start: str, shared: Sequence[Stage], files: Mapping[str, str]
) -> str:
    """The best base stage for a service: the one with most of its files, and no other files.

    Args:
        service: the service.
        start: the stage that any service of the builder can be based on.
        shared: the stages of its builder, parents first; those based on ``start`` count.
        files: the files of the service.

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
    """The name of the stage of a family; the families of a directory count from 1."""
    return shared_name(builder, f"libs{number}" if number > 1 else "libs", directory)


def shared_name(builder: Builder, what: str, directory: str) -> str:
    """The name of a shared stage; without directory if that has the builder's name.

    Args:
        builder: the builder.
        what: what the stage contains, such as ``deps``.
        directory: the directory that the stage is for, from the source root.
    """
    if directory in ("", builder.name):
        return f"{builder.name}-{what}"
    plain = re.sub(r"[^a-z0-9_-]+", ".", directory.lower()).strip(".")
    known = hashlib.sha256(directory.encode()).hexdigest()[:8]
    end = plain if plain == directory else f"{plain}-{known}"
    return f"{builder.name}-{what}-{end}"
