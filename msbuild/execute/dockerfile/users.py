"""Adds named users to any base image: `scratch`, images with a shell, and images without."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msbuild.execute.dockerfile.layout import OUT
from msbuild.execute.dockerfile.quoting import heredoc
from msbuild.model import SCRATCH

if TYPE_CHECKING:
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


def add_user(step: AddUser, name: str, base: str, runtime: Runtime) -> tuple[list[str], list[str]]:
    """The instructions that add a named user.

    Args:
        step: the user, and a stage with a shell.
        name: the name of the runtime stage.
        base: the base image of the runtime stage.
        runtime: the runtime, for the home directory.

    Returns:
        The lines of a helper stage that must come first, and the lines for the runtime stage.
    """
    passwd, group = passwd_line(step.user, runtime), group_line(step.user)
    echo_passwd, echo_group = f"echo {shlex.quote(passwd)}", f"echo {shlex.quote(group)}"
    if base == SCRATCH:
        return [], [
            heredoc("COPY", passwd, "/etc/passwd"),
            heredoc("COPY", group, "/etc/group"),
        ]
    family = base.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]
    if family in _WITH_SHELL:
        return [], [f"RUN {echo_passwd} >> /etc/passwd && {echo_group} >> /etc/group"]
    merge = (
        f"RUN --mount=type=bind,from={base},target=/mnt \\\n"
        f"    mkdir -p {OUT}/etc && \\\n"
        f"    {{ cat /mnt/etc/passwd || true; {echo_passwd}; }} > {OUT}/etc/passwd && \\\n"
        f"    {{ cat /mnt/etc/group || true; {echo_group}; }} > {OUT}/etc/group"
    )
    return [
        f"# {base} may have no shell: its passwd file gets the entry here",
        f"FROM {step.stage} AS {name}--user",
        merge,
    ], [f"COPY --from={name}--user {OUT}/etc/ /etc/"]
