"""A private engine for the benchmarks, which they may empty.

It is started by `tools/engine`, in MSBUILD_ENGINE_DIR or `bench-engine` in the user's cache. Its
debian:trixie-slim is configured to use the download cache, so the builds need not be.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engine.downloads import Downloads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).parents[2]
BASE = "debian:trixie-slim"
_CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "msbuild"
# no engine listens here, so `tools/engine` does not use one that is already running
_NOWHERE = "unix:///nonexistent/docker.sock"
_BASE_DOCKERFILE = """\
FROM {base}
RUN mkdir /.cargo && \
    printf '%s\\n' 'Acquire::http::Proxy "{address}";' 'Acquire::Retries "3";' \
    'Acquire::Check-Valid-Until "false";' > /etc/apt/apt.conf.d/01downloads && \
    printf '%s\\n' '[source.crates-io]' 'replace-with = "downloads"' '[source.downloads]' \
    'registry = "sparse+{address}/index.crates.io/"' > /.cargo/config.toml
ENV GOPROXY={address}/proxy.golang.org
"""


@dataclass
class Engine:
    """The private engine.

    Attributes:
        home: its directory.
        host: the value of DOCKER_HOST for it.
        uses_cache: whether downloads go through the cache.
    """

    home: Path
    uses_cache: bool
    host: str = ""
    downloads: Downloads | None = field(default=None, repr=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a tool, without settings for other engines."""
        other = ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_CERT_PATH")
        inherited = {name: value for name, value in os.environ.items() if name not in other}
        return {
            **inherited,
            "DOCKER_HOST": self.host,
            "PYTHONPATH": str(REPOSITORY),
            "NO_COLOR": "1",
            # an inherited one would select another builder
            "BUILDX_BUILDER": "default",
        }

    def docker(self, *arguments: str, stdin: str | None = None) -> str:
        """The output of a `docker` command."""
        return subprocess.run(
            ["docker", *arguments],
            env=self.environment,
            input=stdin,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        ).stdout

    def empty(self) -> None:
        """Restart the engine with nothing but the base image."""
        self.stop()
        self._tool("purge")
        self.start()

    def start(self) -> None:
        """Start the engine with its data, and make sure that it has the base image."""
        output = self._tool("start")
        found = re.search(r"DOCKER_HOST=(\S+)", output)
        if found is None:
            raise RuntimeError(f"`tools/engine start` did not print DOCKER_HOST: `{output}`")
        self.host = found[1]
        self._base_image()

    def stop(self) -> None:
        """Stop the engine and keep its data."""
        if self.downloads:
            self.downloads.close()
            self.downloads = None
        self._tool("stop")

    def remove_builds(self) -> None:
        """Remove all images except the base image, and the build cache."""
        images = self.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
        for start in range(0, len(images), 100):
            chunk = [name for name in images[start : start + 100] if name != BASE]
            if chunk:
                self.docker("image", "rm", "--force", *chunk)
        self.docker("image", "prune", "--force")
        self.docker("builder", "prune", "--all", "--force")

    def image_bytes(self, reference: str) -> int:
        """Total bytes of all images whose names match a pattern such as `shop/*`."""
        listed = self.docker("image", "ls", "--quiet", "--filter", f"reference={reference}")
        # one line per tag
        found = sorted(set(listed.split()))
        sizes = self.docker("image", "inspect", "--format", "{{.Size}}", *found) if found else ""
        return sum(map(int, sizes.split()))

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU seconds so far, of the executed steps and of the daemon itself."""
        pid = int((self.home / "run/dockerd.pid").read_text())
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        user, system, children_user, children_system = map(int, fields[11:15])
        tick = os.sysconf("SC_CLK_TCK")
        return (children_user + children_system) / tick, (user + system) / tick

    def describe(self) -> str:
        """The versions, to print above a table."""
        version = json.loads(self.docker("version", "--format", "{{json .Server}}"))
        buildx = self.docker("buildx", "version").split()[1]
        return f"Docker {version['Version']}, buildx {buildx}, {os.cpu_count()} cores"

    def _base_image(self) -> None:
        environment = self.environment
        tool = [sys.executable, str(REPOSITORY / "tools/base-image"), "--make"]
        subprocess.run(tool, env=environment, check=True, stderr=subprocess.DEVNULL)
        if not self.uses_cache:
            return
        subnet = (self.home / "addresses").read_text()
        gateway = f"{subnet.rpartition('.')[0]}.1"
        self.downloads = Downloads(_CACHES / "bench-downloads", gateway)
        text = _BASE_DOCKERFILE.format(base=BASE, address=self.downloads.address)
        self.docker("buildx", "build", "--quiet", "--tag", BASE, "-", stdin=text)

    def _tool(self, verb: str) -> str:
        environment = {
            **os.environ,
            "MSBUILD_ENGINE_DIR": str(self.home),
            "DOCKER_HOST": _NOWHERE,
        }
        environment.pop("MSBUILD_ENGINE_SNAPSHOTTER", None)
        return subprocess.run(
            [sys.executable, str(REPOSITORY / "tools/engine"), verb],
            env=environment,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ).stdout


@contextmanager
def private_engine(*, uses_cache: bool = False) -> Iterator[Engine]:
    """An empty engine, stopped at the end.

    Args:
        uses_cache: whether steps download through a cache on this machine.
    """
    chosen = os.environ.get("MSBUILD_ENGINE_DIR")
    home = Path(chosen).expanduser() if chosen else _CACHES / "bench-engine"
    engine = Engine(home.resolve(), uses_cache)
    try:
        engine.empty()
        yield engine
    finally:
        engine.stop()


@contextmanager
def sample() -> Iterator[Path]:
    """A directory with a copy of the sample, its `msbuild.yaml` and the peers' Dockerfiles."""
    peers = Path(__file__).parent / "peers"
    with tempfile.TemporaryDirectory(prefix="bench-sample-") as name:
        root = Path(name)
        ignore = shutil.ignore_patterns("target", "build")
        shutil.copytree(REPOSITORY / "sample-monorepo", root / "sample-monorepo", ignore=ignore)
        shutil.copy(REPOSITORY / "msbuild.yaml", root)
        shutil.copytree(peers, root / "peers")
        for language in ("go", "rust", "cpp"):
            target = root / "sample-monorepo" / language / ".dockerignore"
            shutil.copy(peers / f"{language}.dockerignore", target)
        yield root
