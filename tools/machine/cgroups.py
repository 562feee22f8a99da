"""Control groups the way an engine needs them, where no init system has set them up."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from machine.root import call
from machine.say import say

TREE = Path("/sys/fs/cgroup")


def prepare() -> None:
    """Mount control groups if nothing has, and make room for an engine's inside of a container."""
    if not _mounted():
        say("mounting the control groups, as nothing has yet")
        TREE.mkdir(parents=True, exist_ok=True)
        call("mount", "-t", "cgroup2", "cgroup2", str(TREE))
    if _is_crowded():
        _make_room()


def _mounted() -> bool:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split(" - ", 1)[1].startswith("cgroup") for line in lines)


def _is_crowded() -> bool:
    """Whether this is a container's tree whose top holds processes and no controller for children.

    Only a group below the machine's own top has a `cgroup.type`.
    """
    control, kind = TREE / "cgroup.subtree_control", TREE / "cgroup.type"
    return kind.is_file() and control.is_file() and not control.read_text().strip()


def _make_room() -> None:
    """Move the processes one down: a group may have processes or controllers for children."""
    below = TREE / "init"
    below.mkdir(exist_ok=True)
    for pid in (TREE / "cgroup.procs").read_text().split():
        with suppress(OSError):  # it ended, or is the kernel's
            (below / "cgroup.procs").write_text(pid)
    for controller in (TREE / "cgroup.controllers").read_text().split():
        with suppress(OSError):
            (TREE / "cgroup.subtree_control").write_text(f"+{controller}")
