"""Runs msbuild, `docker buildx bake` and `docker buildx build`, and says what they executed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.engine.rawjson import executed_of, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a contender.

    Attributes:
        seconds: from start to end of the process.
        code: the exit code.
        executed: the scripts (`RUN`) that BuildKit ran instead of finding them.
        out: the standard output.
        err: the standard error.
        scripts: for how many seconds at least one of those ran; bake alone tells.
    """

    seconds: float
    code: int
    executed: tuple[str, ...]
    out: str
    err: str
    scripts: float = 0.0

    @property
    def events(self) -> list[dict[str, Any]]:
        """What `msbuild --json` told."""
        return [json.loads(line) for line in self.out.splitlines()]

    def checked(self) -> Run:
        """The run, if it went well.

        Raises:
            RuntimeError: it did not; with the end of what it said.
        """
        if self.code:
            raise RuntimeError(f"exit code {self.code}: {(self.err or self.out)[-2000:]}")
        return self


def msbuild(root: Path, engine: Engine, *arguments: str, services: Iterable[str] = ()) -> Run:
    """`msbuild all` in a workspace, or `msbuild build` of some services."""
    command = [*_typed(services), "--json"]
    seconds, done = _timed([*command, *arguments], root, engine.environment)
    executed = (event for event in map(json.loads, done.stdout.splitlines()) if _ran(event))
    names = tuple(f"{event['stage']}: {event['step']}" for event in executed)
    return Run(seconds, done.returncode, names, done.stdout, done.stderr)


def as_typed(root: Path, engine: Engine, services: Iterable[str] = ()) -> Run:
    """`msbuild all`, or `build`, as people type it; its logs tell what was executed."""
    logs = root / ".msbuild/logs"
    shutil.rmtree(logs, ignore_errors=True)
    seconds, done = _timed(_typed(services), root, engine.environment)
    executed = tuple(step for log in sorted(logs.glob("*.log")) for step in logged(log))
    return Run(seconds, done.returncode, executed, done.stdout, done.stderr)


def bake(
    root: Path, engine: Engine, file: str = "docker-bake.json", targets: Iterable[str] = ()
) -> Run:
    """`docker buildx bake` of some targets, or of the default group."""
    command = ["docker", "buildx", "bake", "--progress", "rawjson", "--file", file, *targets]
    seconds, done = _timed(command, root, engine.environment)
    told = done.stderr
    return Run(seconds, done.returncode, executed_of(told), done.stdout, told, seconds_of(told))


def one_by_one(root: Path, engine: Engine, kind: str, services: Mapping[str, str]) -> Run:
    """`docker buildx build` of every service, one after another.

    Args:
        root: the directory of `sample-monorepo` and `peers`.
        engine: builds.
        kind: the directory of the Dockerfiles below `peers`, and part of the images' names.
        services: the language of every service.
    """
    seconds, code, said = 0.0, 0, ""
    executed: list[str] = []
    for service, language in services.items():
        names = ["--file", f"peers/{kind}/{service}.Dockerfile", "--tag", f"{kind}-each/{service}"]
        context = f"sample-monorepo/{language}"
        command = ["docker", "buildx", "build", "--progress", "rawjson", *names, context]
        took, done = _timed(command, root, engine.environment)
        seconds += took
        executed += executed_of(done.stderr)
        code, said = code or done.returncode, said + done.stderr
    return Run(seconds, code, tuple(executed), "", said)


def _typed(services: Iterable[str]) -> list[str]:
    """The command for some services, or for all."""
    verb = ["build", *services] if services else ["all"]
    return [sys.executable, "-m", "msbuild", *verb, "--executor", "docker"]


def logged(log: Path) -> Iterator[str]:
    """The scripts that ran, from the log of a job."""
    step = ""
    for line in log.read_text().splitlines():
        if line.startswith("=== "):
            step = line.removeprefix("=== ")
        elif line.startswith("# done in") and step.startswith("RUN"):
            yield f"{log.stem}: {step}"


def _ran(event: Mapping[str, Any]) -> bool:
    is_step = event["event"] == "step" and event["stage"] and event["state"] == "done"
    return bool(is_step and event["step"].startswith("RUN"))


def _timed(
    command: Sequence[str], root: Path, environment: Mapping[str, str]
) -> tuple[float, subprocess.CompletedProcess[str]]:
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    print(f"{seconds:8.2f} s  {' '.join(command)}", file=sys.stderr)
    return seconds, done
