"""A workspace of two services, and checks that its images match its sources."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError
from msbuild.execute.local.executor import LocalExecutor
from msbuild.execute.local.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[2]
SERVICES = ("a", "b")
SECRET = "s3cr3t-value"  # noqa: S105 - not a secret: the checks search for it
_CONFIG = """\
version: 1
workspace: faults
plugins: [bench.faults.language]
builders: {concatenate: {image: "debian:trixie-slim", env: {TOKEN: "${FAULTS_TOKEN}"}}}
services: {a: {path: a}, b: {path: b}}
"""
_SECONDS = 120
_INTERNAL = 70


@dataclass
class Shop:
    """The workspace and its checks.

    Attributes:
        root: its directory.
        isolation: how steps are isolated, ``bwrap`` or ``directory``.
        wrong: the failures so far.
    """

    root: Path
    isolation: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        (self.root / "msbuild.yaml").write_text(_CONFIG)
        for name in SERVICES:
            (self.root / name).mkdir()
            self.edit(name, "first")
        (self.root / "lock").write_text("lock\n")

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def state(self) -> Path:
        return self.root / ".msbuild"

    def edit(self, service: str, text: str) -> None:
        (self.root / service / "main").write_text(f"{service} {text}\n")

    def edit_shared(self, text: str) -> None:
        (self.root / "lock").write_text(f"{text}\n")

    def start(
        self, *words: str, before: Callable[[], object] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start msbuild in its own session."""
        env = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "MSBUILD_STORE": str(self.store),
            "MSBUILD_WALL": self.isolation,
            "MSBUILD_EXECUTOR": "local",
            "FAULTS_TOKEN": SECRET,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "msbuild", *words],
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=before,  # noqa: PLW1509 - this process has one thread
        )

    def run(
        self, *words: str, expected: set[int], before: Callable[[], object] | None = None
    ) -> int:
        """Run msbuild until it exits; an unexpected exit code is a failure."""
        process = self.start(*words, before=before)
        try:
            _, output = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            _, output = process.communicate()
            self.wrong.append(f"{' '.join(words)} hung")
        code = process.returncode
        if code not in expected or code == _INTERNAL:
            tail = output.decode(errors="replace").strip().splitlines()[-3:]
            self.wrong.append(f"{' '.join(words)} exited with code {code}: {' / '.join(tail)}")
        return code

    def check(self, about: str) -> None:
        """Build, and compare the images with the sources."""
        self.run("all", expected={0})
        for service in SERVICES:
            found, expected = self.program(service), self.expected(service)
            if found != expected:
                self.wrong.append(f"{about}: `{service}` contains {found!r}, expected {expected!r}")
        for place in (self.state, self.store):
            for path in place.rglob("*"):
                if path.is_file() and not path.is_symlink() and SECRET.encode() in read(path):
                    self.wrong.append(f"{about}: {path} contains the value of a variable")

    def expected(self, service: str) -> str:
        lock = (self.root / "lock").read_text()
        return f"{lock}{lock}gen-{lock}{(self.root / service / 'main').read_text()}"

    def program(self, service: str) -> str:
        """The program in a service's image."""
        local = LocalExecutor(Store(self.store))
        try:
            for layer in local.check(f"faults/{service}:latest")["layers"]:
                data = local.blobs.read(layer["digest"])
                with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                    file = archive.extractfile(f"app/{service}")
                    return file.read().decode() if file else ""
        except (MsbuildError, KeyError) as error:
            return f"no image: {error}"
        return "no layer"

    def check_orphans(self, about: str) -> None:
        """Check that no process of a step is left after two seconds."""
        for _ in range(40):
            left = self.processes()
            if not left:
                return
            time.sleep(0.05)
        self.wrong.append(f"{about}: processes still running: {left}")

    def processes(self) -> list[str]:
        """The running processes that use the store."""
        store, found = os.fsencode(self.store), []
        for process in Path("/proc").iterdir():
            if process.name.isdecimal() and int(process.name) != os.getpid():
                try:
                    details = (process / "cmdline").read_bytes() + os.fsencode(
                        (process / "cwd").readlink()
                    )
                    details += (process / "environ").read_bytes()
                except OSError:
                    continue
                if store in details and b"-mmsbuild" not in details.replace(b"\0", b""):
                    found.append(f"{process.name} {details[:80]!r}")
        return found


def read(path: Path) -> bytes:
    """The bytes of a file, if it can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
