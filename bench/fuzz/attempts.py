"""Loads and plans one workspace in this process and classifies the outcome."""

from __future__ import annotations

import signal
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import MsbuildError
from msbuild.execute.dockerfile import EXECUTED, EXPORTED, ignore_file, render
from msbuild.workspace import loading
from msbuild.workspace.lockfile import read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_OURS = ("/msbuild/", "/plugins/")
SLOW = 1.0
LIMIT = 5.0


class TooLong(BaseException):
    """The time is up. Only this module catches it."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of one attempt.

    Attributes:
        kind: `accepted`, `rejected`, or what went wrong and where.
        bad: whether it is a bug.
        seconds: CPU time.
        text: the full error.
    """

    kind: str
    bad: bool
    seconds: float
    text: str = ""


def attempt(root: Path) -> Verdict:
    """Load, fingerprint and render the workspace in a directory."""
    started = time.process_time()
    kind, bad, text = "accepted", False, ""
    try:
        with _limited(LIMIT):
            _plan(root)
    except MsbuildError as error:
        kind, text = "rejected", error.render()
    except OSError as error:
        kind, text = f"system error: {type(error).__name__} {_where(error)}", str(error)
        bad = True
    except TooLong as error:
        kind, bad, text = f"timeout {_where(error)}", True, _trace(error)
    except Exception as error:  # noqa: BLE001 - finding these is the purpose
        kind, bad, text = f"{type(error).__name__} {_where(error)}", True, _trace(error)
    seconds = time.process_time() - started
    if not bad and seconds > SLOW:
        kind, bad = "slow", True
    return Verdict(kind, bad, seconds, text)


def _plan(root: Path) -> None:
    loaded = loading.load(root / "msbuild.yaml")
    workspace = loaded.workspace
    services = tuple(workspace.services)
    locked = read_lock(workspace.root)
    bases = loading.base_images(loaded, services)
    pins = {base: locked.get(base, f"{base}@sha256:{'0' * 64}") for base in bases}
    loading.fingerprint(loaded, services, pins, "linux/amd64")
    stages = loaded.assembly.graph.needed_by(services)
    for layout in (EXECUTED, EXPORTED):
        render(stages, pins=pins, layout=layout)
    ignore_file({path for stage in stages for path in stage.files}, workspace.source_root)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _where(error: BaseException) -> str:
    """The innermost frame in our code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(part in frame.filename for part in _OURS)]
    if not ours:
        return "elsewhere"
    last = ours[-1]
    return f"in {Path(last.filename).parent.name}/{Path(last.filename).name} {last.name}"


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
