"""What the end of an attempt means: an outcome, or another try. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msbuild.errors import BuildError, TransientError, error_of
from msbuild.events import Outcome
from msbuild.execute.api import Cancelled

if TYPE_CHECKING:
    from msbuild.execute.api import Job, JobResult
    from msbuild.schedule.attempt import Attempt

LONGEST_DELAY = 30.0


def outcome_of(result: JobResult, job: Job) -> Outcome:
    """``CACHED`` where every step of the job's stages was found, ``BUILT`` where anything ran.

    The executor's own steps do not count. A result that tells of no steps at all is ``BUILT``:
    nothing may be called reused without a witness.
    """
    stages = {stage.name for stage in job.stages}
    steps = [vertex for vertex in result.vertices if vertex.stage in stages]
    if steps and all(vertex.cached for vertex in steps):
        return Outcome.CACHED
    return Outcome.BUILT


def delay_before(attempt: int) -> float:
    """Seconds to wait before this attempt: 1 before the second, then twice as long each time."""
    return min(2.0 ** (attempt - 2), LONGEST_DELAY)


def may_retry(attempt: Attempt, error: BaseException, retries: int) -> bool:
    """Whether the attempt met a fault of the world that another try may not meet."""
    wanted = attempt.told_to_stop is None
    return wanted and isinstance(error, TransientError) and attempt.number <= retries


def failure_of(
    attempt: Attempt, error: BaseException, timeout: float | None
) -> tuple[Outcome, Exception | None]:
    """The outcome of an attempt that ended with an error, and the error a user is told.

    An attempt that was told to stop may end with any error at all: it says nothing any more.
    """
    if attempt.timed_out:
        return Outcome.FAILED, timeout_failure(attempt, timeout)
    if attempt.told_to_stop is not None or isinstance(error, Cancelled):
        return Outcome.CANCELLED, None
    if isinstance(error, OSError):
        return Outcome.FAILED, error_of(error)
    return Outcome.FAILED, error if isinstance(error, Exception) else RuntimeError(repr(error))


def timeout_failure(attempt: Attempt, timeout: float | None) -> BuildError:
    """The failure of an attempt that took longer than it was given."""
    return BuildError(
        f"timed out after {timeout or 0:g} s",
        stage=attempt.planned.job.target.name,
        step=attempt.step,
        tail=tuple(attempt.tail),
        hint="give every job more time with `--timeout`, or see in the log where it hangs",
    )
