"""Wraps the command of a step in strace, whatever wall it is behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.sandboxes import Mount
from msbuild.verify.accesses import TRACED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from msbuild.execute.local.isolation import Isolation
    from msbuild.execute.local.sandboxes import Sandbox, SandboxAccess

_OLDEST = (5, 3)
_SECONDS = 20
# Below `$CACHE`, where a wall can show a directory of the host.
_PLACE = ".msbuild-trace"
# The program and the argument that every wall's command ends with: the shell and its script.
_SHELL = 2


@cache
def find_strace() -> str:
    """The program, absolute.

    Raises:
        EnvironmentFault: it is missing, too old, or the system lets nobody trace.
    """
    program = shutil.which("strace")
    if program is None:
        raise UnavailableError(
            "there is no `strace` on this host, which sees what a build reads",
            hint="`apt-get install strace`",
        )
    said = _run([program, "-V"]).stdout
    found = re.search(r"version (\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) < _OLDEST:
        raise UnavailableError(
            f"`strace` is older than {'.'.join(map(str, _OLDEST))}: {said.splitlines()[:1]}",
            hint="`apt-get install strace` of a newer release",
        )
    tried = _run([*strace_command(program, os.devnull), "/bin/true"])
    if tried.returncode != 0:
        told = (tried.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise UnavailableError(
            f"this system does not let `strace` trace a program: {told}",
            hint="in a container it takes `--cap-add SYS_PTRACE`; "
            "`sysctl kernel.yama.ptrace_scope` must be below 3",
        )
    return program


def strace_command(program: str, trace: str) -> list[str]:
    """The words that go before a command to have it traced.

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
    """A wall whose steps are traced, each into a file of its own.

    Attributes:
        inner: the wall.
        directory: where the traces go.
        traces: those that were begun, in the order of the steps.
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
        """The environment, as it is without a tracer."""
        return self.inner.environment(sandbox, env)

    def ca_file(self, opening: SandboxAccess) -> str | None:
        """The certificates as a step sees them."""
        return self.inner.ca_file(opening)

    def command(self, sandbox: Sandbox, script: Path, opening: SandboxAccess) -> Sequence[str]:
        """The command, with strace right before the shell: within the wall."""
        command = list(self.inner.command(sandbox, script, self._opened(opening)))
        seen = self.seen(sandbox)
        self.root = str(seen.work)
        trace = f"{len(self.traces)}.trace"
        self.traces.append(self.directory / trace)
        words = strace_command(find_strace(), str(seen.cache / _PLACE / trace))
        return [*command[:-_SHELL], *words, *command[-_SHELL:]]

    def mounted(self, sandbox: Sandbox, opening: SandboxAccess) -> AbstractContextManager[None]:
        """A context in which the mounts are there, that of the traces among them."""
        return self.inner.mounted(sandbox, self._opened(opening))

    def _opened(self, opening: SandboxAccess) -> SandboxAccess:
        home = os.path.dirname(find_strace())  # noqa: PTH120 - a string in, a string out
        # nobody else knows the directory: it needs no lock
        mount = Mount(_PLACE, self.directory, alone=False, lock=-1)
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
