"""Copies files into a sandbox: sources as planned, and artifacts of other stages."""

from __future__ import annotations

import os
import posixpath
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import BuildError
from msbuild.execute.context import MTIME
from msbuild.execute.local.confined import DIRECTORY, ConfinedDirectory, LeadsOutsideError, kind_of
from msbuild.execute.local.files import copy_file, copy_into, remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msbuild.execute.job_run import JobRun
    from msbuild.execute.local.stage_store import StageStore
    from msbuild.model import Copy, CopyArtifact
    from msbuild.sources.tree import FileContent

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def place_sources(run: JobRun, step: Copy, stage: str, work: Path) -> int:
    """Write source files to a working directory, all with the same fixed time.

    Returns:
        The number of bytes.

    Raises:
        BuildError: a file has changed since planning, or would be outside the directory.
        Cancelled: the job was cancelled.
    """
    directories: set[str] = set()
    copied = 0
    with _path_errors(stage, f"COPY {len(step.files)} files"), ConfinedDirectory(work) as below:
        for path in step.files:
            run.check_cancelled()
            place = posixpath.normpath(step.placed(path))
            content = run.content(path, stage)
            with below.parent(place, create=True) as (above, name):
                _write(above, name, content)
            copied += len(content.data)
            directories.update(_above(place))
        for directory in sorted(directories, reverse=True):
            with below.directory(directory) as handle:
                os.utime(handle, (MTIME, MTIME))
    return copied


def _write(above: int, name: str, content: FileContent) -> None:
    """Write a file of the source tree to an open directory, replacing what is there."""
    _make_room(above, name)
    if content.kind == "link":
        os.symlink(os.fsdecode(content.data), name, dir_fd=above)
        os.utime(name, (MTIME, MTIME), dir_fd=above, follow_symlinks=False)
        return
    with os.fdopen(os.open(name, _NEW, 0o600, dir_fd=above), "wb") as file:
        file.write(content.data)
        file.flush()
        os.fchmod(file.fileno(), 0o755 if content.kind == "executable" else 0o644)
        os.utime(file.fileno(), (MTIME, MTIME))


def _make_room(above: int, name: str) -> None:
    if kind_of(above, name):
        remove_tree(Path(f"/proc/self/fd/{above}/{name}"))


def _above(path: str) -> Iterator[str]:
    """The directories above a relative path, innermost first."""
    while path := posixpath.dirname(path):
        yield path


def place_artifact(step: CopyArtifact, stage: str, work: Path, made: StageStore) -> None:
    """Copy an artifact of another stage, by the rules of ``COPY --from``.

    Links are followed within the ``$OUT`` of that stage, and within the working directory.

    Raises:
        BuildError: the artifact does not exist, or a link leads out.
    """
    with (
        _path_errors(stage, artifact_name(step)),
        ConfinedDirectory(made.out) as out,
        ConfinedDirectory(work) as below,
    ):
        source = real_source(step, stage, made)
        with suppress(NotADirectoryError), out.directory(source) as handle:
            _copy_directory(handle, below, step.destination)
            return
        with out.parent(source) as (handle, name):
            _copy_file(handle, name, below, step)


def real_source(step: CopyArtifact, stage: str, made: StageStore) -> str:
    """The path of an artifact below ``$OUT``, with links resolved.

    Raises:
        BuildError: it does not exist, or a link leads out of ``$OUT``.
    """
    try:
        with ConfinedDirectory(made.out) as out:
            return out.real(step.source)
    except LeadsOutsideError as error:
        raise BuildError(
            f"`{step.source}` of `{step.stage}` is a link that leads out of its `$OUT`, "
            f"to `{error.target}`",
            stage=stage,
            step=artifact_name(step),
            hint=f"copy the file itself into `$OUT` in `{step.stage}`",
        ) from error
    except OSError as error:
        raise BuildError(
            f"`{step.stage}` did not create `{step.source}`",
            stage=stage,
            step=artifact_name(step),
            hint=f"only files that `{step.stage}` writes to `$OUT` can be copied",
        ) from error


def _copy_directory(source: int, below: ConfinedDirectory, place: str) -> None:
    with below.directory(place, create=True) as target:
        if not os.listdir(target):
            copy_into(source, target, place)
            return
        # earlier steps may have left links there: cp would write through them
        for name in sorted(os.listdir(source)):
            _merge(source, target, name, below, posixpath.join(place, name))


def _merge(source: int, target: int, name: str, below: ConfinedDirectory, place: str) -> None:
    kind = kind_of(source, name)
    if kind == stat.S_IFDIR:
        handle = os.open(name, DIRECTORY, dir_fd=source)
        try:
            _copy_directory(handle, below, place)
        finally:
            os.close(handle)
        return
    if kind_of(target, name):
        os.unlink(name, dir_fd=target)
    if kind == stat.S_IFLNK:
        os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
    else:
        copy_file(source, name, target, name)


def _copy_file(source: int, name: str, below: ConfinedDirectory, step: CopyArtifact) -> None:
    place, own = step.destination, posixpath.basename(step.source.rstrip("/")) or name
    if place.endswith("/") or _is_directory(below, place):
        place = posixpath.join(place, own)
    with below.parent(posixpath.normpath(place), create=True) as (above, new):
        if kind_of(above, new):
            os.unlink(new, dir_fd=above)
        copy_file(source, name, above, new)


def _is_directory(below: ConfinedDirectory, path: str) -> bool:
    try:
        with below.directory(path):
            return True
    except OSError:
        return False


@contextmanager
def _path_errors(stage: str, step: str) -> Iterator[None]:
    """Report paths that lead out of the working directory, or that collide with other files."""
    try:
        yield
    except LeadsOutsideError as error:
        raise BuildError(
            f"`{error.path}` leads out of the working directory: an earlier step created a link "
            f"to `{error.target}`",
            stage=stage,
            step=step,
            hint="files are not written through such a link: create a directory instead",
        ) from error
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        name = error.filename if isinstance(error.filename, str) else ""
        raise BuildError(
            f"cannot copy to `{name}`: {(error.strerror or '').lower()}",
            stage=stage,
            step=step,
            hint="an earlier step left a file where a directory is needed, or vice versa",
        ) from error


def artifact_name(step: CopyArtifact) -> str:
    """The name of the step as shown to users."""
    return f"COPY --from={step.stage} {step.source} {step.destination}"
