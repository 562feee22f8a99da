"""Registries without a daemon: skopeo, which knows their protocols, proxies and credentials."""

from __future__ import annotations

import os
import re
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from msbuild.errors import EnvironmentFault
from msbuild.execute.faults import registry_fault
from msbuild.execute.local.process import run
from msbuild.execute.protocol import Cancelled
from msbuild.registry.names import host_of, is_loopback
from msbuild.retrying import MANY_REQUESTS, persist

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from msbuild.retrying import Patience

_PROGRAM = "skopeo"
_FATAL = re.compile(r'^time="[^"]*" level=fatal msg=')
_HINT_OFFLINE = "run once without `--offline` and `MSBUILD_OFFLINE`"


class Skopeo:
    """Calls of ``skopeo``.

    Args:
        platform: which of several images behind a name is meant.
        offline: no registry may be asked.
        patience: how long one call is worth trying.
    """

    def __init__(
        self, platform: str, *, offline: bool = False, patience: Patience = MANY_REQUESTS
    ) -> None:
        self._offline = offline
        self._patience = patience
        system, _, architecture = platform.partition("/")
        self._platform = ["--override-os", system, "--override-arch", architecture]

    def digest(self, reference: str) -> str:
        """The digest behind a name in a registry.

        Raises:
            EnvironmentFault: the registry does not say.
        """
        words = [
            "inspect",
            "--format",
            "{{.Digest}}",
            "--no-tags",
            *_tls(reference, ""),
            f"docker://{reference}",
        ]
        return self._call(words, f"the base image `{reference}` cannot be found").strip()

    def fetch(self, name: str, digest: str, layout: Path, cancel: threading.Event) -> None:
        """Copy an image of a registry into a new OCI layout.

        Raises:
            EnvironmentFault: the registry does not give it.
            Cancelled: ``cancel`` was set.
        """
        source = f"{_repository(name)}@{digest}"
        words = ["copy", "--quiet", *_tls(name, "src-"), f"docker://{source}", f"oci:{layout}:base"]
        self._call(words, f"the base image `{name}` cannot be fetched", cancel)

    def push(self, layout: Path, tag: str, line: Callable[[str], None]) -> None:
        """Send what a tag of a layout means to its registry, as it is.

        Raises:
            EnvironmentFault: the registry does not take it.
        """
        words = ["copy", "--preserve-digests", *_tls(tag, "dest-"), f"oci:{layout}:{tag}"]
        self._call([*words, f"docker://{tag}"], f"`{tag}` cannot be pushed", line=line)

    def _call(
        self,
        words: Sequence[str],
        what: str,
        cancel: threading.Event | None = None,
        line: Callable[[str], None] | None = None,
    ) -> str:
        if self._offline:
            raise EnvironmentFault(f"{what}: offline no registry is asked", hint=_HINT_OFFLINE)
        stop = cancel or threading.Event()

        def wait(seconds: float) -> None:
            if stop.wait(seconds):
                raise Cancelled

        def attempt() -> str:
            return self._try(words, what, stop, line)

        return persist(attempt, self._patience, wait=wait)

    def _try(
        self,
        words: Sequence[str],
        what: str,
        cancel: threading.Event,
        line: Callable[[str], None] | None,
    ) -> str:
        program = shutil.which(_PROGRAM)
        if program is None:
            raise EnvironmentFault(
                f"{what}: without an engine that takes `skopeo`, which is not installed",
                hint="`apt-get install skopeo`",
            )
        said: list[str] = []

        def listen(text: str) -> None:
            said.append(text)
            if line:
                line(text)

        code = run(
            [program, *self._platform, *words],
            cwd=Path.cwd(),
            env=os.environ,
            line=listen,
            cancel=cancel,
        )
        if code:
            text = said[-1] if said else f"skopeo ended with {code}"
            raise registry_fault(what, _FATAL.sub("", text).strip('"'))
        return "\n".join(said)


def _tls(reference: str, side: str) -> list[str]:
    """Registries of this machine may speak plain HTTP, as they may with Docker."""
    return [f"--{side}tls-verify=false"] if is_loopback(host_of(reference)) else []


def _repository(name: str) -> str:
    repository, colon, tag = name.rpartition(":")
    return name if not colon or "/" in tag else repository
