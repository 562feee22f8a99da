"""Large graphs: 500 services on 10 shared stages, with and without a broken service."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engine import contenders, workspaces
from bench.engine.engine import private_engine
from bench.engine.table import columns

if TYPE_CHECKING:
    from bench.engine.contenders import Run
    from bench.engine.engine import Engine

BROKEN = "s042"
HEADER = ("", "exit", "seconds", "images", "shared executed", "at most", "services executed")


def main(runs: int, services: int, shared: int) -> list[str]:
    """Build everything from scratch with both tools alternately, then once with a broken service.

    Args:
        runs: number of runs of each tool.
        services: number of services.
        shared: number of shared stages.

    Returns:
        The table; `at most` is how often any one shared stage was executed.
    """
    rows: list[tuple[str, ...]] = [HEADER]
    lines: list[str] = []
    with private_engine() as engine, tempfile.TemporaryDirectory() as name:
        root = Path(name) / "workspace"
        for number in range(runs + 1):
            is_broken = number == runs
            title = "one broken" if is_broken else f"run {number + 1}"
            for contender, run in (("msbuild", contenders.msbuild), ("bake", contenders.bake)):
                engine.remove_builds()
                make(root, services, shared, broken=is_broken)
                done = run(root, engine)
                rows.append((f"{contender}, {title}", *row(done, engine, contender)))
                lines += _failures(contender, done)
        return [engine.describe(), *columns(rows), *lines]


def make(root: Path, services: int, shared: int, *, broken: bool) -> None:
    """Write a new workspace with stages that the engine has not seen."""
    shutil.rmtree(root, ignore_errors=True)
    workspaces.write(root, workspaces.tiny(services, shared, secrets.token_hex(4)))
    if broken:
        text = root / "services" / BROKEN / "text"
        text.rename(text.with_name("other"))


def row(run: Run, engine: Engine, contender: str) -> tuple[str, ...]:
    """The cells of a run."""
    repository = "tiny" if contender == "msbuild" else "bake"
    images = engine.docker("image", "ls", "--format", "{{.Repository}}", f"{repository}/*")
    scripts = Counter(step.partition("RUN ")[2] for step in run.executed)
    shared = [count for script, count in scripts.items() if script.startswith("echo ")]
    return (
        str(run.code),
        f"{run.seconds:.1f}",
        str(len(set(images.split()))),
        str(sum(shared)),
        str(max(shared, default=0)),
        str(len(run.executed) - sum(shared)),
    )


def _failures(contender: str, run: Run) -> list[str]:
    """The error messages that a user sees."""
    if not run.code:
        return []
    if contender == "bake":
        errors = [line for line in run.err.splitlines() if line.startswith("ERROR")]
        return [f"bake: {line}" for line in errors]
    failed = [event for event in run.events if event["event"] == "job_finished" and event["error"]]
    return [f"msbuild: {event['job']}: {event['error']['message']}" for event in failed]
