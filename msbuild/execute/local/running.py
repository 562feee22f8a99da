"""Runs an image as a process of this host, to try it out."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import UnavailableError
from msbuild.execute.local.confined import ConfinedDirectory
from msbuild.execute.local.isolation import Bubblewrap, find_isolation
from msbuild.execute.local.process import Lifeline
from msbuild.execute.local.unpacking import clear, unpack, unpacked

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping, Sequence

    from msbuild.execute.local.executor import LocalExecutor

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0
_RESOLVER_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf")


@dataclass(frozen=True, slots=True)
class Start:
    """How an image starts.

    Attributes:
        command: program and arguments.
        env: its environment.
        workdir: absolute, within the image.
        user: numeric user and group.
    """

    command: Sequence[str]
    env: Mapping[str, str]
    workdir: str
    user: tuple[int, int]


def run(local: LocalExecutor, tag: str, env: Mapping[str, str], cancel: threading.Event) -> int:
    """Run the image behind a tag until it ends or is cancelled; returns its exit code.

    Args:
        local: the executor that has the image.
        tag: the tag.
        env: variables in addition to those of the image.
        cancel: ends it.

    Raises:
        UnavailableError: the image does not exist, or has no program to start.
    """
    with unpacked_image(local, tag) as root:
        start = _start(local, tag, env)
        with _launched(root, start) as process:
            return _wait(process, cancel)


@contextmanager
def unpacked_image(local: LocalExecutor, tag: str) -> Iterator[Path]:
    """A temporary directory with the files of an image."""
    manifest = local.check(tag)
    local.store.prepare()
    with local.store.scratch("run") as scratch:
        root = scratch / "root"
        root.mkdir()
        for layer in manifest["layers"]:
            with unpacked(local.blobs.path(layer["digest"]), layer["mediaType"]) as archive:
                unpack(archive, root)
        yield root


def _start(local: LocalExecutor, tag: str, env: Mapping[str, str]) -> Start:
    settings = local.config(tag).get("config") or {}
    command = [*(settings.get("Entrypoint") or ()), *(settings.get("Cmd") or ())]
    if not command:
        raise UnavailableError(f"`{tag}` has no program to start")
    user, _, group = str(settings.get("User") or "0").partition(":")
    if not (user.isdecimal() and (group or user).isdecimal()):
        raise UnavailableError(
            f"cannot run `{tag}` as user `{settings.get('User')}`: not a numeric user id",
            hint="set `user` in the runtime of the service to a number",
        )
    own = dict(pair.split("=", 1) for pair in settings.get("Env") or ())
    return Start(
        command=command,
        env={**own, **env},
        workdir=settings.get("WorkingDir") or "/",
        user=(int(user), int(group or user)),
    )


@contextmanager
def _launched(root: Path, start: Start) -> Iterator[subprocess.Popen[bytes]]:
    """The program as a process, which ends with msbuild, like its descendants."""
    isolation = find_isolation()
    with ConfinedDirectory(root, is_root=True) as below:
        with below.directory(start.workdir, create=True):
            workdir = root / below.real(start.workdir)
        if isinstance(isolation, Bubblewrap):
            for path in ("/proc", "/dev", "/tmp"):  # noqa: S108 - the image's own
                clear(below, path, directory=True)
            for path in filter(os.path.exists, _RESOLVER_FILES):
                clear(below, path, directory=False)
            yield subprocess.Popen(_sandboxed(root, start), env=dict(start.env))  # noqa: S603
            return
        program, *arguments = start.command
        if "/" in program:
            inside = posixpath.join(start.workdir, program)
            # a program of the image, not one of this host that a link points to
            program = str(root / below.real(inside))
    lifeline = Lifeline()
    try:
        yield subprocess.Popen(  # noqa: S603 - the command of the image
            [*lifeline.words, program, *arguments],
            cwd=workdir,
            env=dict(start.env),
            pass_fds=lifeline.inherited,
        )
    finally:
        lifeline.cut()


def _sandboxed(root: Path, start: Start) -> list[str]:
    """The bubblewrap command line, with the image as the root."""
    uid, gid = start.user
    words = [str(shutil.which("bwrap")), "--bind", str(root), "/", "--proc", "/proc"]
    words += ["--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the image's own
    for path in _RESOLVER_FILES:
        if Path(path).exists():
            words += ["--ro-bind", str(Path(path).resolve()), path]
    words += [
        "--unshare-user",
        "--uid",
        str(uid),
        "--gid",
        str(gid),
        "--unshare-ipc",
        "--unshare-pid",
    ]
    return [*words, "--die-with-parent", "--chdir", start.workdir, *start.command]


def _wait(process: subprocess.Popen[bytes], cancel: threading.Event) -> int:
    while process.poll() is None and not cancel.wait(_POLL_SECONDS):
        pass
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
