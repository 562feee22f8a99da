"""What counts as built and what as cached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.events import Outcome
from msbuild.execute.api import JobResult, Vertex
from msbuild.schedule.attempts import outcome_of

from .fakes import planned

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([("x-build", True), ("x-build", True)], Outcome.CACHED),
        ([("x-build", True), ("x-build", False)], Outcome.BUILT),
        ([("x-build", True), ("", False), ("elsewhere", False)], Outcome.CACHED),
        ([("", True)], Outcome.BUILT),
        ([], Outcome.BUILT),
    ],
)
def test_only_the_steps_of_the_job_decide(
    steps: Sequence[tuple[str, bool]], outcome: Outcome
) -> None:
    vertices = tuple(Vertex(stage, "RUN make", cached, 1.0, 2.0) for stage, cached in steps)
    assert outcome_of(JobResult("", 0, vertices, 0), planned("x").job) is outcome
