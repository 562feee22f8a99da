"""Puts files into a sandbox: sources as the plan saw them, and what other stages made."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from msbuild.errors import BuildFailure
from msbuild.execute.context import MTIME, checked
from msbuild.execute.local.files import copy_tree, remove_tree
from msbuild.execute.protocol import Cancelled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from msbuild.execute.local.kept import Kept
    from msbuild.execute.local.runs import JobRun
    from msbuild.model import Copy, CopyArtifact
    from msbuild.sources import SourceTree


def place_sources(step: Copy, stage: str, work: Path, sources: SourceTree, run: JobRun) -> None:
    """Write source files below a working directory, all with the same old time.

    Raises:
        BuildFailure: a file is not what the plan saw.
        Cancelled: the job was told to stop.
    """
    directories: set[Path] = set()
    for path in step.files:
        if run.cancel.is_set():
            raise Cancelled
        run.copied += _write(path, work / step.placed(path), stage, sources, run.job.hashes)
        directories.update(_between(work, (work / step.placed(path)).parent))
    for directory in sorted(directories, reverse=True):
        os.utime(directory, (MTIME, MTIME))


def _write(
    path: str, target: Path, stage: str, sources: SourceTree, hashes: Mapping[str, str]
) -> int:
    content = checked(path, stage, sources, hashes)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink() or target.exists():
        remove_tree(target)
    if content.kind == "link":
        target.symlink_to(os.fsdecode(content.data))
    else:
        target.write_bytes(content.data)
        target.chmod(0o755 if content.kind == "executable" else 0o644)
    os.utime(target, (MTIME, MTIME), follow_symlinks=False)
    return len(content.data)


def _between(top: Path, directory: Path) -> set[Path]:
    """The directories from ``directory`` up to ``top``, without the latter."""
    found: set[Path] = set()
    while directory not in (top, directory.parent):
        found.add(directory)
        directory = directory.parent
    return found


def place_artifact(step: CopyArtifact, stage: str, work: Path, made: Kept) -> None:
    """Copy what another stage made to its place, by the rules of ``COPY --from``.

    Raises:
        BuildFailure: it made no such thing.
    """
    source = made.out / step.source
    target = work / step.destination
    if source.is_dir():
        copy_tree(source, target)
        return
    if not source.exists():
        raise BuildFailure(
            f"`{step.stage}` made no `{step.source}`",
            stage=stage,
            step=artifact_name(step),
            hint=f"what `{step.stage}` leaves in `$OUT` is what others can copy",
        )
    if step.destination.endswith("/") or target.is_dir():
        target /= source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def artifact_name(step: CopyArtifact) -> str:
    """The step as the user knows it."""
    return f"COPY --from={step.stage} {step.source} {step.destination}"
