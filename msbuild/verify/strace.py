"""Finds the host's strace, wraps the commands of steps in it, and packs it for containers."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.sandboxes import Mount
from msbuild.verify.accesses import TRACED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from msbuild.execute.local.isolation import Isolation
    from msbuild.execute.local.sandboxes import Sandbox, SandboxAccess


_OLDEST = (5, 3)
_SECONDS = 20
# Below `$CACHE`, where isolation can mount a directory of the host.
TRACE_DIRECTORY = ".msbuild-trace"
# The last two words of the command of a step: the shell and its script.
_SHELL = 2


@cache
def find_strace() -> str:
    """The absolute path of strace.

    Raises:
        UnavailableError: it is missing or too old, or the system does not permit tracing.
    """
    program = shutil.which("strace")
    if program is None:
        raise UnavailableError(
            "`strace` is not installed on this host",
            hint="`apt-get install strace`",
        )
    version = _run([program, "-V"]).stdout
    found = re.search(r"version (\d+)\.(\d+)", version)
    if not found or (int(found[1]), int(found[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise UnavailableError(
            f"`strace` is older than {oldest}: {''.join(version.splitlines()[:1])}",
            hint="install a newer release of `strace`",
        )
    tried = _run([*strace_command(program, os.devnull), "/bin/true"])
    if tried.returncode != 0:
        reason = (tried.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise UnavailableError(
            f"`strace` is not permitted to trace a program: {reason}",
            hint="in a container, add `--cap-add SYS_PTRACE`; "
            "`sysctl kernel.yama.ptrace_scope` must be below 3",
        )
    return program


def strace_command(program: str, trace: str) -> list[str]:
    """The words to put before a command to trace it.

    Args:
        program: strace.
        trace: the file to write.
    """
    calls = ",".join(name if name.startswith("%") else f"?{name}" for name in TRACED)
    return [
        *(program, "-f", "--seccomp-bpf", "-y", "-q"),
        *("-e", "signal=none", "-e", f"trace={calls}", "-o", trace, "--"),
    ]


@dataclass(slots=True)
class TracedIsolation:
    """Isolation that traces each step into its own file.

    Attributes:
        inner: the isolation without tracing.
        directory: where the traces go.
        traces: the files of the steps that started, in order.
        root: the working directory as the steps see it.
    """

    inner: Isolation
    directory: Path
    traces: list[Path] = field(default_factory=list)
    root: str = ""
    name: str = field(init=False)
    fixed: bool = field(init=False)
    contains: bool = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.fixed = self.inner.name, self.inner.fixed
        self.contains = self.inner.contains

    def seen(self, sandbox: Sandbox) -> Sandbox:
        """The directories as a step sees them."""
        return self.inner.seen(sandbox)

    def environment(self, sandbox: Sandbox, env: Mapping[str, str]) -> Mapping[str, str]:
        """The environment, the same as without tracing."""
        return self.inner.environment(sandbox, env)

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """The certificates as a step sees them."""
        return self.inner.ca_file(opening)

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The command, with strace right before the shell, inside the isolation."""
        command = list(self.inner.command(sandbox, script, self._opened(opening)))
        seen = self.seen(sandbox)
        self.root = str(seen.work)
        trace = f"{len(self.traces)}.trace"
        self.traces.append(self.directory / trace)
        words = strace_command(find_strace(), str(seen.cache / TRACE_DIRECTORY / trace))
        return [*command[:-_SHELL], *words, *command[-_SHELL:]]

    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> AbstractContextManager[None]:
        """A context with the mounts, including that of the traces."""
        return self.inner.mounted(sandbox, self._opened(opening))

    def _opened(self, opening: SandboxAccess) -> SandboxAccess:
        home = os.path.dirname(find_strace())  # noqa: PTH120 - a string in, a string out
        # the directory is private: it needs no lock
        mount = Mount(TRACE_DIRECTORY, self.directory, exclusive=False, lock=-1)
        return replace(opening, homes=(*opening.homes, home), mounts=(*opening.mounts, mount))


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
    )


PLACE = "/run/msbuild-verify"
# `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, and `/lib64/ld-linux-x86-64.so.2 (0x…)`
_LIBRARY = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
_LOADER = re.compile(r"ld[-.](?:linux|musl).*\.so")


def bundle() -> tuple[list[str], bytes]:
    """The command of strace once the archive is unpacked at ``/``, and the archive."""
    program = Path(find_strace())
    libraries = [Path(path) for path in _LIBRARY.findall(_needs(program))]
    files = {"strace": program.read_bytes()}
    files |= {library.name: library.read_bytes() for library in libraries}
    loader = next((each.name for each in libraries if _LOADER.match(each.name)), None)
    words = [f"{PLACE}/strace"]
    if loader:
        # an image may have another libc, or none
        words = [f"{PLACE}/{loader}", "--library-path", PLACE, *words]
    return words, archive({f"{PLACE}/{name}": data for name, data in files.items()})


def archive(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of programs, by absolute path."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            info.mode, info.size = 0o755, len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _needs(program: Path) -> str:
    done = subprocess.run(  # noqa: S603 - a program of this host
        ["ldd", str(program)],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout
