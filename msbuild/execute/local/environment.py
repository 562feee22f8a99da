"""The environment variables of a step; nothing is inherited from the user."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msbuild.execute.context import MTIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from msbuild.execute.local.sandboxes import Sandbox
    from msbuild.execute.local.toolchains import HostToolchain
    from msbuild.model import Run, Stage

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Only set for downloading steps.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


def environment(
    chain: Sequence[Stage], step: Run, view: Sandbox, toolchain: HostToolchain | None
) -> dict[str, str]:
    """All variables of a step.

    Args:
        chain: the stage and all stages it is based on, the root first.
        step: the step.
        view: the directories as the step sees them.
        toolchain: the compilers.
    """
    env = {
        "PATH": ":".join([*(toolchain.path if toolchain else ()), _SYSTEM_PATH]),
        "HOME": str(view.home),
        "TMPDIR": str(view.tmp),
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": str(MTIME),
        "OUT": str(view.out),
        "CACHE": str(view.cache),
    }
    if step.network:
        env |= _proxies(os.environ)
    for stage in chain:
        env |= {name: _resolved(value, view) for name, value in stage.env}
    return env | {name: _resolved(value, view) for name, value in step.env}


def _proxies(env: Mapping[str, str]) -> dict[str, str]:
    names = {spelt for name in _PROXIES for spelt in (name, name.lower())}
    return {name: env[name] for name in sorted(names & set(env))}


def _resolved(value: str, view: Sandbox) -> str:
    for name, directory in (("$OUT", view.out), ("$CACHE", view.cache)):
        if value == name or value.startswith(f"{name}/"):
            return str(directory) + value.removeprefix(name)
    return value
