"""Runs msbuild as a user does, and reads what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass
class Result:
    """The end of a process."""

    code: int
    out: str
    err: str

    @property
    def everything(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of every service, as the result event tells it."""
        services = self.events[-1]["services"]
        return {name: service["outcome"] for name, service in services.items()}

    @property
    def executed_runs(self) -> list[str]:
        """The stage of every script that BuildKit ran instead of finding it."""
        return sorted(
            event["stage"]
            for event in self.events
            if event["event"] == "step"
            and event["stage"]
            and event["state"] == "done"
            and event["step"].startswith("RUN")
        )

    @property
    def contexts(self) -> dict[str, int]:
        """How many bytes were sent to the engine for each job."""
        ended = [event for event in self.events if event["event"] == "job_finished"]
        return {event["job"]: event["context_bytes"] for event in ended}


@dataclass
class Workspace:
    """A workspace on disk."""

    root: Path
    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    first: Result = field(default_factory=lambda: Result(0, "", ""))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "msbuild", *arguments]

    def forget(self) -> None:
        """Be as on a machine that has never built it."""
        shutil.rmtree(self.root / ".msbuild", ignore_errors=True)

    def msbuild(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Result:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env={**os.environ, "NO_COLOR": "1", **self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
