"""What a step finds in its environment: nothing of the user's own."""

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
# How a step that downloads gets out; no other step hears of them.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


def environment(
    chain: Sequence[Stage], step: Run, seen: Sandbox, toolchain: HostToolchain | None
) -> dict[str, str]:
    """All variables of a step.

    Args:
        chain: the stage and what it stands on, the ground first.
        step: the step.
        seen: the directories as the step sees them.
        toolchain: where compilers are.
    """
    env = {
        "PATH": ":".join([*(toolchain.path if toolchain else ()), _SYSTEM_PATH]),
        "HOME": str(seen.home),
        "TMPDIR": str(seen.tmp),
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": str(MTIME),
        "OUT": str(seen.out),
        "CACHE": str(seen.cache),
    }
    if step.network:
        env |= _proxies(os.environ)
    for stage in chain:
        env |= {name: _resolved(value, seen) for name, value in stage.env}
    return env | {name: _resolved(value, seen) for name, value in step.env}


def _proxies(env: Mapping[str, str]) -> dict[str, str]:
    names = {spelt for name in _PROXIES for spelt in (name, name.lower())}
    return {name: env[name] for name in sorted(names & set(env))}


def _resolved(value: str, seen: Sandbox) -> str:
    for name, directory in (("$OUT", seen.out), ("$CACHE", seen.cache)):
        if value == name or value.startswith(f"{name}/"):
            return str(directory) + value.removeprefix(name)
    return value
