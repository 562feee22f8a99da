"""Compares ways to drive BuildKit: a cached `docker buildx build` and a call to the Engine API.

    python -m bench.driver [RUNS]

Needs an engine with `debian:trixie-slim` (`tools/engine with tools/base-image`) and buildx.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import docker

DOCKERFILE = b"FROM debian:trixie-slim\nRUN echo bench > /bench\n"
RUNS = 15


def by_buildx(directory: str) -> None:
    """Build with the usual command."""
    command = ["docker", "buildx", "build", "--quiet", "--output", "type=cacheonly", directory]
    subprocess.run(command, check=True, capture_output=True)


def by_api(api: Any, context: bytes) -> None:
    """Build with the Engine API's build request."""
    answer = api._post(  # noqa: SLF001 - docker-py's own `build` never requests BuildKit
        api._url("/build"),  # noqa: SLF001
        params={"version": "2"},
        data=context,
        headers={"Content-Type": "application/x-tar"},
        stream=True,
    )
    answer.raise_for_status()
    for _ in answer.iter_content(1 << 16):
        pass


def build_context() -> bytes:
    """A tar archive that contains only the Dockerfile."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(DOCKERFILE)
        archive.addfile(info, io.BytesIO(DOCKERFILE))
    return buffer.getvalue()


def main() -> None:
    """Time both alternately, so that a busy machine slows both."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    api: Any = docker.from_env(timeout=600).api
    context = build_context()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "Dockerfile").write_bytes(DOCKERFILE)
        builds = {
            "buildx": lambda: by_buildx(directory),
            "Engine API": lambda: by_api(api, context),
        }
        seconds: dict[str, list[float]] = {name: [] for name in builds}
        for number in range(runs + 1):
            for name, build in builds.items():
                start = time.perf_counter()
                build()
                # the first run of each fills the cache
                if number:
                    seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(f"{name:12} {median * 1000:7.0f} ms")
    print(f"ratio        {medians['buildx'] / medians['Engine API']:7.1f}   ({runs} runs each)")


if __name__ == "__main__":
    os.environ.setdefault("BUILDKIT_PROGRESS", "plain")
    main()
