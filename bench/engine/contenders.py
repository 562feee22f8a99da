"""Runs msbuild, `docker buildx bake` and `docker buildx build`, and reports what they executed."""

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
        seconds: from the start to the exit of the process.
        code: the exit code.
        executed: the `RUN` steps that were executed and not found in the cache.
        out: standard output.
        err: standard error.
        scripts: seconds during which at least one of them ran; only known for bake.
    """

    seconds: float
    code: int
    executed: tuple[str, ...]
    out: str
    err: str
    scripts: float = 0.0

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that `msbuild --json` printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    def checked(self) -> Run:
        """The run, if it succeeded.

        Raises:
            RuntimeError: it failed; the message has the end of the output.
        """
        if self.code:
            raise RuntimeError(f"exit code {self.code}: {(self.err or self.out)[-2000:]}")
        return self


def msbuild(root: Path, engine: Engine, *arguments: str, services: Iterable[str] = ()) -> Run:
    """Run `msbuild all` in a workspace, or `msbuild build` for some services."""
    command = [*_msbuild_command(services), "--json"]
    seconds, done = _timed([*command, *arguments], root, engine.environment)
    executed = (event for event in map(json.loads, done.stdout.splitlines()) if _is_script(event))
    names = tuple(f"{event['stage']}: {event['step']}" for event in executed)
    return Run(seconds, done.returncode, names, done.stdout, done.stderr)


def msbuild_with_logs(root: Path, engine: Engine, services: Iterable[str] = ()) -> Run:
    """Run `msbuild all`, or `build`, without `--json`; its logs show what was executed."""
    logs = root / ".msbuild/logs"
    shutil.rmtree(logs, ignore_errors=True)
    seconds, done = _timed(_msbuild_command(services), root, engine.environment)
    executed = tuple(step for log in sorted(logs.glob("*.log")) for step in executed_in(log))
    return Run(seconds, done.returncode, executed, done.stdout, done.stderr)


def bake(
    root: Path, engine: Engine, file: str = "docker-bake.json", targets: Iterable[str] = ()
) -> Run:
    """Run `docker buildx bake` for some targets, or for the default group."""
    command = ["docker", "buildx", "bake", "--progress", "rawjson", "--file", file, *targets]
    seconds, done = _timed(command, root, engine.environment)
    log = done.stderr
    return Run(seconds, done.returncode, executed_of(log), done.stdout, log, seconds_of(log))


def one_by_one(root: Path, engine: Engine, kind: str, services: Mapping[str, str]) -> Run:
    """Run `docker buildx build` for every service, one after another.

    Args:
        root: the directory of `sample-monorepo` and `peers`.
        engine: the engine to build on.
        kind: the directory of the Dockerfiles in `peers`, also part of the image names.
        services: the language of every service.
    """
    seconds, code, log = 0.0, 0, ""
    executed: list[str] = []
    for service, language in services.items():
        names = ["--file", f"peers/{kind}/{service}.Dockerfile", "--tag", f"{kind}-each/{service}"]
        context = f"sample-monorepo/{language}"
        command = ["docker", "buildx", "build", "--progress", "rawjson", *names, context]
        took, done = _timed(command, root, engine.environment)
        seconds += took
        executed += executed_of(done.stderr)
        code, log = code or done.returncode, log + done.stderr
    return Run(seconds, code, tuple(executed), "", log)


def _msbuild_command(services: Iterable[str]) -> list[str]:
    """The command that builds some services, or all."""
    verb = ["build", *services] if services else ["all"]
    return [sys.executable, "-m", "msbuild", *verb, "--executor", "docker"]


def executed_in(log: Path) -> Iterator[str]:
    """The scripts that a job executed, read from its log."""
    step = ""
    for line in log.read_text().splitlines():
        if line.startswith("=== "):
            step = line.removeprefix("=== ")
        elif line.startswith("# done in") and step.startswith("RUN"):
            yield f"{log.stem}: {step}"


def _is_script(event: Mapping[str, Any]) -> bool:
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
