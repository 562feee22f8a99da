"""Runs msbuild as a user does, and parses its output."""

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


# Builders with the packages of the sample, so that an engine already has their toolchains.
BUILDERS = {
    "cpp": """\
    image: debian:trixie-slim
    packages:
      [ccache, cmake, g++, libevent-dev, libfmt-dev, ninja-build, nlohmann-json3-dev, pkg-config]
""",
    "rust": """\
    image: debian:trixie-slim
    packages: [ca-certificates, cargo, gcc, libc6-dev]
""",
}


@dataclass
class Result:
    """The exit code and output of a process."""

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
        """The outcome of every service, from the result event."""
        services = self.events[-1]["services"]
        return {name: service["outcome"] for name, service in services.items()}

    @property
    def executed_runs(self) -> list[str]:
        """The stage of every script that BuildKit executed and did not find in its cache."""
        return sorted(
            event["stage"]
            for event in self.events
            if event["event"] == "step"
            and event["stage"]
            and event["state"] == "done"
            and event["step"].startswith("RUN")
        )

    def jobs_logging(self, *words: str) -> list[str]:
        """The job of every log line that contains all given words."""
        logs = [event for event in self.events if event["event"] == "log"]
        return [event["job"] for event in logs if all(word in event["text"] for word in words)]

    @property
    def contexts(self) -> dict[str, int]:
        """The number of bytes sent to the engine for each job."""
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

    def delete_state(self) -> None:
        """Delete the state, as on a machine that has never built it."""
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

    def built(self, *arguments: str) -> Result:
        """The result of `msbuild all --json`, which must succeed."""
        result = self.msbuild("all", "--json", *arguments)
        assert result.code == 0, result.everything
        return result

    def configure(self, builder: str, *services: str) -> None:
        """Write a config with services of one builder, each in a directory of its name."""
        lines = "".join(f"  {name}: {{path: {name}}}\n" for name in services)
        head = f"version: 1\nworkspace: {self.name}\nbuilders:\n  {builder}:\n"
        self.write({"msbuild.yaml": f"{head}{BUILDERS[builder]}services:\n{lines}"})

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
