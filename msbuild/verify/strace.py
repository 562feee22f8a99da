"""Runs the commands of steps under the host's strace, and reads what they did with files."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.sandboxes import Mount
from msbuild.verify.trace import (
    EXITED,
    FORKS,
    Call,
    Process,
    Processes,
    descriptor_path,
    read_calls,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from msbuild.execute.local.isolation import Isolation
    from msbuild.execute.local.sandboxes import Sandbox, SandboxAccess


class How(StrEnum):
    """How a path was accessed."""

    OPENED = "opened"
    LISTED = "listed"
    LOOKED_FOR = "looked for"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Access:
    """One path in one call.

    Attributes:
        path: absolute, as the process named it: links and `..` are not resolved.
        how: the kind of access.
        process: the process that did it.
        found: the path that the kernel opened, after following links; empty if unknown.
        asked: ``stat`` or ``lstat`` if the call was one of them; else empty.
    """

    path: str
    how: How
    process: Process
    found: str = ""
    asked: str = ""


# Calls whose first argument is a path, relative to the working directory.
_PLAIN = {
    "access": How.LOOKED_FOR,
    "creat": How.WRITTEN,
    "execve": How.OPENED,
    "lstat": How.LOOKED_FOR,
    "open": How.OPENED,
    "readlink": How.OPENED,
    "stat": How.LOOKED_FOR,
    "truncate": How.WRITTEN,
    "unlink": How.WRITTEN,
}
# Calls whose second argument is a path, relative to the directory in the first one.
_BELOW = {
    "execveat": How.OPENED,
    "faccessat": How.LOOKED_FOR,
    "faccessat2": How.LOOKED_FOR,
    "newfstatat": How.LOOKED_FOR,
    "openat": How.OPENED,
    "openat2": How.OPENED,
    "readlinkat": How.OPENED,
    "statx": How.LOOKED_FOR,
    "unlinkat": How.WRITTEN,
}
# Calls with an old and a new path: the numbers of both arguments, and whether the old one is gone.
_PAIRS = {
    "link": (0, 1, False),
    "rename": (0, 1, True),
    "linkat": (1, 3, False),
    "renameat": (1, 3, True),
    "renameat2": (1, 3, True),
}
_LINKS = {"symlink": 1, "symlinkat": 2}
_LISTS = ("getdents", "getdents64")

TRACED = (
    *("%file", "fchdir", *_LISTS, *FORKS),
    # not every architecture has these: they are requested as optional
    *("openat2", "faccessat2", "statx", "execveat", "renameat2"),
)
"""The calls that a trace must contain."""


# Most lines of a trace are about system files: they are skipped without parsing.
_ABSOLUTE = re.compile(
    r"\d+ +(?:access|faccessat2?|lstat|newfstatat|open|openat|readlink|readlinkat|stat|statx)"
    r'\((?:[^"]*, )?"(/[^"]*)"'
)


def read_accesses(trace: Path, directory: str) -> Iterator[Access]:
    """The file accesses in a trace, in order; most of those outside the directory are left out.

    Args:
        trace: the output of strace.
        directory: the working directory of the first process.
    """

    def may_be_inside(line: str) -> bool:
        found = _ABSOLUTE.match(line)
        return not found or found[1].startswith(directory) or ".." in found[1]

    forks = [call for call in _calls(trace, _may_be_fork) if call.name in FORKS]
    processes = Processes(forks, directory)
    for call in _calls(trace, may_be_inside):
        if call.name == EXITED:
            processes.note(call)
            continue
        process = processes.of(call.pid)
        # a call uses the working directory and the program from before it
        made = list(accesses_of(call, process))
        processes.note(call)
        if call.name in ("execve", "execveat"):
            made = [Access(each.path, each.how, process, each.found) for each in made]
        yield from made


def accesses_of(call: Call, process: Process) -> Iterator[Access]:
    """The file accesses of one call."""

    def at(number: int, *, below: bool) -> str | None:
        name = string(call.argument(number))
        if not name:
            return None
        start = descriptor_path(call.argument(number - 1)) if below else None
        return f"{start or process.directory}/{name}" if not name.startswith("/") else name

    if call.name in _LISTS:
        # the last call of a listing returns nothing and does not count
        if call.result != "0" and (path := descriptor_path(call.argument(0))):
            yield Access(path, How.LISTED, process, path)
    elif call.name in _PAIRS:
        old, new, moved = _PAIRS[call.name]
        paths = [at(number, below=old > 0) for number in (old, new)]
        yield from _moved(paths, process, failed=call.failed, moved=moved)
    elif call.name in _LINKS:
        path = at(_LINKS[call.name], below=call.name == "symlinkat")
        if path and not call.failed:
            yield Access(path, How.WRITTEN, process)
    elif call.name in _PLAIN or call.name in _BELOW:
        below = call.name in _BELOW
        if path := at(int(below), below=below):
            how = (_BELOW if below else _PLAIN)[call.name]
            found = descriptor_path(call.result) or ""
            yield Access(path, _how(call, how), process, found, _asked(call))


def _asked(call: Call) -> str:
    if call.name == "newfstatat":
        return "lstat" if "AT_SYMLINK_NOFOLLOW" in call.arguments[-1] else "stat"
    return call.name if call.name in ("stat", "lstat") else ""


def _how(call: Call, usual: How) -> How:
    if call.failed:
        return How.LOOKED_FOR
    if call.name.startswith("open"):
        flags = set("|".join(call.arguments[1:]).replace("{flags=", "|").split("|"))
        flags = {flag.strip(" {},") for flag in flags}
        if flags & {"O_WRONLY", "O_TRUNC", "O_TMPFILE"} or flags >= {"O_CREAT", "O_EXCL"}:
            return How.WRITTEN
        return How.LOOKED_FOR if "O_PATH" in flags else How.OPENED
    return usual


def _moved(
    paths: list[str | None], process: Process, *, failed: bool, moved: bool
) -> Iterator[Access]:
    old, new = paths
    if old:
        yield Access(old, How.LOOKED_FOR if failed else How.OPENED, process)
    if not failed:
        yield from (
            Access(path, How.WRITTEN, process) for path in (old if moved else None, new) if path
        )


def _may_be_fork(line: str) -> bool:
    return "clone" in line or "fork" in line


def _calls(trace: Path, wanted: Callable[[str], bool]) -> Iterator[Call]:
    with trace.open(encoding="utf-8", errors="surrogateescape") as file:
        yield from read_calls(filter(wanted, file))


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
