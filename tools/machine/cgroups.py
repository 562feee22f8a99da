"""Sets up control groups for an engine, where no init system has done so."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from machine.root import call
from machine.say import say

TREE = Path("/sys/fs/cgroup")


def prepare() -> None:
    """Mount control groups if needed, and allow nested groups inside a container."""
    if not _mounted():
        say("mounting control groups")
        TREE.mkdir(parents=True, exist_ok=True)
        call("mount", "-t", "cgroup2", "cgroup2", str(TREE))
    if _has_processes_at_top():
        _move_processes_down()


def _mounted() -> bool:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split(" - ", 1)[1].startswith("cgroup") for line in lines)


def _has_processes_at_top() -> bool:
    """Whether this is a container's tree whose top group has processes but no controllers.

    Only a group below the machine's root group has a `cgroup.type`.
    """
    control, kind = TREE / "cgroup.subtree_control", TREE / "cgroup.type"
    return kind.is_file() and control.is_file() and not control.read_text().strip()


def _move_processes_down() -> None:
    """Move the processes to a child: a group cannot have both processes and controllers."""
    below = TREE / "init"
    below.mkdir(exist_ok=True)
    for pid in (TREE / "cgroup.procs").read_text().split():
        with suppress(OSError):  # it has ended, or belongs to the kernel
            (below / "cgroup.procs").write_text(pid)
    for controller in (TREE / "cgroup.controllers").read_text().split():
        with suppress(OSError):
            (TREE / "cgroup.subtree_control").write_text(f"+{controller}")
