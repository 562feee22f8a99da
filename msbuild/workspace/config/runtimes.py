"""Makes the runtime of a service, and its user and health check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild.model import NONROOT, SCRATCH, Healthcheck, Runtime, User
from msbuild.workspace.config.formats import seconds

if TYPE_CHECKING:
    from msbuild.workspace.config.given import Given
    from msbuild.workspace.config.problems import Problems

# Where a name comes without numbers: above what distributions give out, below 16 bits.
_NAMED_ID = 10_001
_NOBODY = "nobody"
_NOBODY_ID = 65_534


def make_runtime(given: Given | None, service: str, problems: Problems) -> Runtime:
    """The runtime of a service.

    Args:
        given: what is said about it, the defaults included.
        service: the service's name, for messages.
        problems: where contradictions are noted.
    """
    if given is None:
        return Runtime()
    base = given.plain("base")
    if base == SCRATCH and given.plain("packages") and not given.is_wrong("base"):
        problems.add(
            given["packages"].key,
            f"`{service}` stands on `scratch`, where no packages can be installed",
            "name a distribution: `base: debian:trixie-slim`",
        )
    entrypoint = given.plain("entrypoint")
    return Runtime(
        base=base,
        user=_user(given.get("user")),
        workdir=given.plain("workdir"),
        env=given.plain("env") or {},
        ports=given.plain("ports") or (),
        entrypoint=entrypoint,
        command=given.plain("command"),
        labels=given.plain("labels") or {},
        healthcheck=_healthcheck(given.get("healthcheck")),
        packages=given.plain("packages"),
        certificates=given.plain("certificates"),
    )


def _user(given: Given | None) -> User:
    if given is None:
        return NONROOT
    if isinstance(given.value, dict):
        return _named_user(given.plain("name") or "", given.plain("uid"), given.plain("gid"))
    uid, _, gid = given.value.partition(":")
    if uid.isdigit():
        return User(int(uid), int(gid or uid))
    return _named_user(given.value, None, None)


def _named_user(name: str, uid: int | None, gid: int | None) -> User:
    uid = uid or (_NOBODY_ID if name == _NOBODY else _NAMED_ID)
    return User(uid, uid if gid is None else gid, name)


def _healthcheck(given: Given | None) -> Healthcheck | None:
    if given is None:
        return None
    times: dict[str, Any] = {
        name: seconds(given.plain(name))
        for name in ("interval", "timeout", "start_period")
        if given.get(name)
    }
    return Healthcheck(given.plain("command") or (), retries=given.plain("retries"), **times)
