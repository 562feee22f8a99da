"""Measures how many runs succeed with a registry that breaks a share of its responses.

    python -m bench.faults.registry --runs 200 --share 0.2

Each run builds services, one of them on a base image from the registry, and pushes them. Runs start
in turn from one of several states: nothing built, everything built, everything pushed. Every fourth
run does not push.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.faults.broken_registry import BrokenRegistry, serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
SERVICES = ("one", "two", "three")
MAIN = "int main(void) { return %d; }\n"
CONFIG = """\
version: 1
workspace: broken
registry: {host}/team
plugins: [msbuild_c]
builders: {{c: {{image: "debian:trixie-slim", packages: [gcc, libc6-dev]}}}}
services:
  one: {{path: one}}
  two: {{path: two}}
  three: {{path: three{base}}}
"""
STATES = ("fresh", "built", "pushed", "not pushed")


class Setup:
    """A workspace, a store and a registry with faults.

    Args:
        root: the directory for the workspace and the store.
        registry: the running registry.
    """

    def __init__(self, root: Path, registry: BrokenRegistry) -> None:
        self.tree = root / "tree"
        self._registry = registry
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "docs/examples/msbuild-c"),
            "MSBUILD_STORE": str(root / "store"),
            "MSBUILD_EXECUTOR": "local",
            "DOCKER_CONFIG": str(root),
            "NO_COLOR": "1",
        }
        for number, name in enumerate(SERVICES):
            (self.tree / name).mkdir(parents=True)
            (self.tree / name / "main.c").write_text(MAIN % number)
        self.configure(base="")

    def configure(self, base: str) -> None:
        """Write the config, with a base image for one service if given."""
        runtime = f', runtime: {{base: "{base}"}}' if base else ""
        config = CONFIG.format(host=self._registry.host, base=runtime)
        (self.tree / "msbuild.yaml").write_text(config)

    def prepare(self) -> None:
        """Push a base image to the registry without faults, and use it for a service."""
        share, self._registry.share = self._registry.share, 0.0
        done = self.msbuild("build", "one", "--push", "--tag", "base")
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.configure(base=f"{self._registry.host}/team/broken/one:base")
        self._registry.share = share

    def enter(self, state: str) -> None:
        """Bring the workspace, store and registry into a run's initial state."""
        shutil.rmtree(self.tree / ".msbuild", ignore_errors=True)
        registry = self._registry
        if state != "pushed":
            keep = [key for key in registry.manifests if key.startswith("team/broken/one")]
            registry.manifests = {key: registry.manifests[key] for key in keep}
            used = b"".join(body for _, body in registry.manifests.values())
            registry.blobs = {
                digest: blob for digest, blob in registry.blobs.items() if digest.encode() in used
            }
        if state == "fresh":
            shutil.rmtree(self._environment["MSBUILD_STORE"], ignore_errors=True)

    def msbuild(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run msbuild until it exits."""
        command = [sys.executable, "-m", "msbuild", *arguments]
        return subprocess.run(
            command,
            cwd=self.tree,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def complete(self) -> bool:
        """Whether the registry has every service under the tag of the run."""
        return all("run" in self._registry.tags(f"team/broken/{name}") for name in SERVICES)


def run_once(setup: Setup, state: str) -> str:
    """Run once. Returns what went wrong, or an empty string."""
    setup.enter(state)
    push = [] if state == "not pushed" else ["--push"]
    done = setup.msbuild("all", "--tag", "run", *push)
    if done.returncode:
        return f"exit code {done.returncode}: {done.stderr.strip() or done.stdout.strip()}"
    return "" if not push or setup.complete() else "exit code 0, but a tag was not pushed"


def campaign(runs: int, share: float, seed: int, root: Path) -> Mapping[str, Sequence[str]]:
    """Run the runs. Returns the failures by state."""
    failures: dict[str, list[str]] = {state: [] for state in STATES}
    with serving(BrokenRegistry(share, seed)) as registry:
        setup = Setup(root, registry)
        setup.prepare()
        for number in range(runs):
            registry.reseed(seed + number)
            state = STATES[number % len(STATES)]
            started, broken = time.monotonic(), registry.broken
            if problem := run_once(setup, state):
                failures[state].append(f"run {number}: {problem}")
            seconds = time.monotonic() - started
            outcome = problem.splitlines()[-1] if problem else "ok"
            wrong = registry.broken - broken
            print(f"{number:4} {state:10} {seconds:5.1f} s {wrong:3} broken  {outcome}", flush=True)
        print(f"{registry.broken} of {registry.requests} responses were broken")
    return failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign. Exit code 1 if fewer than 99 % of the runs succeed."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults.registry", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as root:
        failures = campaign(options.runs, options.share, options.seed, Path(root))
    count = Counter({state: len(problems) for state, problems in failures.items()})
    for problem in (each for problems in failures.values() for each in problems):
        print(problem)
    good = options.runs - count.total()
    print(f"{good} of {options.runs} runs succeeded with {options.share:.0%} of responses broken")
    return 0 if good >= 0.99 * options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
