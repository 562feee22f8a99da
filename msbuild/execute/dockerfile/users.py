"""Adds named users to any base image: `scratch`, images with a shell, and images without."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msbuild.execute.dockerfile.instructions import copy, from_stage, run_as_written
from msbuild.execute.dockerfile.layout import OUT
from msbuild.execute.dockerfile.quoting import heredoc
from msbuild.model import SCRATCH

if TYPE_CHECKING:
    from msbuild.execute.dockerfile.instructions import Instruction
    from msbuild.model import AddUser, Runtime, User

# Official images that have a shell, by the last part of their name.
_WITH_SHELL = {"alpine", "almalinux", "busybox", "debian", "fedora", "rockylinux", "ubuntu"}


def passwd_line(user: User, runtime: Runtime) -> str:
    """The user's line in ``/etc/passwd``."""
    # a colon ends a field and cannot be escaped
    home = "/" if ":" in runtime.workdir else runtime.workdir
    return f"{user.name}:x:{user.uid}:{user.gid}:{user.name}:{home}:/sbin/nologin"


def group_line(user: User) -> str:
    """The line of the user's group in ``/etc/group``."""
    return f"{user.name}:x:{user.gid}:"


def add_user(
    step: AddUser, name: str, base: str, runtime: Runtime
) -> tuple[list[Instruction], list[Instruction]]:
    """The instructions that add a named user.

    Args:
        step: the user, and a stage with a shell.
        name: the name of the runtime stage.
        base: the base image of the runtime stage.
        runtime: the runtime, for the home directory.

    Returns:
        The instructions of a helper stage that must come first, and those for the runtime stage.
    """
    passwd, group = passwd_line(step.user, runtime), group_line(step.user)
    echo_passwd, echo_group = f"echo {shlex.quote(passwd)}", f"echo {shlex.quote(group)}"
    if base == SCRATCH:
        return [], [
            copy(name, heredoc(passwd, "/etc/passwd")),
            copy(name, heredoc(group, "/etc/group")),
        ]
    family = base.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]
    if family in _WITH_SHELL:
        script = f"{echo_passwd} >> /etc/passwd && {echo_group} >> /etc/group"
        return [], [run_as_written(name, script)]
    merge = (
        f"mkdir -p {OUT}/etc && \\\n"
        f"    {{ cat /mnt/etc/passwd || true; {echo_passwd}; }} > {OUT}/etc/passwd && \\\n"
        f"    {{ cat /mnt/etc/group || true; {echo_group}; }} > {OUT}/etc/group"
    )
    helper = f"{name}--user"
    mount = f"--mount=type=bind,from={base},target=/mnt \\\n    "
    comment = f"{base} may have no shell: its passwd file gets the entry here"
    return [
        from_stage(helper, step.stage, comment),
        run_as_written(helper, merge, mount),
    ], [copy(name, f"--from={helper} {OUT}/etc/ /etc/")]
