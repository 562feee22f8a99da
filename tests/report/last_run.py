"""The times of a run, to analyze."""

from __future__ import annotations

from msbuild.report.lastrun import JobTimes, LastRun


def timed(began: float, ended: float, slot: int, *needs: str) -> JobTimes:
    return JobTimes(needs, 1, "built", ((began, ended, (slot,)),))


# `deps` goes first, then `long` has to wait for `other`, although all others depend on it.
RUN = LastRun(
    at=1000,
    workspace="shop",
    executor="docker",
    slots=2,
    seconds=41,
    exit_code=0,
    jobs={
        "deps": timed(1, 11, 1),
        "early": timed(1, 16, 2),
        "short": timed(11, 16, 1, "deps"),
        "long": timed(16, 36, 1, "deps"),
        "last": timed(36, 41, 2, "long"),
    },
)
