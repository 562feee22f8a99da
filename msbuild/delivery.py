"""Brings to the registry what was not built in this run, or is there for other machines alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError
from msbuild.events import Outcome
from msbuild.planning import planner
from msbuild.planning.registry_memory import rename

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.execute.api import Executor
    from msbuild.planning.plan import Plan
    from msbuild.registry import Registry


def deliver_cached(plan: Plan, executor: Executor, registry: Registry | None) -> None:
    """Push what stands here, and name what stands in the registry already.

    Raises:
        EnvironmentFault: the registry does not take it.
    """
    silent = _Silent()
    here = {name: each for name, each in plan.cached.items() if not each.image.remote}
    for name, service in here.items():
        repository = plan.tags[name][0].rpartition(":")[0]
        tags = {tag for tag in service.image.tags if tag.startswith(f"{repository}:fp-")}
        executor.push(sorted(tags | set(plan.tags[name])), silent)
    if registry:
        rename(registry, [each for each in plan.cached.values() if each.image.remote])


def publish(
    plan: Plan, executor: Executor, outcomes: Mapping[str, Outcome], repository: str
) -> list[str]:
    """Leave the shared stages that this run has made in a registry, for other machines.

    The run is over by then: what cannot be left there is no reason for it to have failed.

    Args:
        plan: the plan that was carried out.
        executor: has the stages.
        outcomes: how its jobs ended.
        repository: where to.

    Returns:
        What went wrong.
    """
    problems: list[str] = []
    for name, job in plan.jobs.items():
        if job.is_service or outcomes.get(name) is not Outcome.BUILT:
            continue
        try:
            reference = planner.cache_tag(repository, name, job.fingerprint)
            executor.publish(job.job, reference, _Silent())
        except MsbuildError as error:
            problems.append(f"`{name}` was not left for other machines: {error.message}")
    return problems


class _Silent:
    """Progress that nobody watches."""

    def step(self, vertex: object) -> None:
        """Ignore a step."""

    def line(self, step: str, text: str) -> None:
        """Ignore a line."""
