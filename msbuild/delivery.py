"""Pushes up-to-date images, and shared stages for other machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError
from msbuild.events import Outcome
from msbuild.execute.api import Silent
from msbuild.planning import planner
from msbuild.workspace.lookups import retag_in_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msbuild.execute.api import Executor, StagePublisher
    from msbuild.planning.plan import Plan
    from msbuild.registry import Registry


def deliver_cached(plan: Plan, executor: Executor, registry: Registry | None) -> None:
    """Push images that are up to date here, and tag those that the registry already has.

    Raises:
        UnavailableError: the registry rejects them.
    """
    silent = Silent()
    here = {name: each for name, each in plan.cached.items() if not each.image.remote}
    for name, service in here.items():
        repository = plan.tags[name][0].rpartition(":")[0]
        tags = {tag for tag in service.image.tags if tag.startswith(f"{repository}:fp-")}
        executor.push(sorted(tags | set(plan.tags[name])), silent)
    if registry:
        retag_in_registry(registry, [each for each in plan.cached.values() if each.image.remote])


def publish(
    plan: Plan, executor: StagePublisher, outcomes: Mapping[str, Outcome], repository: str
) -> list[str]:
    """Push the shared stages that this run has built, for other machines.

    Errors do not fail the run, which is already over.

    Args:
        plan: the plan that was executed.
        executor: the executor that has the stages.
        outcomes: the outcomes of its jobs.
        repository: where to push.

    Returns:
        A message for each stage that could not be pushed.
    """
    problems: list[str] = []
    for name, job in plan.jobs.items():
        if job.is_service or outcomes.get(name) is not Outcome.BUILT:
            continue
        try:
            reference = planner.cache_tag(repository, name, job.fingerprint)
            executor.publish(job.job, reference, Silent())
        except MsbuildError as error:
            problems.append(f"cannot push shared stage `{name}`: {error.message}")
    return problems
